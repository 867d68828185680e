"""Answering an estimate on its page: by a form of ours, to the version shown, once."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from markupsafe import escape

from maild.clock import from_datetime
from maild.services.customers import add_contact
from maild.services.estimates import reopen
from maild.services.lookup import need_document
from maild.services.payments import void
from maild.store import answers
from maild.store.database import Transaction
from tests.paper import without_ink
from tests.visitor import Browser, Page
from tests.web.area import JANE, TOM, assert_guarded, disable, expire, last_link, last_password
from tests.world import OPERATOR, HouseWorld

ACCEPT, DECLINE = "/estimates/EST-1/accept", "/estimates/EST-1/decline"


async def send_estimate(house: HouseWorld, number: str = "EST-1", **more: object) -> str:
    """Send Jane of Acme an estimate that is valid until 1 December 2026; return her link."""
    without_ink(house)
    await house.client("Acme Ltd", JANE, **more)
    await house.issue(number, type="estimate")
    return await last_link(house, JANE)


def fields_of(page: Page, **typed: str) -> dict[str, str]:
    """Return what a form on the page sends when filled in like that."""
    found = re.search(r'name="version" value="(\w+)"', page.text)
    assert found, page.text
    return {"csrf": page.csrf, "version": found.group(1), "name": "Jane Smith", **typed}


def words_of(page: Page) -> str:
    """Return a page as its reader sees it, in one line."""
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
    return re.sub(r" ([,.])", r"\1", text)


async def state_of(house: HouseWorld, number: str = "EST-1") -> str:
    return (await need_document(house.office.db, number)).state


async def change(house: HouseWorld) -> None:
    """Make another version of the estimate."""
    document = await need_document(house.office.db, "EST-1")
    content = document.content.model_copy(update={"notes": "With a **new** clause."})

    async def work(tx: Transaction) -> None:
        await tx.execute(
            "UPDATE documents SET canonical = $2 WHERE id = $1", document.id, content.canonical()
        )

    await house.office.db.transact(work)


async def test_acceptance_leads_back_to_the_page_which_tells_of_it(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        page = await browser.get(link)
        assert 'href="#answer"' in page.text
        done = await browser.post(ACCEPT, fields_of(page, order_number="PO 77"))
        assert (done.status, done.path) == (200, "/estimates/EST-1")
        said = words_of(done)
        assert f"Accepted by Jane Smith, {JANE} When 23 Nov 2026, 09:30" in said
        assert f"Order number PO 77 A confirmation goes to {JANE}." in said
        assert "<form" not in done.text.partition("<main")[2]
    await house.deliver()
    assert "PO 77" in (await house.mail_to(JANE))[-1].text
    assert "PO 77" in (await house.mail_to(OPERATOR))[-1].text


async def test_refusal_tells_its_reason_and_needs_no_name(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        page = await browser.get(link)
        done = await browser.post(DECLINE, fields_of(page, name="", reason="Too <b>dear</b>."))
        assert f"Declined by {JANE}" in words_of(done)
        assert "Reason Too <b>dear</b>." in words_of(done)
        assert "<b>dear" not in done.text


async def test_reading_and_fetching_accept_nothing(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        for path in (link, ACCEPT, DECLINE, f"{ACCEPT}?name=Jane", "/estimates/EST-1") * 5:
            assert (await browser.get(path)).status in {200, 405}
    assert await state_of(house) == "open"


@pytest.mark.parametrize("path", [ACCEPT, DECLINE])
async def test_form_without_its_token_is_refused(house: HouseWorld, path: str) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        fields = fields_of(await browser.get(link))
        refused = await browser.post(path, fields | {"csrf": "x"})
        assert refused.status == 403
        evil = await browser.post(path, fields, headers={"Origin": "https://evil.example"})
        assert evil.status == 403
    assert await state_of(house) == "open"


async def test_double_clicks_and_two_tabs_act_once_and_show_the_same(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        fields = fields_of(await browser.get(link))
        pages = await asyncio.gather(*(browser.post(ACCEPT, fields) for _ in range(20)))
        pages.append(await browser.post(ACCEPT, fields))
        assert {(page.status, page.body) for page in pages} == {(200, pages[0].body)}
    document = await need_document(house.office.db, "EST-1")
    assert len(await answers.list_answers(house.office.db, document.id)) == 1
    await house.deliver()
    assert [len(await house.mail_to(who)) for who in (JANE, OPERATOR)] == [2, 1]


async def test_contrary_second_answer_is_refused_and_shows_the_first(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        fields = fields_of(await browser.get(link))
        await browser.post(ACCEPT, fields)
        refused = await browser.post(DECLINE, fields | {"reason": "No."})
        assert refused.status == 409
        assert_guarded(refused.headers, scripted=True)
        assert "was not taken: it has been answered already" in words_of(refused)
        assert "Accepted by Jane Smith" in words_of(refused)
    assert await state_of(house) == "accepted"


async def test_changed_estimate_is_shown_again_and_can_then_be_answered(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        fields = fields_of(await browser.get(link))
        await change(house)
        refused = await browser.post(ACCEPT, fields | {"order_number": 'PO "7"'})
        assert refused.status == 409
        assert "it has changed since you opened it" in words_of(refused)
        assert "With a <strong>new</strong> clause." in refused.text
        assert 'value="Jane Smith"' in refused.text
        assert 'value="PO &#34;7&#34;"' in refused.text
        assert await state_of(house) == "open"
        assert (await browser.post(ACCEPT, fields_of(refused))).status == 200
    assert await state_of(house) == "accepted"


@pytest.mark.parametrize("missing", [{}, {"version": ""}, {"version": "0" * 16}])
async def test_answer_to_no_version_is_refused(house: HouseWorld, missing: dict[str, str]) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        page = await browser.get(link)
        fields = {"csrf": page.csrf, "name": "Jane", **missing}
        assert (await browser.post(ACCEPT, fields)).status == 409
    assert await state_of(house) == "open"


async def test_expired_estimate_says_so_and_takes_no_answer(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        await house.advance(days=8)
        fields = fields_of(await browser.get(link))
        await house.advance(days=1)
        page = await browser.get(link)
        assert "was valid until 1 December 2026" in words_of(page)
        assert "/accept" not in page.text
        refused = await browser.post(ACCEPT, fields)
        assert refused.status == 409
        assert "was not taken: it has expired" in words_of(refused)
    assert await state_of(house) == "open"


async def test_page_and_list_turn_to_expired_at_midnight_where_the_business_is(
    house: HouseWorld,
) -> None:
    house.clock.instant = from_datetime(datetime(2027, 6, 30, 22, 59, 59, tzinfo=UTC))
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.issue("EST-1", type="estimate", valid_until="2027-06-30")
    async with house.browser() as browser:
        page = await browser.get(await last_link(house, JANE))
        assert "valid until 30 June 2027" in words_of(page)
        assert "/accept" in page.text
        assert ">Open</span>" in (await browser.get("/estimates")).text
        house.clock.advance(seconds=1)
        assert "was valid until 30 June 2027" in words_of(await browser.get("/estimates/EST-1"))
        assert ">Expired</span>" in (await browser.get("/estimates")).text
        assert (await browser.post(ACCEPT, fields_of(page))).status == 409


async def test_colleague_who_accepts_too_is_told_that_it_was_answered_already(
    house: HouseWorld,
) -> None:
    without_ink(house)
    ann = "ann@acme.example"
    await house.client("Acme Ltd", JANE)
    await add_contact(house.office, "ACME", ann, actor="test")
    await house.issue("EST-1", type="estimate")
    async with house.browser() as hers, house.browser() as his:
        mine = fields_of(await his.get(await last_link(house, ann)), name="Ann Jones")
        await hers.post(ACCEPT, fields_of(await hers.get(await last_link(house, JANE))))
        page = await his.post(ACCEPT, mine)
        assert page.status == 409
        assert "it has been answered already" in words_of(page)
        assert "Accepted by Jane Smith" in words_of(page)
        assert "Ann Jones" not in words_of(page)


async def test_void_estimate_takes_no_answer(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        fields = fields_of(await browser.get(link))
        await void(house.office, "EST-1", actor="test")
        refused = await browser.post(ACCEPT, fields)
        assert refused.status == 409
        assert "was not taken: it has been cancelled" in words_of(refused)
        assert "/accept" not in (await browser.get("/estimates/EST-1")).text


@pytest.mark.parametrize(
    ("path", "typed", "fault", "kept"),
    [
        (ACCEPT, {"name": ""}, "Please type your name", ()),
        (
            ACCEPT,
            {"name": "J" * 121, "order_number": "PO 7"},
            "This name is too long: 120 characters fit, it has 121.",
            ("J" * 121, "PO 7"),
        ),
        (ACCEPT, {"name": "Jane\x07"}, "a character that cannot be seen", ()),
        (ACCEPT, {"name": " \u00a0 "}, "Please type your name", ()),
        (ACCEPT, {"name": "\u200c"}, "Please type your name", ()),
        (ACCEPT, {"name": "J" * 5000}, "it has 5000", ("J" * 5000,)),
        (ACCEPT, {"order_number": "1" * 61}, "60 characters fit", ("1" * 61, "Jane Smith")),
        (DECLINE, {"reason": "x" * 2001}, "2000 characters fit", ("x" * 2001,)),
    ],
)
async def test_words_that_cannot_be_taken_are_kept_and_their_fault_is_told(
    house: HouseWorld, path: str, typed: dict[str, str], fault: str, kept: tuple[str, ...]
) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        page = await browser.post(path, fields_of(await browser.get(link), **typed))
        assert page.status == 400
        assert fault in words_of(page)
        assert 'aria-invalid="true"' in page.text
        assert all(text in page.text for text in kept)
        assert ("<details" in page.text and " open>" in page.text) == (path == DECLINE)
        assert await state_of(house) == "open"
        mended = await browser.post(path, fields_of(page))
        assert mended.status == 200


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "محمد بن عبد الله", 'J "x" O\'B'])
async def test_names_are_shown_and_never_obeyed(house: HouseWorld, name: str) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        page = await browser.get(link)
        kept = await browser.post(ACCEPT, fields_of(page, name=name, order_number="1" * 61))
        assert "<img" not in kept.text
        done = await browser.post(ACCEPT, fields_of(kept, name=name))
        assert f"<bdi>{escape(name)}</bdi>" in done.text
        assert "<img" not in done.text


async def test_monstrous_reason_is_refused_before_it_is_read(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        page = await browser.get(link)
        big = await browser.post(DECLINE, fields_of(page, reason="x" * 70_000))
        assert big.status == 413
    assert await state_of(house) == "open"


async def test_link_to_the_document_alone_may_answer_it_and_no_other(house: HouseWorld) -> None:
    first = await send_estimate(house, link_scope="document")
    await house.issue("EST-2", type="estimate")
    async with house.browser() as browser:
        fields = fields_of(await browser.get(first))
        other = await browser.post("/estimates/EST-2/accept", fields)
        assert (other.status, await state_of(house, "EST-2")) == (404, "open")
        assert (await browser.post(ACCEPT, fields)).status == 200


async def test_what_is_not_theirs_to_answer_is_missing(house: HouseWorld) -> None:
    link = await send_estimate(house)
    await house.issue("INV-1")
    await house.client("Other Ltd", TOM)
    await house.issue("EST-9", client="OTHER", type="estimate")
    async with house.browser() as browser:
        fields = fields_of(await browser.get(link))
        missing = await browser.post("/estimates/NONE/accept", fields)
        assert missing.status == 404
        for number in ("EST-9", "INV-1"):
            page = await browser.post(f"/estimates/{number}/decline", fields)
            assert (page.status, page.body) == (404, missing.body)
    assert await state_of(house, "EST-9") == "open"


async def test_somebody_who_was_logged_out_goes_on_to_the_estimate(house: HouseWorld) -> None:
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.issue("EST-1", type="estimate", password=True)
    password = await last_password(house)
    async with house.browser() as browser:
        fields = fields_of(await browser.get(await last_link(house, JANE)))
        await browser.post("/logout", fields)
        page = await browser.post(ACCEPT, fields)
        assert page.path == "/login?next=/estimates/EST-1"
        back = await browser.log_in(JANE, password, "/estimates/EST-1")
        assert (await browser.post(ACCEPT, fields_of(back))).status == 200
    assert await state_of(house) == "accepted"


async def _expired(house: HouseWorld, browser: Browser, link: str) -> None:
    await expire(house, browser, link)


async def _disabled(house: HouseWorld, _: Browser, __: str) -> None:
    await disable(house)


@pytest.mark.parametrize("end", [_expired, _disabled])
async def test_dead_link_answers_nothing(
    house: HouseWorld, end: Callable[[HouseWorld, Browser, str], Awaitable[None]]
) -> None:
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.issue("EST-1", type="estimate", valid_until=None)
    async with house.browser() as browser:
        link = await last_link(house, JANE)
        fields = fields_of(await browser.get(link))
        await end(house, browser, link)
        assert (await browser.post(ACCEPT, fields)).status == 410
    assert await state_of(house) == "open"


async def test_number_with_a_slash_and_beyond_ascii_is_answered(house: HouseWorld) -> None:
    link = await send_estimate(house, "Angebot/7 ü")
    async with house.browser() as browser:
        page = await browser.get(link)
        found = re.search(r'action="([^"]+/accept)"', page.text)
        assert found
        done = await browser.post(found.group(1), fields_of(page))
        assert (done.status, done.path) == (200, page.path)
    assert await state_of(house, "Angebot/7 ü") == "accepted"


async def test_reopened_estimate_offers_its_form_again(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        await browser.post(ACCEPT, fields_of(await browser.get(link)))
        await reopen(house.office, "EST-1", actor="test")
        page = await browser.get("/estimates/EST-1")
        assert "Accepted by" not in words_of(page)
        assert (await browser.post(DECLINE, fields_of(page))).status == 200
    assert await state_of(house) == "declined"
