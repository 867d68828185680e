"""The operator's morning digest: what happened, what is owed by age, and what is to come."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from maild.clock import to_date
from maild.relay import Outcome
from maild.services.payments import pay
from maild.store.sightings import SightingKind, add_sighting
from tests.fakes import SENT
from tests.letterbox import JANE, TOM, report_bounce
from tests.mails import Mail
from tests.services.test_reminders import is_digest
from tests.world import OPERATOR, HouseWorld


@pytest.fixture
async def shop(shop: HouseWorld) -> HouseWorld:
    """A shop whose daemon has been running for a while."""
    await shop.round()
    return shop


async def digest_of(world: HouseWorld, day: str) -> Mail | None:
    """Let every morning come until a day, and return that day's digest."""
    while to_date(world.clock(), world.office.zone).isoformat() < day:
        world.clock.advance(days=1)
        await world.round()
    found = [mail for mail in await world.mail_to(OPERATOR) if is_digest(mail)]
    today = [mail for mail in found if mail.message["Date"].datetime.date().isoformat() == day]
    assert len(today) <= 1
    return today[0] if today else None


def chapter(mail: Mail | None, heading: str) -> list[str]:
    """Return the lines under a heading of the digest's text."""
    assert mail
    # a line that is too long goes on below, set in by two
    text = re.sub(r"\n  (?! )", " ", mail.text.replace("\r\n", "\n"))
    found = re.search(rf"^{re.escape(heading)}\n((?:- .*\n)*)", text, re.MULTILINE)
    return [line[2:] for line in found[1].splitlines()] if found else []


async def test_first_mornings_tell_what_was_sent_and_what_is_unread(shop: HouseWorld) -> None:
    await shop.issue("INV-1", due="2027-06-01")
    tuesday = await digest_of(shop, "2026-11-24")
    assert chapter(tuesday, "Sent") == ["1 invoice or estimate"]
    assert chapter(tuesday, "What is owed")[0] == "Not due yet: £300.00"
    assert await digest_of(shop, "2026-11-25") is None
    thursday = await digest_of(shop, "2026-11-26")
    assert chapter(thursday, "Not read for three days") == ["INV-1, jane@acme.example (ACME)"]
    assert await digest_of(shop, "2026-12-01") is None


async def test_document_that_was_read_or_answered_is_not_called_unread(shop: HouseWorld) -> None:
    read = await shop.issue("INV-1", due="2027-06-01")
    await shop.issue("INV-2", due="2027-06-01")
    letter = (await shop.mail_to(JANE))[-1]
    await shop.reply(letter, "When is the delivery?")
    document, contact = read.document.id, read.parcels[0].contact.id
    now = shop.clock()
    await shop.office.db.transact(
        lambda tx: add_sighting(tx, document, contact, SightingKind.READ, now)
    )
    tuesday = await digest_of(shop, "2026-11-24")
    assert chapter(tuesday, "Probably read") == ["INV-1, jane@acme.example (ACME)"]
    for day in ("2026-11-26", "2026-11-27", "2026-11-30"):
        assert chapter(await digest_of(shop, day), "Not read for three days") == []


async def test_money_is_told_by_age_and_currency(shop: HouseWorld) -> None:
    for number, due, currency in (
        ("A", "2026-11-24", "GBP"),
        ("B", "2026-11-23", "GBP"),
        ("C", "2026-10-25", "GBP"),
        ("D", "2026-10-24", "GBP"),
        ("E", "2026-09-25", "EUR"),
        ("F", "2026-08-26", "EUR"),
        ("G", "2026-08-25", "EUR"),
        ("H", "2026-08-01", "EUR"),
    ):
        await shop.issue(number, issued="2026-08-01", due=due, currency=currency)
    await pay(shop.office, "H", on=None, amount=None, quiet=True, actor="test")
    await pay(shop.office, "B", on=None, amount=Decimal(100), actor="test")
    mail = await digest_of(shop, "2026-11-24")
    assert chapter(mail, "What is owed in GBP") == [
        "Not due yet: £300.00",
        "1–30 days late: £500.00",
        "31–60 days late: £300.00",
        "61–90 days late: £0.00",
        "Over 90 days: £0.00",
        "Owed in all: £1,100.00",
    ]
    assert chapter(mail, "What is owed in EUR") == [
        "Not due yet: €0.00",
        "1–30 days late: €0.00",
        "31–60 days late: €300.00",
        "61–90 days late: €300.00",
        "Over 90 days: €300.00",
        "Owed in all: €900.00",
    ]
    assert chapter(mail, "Newly overdue") == ["B (ACME)"]


async def test_what_came_back_or_waits_and_what_is_to_come_is_told(shop: HouseWorld) -> None:
    await shop.client("Bolt Ltd", TOM)
    await shop.issue("INV-1")
    await shop.issue("INV-2", client="BOLT")
    await shop.issue("EST-1", type="estimate", valid_until="2026-11-26")
    (letter,) = await shop.mail_to(TOM)
    await shop.post(report_bounce(letter), to=letter.sender, sender="")
    await shop.reply((await shop.mail_to(JANE))[0], "When is the delivery?")
    tuesday = await digest_of(shop, "2026-11-24")
    assert chapter(tuesday, "Came back, or were not taken") == [
        "tom@acme.example: 5.1.1 550 5.1.1 No such user here"
    ]
    assert chapter(tuesday, "Replies that wait for you") == [
        "jane@acme.example: Re: Invoice INV-1 from Example Ltd: £300.00, due 1 December 2026"
    ]
    thursday = await digest_of(shop, "2026-11-26")
    assert chapter(thursday, "Goes out today by itself") == ["chase: EST-1 (ACME)"]
    monday = await digest_of(shop, "2026-11-30")
    assert chapter(monday, "Goes out today by itself") == ["reminder, friendly: INV-1 (ACME)"]
    assert chapter(monday, "Estimates expired") == ["EST-1"]
    assert monday
    assert monday.subject.startswith("Digest of 30 November 2026: estimates expired: 1")


async def test_nothing_to_say_is_no_letter(shop: HouseWorld) -> None:
    await digest_of(shop, "2026-12-10")
    assert await shop.mail() == []


async def test_week_without_a_daemon_is_told_in_one_digest(shop: HouseWorld) -> None:
    await shop.issue("INV-1", due="2026-11-25")
    shop.clock.advance(days=9)
    await shop.round()
    mail = [one for one in await shop.mail_to(OPERATOR) if is_digest(one)]
    assert len(mail) == 1
    assert chapter(mail[0], "Newly overdue") == ["INV-1 (ACME)"]
    assert chapter(mail[0], "Sent") == ["1 invoice or estimate"]


@pytest.mark.parametrize("answer", ["failed", "bounced"])
async def test_digest_that_does_not_arrive_is_not_told_of_in_circles(
    shop: HouseWorld, answer: str
) -> None:
    await shop.issue("INV-1", due="2027-06-01")
    if answer == "failed":
        shop.relay.answer = lambda _: Outcome("failed", 550, "no")
    mail = await digest_of(shop, "2026-11-24")
    if answer == "bounced":
        assert mail
        await shop.post(report_bounce(mail), to=mail.sender, sender="")
    shop.relay.answer = lambda _: SENT
    await shop.deliver()
    assert [one for one in await shop.mail_to(OPERATOR) if not is_digest(one)] == []


async def test_html_has_what_the_text_has(shop: HouseWorld) -> None:
    await shop.issue("INV-1", due="2027-06-01")
    mail = await digest_of(shop, "2026-11-24")
    assert mail
    for words in ("1 invoice or estimate", "What is owed", "£300.00", "24 November 2026"):
        assert words in mail.html
