"""Reminders by the ladder: to whom, when, in which words, and what spares whom."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from maild.clock import to_date, to_datetime
from maild.relay import Outcome
from maild.services.customers import add_contact, change_client
from maild.services.estimates import Words, answer_estimate
from maild.services.handover import (
    Pending,
    disable_contact,
    hand_over,
    plan_move,
    replace_contact,
)
from maild.services.issue import resend
from maild.services.lookup import need_document
from maild.services.payments import pay, void
from maild.states import DocumentState
from maild.store import letters
from maild.store.documents import list_recipients
from tests.fakes import SENT
from tests.letterbox import JANE, TOM, report_bounce, told_operator
from tests.mails import Mail
from tests.world import OPERATOR, HouseWorld


async def walk_to(world: HouseWorld, day: str) -> list[str]:
    """Go round the calendar every morning at half past nine until a day; return what was written.

    Each letter is one entry, the day and the first words of its subject; digests are left out.
    """
    seen = len(await world.mail())
    while to_date(world.clock(), world.office.zone).isoformat() < day:
        world.clock.advance(days=1)
        await world.round()
    written = [mail for mail in (await world.mail())[seen:] if not is_digest(mail)]
    # what is written at the same time leaves in any order
    written.sort(key=lambda mail: (mail.message["Date"].datetime, tell(world, mail)))
    return [tell(world, mail) for mail in written]


def is_digest(mail: Mail) -> bool:
    return mail.subject.startswith("Digest of ")


def tell(world: HouseWorld, mail: Mail) -> str:
    day = mail.message["Date"].datetime.astimezone(world.office.zone)
    return f"{day:%d %b} {mail.subject.partition(' from ')[0]} → {mail.recipient.partition('@')[0]}"


async def test_ladder_is_climbed_on_business_days_and_then_there_is_silence(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    assert await walk_to(shop, "2027-03-01") == [
        "30 Nov Invoice INV-1 → jane",
        "04 Dec Reminder: invoice INV-1 → jane",
        "11 Dec Overdue: invoice INV-1 → jane",
        "25 Dec Final reminder: invoice INV-1 → jane",
    ]


async def test_reminder_says_what_is_owed_since_when_and_threads_with_the_first_letter(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", reference="PO 77")
    await pay(shop.office, "INV-1", on=None, amount=Decimal(100), actor="test")
    await walk_to(shop, "2026-12-11")
    first, *_, firm = await shop.mail_to(JANE)
    assert firm.subject == (
        "Overdue: invoice INV-1 from Example Ltd, £200.00, was due 1 December 2026"
    )
    for part in (firm.text, firm.html):
        assert "£200.00" in part
        assert "10 days ago" in part
        assert "no payment has reached us" in part
        assert "£100.00 of £300.00" in part
        assert "PO 77" in part
        assert "Simply answer this email" in part
        assert "12345678" in part
    assert str(firm.message["References"]) == str(first.message["Message-ID"])
    assert list(firm.attached()) == ["INV-1.pdf"]
    async with shop.browser() as browser:
        page = await browser.get(firm.link)
        assert "INV-1" in page.text


@pytest.mark.parametrize("deed", ["pay", "void", "off", "all gone"])
async def test_nothing_comes_of_what_is_settled_or_wanted_by_nobody(
    shop: HouseWorld, deed: str
) -> None:
    await shop.issue("INV-1")
    await shop.round()
    if deed == "pay":
        await pay(shop.office, "INV-1", on=None, amount=None, quiet=True, actor="test")
    elif deed == "void":
        await void(shop.office, "INV-1", actor="test")
    elif deed == "off":
        await change_client(shop.office, "ACME", {"reminders": "off"}, actor="test")
    else:
        await disable_contact(shop.office, "ACME", JANE, actor="test")
    assert await walk_to(shop, "2027-01-10") == []


async def test_letter_still_waiting_is_dropped_when_the_invoice_is_paid(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    shop.relay.answer = lambda _: Outcome("deferred", 451, "try later")
    await walk_to(shop, "2026-11-30")
    shop.relay.answer = lambda _: SENT
    await pay(shop.office, "INV-1", on=None, amount=None, quiet=True, actor="test")
    await shop.advance(days=1)
    assert len(await shop.mail_to(JANE)) == 1
    (dropped,) = await letters.list_letters(shop.office.db, "dropped")
    assert (dropped.kind, dropped.outcome) == ("reminder", "the invoice is paid")


async def test_relay_that_was_down_for_days_lets_the_latest_reminder_through_alone(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    shop.relay.answer = lambda _: Outcome("deferred", 451, "try later")
    await walk_to(shop, "2026-12-04")
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=0.5)
    assert [mail.subject[:8] for mail in await shop.mail_to(JANE)] == ["Invoice ", "Reminder"]


async def test_reply_pauses_until_the_day_it_names(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await walk_to(shop, "2026-12-01")
    letter = (await shop.mail_to(JANE))[-1]
    await shop.reply(letter, "We will pay on 8 December 2026.")
    written = [one for one in await walk_to(shop, "2026-12-20") if "→ jane" in one]
    # paid by Tuesday, three days for the transfer, and the weekend
    assert written == ["14 Dec Overdue: invoice INV-1 → jane"]


async def test_letter_that_came_back_stops_reminders_until_it_is_mended(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    (letter,) = await shop.mail_to(JANE)
    await shop.post(report_bounce(letter), to=letter.sender, sender="")
    assert "Not delivered" in (await told_operator(shop)).subject
    assert await walk_to(shop, "2026-12-09") == []
    await resend(shop.office, "INV-1", actor="test")
    written = await walk_to(shop, "2026-12-10")
    assert [one for one in written if "jane" in one] == []


async def test_wrong_person_is_not_sent_a_fresh_link_by_a_reminder(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    (letter,) = await shop.mail_to(JANE)
    reply = await shop.reply(letter, "You have the wrong person, I am not Jane.")
    assert reply.action == "revoke_link"
    assert [one for one in await walk_to(shop, "2026-12-09") if "jane" in one] == []
    plan = await plan_move(shop.office, "ACME", JANE, TOM, revoke_links=True)
    await hand_over(shop.office, plan, Pending.DROP, actor="test")
    written = await walk_to(shop, "2026-12-12")
    assert [one for one in written if "@" not in one and "owner" not in one] == [
        "10 Dec Reminder: invoice INV-1 → tom"
    ]


async def test_invoice_that_never_went_out_is_not_called_overdue(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: Outcome("failed", 550, "no")
    await shop.issue("INV-1")
    shop.relay.answer = lambda _: SENT
    assert await walk_to(shop, "2026-12-20") == []


async def test_everybody_who_has_the_invoice_is_reminded_and_copies_stay_copies(
    shop: HouseWorld,
) -> None:
    await add_contact(shop.office, "ACME", TOM, actor="test")
    await shop.issue("INV-1", contacts=(JANE, TOM))
    await shop.issue("INV-2", contacts=(JANE,), due="2027-06-01")
    assert sorted(await walk_to(shop, "2026-11-30")) == [
        "30 Nov Invoice INV-1 → jane",
        "30 Nov Invoice INV-1 → tom",
    ]
    async with shop.browser() as browser:
        await browser.get((await shop.mail_to(TOM))[-1].link)
        assert "INV-2" not in (await browser.get("/invoices")).text


async def test_who_comes_after_is_reminded_but_not_of_what_they_may_not_see(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    await replace_contact(shop.office, "ACME", JANE, TOM, history=True, actor="test")
    assert await walk_to(shop, "2026-11-30") == ["30 Nov Invoice INV-1 → tom"]
    eve = "eve@acme.example"
    await replace_contact(shop.office, "ACME", TOM, eve, history=False, actor="test")
    assert await walk_to(shop, "2027-01-10") == []


async def test_old_invoice_gets_only_the_latest_step_and_not_at_once(shop: HouseWorld) -> None:
    await shop.issue("INV-1", issued="2026-01-01", due="2026-02-01")
    assert await walk_to(shop, "2027-01-10") == ["26 Nov Final reminder: invoice INV-1 → jane"]


async def test_no_one_gets_more_than_a_few_in_a_day(shop: HouseWorld) -> None:
    for number in range(8):
        await shop.issue(f"INV-{number}")
    written = await walk_to(shop, "2026-12-02")
    days = [one[:6] for one in written]
    assert days == ["30 Nov"] * 3 + ["01 Dec"] * 3
    assert len(set(written)) == 6


async def test_client_has_a_ladder_of_its_own(shop: HouseWorld) -> None:
    await change_client(shop.office, "ACME", {"reminders": "2 days after: firm"}, actor="test")
    await shop.issue("INV-1")
    assert await walk_to(shop, "2027-01-10") == ["03 Dec Overdue: invoice INV-1 → jane"]


async def test_week_without_a_daemon_ends_with_one_letter(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await shop.round()
    shop.clock.advance(days=21)
    await shop.round()
    await shop.round()
    assert [mail.subject[:7] for mail in await shop.mail_to(JANE)] == ["Invoice", "Overdue"]
    assert "reminded INV-1" in await shop.log()


async def test_night_and_weekend_are_waited_for(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    shop.clock.advance(days=4.6)
    await shop.round()
    assert len(await shop.mail_to(JANE)) == 1
    # Monday morning before nine
    shop.clock.advance(days=2)
    assert to_datetime(shop.clock(), shop.office.zone).strftime("%a %H") == "Sun 23"
    shop.clock.advance(seconds=8.9 * 3600)
    await shop.round()
    assert len(await shop.mail_to(JANE)) == 1
    shop.clock.advance(seconds=3600)
    await shop.round()
    assert len(await shop.mail_to(JANE)) == 2


async def test_clock_set_back_sends_nothing_twice(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await walk_to(shop, "2026-12-04")
    shop.clock.advance(days=-5)
    assert await walk_to(shop, "2026-12-10") == []
    assert await walk_to(shop, "2026-12-12") == ["11 Dec Overdue: invoice INV-1 → jane"]


async def test_round_with_nothing_due_writes_nothing(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await shop.round()
    change = shop.office.db.watch()
    shop.clock.advance(seconds=60)
    assert await shop.round() == 0
    assert not change.is_set()


async def test_estimate_is_chased_once_and_then_expires(shop: HouseWorld) -> None:
    await shop.issue("EST-1", type="estimate")
    written = await walk_to(shop, "2027-01-10")
    assert written == ["30 Nov Estimate EST-1 → jane"]
    chase = (await shop.mail_to(JANE))[-1]
    assert "open until 1 December 2026" in chase.subject
    assert "tomorrow" in chase.text
    log = await shop.log()
    assert log.count("chased EST-1") == log.count("expired EST-1") == 1


async def test_answered_estimate_is_not_chased(shop: HouseWorld) -> None:
    await shop.issue("EST-1", type="estimate", valid_until="2026-12-15")
    estimate = await need_document(shop.office.db, "EST-1")
    (jane,) = await list_recipients(shop.office.db, estimate.id)
    words = Words(DocumentState.DECLINED)
    await answer_estimate(shop.office, estimate, jane, words, version=estimate.version)
    assert [one for one in await walk_to(shop, "2027-01-10") if "Estimate" in one] == []
    assert "expired EST-1" not in await shop.log()


async def test_broken_template_holds_up_no_other_and_is_told_once(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await shop.issue("EST-1", type="estimate")
    shop.office.press.broken = True  # type: ignore[attr-defined]
    await walk_to(shop, "2026-11-30")
    await shop.round()
    shop.clock.advance(seconds=3700)
    await shop.round()
    told = [mail.subject for mail in await shop.mail_to(OPERATOR) if not is_digest(mail)]
    assert sorted(told) == [
        "The reminder of EST-1 cannot be written",
        "The reminder of INV-1 cannot be written",
    ]
    shop.office.press.broken = False  # type: ignore[attr-defined]
    shop.clock.advance(seconds=3700)
    await shop.round()
    assert len(await shop.mail_to(JANE)) == 4


async def test_payment_noted_while_the_letter_was_written_spares_the_client(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maild.services import reminders

    await shop.issue("INV-1")
    real = reminders.write_step

    async def write_slowly(office, outlook):  # type: ignore[no-untyped-def]
        written = await real(office, outlook)
        await pay(office, "INV-1", on=date(2026, 11, 30), amount=None, quiet=True, actor="test")
        return written

    monkeypatch.setattr(reminders, "write_step", write_slowly)
    assert await walk_to(shop, "2026-12-20") == []
