"""Passwords: typed as people type them, guessed as attackers guess, old ones and lapsed ones."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector

from maild.access.passwords import AT_ONCE, CANDIDATES, QUEUE, Hasher
from tests.visitor import Browser, Page
from tests.web.area import (
    JANE,
    assert_guarded,
    last_link,
    last_password,
    send_invoice,
    without_token,
)
from tests.world import HouseWorld, open_house_world

WRONG = "aaaa-cccc-dddd-eeee"


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    house: HouseWorld,
) -> None:
    await send_invoice(house, password=True)
    stranger = "jane@acme.exampla"
    async with house.browser() as browser:
        wrong = await browser.log_in(JANE, WRONG)
        unknown = await browser.log_in(stranger, WRONG)
        malformed = await browser.log_in("nobody", WRONG)
        endless = await browser.log_in("a" * 3000 + "@acme.example", WRONG)
    assert {page.status for page in (wrong, unknown, malformed, endless)} == {403}
    assert without_token(wrong, JANE) == without_token(unknown, stranger)
    assert wrong.headers.keys() == unknown.headers.keys()
    assert f'value="{JANE}"' in wrong.text
    assert WRONG not in wrong.text


async def test_an_unknown_address_costs_as_many_hashes_as_a_known_one(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_invoice(house, password=True)
    verified: list[str] = []
    verify = Hasher._verify

    def count(self: Hasher, hashed: str, typed: str) -> bool:
        verified.append(typed)
        return verify(self, hashed, typed)

    monkeypatch.setattr(Hasher, "_verify", count)
    async with house.browser() as browser:
        await browser.log_in(JANE, WRONG)
        known = len(verified)
        await browser.log_in("stranger@acme.example", WRONG)
    assert (known, len(verified)) == (CANDIDATES, 2 * CANDIDATES)


RETYPED: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "bare": lambda p: p.replace("-", ""),
    "spaces": lambda p: p.replace("-", " "),
    "en dashes": lambda p: p.replace("-", "\u2013"),
    "em dashes": lambda p: p.replace("-", " \u2014 "),
    "padded": lambda p: f"  {p}\u00a0",
    "zero-width": lambda p: "\u200b" + "\u200b".join(p),
    "marks": lambda p: f"\ufeff{p}\u200e",
    "soft hyphens": lambda p: p.replace("-", "\u00ad-"),
    "full width": lambda p: "".join(chr(ord(c) + 0xFEE0) for c in p),
}


async def test_a_generated_password_is_taken_however_it_is_typed(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    for name, retype in RETYPED.items():
        typed = retype(await last_password(house))
        async with house.browser() as browser:
            page = await browser.log_in(f" {JANE.upper()} ", typed)
        assert (name, page.status, page.path) == (name, 200, "/")


async def test_one_letter_less_or_more_or_other_is_wrong(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    right = await last_password(house)
    async with house.browser() as browser:
        other = "c" if right[0] != "c" else "d"
        for typed in (right[:-1], right + "a", other + right[1:], ""):
            assert (await browser.log_in(JANE, typed)).status == 403


async def test_after_five_failures_each_wait_is_twice_the_last_up_to_a_quarter_of_an_hour(
    house: HouseWorld,
) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        for _ in range(5):
            assert (await browser.log_in(JANE, WRONG)).status == 403
        for wait in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
            page = await browser.log_in(JANE, await last_password(house))
            assert (page.status, page.headers["Retry-After"]) == (429, str(wait))
            assert_guarded(page.headers)
            await house.advance(seconds=wait - 0.5)
            assert (await browser.log_in(JANE, WRONG)).status == 429
            await house.advance(seconds=0.5)
            assert (await browser.log_in(JANE, WRONG)).status == 403
        await house.advance(seconds=900)
        assert (await browser.log_in(JANE, await last_password(house))).status == 200
        # and all is forgiven
        for _ in range(5):
            assert (await browser.log_in(JANE, WRONG)).status == 403


async def test_the_wait_is_said_in_words_and_never_shorter_than_it_is(house: HouseWorld) -> None:
    await send_invoice(house)
    waits = {5: "wait 1 second,", 6: "wait 2 seconds,", 13: "wait 5 minutes,"}
    async with house.browser() as browser:
        for tries in range(1, 14):
            await house.advance(seconds=128)
            assert (await browser.log_in(JANE, WRONG)).status == 403
            if tries in waits:
                assert waits[tries] in (await browser.log_in(JANE, WRONG)).text


async def test_a_throttle_outlives_a_restart(tmp_path: Path) -> None:
    async with open_house_world(tmp_path) as house:
        await send_invoice(house, password=True)
        password = await last_password(house)
        async with house.browser() as browser:
            for _ in range(5):
                await browser.log_in(JANE, WRONG)
    async with open_house_world(tmp_path) as house, house.browser() as browser:
        assert (await browser.log_in(JANE, password)).status == 429
        await house.advance(seconds=1)
        assert (await browser.log_in(JANE, password)).status == 200


async def test_a_throttle_holds_up_neither_the_link_nor_another_network_nor_another_address(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house, password=True)
    await house.client("Other Ltd", "tom@other.example")
    await house.issue("INV-9", client="OTHER", password=True)
    async with house.browser() as browser:
        for _ in range(6):
            blocked = await browser.log_in(JANE, WRONG)
        assert blocked.status == 429
        tom = await last_password(house, "tom@other.example")
        assert (await browser.log_in("tom@other.example", tom)).status == 200
    async with house.browser() as browser:
        assert (await browser.get(link)).status == 200
    elsewhere = TCPConnector(local_addr=("127.0.1.1", 0))
    async with ClientSession(cookie_jar=CookieJar(unsafe=True), connector=elsewhere) as session:
        browser = Browser(session, house.office.config.web.base_url)
        assert (await browser.log_in(JANE, await last_password(house))).status == 200


async def test_many_guesses_at_once_gain_nothing(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_invoice(house, password=True)
    right = await last_password(house)
    checked: list[str] = []
    find_match = Hasher.find_match

    async def count(self: Hasher, held: object, typed: str) -> object:
        checked.append(typed)
        return await find_match(self, held, typed)  # type: ignore[arg-type]

    monkeypatch.setattr(Hasher, "find_match", count)
    async with house.browser() as browser:
        csrf = (await browser.get("/login")).csrf
        guesses = [WRONG] * 29 + [right]
        pages = await asyncio.gather(
            *(
                browser.post("/login", {"address": JANE, "password": guess, "csrf": csrf})
                for guess in guesses
            )
        )
    assert sorted(page.status for page in pages[:29]).count(429) >= 24
    assert len(checked) == 5


async def test_a_lapsed_password_says_so_and_mails_a_new_one_once(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    lapsed = await last_password(house)
    await house.advance(days=3, seconds=-1)
    assert len(await house.mail_to(JANE)) == 1
    await house.advance(seconds=1)
    async with house.browser() as browser:
        for words in ("We have just sent a new one", "use the password in our latest email"):
            page = await browser.log_in(JANE, lapsed)
            assert page.status == 403
            assert "has lapsed" in page.text
            assert words in page.text
            await house.deliver()
        assert len(await house.mail_to(JANE)) == 2
        renewed = await last_password(house)
        assert renewed != lapsed
        assert (await browser.log_in(JANE, renewed)).path == "/"
        assert "do not go together" in (await browser.log_in(JANE, lapsed)).text


async def test_a_password_used_in_time_does_not_lapse(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    password = await last_password(house)
    async with house.browser() as browser:
        assert (await browser.log_in(JANE, password)).status == 200
        await house.advance(days=80)
        assert (await browser.log_in(JANE, password)).status == 200


async def test_the_old_password_is_good_until_the_new_one_is_first_used(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    old = await last_password(house)
    await house.advance(seconds=60)
    await house.issue("INV-2", password=True)
    new = await last_password(house)
    async with house.browser() as browser:
        for password, status in ((old, 200), (old, 200), (new, 200), (old, 403), (new, 200)):
            assert (await browser.log_in(JANE, password)).status == status


async def test_a_flood_of_log_ins_is_deferred_while_pages_go_on(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_invoice(house, password=True)
    gate = threading.Event()
    match = Hasher._match

    def slow(self: Hasher, held: object, typed: str) -> object:
        gate.wait(20)
        return match(self, held, typed)  # type: ignore[arg-type]

    monkeypatch.setattr(Hasher, "_match", slow)
    async with _crowd(house) as crowd, house.browser() as guest:
        csrf = (await crowd.get("/login")).csrf
        tries = [asyncio.create_task(_try(crowd, csrf, n)) for n in range(AT_ONCE + QUEUE)]
        async with asyncio.timeout(20):
            while house.office.hasher._waiting < AT_ONCE + QUEUE:
                await asyncio.sleep(0.01)
        assert (await guest.get(await last_link(house, JANE))).status == 200
        busy = await guest.log_in(JANE, await last_password(house))
        assert (busy.status, busy.headers["Retry-After"]) == (503, "5")
        assert_guarded(busy.headers)
        gate.set()
        assert {page.status for page in await asyncio.gather(*tries)} == {403}
        assert (await guest.log_in(JANE, await last_password(house))).status == 200


async def _try(browser: Browser, csrf: str, number: int) -> Page:
    fields = {"address": f"user{number}@acme.example", "password": WRONG, "csrf": csrf}
    return await browser.post("/login", fields)


class _crowd:  # noqa: N801 - reads as the noun it is
    """A browser that opens as many connections as it likes."""

    def __init__(self, house: HouseWorld) -> None:
        self._session = ClientSession(
            cookie_jar=CookieJar(unsafe=True), connector=TCPConnector(limit=0)
        )
        self._browser = Browser(self._session, house.office.config.web.base_url)

    async def __aenter__(self) -> Browser:
        return self._browser

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
