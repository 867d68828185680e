""" "I can't get in": the same answer for everyone, and a letter for those on record."""

from __future__ import annotations

from statistics import median
from time import perf_counter

import pytest
from structlog.testing import capture_logs

from maild.access.passwords import Hasher
from maild.jobs import tidy
from maild.services.customers import add_contact
from maild.store.refusals import list_refusals
from tests.visitor import Browser, Page
from tests.web.area import (
    JANE,
    assert_guarded,
    disable,
    last_link,
    last_password,
    send_invoice,
    without_token,
)
from tests.world import OPERATOR, HouseWorld, World

ODD = (
    "",
    " ",
    "nobody",
    "a@b@c",
    "@",
    "x" * 5000 + "@acme.example",
    "xn--@xn--99999999.xn--",
    "jane@acme.example\nBcc: eve@evil.example",
    "' OR 1=1 --",
    "\u202ejane@acme.example",
    "İ@İ.example",
)
ENOUGH = 6.0
QUARTER = 15 * 60.0


async def recover(browser: Browser, address: str) -> Page:
    """Fill in the form and send it."""
    form = await browser.get("/recover")
    return await browser.post("/recover", {"address": address, "csrf": form.csrf})


async def states(house: HouseWorld) -> list[str]:
    """Return what became of the requests kept so far, oldest first."""
    rows = await house.office.db.rows("SELECT reason FROM recoveries ORDER BY at, id")
    return [row["reason"] for row in rows]


async def test_somebody_on_record_is_mailed_a_link_and_a_password_that_work(world: World) -> None:
    await world.client("Acme Ltd", JANE)
    await world.issue("INV-1")
    async with world.browser() as browser:
        page = await recover(browser, f"  {JANE.upper()} ")
        assert (page.status, "Look in your inbox" in page.text) == (200, True)
        assert_guarded(page.headers)
        assert len(await world.mail_to(JANE)) == 1
        await world.advance(seconds=ENOUGH)
        first, letter = await world.mail_to(JANE)
        assert letter.link != first.link
        assert (await browser.log_in(JANE, letter.password)).path == "/"
    async with world.browser() as other:
        for mail in (first, letter):
            assert (await other.get(mail.link)).path == "/invoices/INV-1"


async def test_every_address_is_answered_with_the_same_bytes(house: HouseWorld) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        known = await recover(browser, JANE)
        for address in (JANE, "stranger@acme.example", *ODD):
            page = await recover(browser, address)
            assert (page.status, page.body) == (known.status, known.body), address
            assert page.headers.keys() == known.headers.keys()
            await house.advance(seconds=3600)
    assert {mail.recipient for mail in await house.mail()} <= {JANE, OPERATOR}
    assert set(await states(house)) == {"sent", "throttled", "unknown"}


async def test_a_request_costs_the_same_for_known_and_unknown_and_hashes_nothing(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_invoice(house, password=True)
    work: list[object] = []
    monkeypatch.setattr(Hasher, "_run", lambda *args: work.append(args))
    spent: dict[str, list[float]] = {JANE: [], "jean@acme.example": []}
    async with house.browser() as browser:
        csrf = (await browser.get("/recover")).csrf
        for _ in range(20):
            for address, times in spent.items():
                begun = perf_counter()
                await browser.post("/recover", {"address": address, "csrf": csrf})
                times.append(perf_counter() - begun)
            # so that every request is within the limit of its network
            house.clock.advance(seconds=3600)
    assert not work
    known, unknown = (median(times) for times in spent.values())
    assert abs(known - unknown) < 0.05


async def test_a_sixth_request_in_an_hour_from_a_network_is_left_to_the_operator(
    house: HouseWorld,
) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        pages = [await recover(browser, f"{n}@acme.example") for n in range(5)]
        pages += [await recover(browser, address) for address in (JANE, JANE, "x@acme.example")]
        assert {(page.status, page.body) for page in pages} == {(200, pages[0].body)}
        await house.advance(seconds=ENOUGH)
        assert sorted(await states(house)) == ["throttled"] * 2 + ["unknown"] * 6
        assert len(await house.mail_to(JANE)) == 1
        (told,) = await house.mail_to(OPERATOR)
        assert "after five others in an hour" in told.text
        assert f"maild reissue {JANE}" in told.text
        await house.advance(seconds=3600)
        await recover(browser, JANE)
        await house.advance(seconds=ENOUGH)
    assert (await states(house))[-1] == "sent"


async def test_a_flood_of_requests_is_answered_alike_and_not_kept(house: HouseWorld) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        form = {"csrf": (await browser.get("/recover")).csrf, "address": JANE}
        with capture_logs() as lines:
            pages = [await browser.post("/recover", form) for _ in range(60)]
        assert {(page.status, page.body) for page in pages} == {(200, pages[0].body)}
        assert len(await states(house)) == 55
        assert [line["network"] for line in lines] == ["127.0.0.0/24"] * 5
        await house.advance(seconds=ENOUGH)
    assert sorted(await states(house)) == ["sent"] + ["throttled"] * 54
    assert (len(await house.mail_to(JANE)), len(await house.mail_to(OPERATOR))) == (2, 1)


async def test_a_request_beyond_the_limits_costs_no_hash(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_invoice(house)
    hashed: list[object] = []
    hash_ = Hasher.hash

    async def count(self: Hasher, password: str) -> str:
        hashed.append(self)
        return await hash_(self, password)

    monkeypatch.setattr(Hasher, "hash", count)
    async with house.browser() as browser:
        for _ in range(4):
            await recover(browser, JANE)
            await house.advance(seconds=ENOUGH)
    assert await states(house) == ["sent", "throttled", "throttled", "throttled"]
    assert len(hashed) == 1


async def test_what_the_limits_stop_reaches_the_operator_once_a_day(house: HouseWorld) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        for _ in range(4):
            await recover(browser, JANE)
            await house.advance(seconds=ENOUGH)
        assert await states(house) == ["sent", "throttled", "throttled", "throttled"]
        (told,) = await house.mail_to(OPERATOR)
        assert "still cannot get in" in told.subject
        assert f"maild reissue {JANE}" in told.text
        assert len(await house.mail_to(JANE)) == 2
        noted = await list_refusals(house.office.db, JANE, 9)
        assert [(row.reason, row.subject) for row in noted] == [("reissue-throttled", "ACME")]
        await house.advance(days=1)
        for _ in range(2):
            await recover(browser, JANE)
            await house.advance(seconds=ENOUGH)
    assert len(await house.mail_to(OPERATOR)) == 2
    assert len(await house.mail_to(JANE)) == 3


async def test_one_address_of_several_clients_gets_one_letter_about_the_latest(
    house: HouseWorld,
) -> None:
    await house.client("Acme Ltd", JANE)
    await house.client("Beta Ltd", JANE)
    await house.issue("INV-1", client="BETA")
    await house.advance(seconds=60)
    await house.issue("INV-2", client="ACME")
    async with house.browser() as browser:
        await recover(browser, JANE)
        await house.advance(seconds=ENOUGH)
        assert len(await house.mail_to(JANE)) == 3
        assert (await browser.get(await last_link(house, JANE))).path == "/invoices/INV-2"
        assert (await browser.log_in(JANE, await last_password(house))).status == 200


async def test_who_is_no_contact_any_more_gets_nothing(house: HouseWorld) -> None:
    await send_invoice(house)
    await disable(house)
    async with house.browser() as browser:
        await recover(browser, JANE)
        await house.advance(seconds=ENOUGH)
    assert await states(house) == ["unknown"]
    assert len(await house.mail()) == 1


async def test_a_request_outlives_a_flood_of_log_ins_and_a_fault(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        await recover(browser, JANE)
    with monkeypatch.context() as flood:
        flood.setattr(house.office.hasher, "_waiting", 1000)
        for _ in range(9):
            await house.advance(seconds=ENOUGH)
    with monkeypatch.context() as fault:
        fault.setattr(house.office.letterhead, "write", None)
        await house.advance(seconds=ENOUGH)
    assert await states(house) == [""]
    await house.advance(seconds=60)
    assert await states(house) == ["sent"]


async def test_a_request_that_fails_three_times_is_set_aside_and_logged(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        await recover(browser, JANE)
    monkeypatch.setattr(house.office.letterhead, "write", None)
    for _ in range(4):
        await house.advance(seconds=60)
    assert await states(house) == ["fault"]
    assert [line for line in await house.log() if line.startswith("recovery set aside")]


async def test_every_page_that_refuses_leads_to_recovery(house: HouseWorld) -> None:
    link = await send_invoice(house)
    await disable(house)
    async with house.browser() as browser:
        pages = [
            await browser.get("/login"),
            await browser.get("/none"),
            await browser.get(link),
            await browser.post("/login", {"csrf": "none"}),
        ]
    assert [page.status for page in pages] == [200, 404, 410, 403]
    for page in pages:
        assert 'href="/recover"' in page.text


async def test_the_form_is_filled_in_for_the_holder_of_a_live_link_alone(
    house: HouseWorld,
) -> None:
    await house.client("Acme Ltd", JANE, enforce_login=True)
    await house.issue("INV-1")
    async with house.browser() as browser:
        assert f'value="{JANE}"' not in (await browser.get("/recover")).text
        form = await browser.get(await last_link(house, JANE))
        assert 'href="/recover"' in form.text
        assert f'value="{JANE}"' in (await browser.get("/recover")).text
        await disable(house)
        assert JANE not in (await browser.get("/recover")).text


async def test_requests_and_refusals_are_forgotten_after_ninety_days(house: HouseWorld) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        await recover(browser, JANE)
        await house.advance(seconds=ENOUGH)
        await browser.log_in(JANE, "wrong")
    for days, left in ((90, 1), (1, 0)):
        house.clock.advance(days=days, seconds=-60)
        await tidy(house.office)
        for table in ("recoveries", "refusals"):
            rows = await house.office.db.rows(f"SELECT 1 FROM {table}")
            assert len(rows) == left, table


async def test_log_ins_with_known_and_unknown_addresses_take_as_long(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    await add_contact(house.office, "ACME", "new@acme.example", actor="test")
    spent: dict[str, list[float]] = {JANE: [], "new@acme.example": [], "jean@acme.example": []}
    async with house.browser() as browser:
        answers = set()
        for _ in range(9):
            for address, times in spent.items():
                begun = perf_counter()
                page = await browser.log_in(address, "wrong")
                times.append(perf_counter() - begun)
                answers.add((page.status, without_token(page, address)))
            house.clock.advance(days=1)
    assert len(answers) == 1
    medians = [median(times) for times in spent.values()]
    # one check more or less would show, a busy machine does not
    assert max(medians) < 2 * min(medians)
