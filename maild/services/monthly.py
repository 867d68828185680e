"""Monthly statements: on their day, or late and then only the latest, to whoever owes something."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, timedelta

from maild.clock import HOUR, Instant
from maild.errors import StoreUnavailable
from maild.model import Client, Contact
from maild.office import Office
from maild.services.account import find_reach, write_statement
from maild.services.mishaps import report_mishap
from maild.services.outlook import OFF
from maild.services.parcels import Parcel, post_parcel
from maild.services.reminders import ACTOR, STATED
from maild.services.sparing import why_spared
from maild.store import accounts, nudges, pauses
from maild.store.appointments import Appointment, find_appointment, keep_appointment
from maild.store.database import Queries, Transaction
from maild.store.ledger import sum_open
from maild.store.reach import NEVER

STATEMENTS = "statements"
_PROGRESS = "statements so far"
# a statement later than this says less than the next one will
_LATEST = timedelta(days=14)
_ONE_DAY = timedelta(days=1)


async def state_accounts(office: Office, most: int) -> int:
    """Write the month's statements to so many clients, if it is time; return how many letters.

    Raises `StoreUnavailable`.
    """
    almanac, now = office.almanac, office.clock()
    if not _wanted(office):
        return 0
    known = await find_appointment(office.db, STATEMENTS)
    if known is None:
        await _set_next(office, None, almanac.day_of(now) - _ONE_DAY)
        return 0
    if known.due_at > almanac.post_of(find_statement_day(office, almanac.day_of(now))):
        # the day was changed, or the clock has been wrong
        await _set_next(office, known, almanac.day_of(now))
        return 0
    if now < known.due_at or almanac.next_post(now) > now:
        return 0
    day = date.fromisoformat(known.note)
    if almanac.day_of(now) - day > _LATEST:
        await _set_next(office, known, almanac.day_of(now) - _LATEST - _ONE_DAY)
        return await state_accounts(office, most)
    left = await _list_next(office, known.note, most)
    if not left:
        await _set_next(office, known, max(day, almanac.day_of(now)))
    return sum([await _try(office, known, client) for client in left])


async def _list_next(office: Office, day: str, most: int) -> list[Client]:
    """Return the next clients to write to; at the end of the list, those passed by meanwhile."""
    last = await find_appointment(office.db, _PROGRESS)
    after = last.note if last else ""
    found = await accounts.list_owing(office.db, day, most, after)
    if after and not found:
        found = await accounts.list_owing(office.db, day, most)
    here = Appointment(_PROGRESS, 0, found[-1].ref if found else "")
    if here.note != after:
        await office.db.transact(lambda tx: keep_appointment(tx, last, here))
    return found


def find_statement_day(office: Office, after: date) -> date:
    """Return the next business day for statements after a day; short months have theirs last."""
    # that of the month before may have been put off into this one
    month = (after.replace(day=1) - _ONE_DAY).replace(day=1)
    while True:
        last = calendar.monthrange(month.year, month.month)[1]
        found = office.almanac.next_workday(month.replace(day=min(_wanted(office), last)))
        if found > after:
            return found
        month = month.replace(day=last) + _ONE_DAY


async def list_readers(office: Office, client: Client) -> tuple[list[Contact], str]:
    """Return who gets a client's statement, or nobody and why."""
    if client.reminders == OFF:
        return [], f"reminders are off for {client.ref}"
    if await _is_paused(office.db, client, office.clock()):
        return [], f"reminders are paused for {client.ref}"
    readers = [
        one
        for one in await accounts.list_debtors(office.db, client.id)
        if not why_spared(one) and await _owes(office, client, one)
    ]
    return readers, "" if readers else "nobody may see the account, or has not seen it lately"


async def _try(office: Office, known: Appointment, client: Client) -> int:
    """Write a client's statements; when that fails, the rest of them is put off by an hour."""
    try:
        return await _state(office, client, known.note)
    except StoreUnavailable:
        raise
    except Exception as error:
        await report_mishap(
            office,
            error,
            occasion=f"statement {client.id} {known.note}",
            what=f"the statement of {client.ref}",
            command=f"maild statement {client.ref}",
        )
        later = replace(known, due_at=office.clock() + HOUR)
        await office.db.transact(lambda tx: keep_appointment(tx, known, later))
        return 0


async def _state(office: Office, client: Client, day: str) -> int:
    readers, _ = await list_readers(office, client)
    occurrence = f"monthly {client.id}"
    written = [
        await write_statement(office, client, one, f"{occurrence} {one.id} {day}", asked=False)
        for one in readers
    ]
    parcels = [one for one in written if one]

    async def work(tx: Transaction) -> int:
        if not await accounts.note_stated(tx, client.id, day):
            return 0
        if await _is_paused(tx, client, office.clock()):
            return 0
        return sum([await _post(office, tx, client, one) for one in parcels])

    return await office.db.transact(work)


async def _post(office: Office, tx: Transaction, client: Client, parcel: Parcel) -> bool:
    posted = await post_parcel(tx, parcel)
    if posted:
        await office.record(
            tx,
            "statement sent",
            client.ref,
            actor=ACTOR,
            reason=f"monthly, to {parcel.contact.address}",
            client_id=client.id,
            contact_id=parcel.contact.id,
        )
    return posted


async def _owes(office: Office, client: Client, contact: Contact) -> bool:
    """Tell whether a person sees an account that owes something, and saw none lately."""
    reach = await find_reach(office, client, contact)
    if reach.since == NEVER:
        return False
    if await nudges.was_stated(office.db, contact.id, office.clock() - STATED):
        return False
    return any(minor > 0 for minor in (await sum_open(office.db, reach)).values())


async def _is_paused(source: Queries, client: Client, now: Instant) -> bool:
    held = await pauses.list_pauses(source, client.id, now)
    return any(one.document_id is None for one in held)


async def _set_next(office: Office, known: Appointment | None, after: date) -> None:
    day = find_statement_day(office, after)
    new = Appointment(STATEMENTS, office.almanac.post_of(day), day.isoformat())
    await office.db.transact(lambda tx: keep_appointment(tx, known, new))


def _wanted(office: Office) -> int:
    return office.config.reminders.statement_day
