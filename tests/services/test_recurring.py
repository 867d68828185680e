"""Documents that recur: each on its day, once, the missed ones too, and never two in a day."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from maild.errors import BadInput, NotFound, Refused
from maild.mail.compose import Attached
from maild.model import Recurrence
from maild.pattern import make_pattern
from maild.rhythm import make_rhythm
from maild.services import issue, recurring
from maild.services.files import add_files, remove_file
from maild.services.handover import disable_contact, replace_contact
from maild.services.lookup import need_document
from maild.services.recurring import (
    add_recurrence,
    issue_recurring,
    prepare_recurrence,
    stop_recurrence,
)
from maild.store import documents
from tests.letterbox import JANE, TOM
from tests.services.test_reminders import walk_to
from tests.world import HouseWorld

RENT: dict[str, Any] = {
    "type": "invoice",
    "number": "RENT-{year}-{seq:3}",
    "client": "ACME",
    "due_days": 14,
    "reference": "Flat 7, {period}",
    "lines": [{"description": "Rent, {period} {unknown}", "unit_price": "800.00"}],
}
TERMS = Attached("terms.pdf", "application/pdf", b"%PDF- terms")


async def recur(
    world: HouseWorld,
    every: str = "1 month",
    start: str = "2026-11-30",
    on: str = "",
    until: str = "",
    **changes: Any,
) -> Recurrence:
    pattern = make_pattern(RENT | changes, "GBP", "rent.json")
    prepared = await prepare_recurrence(
        world.office,
        pattern,
        make_rhythm(every, date.fromisoformat(start), on),
        date.fromisoformat(until) if until else None,
        (TERMS,),
    )
    return await add_recurrence(world.office, prepared, actor="test")


async def issued(world: HouseWorld) -> list[str]:
    found = await documents.list_documents(world.office.db)
    return sorted(f"{one.number} {one.issued} due {one.ends}" for one in found)


async def test_each_month_has_its_invoice_on_the_last_day_with_its_own_terms(
    shop: HouseWorld,
) -> None:
    await recur(shop, on="last")
    await walk_to(shop, "2027-04-02")
    assert await issued(shop) == [
        "RENT-2026-001 2026-11-30 due 2026-12-14",
        "RENT-2026-002 2026-12-31 due 2027-01-14",
        # 31 January and 28 February 2027 are Sundays
        "RENT-2027-001 2027-01-31 due 2027-02-15",
        "RENT-2027-002 2027-02-28 due 2027-03-15",
        "RENT-2027-003 2027-03-31 due 2027-04-14",
    ]
    letter = next(m for m in await shop.mail_to(JANE) if "RENT-2027-003" in m.subject)
    assert "Flat 7, March 2027" in letter.text
    assert "Rent, March 2027 {unknown}" in letter.text
    assert set(letter.attached()) == {"RENT-2027-003.pdf", "terms.pdf"}


async def test_number_is_the_next_that_is_free(shop: HouseWorld) -> None:
    await shop.issue("RENT-2026-041", due="2027-12-01")
    await shop.issue("RENT-2026-9999x", due="2027-12-01")
    await recur(shop, until="2026-12-01")
    await walk_to(shop, "2026-12-01")
    assert await need_document(shop.office.db, "RENT-2026-042")


async def test_number_follows_the_highest_however_it_was_written(shop: HouseWorld) -> None:
    for number in ("A-7/x", "A-0012/x", "A-9Z/x", "A-99/y", "A-11/x", "B-50/x", "A-/x"):
        await shop.issue(number, due="2027-12-01")
    await recur(shop, until="2026-12-01", number="A-{seq}/x")
    await walk_to(shop, "2026-12-01")
    assert await need_document(shop.office.db, "A-13/x")


async def test_every_missed_turn_is_issued_one_a_day_and_nobody_is_late_at_once(
    shop: HouseWorld,
) -> None:
    await recur(shop, "1 week", "2026-12-01", number="W-{seq}")
    await shop.round()
    shop.clock.advance(days=28)
    written = [one for one in await walk_to(shop, "2026-12-29") if "Invoice W" in one]
    assert written == [
        "22 Dec Invoice W-1 → jane",
        "23 Dec Invoice W-2 → jane",
        "24 Dec Invoice W-3 → jane",
        "25 Dec Invoice W-4 → jane",
        "29 Dec Invoice W-5 → jane",
    ]
    assert await issued(shop) == [
        "W-1 2026-12-01 due 2027-01-05",
        "W-2 2026-12-08 due 2027-01-06",
        "W-3 2026-12-15 due 2027-01-07",
        "W-4 2026-12-22 due 2027-01-08",
        "W-5 2026-12-29 due 2027-01-12",
    ]


async def test_two_nodes_issue_one(shop: HouseWorld) -> None:
    await recur(shop)
    shop.clock.advance(days=7)
    both = await asyncio.gather(*(issue_recurring(shop.office, 9) for _ in range(2)))
    assert sorted(both) == [0, 1]
    assert await issued(shop) == ["RENT-2026-001 2026-11-30 due 2026-12-14"]


async def test_it_ends_on_its_last_day_or_when_it_is_stopped(shop: HouseWorld) -> None:
    await recur(shop, "1 week", until="2026-12-14", number="A-{seq}")
    other = await recur(shop, "1 week", number="B-{seq}")
    await walk_to(shop, "2026-12-08")
    await stop_recurrence(shop.office, other, actor="test")
    await walk_to(shop, "2027-01-31")
    numbers = [line.split()[0] for line in await issued(shop)]
    assert numbers == ["A-1", "A-2", "A-3", "B-1", "B-2"]
    with pytest.raises(Refused, match="has ended already"):
        await stop_recurrence(shop.office, other, actor="test")


async def test_what_cannot_be_issued_is_told_once_and_tried_again(shop: HouseWorld) -> None:
    await recur(shop)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    written = await walk_to(shop, "2026-12-02")
    assert [one[:24] for one in written] == ["30 Nov Document RENT-{ye"]
    await replace_contact(shop.office, "ACME", JANE, TOM, actor="test")
    assert await walk_to(shop, "2026-12-03") == ["03 Dec Invoice RENT-2026-001 → tom"]


async def test_number_taken_meanwhile_costs_no_turn(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recur(shop)
    shop.clock.advance(days=7)
    real = issue.prepare_issue

    async def prepare_slowly(office, document, files):  # type: ignore[no-untyped-def]
        monkeypatch.undo()
        shipment = await real(office, document, files)
        await shop.issue(document.number, due="2027-12-01")
        return shipment

    monkeypatch.setattr(recurring, "prepare_issue", prepare_slowly)
    assert await issue_recurring(shop.office, 9) == 0
    assert await issue_recurring(shop.office, 9) == 1
    assert [line.split()[0] for line in await issued(shop)] == ["RENT-2026-001", "RENT-2026-002"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": "RENT"}, "would be the same twice; put {seq} into it"),
        ({"number": "RENT-{year}"}, "would be the same twice"),
        ({"number": "RENT-{number}"}, "has an unknown placeholder; known are {year}"),
        ({"due_days": "14"}, "due_days must be a whole number of days"),
        ({"due": "2026-12-01"}, "due would be the same day every time; put due_days in its place"),
        ({"issued": "2026-12-01"}, "issued would be the same day every time"),
        ({"lines": []}, "rent.json: lines: "),
        ({"colour": "red"}, "rent.json: colour: is not a field of a document"),
        ({"currency": "XXL"}, "is not a currency code"),
    ],
)
async def test_what_cannot_recur_is_refused_when_it_is_added(
    shop: HouseWorld, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        await recur(shop, **changes)
    assert words in str(caught.value)


async def test_past_and_strangers_are_refused(shop: HouseWorld) -> None:
    with pytest.raises(BadInput, match="begin it today or later"):
        await recur(shop, start="2026-11-22")
    with pytest.raises(BadInput, match="before its first day"):
        await recur(shop, until="2026-11-29")
    with pytest.raises(NotFound):
        await recur(shop, client="NOBODY")
    await shop.issue("R-2026-11", due="2027-12-01")
    with pytest.raises((Refused, BadInput), match=r"issued before"):
        await recur(shop, number="R-{year}-{month}")


async def test_estimate_recurs_with_days_to_answer(shop: HouseWorld) -> None:
    changes = {"type": "estimate", "number": "EST-{year}-{month}", "valid_days": 10}
    fields = {k: v for k, v in (RENT | changes).items() if k != "due_days"}
    pattern = make_pattern(fields, "GBP", "est.json")
    rhythm = make_rhythm("1 month", date(2026, 11, 30))
    prepared = await prepare_recurrence(shop.office, pattern, rhythm, None, ())
    await add_recurrence(shop.office, prepared, actor="test")
    await walk_to(shop, "2026-11-30")
    assert await issued(shop) == ["EST-2026-11 2026-11-30 due 2026-12-10"]


async def test_file_that_recurs_is_kept_while_anything_needs_it(shop: HouseWorld) -> None:
    await recur(shop)
    await add_files(shop.office, "ACME", (TERMS,), actor="test")
    await remove_file(shop.office, "ACME", "terms.pdf", actor="test")
    await walk_to(shop, "2026-11-30")
    (letter,) = await shop.mail_to(JANE)
    assert letter.attached()["terms.pdf"] == TERMS.content
