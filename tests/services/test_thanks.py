"""Whoever has paid in full is thanked: once, and nobody whom the invoice never reached."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from maild.errors import Refused
from maild.mail.compose import Attached
from maild.relay import Outcome
from maild.services.customers import add_contact
from maild.services.handover import disable_contact
from maild.services.payments import pay, void
from maild.store import clients
from maild.store.letters import list_letters
from tests.fakes import SENT
from tests.paper import without_ink
from tests.world import HouseWorld, open_house_world

JANE, TOM = "jane@acme.example", "tom@acme.example"
GONE = Outcome("failed", 550, "5.1.1 no such user")


async def note(shop: HouseWorld, amount: str = "", number: str = "INV-1", **more: bool) -> None:
    given = Decimal(amount) if amount else None
    await pay(shop.office, number, on=date(2026, 11, 20), amount=given, actor="test", **more)
    await shop.deliver()


async def thanked(shop: HouseWorld) -> list[str]:
    return [mail.recipient for mail in await shop.mail() if mail.subject.startswith("Thank you")]


async def test_payment_that_settles_the_invoice_is_answered_once_with_thanks(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", reference="PO 77")
    await note(shop, "100")
    assert await thanked(shop) == []
    await note(shop)
    first, letter = await shop.mail_to(JANE)
    assert letter.subject == "Thank you: invoice INV-1 from Example Ltd is paid, £200.00"
    assert letter.message["References"] == first.message["Message-ID"]
    for words in (letter.text, letter.html):
        for fact in ("£200.00", "£300.00", "£100.00", "20 November 2026", "PO 77", letter.link):
            assert fact in words
    with pytest.raises(Refused):
        await note(shop)
    assert await thanked(shop) == [JANE]
    assert (await shop.log()).count("thanked INV-1") == 1


async def test_link_of_the_thanks_shows_the_invoice_as_paid(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await note(shop)
    async with shop.browser() as browser:
        page = await browser.get((await shop.mail_to(JANE))[-1].link)
    assert "INV-1" in page.text
    assert "Paid" in page.text


async def test_everybody_whom_it_reached_is_thanked_and_nobody_else(shop: HouseWorld) -> None:
    await add_contact(shop.office, "ACME", TOM, actor="test")
    await add_contact(shop.office, "ACME", "left@acme.example", actor="test")
    shop.relay.answer = lambda to: GONE if to == TOM else SENT
    await shop.issue("INV-1")
    await add_contact(shop.office, "ACME", "new@acme.example", actor="test")
    await disable_contact(shop.office, "ACME", "left@acme.example", actor="test")
    shop.relay.answer = lambda _: SENT
    await note(shop)
    assert await thanked(shop) == [JANE]


async def test_thanks_to_somebody_whose_letters_come_back_wait_for_the_operator(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    (jane,) = await clients.list_contacts_of_address(shop.office.db, JANE)
    bounced = replace(jane, bounced_at=shop.clock(), bounced_why="no such user")
    await shop.office.db.transact(lambda tx: clients.save_contact(tx, bounced))
    await note(shop)
    assert await thanked(shop) == []
    held = [letter for letter in await list_letters(shop.office.db) if letter.state == "held"]
    assert [letter.kind for letter in held] == ["paid"]


async def test_quiet_payment_gift_credit_and_trial_are_not_answered(shop: HouseWorld) -> None:
    await shop.client("Try It", "try@acme.example", dummy=True)
    await shop.issue("INV-1")
    await note(shop, quiet=True)
    await shop.issue("INV-2", lines=[{"description": "Gift", "unit_price": "0"}])
    await note(shop, number="INV-2")
    await shop.issue("INV-3", lines=[{"description": "Shelf returned", "unit_price": "-9"}])
    await note(shop, number="INV-3")
    await shop.issue("TRY-1", client="TRY")
    await note(shop, number="TRY-1")
    assert await thanked(shop) == []


async def test_thanks_that_still_wait_are_dropped_when_the_invoice_is_withdrawn(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", files=[Attached("a.csv", "text/csv", b"1")])
    shop.relay.answer = lambda _: replace(SENT, state="deferred")
    await note(shop)
    await void(shop.office, "INV-1", actor="test")
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=1)
    assert await thanked(shop) == []


@pytest.fixture
async def curt(tmp_path: Path) -> AsyncIterator[HouseWorld]:
    """A shop that thanks nobody by letter."""
    async with open_house_world(tmp_path, more="[letters]\nthank_for_payment = false\n") as world:
        without_ink(world)
        await world.client("Acme Ltd", JANE)
        yield world


async def test_business_may_do_without(curt: HouseWorld) -> None:
    await curt.issue("INV-1")
    await note(curt)
    assert await thanked(curt) == []
