"""The calendar as the operator reads it: what will happen next and why, and what is held back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from maild.clock import Instant
from maild.ladder import Planned, Tone, foresee
from maild.model import Client, StoredDocument
from maild.office import Office
from maild.pattern import read_pattern
from maild.services.monthly import find_statement_day, list_readers
from maild.services.outlook import Outlook, expires_at, look_ahead
from maild.store import agenda, clients, recurrences
from maild.store.accounts import list_owing
from maild.store.reach import NEVER

# looking at more would take long, and be more than anybody reads
MOST = 1000


@dataclass(frozen=True, slots=True)
class Prospect:
    """One thing to come: when, what, about what, to whom, and why; or why it is held back."""

    at: Instant
    what: str
    about: str
    client: str
    to: tuple[str, ...]
    why: str
    held: str = ""


async def forecast(
    office: Office, client: Client | None = None, day: date | None = None
) -> list[Prospect]:
    """Return what comes next of everything (of a client), else all of a day; the earliest first.

    What is held back comes last, with the step that is due once it is free.
    """
    entries = await agenda.list_entries(office.db, client.id if client else "", MOST)
    now = office.clock()
    found: list[Prospect] = []
    for entry in entries:
        outlook = await look_ahead(office, office.db, entry, now)
        steps = _foresee(office, outlook)
        found += [one for one in steps if _falls_on(office, one, day)] if day else steps[:1]
    for source in (foresee_recurring, foresee_statements):
        found += await source(office, client, day)
    return sorted(found, key=lambda one: (bool(one.held), one.at))


async def foresee_recurring(
    office: Office, client: Client | None, day: date | None
) -> list[Prospect]:
    """Return the next document of each recurrence (of a client), or those of a day."""
    found = []
    for one in await recurrences.list_recurrences(office.db, client.id if client else ""):
        owner = await clients.get_client(office.db, one.client_id)
        seen = [
            Prospect(
                at=max(office.almanac.post_of(office.almanac.next_workday(on)), one.wake_at),
                what="recurring document",
                about=read_pattern(one.template).number,
                client=owner.ref if owner else "",
                to=(),
                why=f"{one.rhythm}: {office.templates.date(on)}",
            )
            for on in one.days()
        ]
        found += [each for each in seen if _falls_on(office, each, day)] if day else seen[:1]
    return found


async def foresee_statements(
    office: Office, client: Client | None, day: date | None
) -> list[Prospect]:
    """Return the next monthly statements (of a client), where there are to be any."""
    if not office.config.reminders.statement_day:
        return []
    almanac = office.almanac
    on = find_statement_day(office, (day or almanac.day_of(office.clock())) - timedelta(days=1))
    owing = [] if day and on != day else await list_owing(office.db, on.isoformat(), MOST)
    found = []
    for one in owing:
        if client is None or one.id == client.id:
            readers, why = await list_readers(office, one)
            addresses = tuple(reader.address for reader in readers)
            reason = f"every month, day {office.config.reminders.statement_day}"
            at = almanac.post_of(on)
            found.append(Prospect(at, "statement", "account", one.ref, addresses, reason, why))
    return found


async def foresee_document(office: Office, document: StoredDocument) -> Prospect | None:
    """Return the next letter about a document that nobody need ask for, or None."""
    entry = await agenda.find_entry(office.db, document.id)
    if entry is None:
        return None
    # that its own letter is still on its way is no news
    outlook = replace(await look_ahead(office, office.db, entry, office.clock()), hold=None)
    planned = outlook.planned
    return _describe(office, outlook, planned, outlook.at) if planned else None


def _falls_on(office: Office, one: Prospect, day: date) -> bool:
    return one.at < NEVER and office.almanac.day_of(one.at) == day


def _foresee(office: Office, outlook: Outlook) -> list[Prospect]:
    """Return all that is still to come of a document, as things stand."""
    found = [_describe(office, outlook, planned, at) for planned, at in _steps(office, outlook)]
    end = expires_at(office, outlook.document)
    if end and end > office.clock():
        found.append(
            Prospect(
                end,
                "expires",
                outlook.document.number,
                outlook.client.ref,
                (),
                _last(office, outlook),
            )
        )
    return sorted(found, key=lambda one: one.at)


def _steps(office: Office, outlook: Outlook) -> Iterator[tuple[Planned, Instant]]:
    planned, almanac = outlook.planned, office.almanac
    if planned is None:
        return
    yield planned, outlook.at
    course = outlook.course.after(planned)
    for later in foresee(outlook.ladder, course, planned.day, almanac.next_workday):
        yield later, almanac.post_of(later.day)


def _describe(office: Office, outlook: Outlook, planned: Planned, at: Instant) -> Prospect:
    step, hold = planned.step, outlook.hold
    what = "chase" if step.tone is Tone.CHASE else f"reminder, {step.tone}"
    if step.tone is Tone.STATEMENT:
        what = "statement"
    return Prospect(
        at=NEVER if hold and hold.until is None else at,
        what=what,
        about=outlook.document.number,
        client=outlook.client.ref,
        to=tuple(one.address for one in outlook.people),
        why=f"{str(step).partition(':')[0]}: {_last(office, outlook)}",
        held=hold.why if hold else "",
    )


def _last(office: Office, outlook: Outlook) -> str:
    ends = office.templates.date(outlook.course.ends)
    if outlook.document.type == "estimate":
        return f"valid until {ends}"
    return f"due {ends}" if outlook.document.ends_on else f"issued {ends}"
