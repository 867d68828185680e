"""Log-in sessions: how they begin, move between clients, and end."""

from __future__ import annotations

import pytest

from maild.jobs import tidy
from maild.services.customers import add_contact
from maild.services.handover import disable_contact
from tests.visitor import Browser, Page
from tests.web.area import (
    JANE,
    TOM,
    ask,
    disable,
    head,
    last_link,
    last_password,
    open_door,
    send_invoice,
    status_of,
)
from tests.world import HouseWorld, store_path


async def enter(house: HouseWorld, browser: Browser) -> Page:
    """Log Jane in."""
    return await browser.log_in(JANE, await last_password(house))


def secret_of(browser: Browser, name: str = "maild-session") -> str:
    """Return the session cookie, or another one, that the browser holds."""
    held = {cookie.key: cookie.value for cookie in browser._session.cookie_jar}
    return held.get(name, "")


async def opens(browser: Browser, secret: str, name: str = "maild-session") -> bool:
    """Tell whether a session cookie, or another one, still opens the overview."""
    page = await browser.get("/", headers={"Cookie": f"{name}={secret}"}, allow_redirects=False)
    return page.status == 200


async def test_a_session_fixed_in_advance_is_replaced(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser, house.browser() as attacker:
        browser._session.cookie_jar.update_cookies({"maild-session": "fixed"})
        assert (await enter(house, browser)).path == "/"
        assert secret_of(browser) not in {"", "fixed"}
        assert not await opens(attacker, "fixed")


async def test_a_log_in_ends_the_session_that_the_browser_had(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser, house.browser() as attacker:
        await enter(house, browser)
        before = secret_of(browser)
        assert await opens(attacker, before)
        await enter(house, browser)
        assert secret_of(browser) != before
        assert not await opens(attacker, before)
        assert await opens(attacker, secret_of(browser))


async def test_logging_out_ends_the_session_and_the_visit_by_a_link_on_our_side(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house, password=True)
    async with house.browser() as browser, house.browser() as attacker:
        await browser.get(link)
        page = await enter(house, browser)
        await browser.get(link)
        secret, visit = secret_of(browser), secret_of(browser, "maild-link")
        assert await opens(attacker, secret)
        assert await opens(attacker, visit, "maild-link")
        done = await browser.post("/logout", {"csrf": page.csrf})
        assert (done.status, "You are logged out" in done.text) == (200, True)
        again = await browser.get("/invoices")
        assert (again.path, again.status) == ("/login?next=/invoices", 200)
        assert 'value=""' in again.text
        assert not await opens(attacker, secret)
        assert not await opens(attacker, visit, "maild-link")
        stale = {"Cookie": f"maild-link={visit}"}
        assert JANE not in (await attacker.get("/login", headers=stale)).text
        assert (await browser.get(link)).path == "/invoices/INV-1"


async def test_logging_in_ends_the_visit_by_a_link_that_came_before(house: HouseWorld) -> None:
    link = await send_invoice(house, password=True)
    async with house.browser() as browser, house.browser() as attacker:
        await browser.get(link)
        visit = secret_of(browser, "maild-link")
        await enter(house, browser)
        assert not await opens(attacker, visit, "maild-link")


async def test_logging_out_of_one_visit_leaves_every_other_by_the_same_link(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser, house.browser() as other:
        page = await browser.get(link)
        await other.get(link)
        visit = secret_of(browser, "maild-link")
        for _ in range(2):
            await browser.post("/logout", {"csrf": page.csrf})
            browser._session.cookie_jar.update_cookies({"maild-link": visit})
        assert (await other.get("/")).path == "/"
        assert len(await house.office.db.rows("SELECT 1 FROM ended_visits")) == 1
        # a forged cookie is no visit that could end
        for forged in ("x", f"{visit}x", "a" * 16 + visit[16:]):
            browser._session.cookie_jar.update_cookies({"maild-link": forged})
            await browser.post("/logout", {"csrf": page.csrf})
        assert len(await house.office.db.rows("SELECT 1 FROM ended_visits")) == 1
        # and what is too old to be genuine need not be kept
        await house.advance(seconds=2 * 3600)
        await tidy(house.office)
        assert len(await house.office.db.rows("SELECT 1 FROM ended_visits")) == 1
        await house.advance(seconds=1)
        await tidy(house.office)
        assert not await house.office.db.rows("SELECT 1 FROM ended_visits")
        assert not await opens(other, visit, "maild-link")


async def test_a_visitor_by_link_can_log_out_too(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        page = await browser.get(link)
        assert (await browser.post("/logout", {"csrf": page.csrf})).status == 200
        assert (await browser.get("/")).path == "/login?next=/"


async def test_a_session_ends_after_thirty_idle_minutes(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        await enter(house, browser)
        await house.advance(seconds=30 * 60 - 1)
        assert (await browser.get("/")).path == "/"
        await house.advance(seconds=30 * 60)
        assert (await browser.get("/")).path == "/login?next=/"


async def test_a_session_ends_after_eight_hours_however_busy(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        await enter(house, browser)
        for _ in range(23):
            await house.advance(seconds=20 * 60)
            assert (await browser.get("/")).path == "/"
        await house.advance(seconds=20 * 60)
        page = await browser.get("/invoices/INV-1")
        assert page.path == "/login?next=/invoices/INV-1"


async def test_a_dead_sessions_form_leads_through_the_log_in_to_a_page(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        page = await enter(house, browser)
        await house.advance(seconds=31 * 60)
        answer = await browser.post(
            "/switch", {"csrf": page.csrf, "client": "x"}, allow_redirects=False
        )
        assert (answer.status, answer.headers["Location"]) == (303, "/login?next=/")
        assert (await browser.post("/logout", {"csrf": page.csrf})).status == 200


@pytest.mark.parametrize("secret", ["", "x", "\xff", "a" * 5000, '"\\000"', "x; maild-session=y"])
async def test_a_made_up_session_is_none(house: HouseWorld, secret: str) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        assert not await opens(browser, secret)


async def test_bytes_beyond_ascii_in_any_cookie_are_no_cookie(house: HouseWorld) -> None:
    async with open_door(house) as port:
        for name in (b"session", b"link", b"form"):
            for value in (b"\xff", b"\xff.1.a", b'"\\377"', b'"\\012"'):
                request = head(house, "GET /login?next=/ HTTP/1.1", "Cookie: ?")
                cookie = b"maild-" + name + b"=" + value
                assert (
                    status_of(await ask(port, request.replace(b"?\r\n", cookie + b"\r\n"))) == 200
                )


async def furnish_two(house: HouseWorld) -> dict[str, str]:
    """Make Jane a contact of Acme and Beta, and Tom of Other; return the clients' ids by name."""
    found = {}
    for name in ("Acme Ltd", "Beta Ltd"):
        found[name] = (await house.client(name, JANE)).id
        await house.advance(seconds=1)
    found["Other Ltd"] = (await house.client("Other Ltd", TOM)).id
    await house.issue("INV-1", password=True)
    await house.issue("INV-2", client="BETA")
    await house.issue("INV-9", client="OTHER")
    return found


async def test_an_address_of_two_clients_switches_between_them_and_to_no_other(
    house: HouseWorld,
) -> None:
    ids = await furnish_two(house)
    async with house.browser() as browser:
        password = next(m.password for m in await house.mail_to(JANE) if "password" in m.text)
        page = await browser.log_in(JANE, password)
        assert "Hello, <bdi>Acme Ltd" in page.text
        assert "INV-2" not in page.text
        page = await browser.post("/switch", {"csrf": page.csrf, "client": ids["Beta Ltd"]})
        assert (page.path, "Hello, <bdi>Beta Ltd" in page.text) == ("/", True)
        assert ("INV-2" in page.text, "INV-1" in page.text) == (True, False)
        for wrong in (ids["Other Ltd"], "", "x"):
            refused = await browser.post("/switch", {"csrf": page.csrf, "client": wrong})
            assert refused.status == 404
        assert (await browser.get("/invoices/INV-9")).status == 404


async def test_a_log_in_turns_to_the_client_whose_document_is_asked_for(
    house: HouseWorld,
) -> None:
    await furnish_two(house)
    password = next(m.password for m in await house.mail_to(JANE) if "password" in m.text)
    async with house.browser() as browser:
        # whoever reloads a page after the log-in has ended goes on to that very document
        page = await browser.log_in(JANE, password, "/invoices/INV-2")
        assert (page.status, page.path) == (200, "/invoices/INV-2")
        assert "Hello, <bdi>Beta Ltd" in (await browser.get("/")).text
        assert (await browser.get("/invoices/INV-1.pdf")).body.startswith(b"%PDF")
        assert "Hello, <bdi>Acme Ltd" in (await browser.get("/")).text
        for nobodys in ("/invoices/INV-9", "/estimates/INV-2", "/invoices/INV-0"):
            assert (await browser.get(nobodys)).status == 404
        assert "Hello, <bdi>Acme Ltd" in (await browser.get("/")).text
        await disable_contact(house.office, "BETA", JANE, actor="test")
        assert (await browser.get("/invoices/INV-2")).status == 404


async def test_a_log_in_turns_to_nothing_that_the_other_client_does_not_show(
    house: HouseWorld,
) -> None:
    await furnish_two(house)
    password = next(m.password for m in await house.mail_to(JANE) if "password" in m.text)
    await house.client("Club", "sue@club.example", shared=True)
    await add_contact(house.office, "CLUB", JANE, actor="test")
    await house.issue("INV-7", client="CLUB", contacts=["sue@club.example"])
    async with house.browser() as browser:
        await browser.log_in(JANE, password)
        assert (await browser.get("/invoices/INV-7")).status == 404


async def test_a_visitor_by_link_cannot_switch(house: HouseWorld) -> None:
    ids = await furnish_two(house)
    async with house.browser() as browser:
        page = await browser.get(await last_link(house, JANE))
        for name in ("Acme Ltd", "Beta Ltd", "Other Ltd"):
            answer = await browser.post("/switch", {"csrf": page.csrf, "client": ids[name]})
            assert answer.status == 404


async def test_disabling_a_contact_ends_the_session_at_its_next_request(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    password = await last_password(house)
    async with house.browser() as browser:
        await enter(house, browser)
        assert (await browser.get("/invoices/INV-1")).status == 200
        await disable(house)
        assert (await browser.get("/invoices/INV-1")).path == "/login?next=/invoices/INV-1"
        assert (await browser.log_in(JANE, password)).status == 403
        await add_contact(house.office, "ACME", JANE, actor="test")
        assert (await browser.get("/")).path == "/login?next=/"
        assert (await browser.log_in(JANE, password)).status == 403


async def test_disabling_a_contact_in_one_client_leaves_the_other(house: HouseWorld) -> None:
    ids = await furnish_two(house)
    async with house.browser() as browser:
        password = next(m.password for m in await house.mail_to(JANE) if "password" in m.text)
        page = await browser.log_in(JANE, password)
        page = await browser.post("/switch", {"csrf": page.csrf, "client": ids["Beta Ltd"]})
        await disable(house)
        assert (await browser.get("/invoices/INV-2")).status == 200
        assert "Switch account" not in (await browser.get("/")).text
        await disable_contact(house.office, "BETA", JANE, actor="test")
        assert (await browser.get("/")).path == "/login?next=/"


async def test_no_secret_is_in_the_store(house: HouseWorld) -> None:
    link = await send_invoice(house, password=True)
    password = await last_password(house)
    async with house.browser() as browser:
        await enter(house, browser)
        secrets = [link.rpartition("/")[2], password, secret_of(browser)]
    folder = store_path(house.office.config).parent
    kept = b"".join(file.read_bytes() for file in folder.glob("maild.db*"))
    assert JANE.encode() in kept
    assert [secret for secret in secrets if secret.encode() in kept] == []
