"""Statements: once a month to whoever owes something, and as a step of the ladder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from maild.services.customers import change_client
from maild.services.halts import pause
from maild.services.monthly import find_statement_day
from maild.services.payments import pay
from tests.letterbox import JANE, TOM
from tests.paper import PaperPress, without_ink
from tests.services.test_reminders import walk_to
from tests.world import HouseWorld, open_house_world

MONTHLY = "\n[reminders]\nladder = []\nstatement_day = 31\n"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[HouseWorld]:
    """A shop that sends statements at the end of the month, and no reminders."""
    async with open_house_world(tmp_path, more=MONTHLY) as world:
        without_ink(world)
        await world.client("Acme Ltd", JANE)
        await world.client("Bolt Ltd", TOM)
        yield world


async def test_who_owes_something_gets_a_statement_at_the_end_of_each_month(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    await shop.issue("INV-2", client="BOLT")
    await pay(shop.office, "INV-2", on=None, amount=None, quiet=True, actor="test")
    written = await walk_to(shop, "2027-03-02")
    # 31 January and 28 February 2027 are Sundays
    assert written == [
        "30 Nov Your account with Example Ltd → jane",
        "31 Dec Your account with Example Ltd → jane",
        "01 Feb Your account with Example Ltd → jane",
        "01 Mar Your account with Example Ltd → jane",
    ]
    letter = (await shop.mail_to(JANE))[-1]
    assert "You owe £300.00" in letter.text
    assert list(letter.attached()) == ["statement-2027-03-01.pdf"]
    assert str(letter.message["Auto-Submitted"]) == "auto-generated"
    assert (await shop.log()).count("statement sent ACME") == 4


@pytest.mark.parametrize("deed", ["paid", "off", "paused", "shared", "document"])
async def test_nobody_else_gets_one(shop: HouseWorld, deed: str) -> None:
    if deed in {"shared", "document"}:
        change = {"shared": True} if deed == "shared" else {"link_scope": "document"}
        await change_client(shop.office, "ACME", change, actor="test")
    await shop.issue("INV-1")
    if deed == "paid":
        await pay(shop.office, "INV-1", on=None, amount=None, quiet=True, actor="test")
    elif deed == "off":
        await change_client(shop.office, "ACME", {"reminders": "off"}, actor="test")
    elif deed == "paused":
        await pause(shop.office, "ACME", until=None, reason="", actor="test")
    assert await walk_to(shop, "2027-01-05") == []


async def test_months_without_a_daemon_bring_one_statement_and_none_that_is_stale(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    await shop.round()
    # back on 7 January, a week after the last day for statements
    shop.clock.advance(days=44)
    assert await walk_to(shop, "2027-01-07") == ["07 Jan Your account with Example Ltd → jane"]
    # back on 22 February, when the next is nearer than the last
    shop.clock.advance(days=45)
    assert await walk_to(shop, "2027-03-01") == ["01 Mar Your account with Example Ltd → jane"]


async def test_statement_that_cannot_be_written_is_told_once_and_tried_again(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    await shop.issue("INV-2", client="BOLT")
    press = shop.office.press
    assert isinstance(press, PaperPress)
    press.broken = True
    assert await walk_to(shop, "2026-12-01") == [
        "30 Nov The statement of ACME cannot be written → owner",
        "30 Nov The statement of BOLT cannot be written → owner",
    ]
    press.broken = False
    assert await walk_to(shop, "2026-12-02") == [
        "02 Dec Your account with Example Ltd → jane",
        "02 Dec Your account with Example Ltd → tom",
    ]
    assert await walk_to(shop, "2026-12-10") == []


def test_days_of_statements_are_the_last_of_short_months(shop: HouseWorld) -> None:
    found, days = date(2027, 12, 1), []
    for _ in range(5):
        found = find_statement_day(shop.office, found)
        days.append(str(found))
    assert days == ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-05-01"]


LADDER = '\n[reminders]\nladder = ["+3 friendly", "+10 statement"]\nstatement_day = 0\n'


async def test_statement_is_a_step_of_the_ladder_and_one_covers_all_that_is_owed(
    tmp_path: Path,
) -> None:
    async with open_house_world(tmp_path, more=LADDER) as shop:
        without_ink(shop)
        await shop.client("Acme Ltd", JANE)
        await shop.issue("INV-1")
        await shop.issue("INV-2")
        assert await walk_to(shop, "2027-02-01") == [
            "04 Dec Reminder: invoice INV-1 → jane",
            "04 Dec Reminder: invoice INV-2 → jane",
            "11 Dec Your account with Example Ltd → jane",
        ]


async def test_who_sees_single_documents_only_is_reminded_in_the_place_of_a_statement(
    tmp_path: Path,
) -> None:
    async with open_house_world(tmp_path, more=LADDER) as shop:
        without_ink(shop)
        await shop.client("Acme Ltd", JANE, shared=True)
        await shop.issue("INV-1")
        assert await walk_to(shop, "2027-02-01") == [
            "04 Dec Reminder: invoice INV-1 → jane",
            "11 Dec Overdue: invoice INV-1 → jane",
        ]
