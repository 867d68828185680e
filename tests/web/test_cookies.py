"""Cookies on an https site and on a loopback one: out of reach of scripts and of other sites."""

from __future__ import annotations

from http.cookies import SimpleCookie

from aiohttp import ClientSession, DummyCookieJar

from tests.visitor import Page
from tests.web.area import JANE, SECURITY, last_password, open_door, send_invoice
from tests.world import HouseWorld

SITE = "https://Portal.example.test"
YEAR = {"Strict-Transport-Security": "max-age=31536000"}


class Proxy:
    """A browser behind a proxy that ends TLS: it speaks http to maild and keeps cookies itself."""

    def __init__(self, session: ClientSession, port: int) -> None:
        self._session = session
        self._base = f"http://127.0.0.1:{port}"
        self.cookies = SimpleCookie()

    async def ask(
        self, method: str, path: str, host: str = "portal.example.test", **more: object
    ) -> Page:
        """Send a request and keep the cookies of the answer."""
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        headers = {"Host": host, "Cookie": cookie, "Origin": "https://portal.example.test"}
        async with self._session.request(
            method, self._base + path, headers=headers, allow_redirects=False, **more  # type: ignore[arg-type]
        ) as answer:  # fmt: skip
            for line in answer.headers.getall("Set-Cookie", []):
                self.cookies.load(line)
            return Page(answer.status, path, dict(answer.headers), await answer.read())


async def test_an_https_site_has_host_cookies_and_asks_for_https_for_a_year(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house, password=True)
    async with (
        open_door(house, base_url=SITE) as port,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        proxy = Proxy(session, port)
        page = await proxy.ask("GET", f"/l/{link.rpartition('/')[2]}")
        assert (page.status, page.headers["Location"]) == (303, "/invoices/INV-1")
        assert page.headers.items() >= (SECURITY | YEAR).items()
        assert (await proxy.ask("GET", "/invoices/INV-1")).status == 200
        form = await proxy.ask("GET", "/login")
        fields = {"address": JANE, "password": await last_password(house), "csrf": form.csrf}
        assert (await proxy.ask("POST", "/login", data=fields)).status == 303
        cookies = proxy.cookies
        names = ("link", "form", "session", "browser")
        assert set(cookies) == {f"__Host-maild-{name}" for name in names}
        for morsel in cookies.values():
            assert morsel["path"] == "/"
            assert morsel["secure"] is True
            assert morsel["samesite"] == "Lax"
            assert morsel["domain"] == ""
        # the link's cookie is taken back, for who has logged in needs it no more
        assert cookies["__Host-maild-link"].value == ""


async def test_an_https_site_answers_to_its_name_in_any_case_with_or_without_its_port(
    house: HouseWorld,
) -> None:
    async with (
        open_door(house, base_url=SITE) as port,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        proxy = Proxy(session, port)
        for host in ("portal.example.test", "PORTAL.example.test:443"):
            assert (await proxy.ask("GET", "/login", host)).status == 200
        for host in ("portal.example.test:80", "127.0.0.1", "portal.example.test.evil.test"):
            refused = await proxy.ask("GET", "/login", host)
            assert refused.status == 400
            assert refused.headers.items() >= YEAR.items()


async def test_an_https_site_takes_no_cookie_without_the_host_prefix(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with (
        open_door(house, base_url=SITE) as port,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        proxy = Proxy(session, port)
        await proxy.ask("GET", f"/l/{link.rpartition('/')[2]}")
        value = proxy.cookies.pop("__Host-maild-link").value
        proxy.cookies["maild-link"] = value
        assert (await proxy.ask("GET", "/")).headers["Location"] == "/login?next=/"


async def test_a_loopback_site_has_plain_cookies_without_scripts_reach(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        page = await browser.get(link, allow_redirects=False)
        cookie = SimpleCookie(page.headers["Set-Cookie"])["maild-link"]
        assert (cookie["httponly"], cookie["secure"], cookie["path"]) == (True, "", "/")
        assert (cookie["samesite"], cookie["max-age"]) == ("Lax", "7200")
        assert "Strict-Transport-Security" not in page.headers
