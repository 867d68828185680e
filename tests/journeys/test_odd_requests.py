"""Requests to the running daemon that are odd in shape, slow, or bear cookies they should not."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import quote

import pytest
from yarl import URL

from tests.visitor import Browser, Page
from tests.web.area import (
    JANE,
    SECURITY,
    ask,
    head,
    last_password,
    port_of,
    send_invoice,
    status_of,
)
from tests.world import SocketWorld

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
FORM = "Content-Type: application/x-www-form-urlencoded"
WRONG = "aaaa-cccc-dddd-eeee"


def cookies_of(browser: Browser) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in browser._session.cookie_jar}


# headers, hosts and methods


async def test_another_host_is_a_400_wherever_it_is_named(daemon: SocketWorld) -> None:
    link = await send_invoice(daemon)
    path, port = link.partition("/l/")[2], port_of(daemon)
    ours = f"127.0.0.1:{port}"
    for host in ("evil.example", f"{ours}.evil.example", f"{ours}@evil.example", "127.0.0.1", "["):
        request = f"GET /l/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        answer = await ask(port, request)
        assert (host, status_of(answer)) == (host, 400)
        assert b"evil" not in answer
        assert b"Set-Cookie" not in answer
    for line in ("X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"):
        answer = await ask(port, head(daemon, f"GET /l/{path} HTTP/1.1", line))
        assert b"\r\nLocation: /invoices/INV-1\r\n" in answer
        assert b"evil" not in answer


AMBIGUOUS = {
    "a length and chunks": ("Content-Length: 3", "Transfer-Encoding: chunked"),
    "chunks and a length": ("Transfer-Encoding: chunked", "Content-Length: 3"),
    "two lengths": ("Content-Length: 3", "Content-Length: 4"),
    "a length with a sign": ("Content-Length: +3",),
    "a second host": ("Host: evil.example",),
    "the same host twice": ("Host: {host}",),
    "chunks under a false name": ("Transfer-Encoding : chunked",),
    "a header of 9 KB": ("X: " + "a" * 9000,),
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
async def test_what_two_servers_might_read_differently_is_a_400(
    daemon: SocketWorld, kind: str
) -> None:
    port = port_of(daemon)
    lines = [line.format(host=f"127.0.0.1:{port}") for line in AMBIGUOUS[kind]]
    inner = head(daemon, "GET /login HTTP/1.1")
    answer = await ask(
        port, head(daemon, "POST /login HTTP/1.1", FORM, *lines) + b"0\r\n\r\n" + inner
    )
    assert status_of(answer) == 400
    assert len(re.findall(rb"HTTP/1\.[01] ", answer)) == 1
    for name, value in SECURITY.items():
        assert f"\r\n{name}: {value}\r\n".encode() in answer


async def test_methods_that_no_page_has_are_a_405(daemon: SocketWorld) -> None:
    for method in ("TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"):
        for path, allowed in (("/login", {"GET", "HEAD", "POST"}), ("/logout", {"POST"})):
            answer = await ask(
                port_of(daemon), head(daemon, f"{method} {path} HTTP/1.1", "X-Secret: echo-me")
            )
            assert (method, status_of(answer)) == (method, 405)
            found = re.search(rb"\r\nAllow: (.*)\r\n", answer)
            assert found
            assert set(found.group(1).decode().split(",")) == allowed
            assert b"echo-me" not in answer


async def test_a_line_end_in_the_query_starts_no_header(daemon: SocketWorld) -> None:
    link = await send_invoice(daemon, password=True)
    async with daemon.browser() as browser:
        await browser.log_in(JANE, await last_password(daemon))
        cookie = f"Cookie: maild-session={cookies_of(browser)['maild-session']}"
    ends = ("%0d%0a", "%0a", "%0d", "%E5%98%8A%E5%98%8D", "%c0%8d%c0%8a", "%250d%250a")
    for end in ends:
        evil = f"{end}X-Evil:%20y"
        paths = (f"/login?next=/{evil}", f"/invoices{evil}", f"/l/{link[-43:]}{evil}", f"/{evil}")
        for path in paths:
            for more in ((), (cookie,)):
                answer = await ask(port_of(daemon), head(daemon, f"GET {path} HTTP/1.1", *more))
                assert status_of(answer) in {200, 303, 404}
                header = answer.partition(b"\r\n\r\n")[0].lower()
                assert not re.search(rb"[\r\n]\s*x-evil", header)


async def test_a_log_in_leads_to_a_page_of_this_site_whatever_it_is_told(
    daemon: SocketWorld,
) -> None:
    await send_invoice(daemon, password=True)
    password = await last_password(daemon)
    evil = ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
    evil += ["\\\\evil.example", "/\t/evil.example", " //evil.example", "///evil.example", "evil"]
    async with daemon.browser() as browser:
        csrf = (await browser.get("/login")).csrf
        for target in evil:
            fields = {"address": JANE, "password": password, "next": target, "csrf": csrf}
            page = await browser.post("/login", fields, allow_redirects=False)
            assert (target, page.status, page.headers["Location"]) == (target, 303, "/")
            page = await browser.get(f"/login?next={quote(target)}", allow_redirects=False)
            assert (target, page.status, page.headers["Location"]) == (target, 303, "/")


async def test_forged_addresses_do_not_get_around_the_throttle(daemon: SocketWorld) -> None:
    await send_invoice(daemon, password=True)
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP", "CF-Connecting-IP")
    async with daemon.browser() as browser:
        csrf = (await browser.get("/login")).csrf
        fields = {"address": JANE, "password": WRONG, "csrf": csrf}
        statuses = []
        for n in range(8):
            headers = dict.fromkeys(names, f"203.0.{n}.1") | {"Forwarded": f"for=203.0.{n}.1"}
            statuses.append((await browser.post("/login", fields, headers=headers)).status)
        assert statuses == [403] * 5 + [429] * 3


# slow ones


async def _until_closed(port: int, first: bytes, drip: bytes = b"") -> float:
    """Send something and then a little at a time; return how long the connection was kept."""
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = loop.time()
    writer.write(first)
    closing = asyncio.ensure_future(reader.read())
    try:
        async with asyncio.timeout(30):
            while not closing.done():
                if drip:
                    writer.write(drip)
                await asyncio.wait([closing], timeout=0.2)
    finally:
        writer.close()
    return loop.time() - begun


async def test_slow_ones_are_cut_off_within_fifteen_seconds_while_others_are_served(
    daemon: SocketWorld,
) -> None:
    port = port_of(daemon)
    body = head(daemon, "POST /login HTTP/1.1", FORM, "Content-Length: 60000")
    slow = [
        _until_closed(port, b""),
        _until_closed(port, b"GET /login HTTP/1.1\r\nHost: x", b"a"),
        _until_closed(port, b"GET /login HTTP/1.1\r\n", b"X: a\r\n"),
        _until_closed(port, body, b"a"),
    ]
    waiting = [asyncio.create_task(one) for one in slow]
    async with daemon.browser() as browser:
        while not all(task.done() for task in waiting):
            assert (await browser.get("/login")).status == 200
            await asyncio.wait(waiting, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
    assert all(task.result() <= 15 for task in waiting)


# sessions


async def test_a_session_fixed_in_advance_is_replaced_by_the_log_in(daemon: SocketWorld) -> None:
    await send_invoice(daemon, password=True)
    password = await last_password(daemon)
    async with daemon.browser() as thief, daemon.browser() as victim:
        await thief.log_in(JANE, password)
        known = cookies_of(thief)["maild-session"]
        for fixed in ("fixed-by-evil", known):
            victim._session.cookie_jar.update_cookies({"maild-session": fixed}, URL(victim.base))
            assert (await victim.log_in(JANE, password)).path == "/"
            held = cookies_of(victim)["maild-session"]
            assert held not in {"", fixed}
            assert not await _opens(daemon, {"maild-session": fixed})
            assert await _opens(daemon, {"maild-session": held})


async def _opens(daemon: SocketWorld, cookies: dict[str, str]) -> bool:
    """Tell whether cookies let a fresh browser in."""
    page = await _look(daemon, cookies)
    return page.status == 200


async def _look(daemon: SocketWorld, cookies: dict[str, str]) -> Page:
    async with daemon.browser() as browser:
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return await browser.get(
            "/invoices/INV-1", headers={"Cookie": cookie}, allow_redirects=False
        )


@pytest.mark.parametrize("way", ["link", "session"])
async def test_a_cookie_used_after_logging_out_leads_to_the_log_in(
    daemon: SocketWorld, way: str
) -> None:
    link = await send_invoice(daemon, password=True)
    async with daemon.browser() as browser:
        if way == "link":
            page = await browser.get(link)
        else:
            page = await browser.log_in(JANE, await last_password(daemon))
        kept = cookies_of(browser)
        assert await _opens(daemon, kept)
        await browser.post("/logout", {"csrf": page.csrf})
    for cookies in (kept, {name: value for name, value in kept.items() if way in name}):
        page = await _look(daemon, cookies)
        assert (page.status, page.headers["Location"]) == (303, "/login?next=/invoices/INV-1")


async def test_cookies_are_good_as_they_were_made_and_in_their_own_place_alone(
    daemon: SocketWorld,
) -> None:
    link = await send_invoice(daemon, password=True)
    async with daemon.browser() as browser, daemon.browser() as guest:
        await browser.log_in(JANE, await last_password(daemon))
        await guest.get(link)
        held = cookies_of(browser) | cookies_of(guest)
    assert set(held) == {"maild-link", "maild-session", "maild-browser", "maild-form"}
    for name in ("maild-link", "maild-session"):
        value = held[name]
        assert await _opens(daemon, {name: value})
        for place in range(0, len(value), 5):
            other = "a" if value[place] != "a" else "b"
            forged = value[:place] + other + value[place + 1 :]
            assert not await _opens(daemon, {name: forged}), forged
        for forged in (value[:-1], value.upper(), value * 2, f"{value}.", f'"{value} "'):
            assert not await _opens(daemon, {name: forged}), forged
    for name in ("maild-link", "maild-session", "maild-onlooker"):
        for source, value in held.items():
            if source != name:
                assert not await _opens(daemon, {name: value}), (name, source)
