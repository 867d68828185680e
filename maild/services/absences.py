"""Out of office: kept, never answered; reminders wait until the day that the notice names."""

from __future__ import annotations

from datetime import datetime, timedelta

from maild.clock import from_datetime, to_date
from maild.model import Pause, Reply
from maild.office import Office
from maild.services.holding import tell_operator
from maild.services.pauses import add_pause
from maild.services.settlement import Case, Deed, settle
from maild.states import ReplyState
from maild.store.database import Transaction

# whoever is away for longer has not written this notice for this letter
_LONGEST = timedelta(days=90)


async def take_absence(office: Office, case: Case) -> Reply:
    """Keep an automatic answer, and pause reminders while its writer is away; return it.

    Of one who has left for good the operator is told: nobody reads the next invoice.
    """
    pause = _find_pause(office, case)
    absence = case.reading.absence
    news = _tell(office, case) if absence and absence.left and case.match.live else None

    async def work(tx: Transaction) -> None:
        if pause:
            await add_pause(office, tx, pause, case)
        if news:
            await news(tx)

    return await settle(office, case, ReplyState.SETTLED, case.decision.action, work)


def _find_pause(office: Office, case: Case) -> Pause | None:
    absence, client = case.reading.absence, case.match.client
    until = absence.until if absence else None
    today = to_date(office.clock(), office.zone)
    # a token alone shows which letter was answered by a machine: enough to be silent for a while
    if client is None or until is None or not today < until <= today + _LONGEST:
        return None
    document = case.match.document
    return Pause(
        id=office.ids.new(),
        client_id=client.id,
        document_id=document.id if document else None,
        reply_id=case.reply.id,
        reason="is out of office",
        created_at=office.clock(),
        ends_at=from_datetime(datetime.combine(until, datetime.min.time(), office.zone)),
    )


def _tell(office: Office, case: Case) -> Deed:
    client, contact = case.people
    delegate = case.reading.absence.delegate if case.reading.absence else None
    named = " ".join(filter(None, (delegate.name, delegate.address))) if delegate else ""
    return tell_operator(
        office,
        case,
        did=f"{contact.address} is no longer read, says an automatic answer from there"
        f"{f', and names {named}' if named else ''}. Nothing was changed: such a notice proves "
        "nothing, so please ask the client whom to write to.",
        proposal=f"maild contact replace {client.ref} {contact.address} NEW-ADDRESS",
    )
