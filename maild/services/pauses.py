"""Reminders that pause because of what a client says: stop, paid, paying on a day, disputed, away.

Whoever says so is not reminded meanwhile, and the operator is told: nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from maild.clock import DAY, Instant, from_datetime
from maild.mail.request import Request
from maild.model import Pause
from maild.office import Office
from maild.services.holding import tell_operator
from maild.services.settlement import Case, Deed
from maild.store import nudges, pauses
from maild.store.database import Transaction

# a payment takes as long to arrive, at most, where no holiday comes between
_TRANSIT = timedelta(days=3)
_WITHOUT_DAY = 14 * DAY
_LONGEST = timedelta(days=180)

_REASONS: Mapping[Request, str] = {
    Request.STOP_REMINDERS: "asked for no more reminders",
    Request.PAID: "says that it is paid",
    Request.WILL_PAY: "says when it will be paid",
    Request.DISPUTE: "disputes it",
}


async def prepare_pause(office: Office, case: Case, *, until: date | None = None) -> Deed:
    """Return the pausing of reminders about what a reply is about, and the telling of it.

    `until` is the last day, as the operator says; else the reply's own words decide.
    """
    client, _ = case.people
    document = case.match.document
    reason = _REASONS.get(case.intent.request, "the operator said so")
    pause = Pause(
        id=office.ids.new(),
        client_id=client.id,
        document_id=document.id if document else None,
        reply_id=case.reply.id,
        reason=reason,
        created_at=office.clock(),
        ends_at=_after(office, until) if until else _find_end(office, case),
    )
    tell = None if case.orders else tell_operator(office, case, did=_say(office, pause))

    async def keep(tx: Transaction) -> None:
        await add_pause(office, tx, pause, case)
        if tell:
            await tell(tx)

    return keep


async def add_pause(office: Office, tx: Transaction, pause: Pause, case: Case) -> None:
    """Keep a pause, with its event."""
    document, client = case.match.document, case.match.client
    subject = document.number if document else client.ref if client else ""
    await keep_pause(tx, pause)
    await office.record(
        tx,
        "reminders paused",
        subject,
        actor=case.actor,
        reason=f"{pause.reason}, {say_end(office, pause)}",
        client_id=pause.client_id,
        document_id=pause.document_id,
        contact_id=case.reply.contact_id,
    )


async def keep_pause(tx: Transaction, pause: Pause) -> None:
    """Keep a pause, and let go none of the reminders that still wait and that it is about."""
    await pauses.add_pause(tx, pause)
    await nudges.drop_nudges(
        tx,
        f"reminders are paused: {pause.reason}",
        client_id=pause.client_id,
        document_id=pause.document_id or "",
    )


def say_end(office: Office, pause: Pause) -> str:
    """Write until when a pause holds."""
    if pause.ends_at is None:
        return "until further notice"
    last = datetime.fromtimestamp(pause.ends_at / 1_000_000, office.zone) - timedelta(seconds=1)
    return f"until {office.templates.date(last.date())}"


def _say(office: Office, pause: Pause) -> str:
    what = "this document" if pause.document_id else "anything this client owes"
    return f"Reminders about {what} are paused {say_end(office, pause)}: the client {pause.reason}."


def _find_end(office: Office, case: Case) -> Instant | None:
    """Return when the reminders go on: some days after the payment, else when a person says so."""
    today = datetime.fromtimestamp(office.clock() / 1_000_000, office.zone).date()
    named = case.intent.details.day
    if case.intent.request is Request.WILL_PAY and named:
        return _after(office, min(max(named, today), today + _LONGEST) + _TRANSIT)
    if case.intent.request in {Request.WILL_PAY, Request.PAID}:
        return office.clock() + _WITHOUT_DAY
    return None


def _after(office: Office, day: date) -> Instant:
    """Return when a day is over in the business's time zone."""
    return from_datetime(datetime.combine(day + timedelta(days=1), time(), office.zone))
