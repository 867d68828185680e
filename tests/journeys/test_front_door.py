"""What strangers send to the running daemon's web door, one by one, and what they get for it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from yarl import URL

from maild.access.passwords import Hasher
from maild.services.files import add_files
from maild.services.impersonation import start_impersonation
from maild.store import documents, files
from maild.web.app import build_site
from tests.paper import without_ink
from tests.visitor import Browser, Page
from tests.web.area import (
    JANE,
    SECURITY,
    SHEET,
    TOM,
    ask,
    assert_guarded,
    expire,
    head,
    last_link,
    last_password,
    port_of,
    send_invoice,
    status_of,
)
from tests.world import SocketWorld, open_socket_world

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
FORM = "Content-Type: application/x-www-form-urlencoded"
WRONG = "aaaa-cccc-dddd-eeee"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SocketWorld]:
    """The daemon, with nobody on record yet."""
    async with open_socket_world(tmp_path) as world:
        yield without_ink(world)


def cookies_of(browser: Browser) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in browser._session.cookie_jar}


# tokens and links


async def test_a_token_with_any_one_character_altered_is_the_404_of_a_random_one(
    world: SocketWorld,
) -> None:
    base, _, token = (await send_invoice(world)).rpartition("/")
    async with world.browser() as browser:
        random = await browser.get(f"{base}/{'q7' * 21}a", allow_redirects=False)
        assert (random.status, (await browser.get("/none")).body) == (404, random.body)
        for place, held in enumerate(token):
            at = ALPHABET.index(held)
            others = {ALPHABET[at - 1], ALPHABET[(at + 1) % 32], held.upper(), "=", "%00"} - {held}
            for other in others:
                altered = token[:place] + other + token[place + 1 :]
                page = await browser.get(f"{base}/{altered}", allow_redirects=False)
                assert (page.status, page.body) == (404, random.body), altered
                assert "Set-Cookie" not in page.headers
        for altered in (token[:-1], token[1:], token + "a", token * 2, f"{token}/", f"{token}%20"):
            page = await browser.get(f"{base}/{altered}", allow_redirects=False)
            assert (page.status, page.body) == (404, random.body), altered
        assert (await browser.get(f"{base}/{token}")).path == "/invoices/INV-1"


async def test_an_expired_link_says_so_and_shows_nothing_of_what_it_led_to(
    world: SocketWorld,
) -> None:
    link = await send_invoice(world)
    async with world.browser() as browser, world.browser() as other:
        await expire(world, browser, link)
        for page in (await other.get(link), await browser.get("/invoices/INV-1.pdf")):
            assert (page.status, "This link has expired" in page.text) == (410, True)
            assert_guarded(page.headers)
            for said in (JANE, "Acme", "INV-1", "£", "Support"):
                assert said not in page.text


async def test_fifty_heads_and_gets_of_a_link_use_nothing_up(world: SocketWorld) -> None:
    link = await send_invoice(world)
    before = await world.deeds()
    async with world.browser() as scanner:
        for _ in range(50):
            async with scanner._session.head(link, allow_redirects=False) as answer:
                assert (answer.status, await answer.read()) == (303, b"")
        pages = await asyncio.gather(*(scanner.get(link) for _ in range(50)))
        assert {(page.status, page.path) for page in pages} == {(200, "/invoices/INV-1")}
    assert await world.deeds() == before
    async with world.browser() as browser:
        assert "£300.00" in (await browser.get(link)).text


async def test_of_fifty_who_redeem_a_one_time_url_at_once_one_gets_in(world: SocketWorld) -> None:
    await send_invoice(world)
    look = await start_impersonation(world.office, "ACME", JANE, reason="a look", actor="test")
    async with world.browser() as browser:
        path = look.url.removeprefix(browser.base)
        csrf = (await browser.get(path)).csrf
        tries = (browser.post(path, {"csrf": csrf}, allow_redirects=False) for _ in range(50))
        statuses = [page.status for page in await asyncio.gather(*tries)]
    assert sorted(statuses) == [303] + [404] * 49


# what belongs to somebody else


@dataclass(frozen=True)
class Property:
    """A client's contact, and every URL and form field that names something of the client's."""

    address: str
    client_id: str
    paths: tuple[str, ...]
    answers: tuple[str, ...]
    version: str


async def furnish(world: SocketWorld, ref: str, address: str, number: str) -> Property:
    """Make a client who has one of everything."""
    client = await world.client(f"{ref} Ltd", address)
    invoice, estimate = f"INV-{number}", f"EST-{number}"
    await world.issue(estimate, client=ref, type="estimate", valid_until="2027-12-01")
    await world.issue(invoice, client=ref, password=True, files=(SHEET,))
    await add_files(world.office, ref, (SHEET,), actor="test")
    db = world.office.db
    (found, asked) = [await documents.find_document(db, name) for name in (invoice, estimate)]
    file = await files.find_file(db, client.id, SHEET.name)
    assert found
    assert asked
    assert file
    (attached,) = await documents.list_attachments(db, found.id)
    paths = (
        f"/invoices/{invoice}",
        f"/invoices/{invoice}.pdf",
        f"/invoices/{invoice}/attachments/{attached.id}",
        f"/estimates/{estimate}",
        f"/estimates/{estimate}.pdf",
        f"/files/{file.id}",
    )
    answers = (f"/estimates/{estimate}/accept", f"/estimates/{estimate}/decline")
    return Property(address, client.id, paths, answers, asked.version)


@pytest.mark.parametrize("way", ["by link", "by password"])
async def test_what_is_one_clients_is_to_another_as_what_does_not_exist(
    world: SocketWorld, way: str
) -> None:
    acme = await furnish(world, "ACME", JANE, "1")
    other = await furnish(world, "OTHER", TOM, "2")
    for ours, theirs in ((acme, other), (other, acme)):
        async with world.browser() as browser:
            if way == "by link":
                await browser.get(await last_link(world, ours.address))
            else:
                await browser.log_in(ours.address, await last_password(world, ours.address))
            csrf = (await browser.get("/")).csrf
            missing = await browser.get("/invoices/NONE")
            for path in ours.paths:
                assert (path, (await browser.get(path)).status) == (path, 200)
            for path in theirs.paths:
                page = await browser.get(path)
                assert (path, page.status, page.body) == (path, 404, missing.body)
            fields = {"csrf": csrf, "name": "Eve", "version": theirs.version}
            posts = [(path, fields) for path in theirs.answers]
            posts.append(("/switch", {"csrf": csrf, "client": theirs.client_id}))
            posts.append(("/seen", {"csrf": csrf, "path": theirs.paths[0]}))
            for path, sent in posts:
                page = await browser.post(path, sent, allow_redirects=False)
                assert (path, page.status, page.body) == (path, 404, missing.body)
    log = await world.log()
    assert not [line for line in log if line.startswith(("accepted", "declined", "probably"))]


DOTS = [
    "/%2e%2e/",
    "/%2e%2e/login",
    "/../config.toml",
    "/static/../../config.toml",
    "/static/%2e%2e/%2e%2e/config.toml",
    "/static/..%2f..%2fconfig.toml",
    "/static/%252e%252e/config.toml",
    "/invoices/%2e%2e%2f%2e%2e%2fdata%2fkeys",
    "/files/..%2f..%2fdata%2fkeys",
    "/static//etc/passwd",
    "/.%00./data/keys",
    "/..%5c..%5cdata%5ckeys",
]


async def test_no_path_climbs_out_of_the_site(world: SocketWorld, tmp_path: Path) -> None:
    link = await send_invoice(world)
    async with world.browser() as browser:
        await browser.get(link)
        cookie = "; ".join(f"{name}={value}" for name, value in cookies_of(browser).items())
    keys = (tmp_path / "data" / "keys").read_bytes().split()[1]
    for path in DOTS:
        request = head(world, f"GET {path} HTTP/1.1", f"Cookie: {cookie}")
        answer = await ask(port_of(world), request)
        assert (path, status_of(answer)) == (path, 404)
        assert b"[business]" not in answer
        assert keys not in answer


# forms


def posted_routes(world: SocketWorld) -> list[str]:
    """Return every path that takes a form, its placeholders filled in with anything."""
    routes = build_site(world.office).router.routes()
    paths = [r.resource.canonical for r in routes if r.method == "POST" and r.resource]
    assert len(paths) > 10
    return [re.sub(r"\{\w+\}", "x", path) for path in paths]


async def test_no_form_is_taken_without_its_token_or_from_another_site(
    world: SocketWorld,
) -> None:
    await send_invoice(world, password=True)
    async with world.browser() as browser:
        csrf = (await browser.log_in(JANE, await last_password(world))).csrf
        before = await world.deeds()
        elsewhere = [
            {"Origin": "https://evil.example"},
            {"Origin": f"{browser.base}.evil.example"},
            {"Origin": browser.base.replace("http", "https")},
            {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ]
        for path in posted_routes(world):
            for fields in ({}, {"csrf": ""}, {"csrf": "a" * 26}, {"csrf": csrf.upper()}):
                page = await browser.post(path, fields, allow_redirects=False)
                assert (path, page.status) == (path, 403)
            for headers in elsewhere:
                page = await browser.post(
                    path, {"csrf": csrf}, headers=headers, allow_redirects=False
                )
                assert (path, page.status) == (path, 403)
        assert (await browser.get("/invoices/INV-1")).status == 200
        assert await world.deeds() == before


BODIES = {
    "a NUL": (FORM, b"address=a%00b"),
    "broken UTF-8": (FORM, b"address=%ff"),
    "half a character": (FORM, b"address=%ed%a0%80"),
    "raw bytes": (FORM, b"address=\xff\xfe"),
    "a charset of no world": (f"{FORM}; charset=martian", b"address=a"),
    "UTF-7": (f"{FORM}; charset=utf-7", b"address=a"),
    "multipart without an end": ("Content-Type: multipart/form-data; boundary=x", b"--x\r\n\r\na"),
    "multipart without a boundary": ("Content-Type: multipart/form-data", b"--x"),
    "JSON": ("Content-Type: application/json", b'{"address": "a"}'),
    "no kind": ("X: y", b"address=a"),
}


@pytest.mark.parametrize("kind", BODIES)
async def test_what_is_no_form_is_a_400_with_a_page(world: SocketWorld, kind: str) -> None:
    media, body = BODIES[kind]
    for path in ("/login", "/recover"):
        header = head(world, f"POST {path} HTTP/1.1", media, f"Content-Length: {len(body)}")
        answer = await ask(port_of(world), header + body)
        assert status_of(answer) == 400
        assert b"That request made no sense" in answer
        assert b"Traceback" not in answer


async def test_a_large_form_is_a_413_and_a_large_password_costs_no_hash(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[object] = []
    monkeypatch.setattr(Hasher, "_run", lambda *args: hashed.append(args))
    async with world.browser() as browser:
        csrf = (await browser.get("/login")).csrf
        cookie = f"Cookie: maild-form={cookies_of(browser)['maild-form']}"
    for size in (1_000_000, 10_000_000):
        body = urlencode({"csrf": csrf, "address": JANE, "password": "x" * size}).encode()
        header = head(world, "POST /login HTTP/1.1", FORM, cookie, f"Content-Length: {len(body)}")
        assert status_of(await ask(port_of(world), header + body)) == 413
    chunks = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    header = head(world, "POST /login HTTP/1.1", FORM, cookie, "Transfer-Encoding: chunked")
    assert status_of(await ask(port_of(world), header + chunks * 16 + b"0\r\n\r\n")) == 413
    assert not hashed


# headers, hosts and methods


async def test_another_host_is_a_400_wherever_it_is_named(world: SocketWorld) -> None:
    link = await send_invoice(world)
    path, port = link.partition("/l/")[2], port_of(world)
    ours = f"127.0.0.1:{port}"
    for host in ("evil.example", f"{ours}.evil.example", f"{ours}@evil.example", "127.0.0.1", "["):
        request = f"GET /l/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        answer = await ask(port, request)
        assert (host, status_of(answer)) == (host, 400)
        assert b"evil" not in answer
        assert b"Set-Cookie" not in answer
    for line in ("X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"):
        answer = await ask(port, head(world, f"GET /l/{path} HTTP/1.1", line))
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
    world: SocketWorld, kind: str
) -> None:
    port = port_of(world)
    lines = [line.format(host=f"127.0.0.1:{port}") for line in AMBIGUOUS[kind]]
    inner = head(world, "GET /login HTTP/1.1")
    answer = await ask(
        port, head(world, "POST /login HTTP/1.1", FORM, *lines) + b"0\r\n\r\n" + inner
    )
    assert status_of(answer) == 400
    assert len(re.findall(rb"HTTP/1\.[01] ", answer)) == 1
    for name, value in SECURITY.items():
        assert f"\r\n{name}: {value}\r\n".encode() in answer


async def test_methods_that_no_page_has_are_a_405(world: SocketWorld) -> None:
    for method in ("TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"):
        for path, allowed in (("/login", {"GET", "HEAD", "POST"}), ("/logout", {"POST"})):
            answer = await ask(
                port_of(world), head(world, f"{method} {path} HTTP/1.1", "X-Secret: echo-me")
            )
            assert (method, status_of(answer)) == (method, 405)
            found = re.search(rb"\r\nAllow: (.*)\r\n", answer)
            assert found
            assert set(found.group(1).decode().split(",")) == allowed
            assert b"echo-me" not in answer


async def test_a_line_end_in_the_query_starts_no_header(world: SocketWorld) -> None:
    link = await send_invoice(world, password=True)
    async with world.browser() as browser:
        await browser.log_in(JANE, await last_password(world))
        cookie = f"Cookie: maild-session={cookies_of(browser)['maild-session']}"
    ends = ("%0d%0a", "%0a", "%0d", "%E5%98%8A%E5%98%8D", "%c0%8d%c0%8a", "%250d%250a")
    for end in ends:
        evil = f"{end}X-Evil:%20y"
        paths = (f"/login?next=/{evil}", f"/invoices{evil}", f"/l/{link[-43:]}{evil}", f"/{evil}")
        for path in paths:
            for more in ((), (cookie,)):
                answer = await ask(port_of(world), head(world, f"GET {path} HTTP/1.1", *more))
                assert status_of(answer) in {200, 303, 404}
                header = answer.partition(b"\r\n\r\n")[0].lower()
                assert not re.search(rb"[\r\n]\s*x-evil", header)


async def test_a_log_in_leads_to_a_page_of_this_site_whatever_it_is_told(
    world: SocketWorld,
) -> None:
    await send_invoice(world, password=True)
    password = await last_password(world)
    evil = ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
    evil += ["\\\\evil.example", "/\t/evil.example", " //evil.example", "///evil.example", "evil"]
    async with world.browser() as browser:
        csrf = (await browser.get("/login")).csrf
        for target in evil:
            fields = {"address": JANE, "password": password, "next": target, "csrf": csrf}
            page = await browser.post("/login", fields, allow_redirects=False)
            assert (target, page.status, page.headers["Location"]) == (target, 303, "/")
            page = await browser.get(f"/login?next={quote(target)}", allow_redirects=False)
            assert (target, page.status, page.headers["Location"]) == (target, 303, "/")


async def test_forged_addresses_do_not_get_around_the_throttle(world: SocketWorld) -> None:
    await send_invoice(world, password=True)
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP", "CF-Connecting-IP")
    async with world.browser() as browser:
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
    world: SocketWorld,
) -> None:
    port = port_of(world)
    body = head(world, "POST /login HTTP/1.1", FORM, "Content-Length: 60000")
    slow = [
        _until_closed(port, b""),
        _until_closed(port, b"GET /login HTTP/1.1\r\nHost: x", b"a"),
        _until_closed(port, b"GET /login HTTP/1.1\r\n", b"X: a\r\n"),
        _until_closed(port, body, b"a"),
    ]
    waiting = [asyncio.create_task(one) for one in slow]
    async with world.browser() as browser:
        while not all(task.done() for task in waiting):
            assert (await browser.get("/login")).status == 200
            await asyncio.wait(waiting, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
    assert all(task.result() <= 15 for task in waiting)


# sessions


async def test_a_session_fixed_in_advance_is_replaced_by_the_log_in(world: SocketWorld) -> None:
    await send_invoice(world, password=True)
    password = await last_password(world)
    async with world.browser() as thief, world.browser() as victim:
        await thief.log_in(JANE, password)
        known = cookies_of(thief)["maild-session"]
        for fixed in ("fixed-by-evil", known):
            victim._session.cookie_jar.update_cookies({"maild-session": fixed}, URL(victim.base))
            assert (await victim.log_in(JANE, password)).path == "/"
            held = cookies_of(victim)["maild-session"]
            assert held not in {"", fixed}
            assert not await _opens(world, {"maild-session": fixed})
            assert await _opens(world, {"maild-session": held})


async def _opens(world: SocketWorld, cookies: dict[str, str]) -> bool:
    """Tell whether cookies let a fresh browser in."""
    page = await _look(world, cookies)
    return page.status == 200


async def _look(world: SocketWorld, cookies: dict[str, str]) -> Page:
    async with world.browser() as browser:
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return await browser.get(
            "/invoices/INV-1", headers={"Cookie": cookie}, allow_redirects=False
        )


@pytest.mark.parametrize("way", ["link", "session"])
async def test_a_cookie_used_after_logging_out_leads_to_the_log_in(
    world: SocketWorld, way: str
) -> None:
    link = await send_invoice(world, password=True)
    async with world.browser() as browser:
        if way == "link":
            page = await browser.get(link)
        else:
            page = await browser.log_in(JANE, await last_password(world))
        kept = cookies_of(browser)
        assert await _opens(world, kept)
        await browser.post("/logout", {"csrf": page.csrf})
    for cookies in (kept, {name: value for name, value in kept.items() if way in name}):
        page = await _look(world, cookies)
        assert (page.status, page.headers["Location"]) == (303, "/login?next=/invoices/INV-1")


async def test_cookies_are_good_as_they_were_made_and_in_their_own_place_alone(
    world: SocketWorld,
) -> None:
    link = await send_invoice(world, password=True)
    async with world.browser() as browser, world.browser() as guest:
        await browser.log_in(JANE, await last_password(world))
        await guest.get(link)
        held = cookies_of(browser) | cookies_of(guest)
    assert set(held) == {"maild-link", "maild-session", "maild-browser", "maild-form"}
    for name in ("maild-link", "maild-session"):
        value = held[name]
        assert await _opens(world, {name: value})
        for place in range(0, len(value), 5):
            other = "a" if value[place] != "a" else "b"
            forged = value[:place] + other + value[place + 1 :]
            assert not await _opens(world, {name: forged}), forged
        for forged in (value[:-1], value.upper(), value * 2, f"{value}.", f'"{value} "'):
            assert not await _opens(world, {name: forged}), forged
    for name in ("maild-link", "maild-session", "maild-onlooker"):
        for source, value in held.items():
            if source != name:
                assert not await _opens(world, {name: value}), (name, source)
