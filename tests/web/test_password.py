"""Choosing one's own password, and the browsers that are known by a log-in."""

from __future__ import annotations

import asyncio
import unicodedata

import pytest
from yarl import URL

from maild.access.passwords import Hasher
from maild.errors import Busy
from maild.services.handover import disable_contact
from maild.store.refusals import list_refusals
from tests.visitor import Browser, Page
from tests.web.area import JANE, TOM, assert_guarded, last_link, last_password, send_invoice
from tests.world import HouseWorld

OWN = "seven quiet herons"
WRONG = "aaaa-cccc-dddd-eeee"


async def enter(house: HouseWorld, browser: Browser) -> Page:
    """Log Jane in with the password of the latest letter."""
    return await browser.log_in(JANE, await last_password(house))


async def choose(browser: Browser, password: str, again: str | None = None) -> Page:
    """Fill in the form and send it."""
    form = await browser.get("/password")
    again = password if again is None else again
    return await browser.post(
        "/password", {"password": password, "again": again, "csrf": form.csrf}
    )


def cookie_of(browser: Browser, name: str) -> str:
    held = browser._session.cookie_jar.filter_cookies(URL(browser.base))
    return held[name].value if name in held else ""


async def test_a_chosen_password_takes_the_place_of_all_others_and_ends_other_log_ins(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house, password=True)
    generated = await last_password(house)
    async with house.browser() as browser, house.browser() as other:
        assert "Choose your own password" in (await enter(house, browser)).text
        await enter(house, other)
        before = cookie_of(browser, "maild-session")
        page = await choose(browser, OWN)
        assert (page.status, "Your password was changed" in page.text) == (200, True)
        assert_guarded(page.headers)
        assert cookie_of(browser, "maild-session") not in {"", before}
        assert "You log in with a password of your own" in (await browser.get("/")).text
        assert (await other.get("/")).path == "/login?next=/"
        assert (await other.log_in(JANE, generated)).status == 403
        assert (await other.log_in(JANE, OWN)).path == "/"
        assert (await other.get(link)).path == "/invoices/INV-1"
    async with house.browser() as thief:
        stale = {"Cookie": f"maild-session={before}"}
        assert (await thief.get("/", headers=stale, allow_redirects=False)).status == 303


async def test_the_address_is_told_and_the_password_is_never_mailed(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        await enter(house, browser)
        await choose(browser, OWN)
    await house.deliver()
    letter = (await house.mail_to(JANE))[-1]
    assert letter.subject == "Your password for Example Ltd was changed"
    for words in (letter.text, letter.html):
        assert "answer this email" in words
        assert JANE in words
        assert "23 Nov 2026" in words
    for mail in await house.mail():
        assert OWN.encode() not in mail.raw
    assert f"password chosen {JANE}" in await house.log()
    for table in ("events", "letters", "credentials", "sessions"):
        for row in await house.office.db.rows(f"SELECT * FROM {table}"):
            assert OWN not in str(dict(row))


async def test_changes_without_end_mail_five_letters_a_day_and_each_is_logged(
    house: HouseWorld,
) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        await enter(house, browser)
        for number in range(7):
            assert (await choose(browser, f"{OWN} {number}")).status == 200
        await house.deliver()
        assert len(await house.mail_to(JANE)) == 1 + 5
        assert (await house.log()).count(f"password chosen {JANE}") == 7
        # they count among what goes to a person by itself, and nothing else can keep them back
        form = await browser.get("/recover")
        await browser.post("/recover", {"address": JANE, "csrf": form.csrf})
        await house.advance(seconds=6)
        assert len(await house.mail_to(JANE)) == 1 + 5
        await house.advance(days=1)
        assert (await browser.log_in(JANE, f"{OWN} 6")).path == "/"
        await choose(browser, OWN)
        await house.deliver()
        assert len(await house.mail_to(JANE)) == 1 + 6


FAULTS = {
    "too short": ("seven q", None),
    "too long": ("ab cd " * 22, None),
    "not the same": (OWN, OWN + "s"),
    "tried first": ("Password123", None),
    "A name": ("Acme-Ltd 2026", None),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_wrong_with_a_password_is_said_and_the_password_is_not_repeated(
    house: HouseWorld, fault: str
) -> None:
    password, again = FAULTS[fault]
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        await enter(house, browser)
        page = await choose(browser, password, again)
        assert (page.status, fault in page.text) == (422, True)
        assert password not in page.text
        assert (await browser.get("/")).status == 200
        assert (await enter(house, browser)).status == 200


async def test_a_password_is_known_however_a_keyboard_spells_it(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    spelt = "Crème brûlée à Nîmes"
    async with house.browser() as browser:
        await enter(house, browser)
        await choose(browser, unicodedata.normalize("NFD", spelt))
        for typed in (spelt, unicodedata.normalize("NFD", spelt), f" {spelt} "):
            assert (await browser.log_in(JANE, typed)).path == "/"
        assert (await browser.log_in(JANE, spelt.upper())).status == 403


async def test_a_password_of_128_characters_works_to_the_last_one(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    long = unicodedata.normalize("NFD", "né " * 43)[: 43 * 4 - 1]
    assert len(unicodedata.normalize("NFC", long)) == 128
    async with house.browser() as browser:
        await enter(house, browser)
        assert (await choose(browser, long)).status == 200
        assert (await browser.log_in(JANE, long)).path == "/"
        assert (await browser.log_in(JANE, long[:-1])).status == 403


async def test_who_came_by_a_link_sets_no_password_and_is_told_how(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        csrf = (await browser.get(link)).csrf
        page = await browser.get("/password")
        assert (page.status, 'href="/recover"' in page.text) == (200, True)
        assert 'name="password"' not in page.text
        assert "Choose your own" not in (await browser.get("/")).text
        fields = {"password": OWN, "again": OWN, "csrf": csrf}
        assert (await browser.post("/password", fields)).status == 403
    assert not await house.office.db.rows("SELECT 1 FROM credentials")


async def test_a_chosen_password_and_a_mailed_one_live_side_by_side_until_the_new_one_is_used(
    house: HouseWorld,
) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        await enter(house, browser)
        await choose(browser, OWN)
        await house.advance(days=1)
        await house.issue("INV-2", password=True)
        assert (await browser.log_in(JANE, OWN)).status == 200
        assert "Choose your own password" in (await enter(house, browser)).text
        assert (await browser.log_in(JANE, OWN)).status == 403


async def test_two_choices_at_once_leave_one_that_works(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        await enter(house, browser)
        csrf = (await browser.get("/password")).csrf
        own = ("seven quiet herons", "eight loud herons")
        forms = [{"password": word, "again": word, "csrf": csrf} for word in own]
        pages = await asyncio.gather(*(browser.post("/password", form) for form in forms))
        changed = ["Your password was changed" in page.text for page in pages]
        done = [word for word, took in zip(own, changed, strict=True) if took]
        assert len(done) == 1
        assert (await browser.log_in(JANE, done[0])).path == "/"


async def test_strangers_failures_never_hold_up_a_browser_that_logged_in_before(
    house: HouseWorld,
) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as known, house.browser() as stranger:
        await enter(house, known)
        for _ in range(6):
            blocked = await stranger.log_in(JANE, WRONG)
        assert blocked.status == 429
        assert (await enter(house, stranger)).status == 429
        assert (await enter(house, known)).path == "/"
        assert (await stranger.get(await last_link(house, JANE))).status == 200
        # its own failures count under its own name
        for _ in range(6):
            blocked = await known.log_in(JANE, WRONG)
        assert blocked.status == 429


async def test_a_browser_is_known_for_its_address_alone_a_year_and_only_as_it_was_made(
    house: HouseWorld,
) -> None:
    await send_invoice(house, password=True)
    await house.client("Other Ltd", TOM)
    async with house.browser() as known, house.browser() as other:
        await enter(house, known)
        genuine = cookie_of(known, "maild-browser")
        name, since, signature = genuine.split(".")
        assert JANE not in genuine
        for address, cookie, status in (
            (TOM, genuine, 429),
            (JANE, f"{name}x.{since}.{signature}", 429),
            (JANE, f"{name}.{int(since) + 1}.{signature}", 429),
            (JANE, "..", 429),
            (JANE, genuine, 403),
        ):
            for _ in range(6):
                await other.log_in(address, WRONG)
            form = await other.get("/login")
            tie = cookie_of(other, "maild-form")
            page = await other.post(
                "/login",
                {"address": address, "password": WRONG, "csrf": form.csrf},
                headers={"Cookie": f"maild-form={tie}; maild-browser={cookie}"},
            )
            assert (cookie, page.status) == (cookie, status)


async def test_the_cookie_of_a_known_browser_is_kept_from_scripts_for_a_year(
    house: HouseWorld,
) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        await enter(house, browser)
        jar = {cookie.key: cookie for cookie in browser._session.cookie_jar}
    cookie = jar["maild-browser"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == str(365 * 24 * 3600)


async def test_a_try_that_nobody_looked_at_does_not_count_as_a_failure(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        with monkeypatch.context() as flood:
            flood.setattr(house.office.hasher, "_waiting", 1000)
            for _ in range(8):
                assert (await browser.log_in(JANE, WRONG)).status == 503
        assert not await house.office.db.rows("SELECT 1 FROM throttle_hits")
        assert (await enter(house, browser)).path == "/"


async def test_refused_log_ins_are_noted_once_in_ten_minutes_with_their_reason(
    house: HouseWorld,
) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        for _ in range(7):
            await browser.log_in(JANE, WRONG)
            await browser.log_in("hunter2 in the wrong field", WRONG)
        await house.advance(seconds=600)
        await browser.log_in(JANE, WRONG)
        await house.advance(days=4)
        await enter(house, browser)
    noted = await list_refusals(house.office.db, JANE, 9)
    reasons = ["login-lapsed", "login-wrong", "login-throttled", "login-wrong"]
    assert [row.reason for row in noted] == reasons
    assert len(await house.office.db.rows("SELECT 1 FROM refusals")) == 4


async def test_a_refusal_that_cannot_be_noted_stops_no_answer(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await send_invoice(house)
    await disable_contact(house.office, "ACME", JANE, actor="test")

    async def full(*_: object) -> None:
        from maild.errors import StoreFull

        raise StoreFull("no room")

    monkeypatch.setattr(type(house.office.db), "transact", full)
    async with house.browser() as browser:
        assert (await browser.get(link)).status == 410


async def test_a_busy_hasher_defers_a_choice(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_invoice(house, password=True)

    async def busy(*_: object) -> str:
        raise Busy("full")

    async with house.browser() as browser:
        await enter(house, browser)
        monkeypatch.setattr(Hasher, "hash", busy)
        assert (await choose(browser, OWN)).status == 503
        assert (await enter(house, browser)).path == "/"
