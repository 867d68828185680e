"""What strangers send to the running daemon's web door, one by one, and what they get for it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from maild.access.passwords import Hasher
from maild.services.files import add_files
from maild.services.impersonation import start_impersonation
from maild.store import documents, files
from maild.web.app import build_site
from tests.visitor import Browser
from tests.web.area import (
    JANE,
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
from tests.world import SocketWorld

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
FORM = "Content-Type: application/x-www-form-urlencoded"
WRONG = "aaaa-cccc-dddd-eeee"


def cookies_of(browser: Browser) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in browser._session.cookie_jar}


# tokens and links


async def test_a_token_with_any_one_character_altered_is_the_404_of_a_random_one(
    daemon: SocketWorld,
) -> None:
    base, _, token = (await send_invoice(daemon)).rpartition("/")
    async with daemon.browser() as browser:
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
    daemon: SocketWorld,
) -> None:
    link = await send_invoice(daemon)
    async with daemon.browser() as browser, daemon.browser() as other:
        await expire(daemon, browser, link)
        for page in (await other.get(link), await browser.get("/invoices/INV-1.pdf")):
            assert (page.status, "This link has expired" in page.text) == (410, True)
            assert_guarded(page.headers)
            for said in (JANE, "Acme", "INV-1", "£", "Support"):
                assert said not in page.text


async def test_fifty_heads_and_gets_of_a_link_use_nothing_up(daemon: SocketWorld) -> None:
    link = await send_invoice(daemon)
    before = await daemon.deeds()
    async with daemon.browser() as scanner:
        for _ in range(50):
            async with scanner._session.head(link, allow_redirects=False) as answer:
                assert (answer.status, await answer.read()) == (303, b"")
        pages = await asyncio.gather(*(scanner.get(link) for _ in range(50)))
        assert {(page.status, page.path) for page in pages} == {(200, "/invoices/INV-1")}
    assert await daemon.deeds() == before
    async with daemon.browser() as browser:
        assert "£300.00" in (await browser.get(link)).text


async def test_of_fifty_who_redeem_a_one_time_url_at_once_one_gets_in(daemon: SocketWorld) -> None:
    await send_invoice(daemon)
    look = await start_impersonation(daemon.office, "ACME", JANE, reason="a look", actor="test")
    async with daemon.browser() as browser:
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


async def furnish(daemon: SocketWorld, ref: str, address: str, number: str) -> Property:
    """Make a client who has one of everything."""
    client = await daemon.client(f"{ref} Ltd", address)
    invoice, estimate = f"INV-{number}", f"EST-{number}"
    await daemon.issue(estimate, client=ref, type="estimate", valid_until="2027-12-01")
    await daemon.issue(invoice, client=ref, password=True, files=(SHEET,))
    await add_files(daemon.office, ref, (SHEET,), actor="test")
    db = daemon.office.db
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
    daemon: SocketWorld, way: str
) -> None:
    acme = await furnish(daemon, "ACME", JANE, "1")
    other = await furnish(daemon, "OTHER", TOM, "2")
    for ours, theirs in ((acme, other), (other, acme)):
        async with daemon.browser() as browser:
            if way == "by link":
                await browser.get(await last_link(daemon, ours.address))
            else:
                await browser.log_in(ours.address, await last_password(daemon, ours.address))
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
    log = await daemon.log()
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


async def test_no_path_climbs_out_of_the_site(daemon: SocketWorld, tmp_path: Path) -> None:
    link = await send_invoice(daemon)
    async with daemon.browser() as browser:
        await browser.get(link)
        cookie = "; ".join(f"{name}={value}" for name, value in cookies_of(browser).items())
    keys = (tmp_path / "data" / "keys").read_bytes().split()[1]
    for path in DOTS:
        request = head(daemon, f"GET {path} HTTP/1.1", f"Cookie: {cookie}")
        answer = await ask(port_of(daemon), request)
        assert (path, status_of(answer)) == (path, 404)
        assert b"[business]" not in answer
        assert keys not in answer


# forms


def posted_routes(daemon: SocketWorld) -> list[str]:
    """Return every path that takes a form, its placeholders filled in with anything."""
    routes = build_site(daemon.office).router.routes()
    paths = [r.resource.canonical for r in routes if r.method == "POST" and r.resource]
    assert len(paths) > 10
    return [re.sub(r"\{\w+\}", "x", path) for path in paths]


async def test_no_form_is_taken_without_its_token_or_from_another_site(
    daemon: SocketWorld,
) -> None:
    await send_invoice(daemon, password=True)
    async with daemon.browser() as browser:
        csrf = (await browser.log_in(JANE, await last_password(daemon))).csrf
        before = await daemon.deeds()
        elsewhere = [
            {"Origin": "https://evil.example"},
            {"Origin": f"{browser.base}.evil.example"},
            {"Origin": browser.base.replace("http", "https")},
            {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ]
        for path in posted_routes(daemon):
            for fields in ({}, {"csrf": ""}, {"csrf": "a" * 26}, {"csrf": csrf.upper()}):
                page = await browser.post(path, fields, allow_redirects=False)
                assert (path, page.status) == (path, 403)
            for headers in elsewhere:
                page = await browser.post(
                    path, {"csrf": csrf}, headers=headers, allow_redirects=False
                )
                assert (path, page.status) == (path, 403)
        assert (await browser.get("/invoices/INV-1")).status == 200
        assert await daemon.deeds() == before


BODIES = {
    "a NUL": (FORM, b"address=a%00b"),
    "broken UTF-8": (FORM, b"address=%ff"),
    "half a character": (FORM, b"address=%ed%a0%80"),
    "raw bytes": (FORM, b"address=\xff\xfe"),
    "a charset of no daemon": (f"{FORM}; charset=martian", b"address=a"),
    "UTF-7": (f"{FORM}; charset=utf-7", b"address=a"),
    "multipart without an end": ("Content-Type: multipart/form-data; boundary=x", b"--x\r\n\r\na"),
    "multipart without a boundary": ("Content-Type: multipart/form-data", b"--x"),
    "JSON": ("Content-Type: application/json", b'{"address": "a"}'),
    "no kind": ("X: y", b"address=a"),
}


@pytest.mark.parametrize("kind", BODIES)
async def test_what_is_no_form_is_a_400_with_a_page(daemon: SocketWorld, kind: str) -> None:
    media, body = BODIES[kind]
    for path in ("/login", "/recover"):
        header = head(daemon, f"POST {path} HTTP/1.1", media, f"Content-Length: {len(body)}")
        answer = await ask(port_of(daemon), header + body)
        assert status_of(answer) == 400
        assert b"That request made no sense" in answer
        assert b"Traceback" not in answer


async def test_a_large_form_is_a_413_and_a_large_password_costs_no_hash(
    daemon: SocketWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[object] = []
    monkeypatch.setattr(Hasher, "_run", lambda *args: hashed.append(args))
    async with daemon.browser() as browser:
        csrf = (await browser.get("/login")).csrf
        cookie = f"Cookie: maild-form={cookies_of(browser)['maild-form']}"
    for size in (1_000_000, 10_000_000):
        body = urlencode({"csrf": csrf, "address": JANE, "password": "x" * size}).encode()
        header = head(daemon, "POST /login HTTP/1.1", FORM, cookie, f"Content-Length: {len(body)}")
        assert status_of(await ask(port_of(daemon), header + body)) == 413
    chunks = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    header = head(daemon, "POST /login HTTP/1.1", FORM, cookie, "Transfer-Encoding: chunked")
    assert status_of(await ask(port_of(daemon), header + chunks * 16 + b"0\r\n\r\n")) == 413
    assert not hashed
