"""Personal links: safe to follow, hard to guess, plain about why they have ended."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

from aiohttp import ClientSession, DummyCookieJar
from markupsafe import escape

from maild.services.payments import pay
from maild.store.clients import list_contacts_of_address
from maild.store.links import revoke_links
from tests.visitor import Browser
from tests.web.area import (
    JANE,
    SHEET,
    TOM,
    assert_guarded,
    disable,
    expire,
    last_link,
    last_password,
    log_with,
    send_invoice,
)
from tests.world import HouseWorld, World

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


async def test_following_a_link_fifty_times_consumes_nothing_and_records_one_fetch(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    before = await house.log()
    async with house.browser() as scanner:
        for _ in range(50):
            page = await scanner.get(link, allow_redirects=False)
            assert (page.status, page.headers["Location"]) == (303, "/invoices/INV-1")
    async with house.browser() as browser:
        assert "£300.00" in (await browser.get(link)).text
    assert await log_with(house, "fetched INV-1") == [*before, "fetched INV-1"]


async def test_head_of_a_link_and_of_its_page_answers_like_get_without_a_body(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        session = browser._session
        async with session.head(link, allow_redirects=False) as answer:
            assert (answer.status, await answer.read()) == (303, b"")
        async with session.head(browser.base + "/invoices/INV-1") as answer:
            assert (answer.status, await answer.read()) == (200, b"")
            assert_guarded(dict(answer.headers), scripted=True)


async def test_a_token_changed_in_any_one_place_is_the_same_404_as_a_random_one(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    base, _, token = link.rpartition("/")
    async with house.browser() as browser:
        stranger = await browser.get(f"{base}/{'q' * len(token)}")
        assert stranger.status == 404
        wrong = [token[:-1], token + "a", token[1:], "", "%00", "a" * 4000]
        for i, char in enumerate(token):
            following = ALPHABET[(ALPHABET.index(char) + 1) % 32]
            wrong += [token[:i] + other + token[i + 1 :] for other in (following, "", char * 2)]
            if char.isalpha():
                wrong.append(token[:i] + char.upper() + token[i + 1 :])
        for attempt in wrong:
            page = await browser.get(f"{base}/{attempt}", allow_redirects=False)
            assert (page.status, page.body) == (404, stranger.body), attempt
            assert "Set-Cookie" not in page.headers


async def test_a_token_of_another_purpose_opens_nothing(house: HouseWorld) -> None:
    link = await send_invoice(house)
    (letter,) = await house.mail_to(JANE)
    reply_token = letter.reply_to.partition("+")[2].partition("@")[0]
    async with house.browser() as browser:
        page = await browser.get(f"{link.rpartition('/')[0]}/{reply_token}")
    assert page.status == 404


async def test_an_expired_link_and_a_revoked_one_say_which_they_are(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        await expire(house, browser, link)
        expired = await browser.get(link)
        assert (expired.status, (await browser.get("/invoices/INV-1")).body) == (410, expired.body)
    await house.issue("INV-2")
    newer = (await house.mail_to(JANE))[-1]
    async with house.browser() as browser:
        assert (await browser.get(newer.link)).status == 200
        await disable(house)
        revoked = await browser.get(newer.link)
        assert (revoked.status, (await browser.get("/")).body) == (410, revoked.body)
    assert "expired" in expired.text
    assert "switched off" in revoked.text
    assert "expired" not in revoked.text
    for page in (expired, revoked):
        assert "£" not in page.text
        assert "Acme" not in page.text
        assert_guarded(page.headers)


async def test_revoking_only_the_links_ends_them_at_the_next_request(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        assert (await browser.get(link)).status == 200
        assert f'value="{JANE}"' in (await browser.get("/login")).text
        (jane,) = await list_contacts_of_address(house.office.db, JANE)
        await house.office.db.transact(lambda tx: revoke_links(tx, jane.id, house.clock()))
        assert (await browser.get("/invoices/INV-1")).status == 410
        # and it tells nobody any more whose it was
        assert JANE not in (await browser.get("/login")).text


async def test_a_paid_invoice_is_open_for_thirty_days_more(house: HouseWorld) -> None:
    link = await send_invoice(house)
    await pay(house.office, "INV-1", on=None, amount=None, actor="test")
    await house.advance(days=29.9)
    async with house.browser() as browser:
        assert "Paid in full" in (await browser.get(link)).text
        await house.advance(days=0.2)
        assert (await browser.get(link)).status == 410


async def test_a_link_cookie_lasts_two_hours_and_the_link_makes_another(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        cookie = await _cookie(browser.base, link)
        for seconds, status in ((7199, 200), (1, 303)):
            await house.advance(seconds=seconds)
            page = await browser.get(
                "/invoices/INV-1", headers={"Cookie": cookie}, allow_redirects=False
            )
            assert page.status == status
        assert (await browser.get(link)).status == 200


async def test_a_link_cookie_that_was_tampered_with_is_no_cookie(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        name, _, value = (await _cookie(browser.base, link)).partition("=")
        row, since, signature = value.split(".")
        forged = [
            f"{row}.{int(since) + 60}.{signature}",
            f"{row}x.{since}.{signature}",
            f"{row}.{since}.",
            f"{row}.{since}",
            f"{row}..{signature}",
            "..",
            "\xff.1.a",
            '"form x.y.z"',
        ]
        for attempt in forged:
            page = await browser.get(
                "/", headers={"Cookie": f"{name}={attempt}"}, allow_redirects=False
            )
            assert (page.status, page.headers["Location"]) == (303, "/login?next=/"), attempt


async def _cookie(base: str, link: str) -> str:
    async with (
        ClientSession(cookie_jar=DummyCookieJar()) as session,
        session.get(link, allow_redirects=False) as answer,
    ):
        return answer.headers["Set-Cookie"].partition(";")[0]


async def test_a_form_token_cannot_be_turned_into_a_link_cookie(house: HouseWorld) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        for held in ("x.1", "x.y", "a.99999999999"):
            form = await browser.get("/login", headers={"Cookie": f"maild-form={held}"})
            cookie = f'maild-link="form {held}.{form.csrf}"'
            page = await browser.get("/", headers={"Cookie": cookie}, allow_redirects=False)
            assert page.status == 303
            cookie = f'maild-link="form\\012{held}.{form.csrf}"'
            page = await browser.get("/", headers={"Cookie": cookie}, allow_redirects=False)
            assert page.status == 303


NUMBERS = (
    "INV/1001",
    "№ 7",
    "A%2F",
    "A%252F",
    "a b+c",
    "?x=1#y",
    "..x",
    "日本-1",
    "<b>&\"'",
    "x;y",
)


async def test_any_number_can_be_opened_printed_and_reached_through_the_log_in(
    house: HouseWorld,
) -> None:
    await house.client("Acme Ltd", JANE, enforce_login=True)
    await house.issue("INV-1", password=True)
    password = await last_password(house)
    for number in NUMBERS:
        await house.issue(number, files=(SHEET,))
        link = await last_link(house, JANE)
        async with house.browser() as browser:
            await _walk_through(browser, link, number, password)


async def _walk_through(browser: Browser, link: str, number: str, password: str) -> None:
    form = await browser.get(link)
    assert (form.status, form.path.partition("?")[0]) == (200, "/login")
    assert f'value="{JANE}"' in form.text
    target = html.unescape(form.text.partition('name="next" value="')[2].partition('"')[0])
    fields = {"address": JANE, "password": password, "next": target, "csrf": form.csrf}
    page = await browser.post("/login", fields)
    assert page.status == 200
    assert f'<h1>Invoice <bdi class="whole">{escape(number)}</bdi></h1>' in page.text
    pdf = await browser.get(target + ".pdf")
    assert (pdf.status, pdf.headers["Content-Type"]) == (200, "application/pdf")
    (file,) = _hrefs(page.text, "/attachments/")
    assert (await browser.get(file)).body == b"hours,7\n"
    home = await browser.get("/")
    assert unquote(target) in map(unquote, _hrefs(home.text, "/invoices/"))


def _hrefs(text: str, part: str) -> list[str]:
    found = [html.unescape(href) for href in re.findall(r'href="([^"]+)"', text)]
    return [href for href in found if part in href]


async def test_a_link_into_a_second_client_leads_through_the_log_in_to_its_document(
    house: HouseWorld,
) -> None:
    await house.client("Acme Ltd", JANE, enforce_login=True)
    await house.advance(seconds=1)
    await house.client("Beta Ltd", JANE, enforce_login=True)
    await house.issue("INV-1", password=True)
    password = await last_password(house)
    await house.issue("INV-2", client="BETA")
    link = await last_link(house, JANE)
    async with house.browser() as browser:
        form = await browser.get(link)
        fields = {"address": JANE, "password": password, "csrf": form.csrf}
        page = await browser.post("/login", fields | {"next": "/invoices/INV-2"})
        assert (page.status, page.path) == (200, "/invoices/INV-2")


async def test_a_link_opened_while_logged_in_as_its_holder_shows_that_client_at_once(
    house: HouseWorld,
) -> None:
    await house.client("Acme Ltd", JANE)
    await house.advance(seconds=1)
    # the same address, spelt as somebody else typed it
    await house.client("Beta Ltd", "Jane@acme.example", enforce_login=True)
    await house.issue("INV-1", password=True)
    password = await last_password(house)
    await house.issue("INV-2", client="BETA")
    link = await last_link(house, "Jane@acme.example")
    async with house.browser() as browser:
        assert "Hello, <bdi>Acme Ltd" in (await browser.log_in(JANE, password)).text
        page = await browser.get(link)
        assert (page.status, page.path) == (200, "/invoices/INV-2")
        assert "Hello, <bdi>Beta Ltd" in (await browser.get("/")).text


async def test_a_link_opened_while_logged_in_as_another_ends_that_log_in(
    house: HouseWorld,
) -> None:
    await house.client("Acme Ltd", JANE)
    await house.client("Other Ltd", TOM)
    await house.issue("INV-1", password=True)
    await house.issue("INV-9", client="OTHER")
    async with house.browser() as browser:
        await browser.log_in(JANE, await last_password(house))
        page = await browser.get(await last_link(house, TOM))
        assert (page.status, page.path) == (200, "/invoices/INV-9")
        assert (await browser.get("/invoices/INV-1")).status == 404


async def test_a_shared_clients_link_shows_its_document_alone(house: HouseWorld) -> None:
    link = await send_invoice(house, shared=True)
    await house.issue("INV-2")
    async with house.browser() as browser:
        page = await browser.get(link)
        assert page.status == 200
        assert 'href="/invoices"' not in page.text
        assert (await browser.get("/")).path == "/invoices/INV-1"
        assert (await browser.get("/invoices/INV-2")).status == 404


async def test_no_page_and_no_header_repeats_the_token(world: World) -> None:
    await world.client("Acme Ltd", JANE)
    await world.issue("INV-1")
    (letter,) = await world.mail_to(JANE)
    token = letter.link.rpartition("/")[2]
    async with world.browser() as browser:
        for where in (letter.link, "/", "/invoices", "/login"):
            page = await browser.get(where)
            assert token not in page.text
            assert token not in str(page.headers)
