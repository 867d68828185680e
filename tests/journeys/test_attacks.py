"""What an attacker tries at the running daemon, and what it gains them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiosmtplib
import pytest
from yarl import URL

from maild.services.customers import change_client
from maild.services.handover import disable_contact
from maild.services.impersonation import start_impersonation
from maild.services.links import revoke_links
from maild.services.payments import void
from maild.store import replies
from maild.store.links import list_links
from tests.browser import open_chromium
from tests.mails import Mail, answer_to
from tests.timing import KNOWN, PATHS, compare, open_business
from tests.visitor import Browser
from tests.world import OPERATOR, SocketWorld, World, open_socket_world

JANE = KNOWN
TOM = "tom@other.example"
WRONG = "aaaa-cccc-dddd-eeee"


async def test_no_token_that_was_ever_issued_is_in_the_data_or_the_log(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    await world.client("Acme Ltd", JANE)
    await world.issue("INV-1", password=True)
    (letter,) = await world.mail_to(JANE)
    async with world.browser() as one, world.browser() as other:
        await one.get(letter.link)
        await one.log_in(JANE, letter.password)
        form = await one.get("/recover")
        await one.post("/recover", {"csrf": form.csrf, "address": JANE})
        await world.advance(seconds=1000)
        look = await start_impersonation(world.office, "ACME", None, reason="a look", actor="test")
        path = look.url.removeprefix(other.base)
        await other.post(path, {"csrf": (await other.get(path)).csrf})
        secrets = {look.url.rpartition("/")[2], form.csrf, *_cookies(one), *_cookies(other)}
    for mail in await world.mail_to(JANE):
        secrets |= {mail.link.rpartition("/")[2], mail.password}
        secrets |= set(re.findall(r"(?:reply|bounce)\+([a-z2-7]+)@", mail.raw.decode()))
    assert len(secrets) >= 12
    kept = _read_data(tmp_path) + capfd.readouterr().out.encode()
    assert JANE.encode() in kept
    assert b"letter sent" in kept
    assert [secret for secret in secrets if secret.encode() in kept] == []


def _cookies(browser: Browser) -> set[str]:
    return {cookie.value for cookie in browser._session.cookie_jar if cookie.value}


def _read_data(folder: Path) -> bytes:
    """Return all that a copy of the data would hold, but for the key ring."""
    files = [path for path in (folder / "data").rglob("*") if path.is_file()]
    assert any(path.name == "keys" for path in files)
    return b"".join(path.read_bytes() for path in files if path.name != "keys")


async def test_five_hundred_spoofed_cries_for_help_bring_three_letters_at_most(
    daemon: SocketWorld,
) -> None:
    await daemon.client("Acme Ltd", JANE)
    await daemon.issue("INV-1")
    (letter,) = await daemon.mail_to(JANE)
    for hour in range(5):
        cries = [
            answer_to(letter, "I can't log in", message_id=f"<{hour}.{i}@x.example>")
            for i in range(100)
        ]
        await asyncio.gather(*(_spoof(daemon, letter, cries[n::10]) for n in range(10)))
        await daemon.advance(seconds=3600)
    assert len(await replies.list_replies(daemon.office.db, most=1000)) == 500
    assert len(await daemon.mail_to(JANE)) == 1 + 3
    async with daemon.browser() as browser:
        assert (await browser.get(letter.link)).status == 200


async def _spoof(daemon: SocketWorld, letter: Mail, cries: list[bytes]) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=daemon.smtp_port) as client:
        for cry in cries:
            await client.sendmail(JANE, [letter.reply_to], cry)


async def test_a_forged_host_is_refused_and_reaches_no_letter(daemon: SocketWorld) -> None:
    await daemon.client("Acme Ltd", JANE)
    await daemon.issue("INV-1")
    async with daemon.browser() as browser:
        form = {"csrf": (await browser.get("/recover")).csrf, "address": JANE}
        page = await browser.post("/recover", form, headers={"Host": "evil.example"})
        assert page.status == 400
        await daemon.advance(seconds=10)
        assert len(await daemon.mail_to(JANE)) == 1
        forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        assert (await browser.post("/recover", form, headers=forged)).status == 200
        await daemon.advance(seconds=10)
        _, fresh = await daemon.mail_to(JANE)
        assert fresh.link.startswith(f"{browser.base}/l/")
        assert b"evil.example" not in fresh.raw


@pytest.mark.parametrize("path", PATHS)
async def test_neither_time_nor_answer_tells_a_known_address(tmp_path: Path, path: str) -> None:
    async with open_business(tmp_path) as browser:
        # the work done, which a busy machine leaves alone; `python -m tests.timing` asks the clock
        found = await compare(browser, path, 15, time.process_time)
    assert found.alike
    assert found.gap < max(0.005, found.unknown / 4)


async def test_a_forwarded_link_opens_one_account_for_a_month_then_one_document_then_nothing(
    daemon: SocketWorld,
) -> None:
    await daemon.client("Acme Ltd", JANE)
    await daemon.client("Narrow Ltd", TOM, link_scope="document")
    for number, ref in (("INV-1", "ACME"), ("INV-2", "ACME"), ("INV-3", "NARROW")):
        await daemon.issue(number, client=ref)
    link = (await daemon.mail_to(JANE))[0].link
    narrow = (await daemon.mail_to(TOM))[0].link

    async def open_by(link: str) -> dict[str, int]:
        async with daemon.browser() as browser:
            found = {"link": (await browser.get(link)).status}
            for path in ("/invoices/INV-1", "/invoices/INV-2", "/invoices/INV-3", "/invoices"):
                found[path.rpartition("/")[2]] = (await browser.get(path)).status
            return found

    assert list((await open_by(link)).values()) == [200, 200, 200, 404, 200]
    assert list((await open_by(narrow)).values()) == [200, 404, 404, 200, 404]
    await daemon.advance(days=30)
    assert list((await open_by(link)).values()) == [200, 200, 404, 404, 404]
    await void(daemon.office, "INV-3", actor="test")
    await daemon.advance(days=30, seconds=-1)
    assert (await open_by(narrow))["link"] == 200
    await daemon.advance(seconds=1)
    assert (await open_by(narrow))["link"] == 410
    await daemon.advance(days=30)
    assert (await open_by(link))["link"] == 410


async def test_machines_that_follow_a_link_and_run_its_scripts_leave_all_to_the_person(
    daemon: SocketWorld,
) -> None:
    await daemon.client("Acme Ltd", JANE)
    await daemon.issue("EST-1", type="estimate", valid_until="2027-12-01")
    link = (await daemon.mail_to(JANE))[0].link
    before = await daemon.deeds()
    async with daemon.browser() as scanner, open_chromium() as chromium:
        for method in ("HEAD", "GET", "OPTIONS") * 17:
            async with scanner._session.request(method, link):
                pass
        page = await chromium.new_page()
        await page.clock.install()
        await page.goto(link)
        await page.clock.run_for(60_000)
        await page.reload()
        await page.clock.run_for(60_000)
    assert await daemon.deeds() == before
    async with daemon.browser() as browser:
        form = await browser.get(link)
        version = re.search(r'name="version" value="([^"]+)"', form.text)
        assert version
        fields = {"csrf": form.csrf, "version": version.group(1), "name": "Jane"}
        await browser.post("/estimates/EST-1/accept", fields)
    assert "accepted EST-1" in await daemon.log()


async def test_a_page_tells_no_other_site_where_its_reader_came_from(daemon: SocketWorld) -> None:
    heard: list[str] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as elsewhere:
        evil = f"http://127.0.0.1:{elsewhere.sockets[0].getsockname()[1]}"
        notes = f"![pixel]({evil}/pixel.png) <img src={evil}/raw.png> [terms]({evil}/terms)"
        await daemon.client("Acme Ltd", JANE)
        await daemon.issue("INV-1", notes=notes)
        link = (await daemon.mail_to(JANE))[0].link
        async with open_chromium() as chromium:
            page = await chromium.new_page()
            await page.goto(link)
            assert page.url == f"{daemon.office.config.web.base_url}/invoices/INV-1"
            await page.wait_for_load_state("networkidle")
            await page.get_by_role("link", name="terms").click()
            await page.wait_for_url(f"{evil}/terms")
    paths = [request.split()[1] for request in heard]
    assert "/terms" in paths
    assert set(paths) <= {"/terms", "/favicon.ico"}
    ours = daemon.office.config.web.base_url.removeprefix("http://")
    for request in heard:
        assert ours not in request
        assert "/l/" not in request
        assert "invoices" not in request
        assert request.startswith("GET /favicon.ico") or "referer" not in request.lower()


async def test_new_credentials_leave_the_old_password_and_link_as_they_were(world: World) -> None:
    await world.client("Acme Ltd", JANE)
    await world.issue("INV-1", password=True)
    (first,) = await world.mail_to(JANE)
    for _ in range(3):
        async with world.browser() as browser:
            form = await browser.get("/recover")
            await browser.post("/recover", {"csrf": form.csrf, "address": JANE})
        await world.advance(seconds=1000)
    letters = await world.mail_to(JANE)
    assert len({mail.password for mail in letters}) == 4
    for mail in letters:
        async with world.browser() as browser:
            assert (await browser.get(mail.link)).path == "/invoices/INV-1"
        async with world.browser() as browser:
            assert (await browser.log_in(JANE, mail.password)).path == "/"
    async with world.browser() as browser:
        assert (await browser.log_in(JANE, first.password)).status == 403
        assert (await browser.get(first.link)).path == "/invoices/INV-1"


async def test_fifty_wishes_at_once_bring_one_letter(daemon: SocketWorld) -> None:
    await daemon.client("Acme Ltd", JANE)
    await daemon.issue("INV-1", password=True)
    lapsed = (await daemon.mail_to(JANE))[0].password
    await daemon.advance(days=4)
    async with daemon.browser() as browser:
        csrf = (await browser.get("/login")).csrf
        fields = {"csrf": csrf, "address": JANE, "password": lapsed}
        paths = ["/recover"] * 25 + ["/login"] * 25
        pages = await asyncio.gather(*(browser.post(path, fields) for path in paths))
    assert {page.status for page in pages} == {200, 403, 429}
    await daemon.advance(seconds=10)
    assert len(await daemon.mail_to(JANE)) == 2
    assert len(await daemon.mail_to(OPERATOR)) == 1


async def _answer_the_letter(daemon: SocketWorld, letter: Mail, browser: Browser) -> None:
    await daemon.reply(letter, "I can't log in")


async def _use_the_dead_link(daemon: SocketWorld, letter: Mail, browser: Browser) -> None:
    await _revoke(daemon)
    page = await browser.get(letter.link)
    await browser.post(f"/l/{letter.link.rpartition('/')[2]}/fresh", {"csrf": page.csrf})


async def _use_the_lapsed_password(daemon: SocketWorld, letter: Mail, browser: Browser) -> None:
    assert "Our limits keep us" in (await browser.log_in(JANE, letter.password)).text


async def _ask_once_more(daemon: SocketWorld, letter: Mail, browser: Browser) -> None:
    form = await browser.get("/recover")
    await browser.post("/recover", {"csrf": form.csrf, "address": JANE})


@pytest.mark.parametrize(
    "channel",
    [_answer_the_letter, _use_the_dead_link, _use_the_lapsed_password, _ask_once_more],
)
async def test_one_limit_holds_over_all_channels_and_what_it_stops_reaches_the_operator(
    daemon: SocketWorld, channel: Callable[[SocketWorld, Mail, Browser], Awaitable[None]]
) -> None:
    await daemon.client("Acme Ltd", JANE)
    await daemon.issue("INV-1", password=True)
    (letter,) = await daemon.mail_to(JANE)
    await daemon.advance(days=4)
    async with daemon.browser() as browser:
        await _ask_once_more(daemon, letter, browser)
        await daemon.advance(seconds=10)
        assert len(await daemon.mail_to(JANE)) == 2
        await channel(daemon, letter, browser)
        await daemon.advance(seconds=10)
    assert len(await daemon.mail_to(JANE)) == 2
    assert len(await daemon.mail_to(OPERATOR)) == 1


async def _revoke(daemon: SocketWorld) -> None:
    found = await list_links(daemon.office.db, key=JANE)
    await revoke_links(daemon.office, found, actor="test")


async def _enforce(daemon: SocketWorld) -> None:
    await change_client(daemon.office, "ACME", {"enforce_login": True}, actor="test")


async def _disable(daemon: SocketWorld) -> None:
    await disable_contact(daemon.office, "ACME", JANE, actor="test")


@pytest.mark.parametrize("deed", [_revoke, _enforce, _disable])
async def test_no_request_begun_after_an_end_shows_anything_however_many_are_under_way(
    daemon: SocketWorld, deed: Callable[[SocketWorld], Awaitable[None]]
) -> None:
    await daemon.client("Acme Ltd", JANE)
    await daemon.issue("INV-1")
    link = (await daemon.mail_to(JANE))[0].link
    ended = asyncio.Event()
    seen: list[tuple[bool, int]] = []

    async def look(browser: Browser, path: str) -> None:
        for _ in range(200):
            late = ended.is_set()
            page = await browser.get(path, allow_redirects=False)
            seen.append((late, page.status))
            if late:
                return

    async with daemon.browser() as browser:
        await browser.get(link)
        paths = ["/invoices/INV-1", "/invoices/INV-1.pdf", "/", "/invoices"] * 3
        looking = [asyncio.create_task(look(browser, path)) for path in paths]
        while len(seen) < 24:
            await asyncio.sleep(0)
        await deed(daemon)
        ended.set()
        await asyncio.gather(*looking)
    assert {status for late, status in seen if not late} >= {200}
    assert {status for late, status in seen if late} == {303 if deed is _enforce else 410}
    assert len([late for late, _ in seen if late]) == len(paths)


async def test_a_restart_forgives_nothing_and_forgets_nobody(tmp_path: Path) -> None:
    async with open_socket_world(tmp_path) as daemon, daemon.browser() as stranger:
        await daemon.client("Acme Ltd", JANE)
        await daemon.issue("INV-1", password=True)
        (letter,) = await daemon.mail_to(JANE)
        by_link = await _cookies_after(daemon, letter.link)
        by_password = await _cookies_after(daemon, "/", letter.password)
        left = await _cookies_after(daemon, letter.link, leave=True)
        for _ in range(5):
            assert (await stranger.log_in(JANE, WRONG)).status == 403
        form = await stranger.get("/recover")
        await stranger.post("/recover", {"csrf": form.csrf, "address": JANE})
        assert len(await daemon.mail_to(JANE)) == 1
    async with open_socket_world(tmp_path) as daemon:
        async with daemon.browser() as stranger:
            assert (await stranger.log_in(JANE, letter.password)).status == 429
        for cookies, status in ((by_link, 200), (by_password, 200), (left, 303)):
            async with daemon.browser() as browser:
                page = await browser.get("/", headers={"Cookie": cookies}, allow_redirects=False)
                assert page.status == status
        known = {"maild-browser": by_password.partition("maild-browser=")[2].partition(";")[0]}
        async with daemon.browser() as browser:
            browser._session.cookie_jar.update_cookies(known, URL(browser.base))
            assert (await browser.log_in(JANE, letter.password)).path == "/"
            # what was asked before is answered after, and counts
            await daemon.advance(seconds=10)
            (fresh,) = await daemon.mail_to(JANE)
            assert (await browser.get(fresh.link)).path == "/invoices/INV-1"
            form = await browser.get("/recover")
            await browser.post("/recover", {"csrf": form.csrf, "address": JANE})
            await daemon.advance(seconds=10)
            assert len(await daemon.mail_to(JANE)) == 1
            assert len(await daemon.mail_to(OPERATOR)) == 1


async def _cookies_after(
    daemon: SocketWorld, where: str, password: str = "", *, leave: bool = False
) -> str:
    """Come in by a link or a password, perhaps leave again; return the cookies held before that."""
    async with daemon.browser() as browser:
        page = await (browser.log_in(JANE, password) if password else browser.get(where))
        held = "; ".join(f"{c.key}={c.value}" for c in browser._session.cookie_jar)
        if leave:
            await browser.post("/logout", {"csrf": page.csrf})
        return held
