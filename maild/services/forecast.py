"""The calendar as the operator reads it: what will happen next and why, and what is held back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

from maild.clock import Instant
from maild.ladder import Planned, Tone, foresee
from maild.model import Client, Recurrence, StoredDocument
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

    What is held back comes last, with the step that it would be.
    """
    found: list[Prospect] = []
    for source in (_foresee_documents, _foresee_recurring, _foresee_statements):
        found += await source(office, client, day)
    return sorted(found, key=lambda one: (bool(one.held), one.at))


async def _foresee_documents(
    office: Office, client: Client | None, day: date | None
) -> list[Prospect]:
    """Return the next step of each open document (of a client), or those of a day."""
    now, ref = office.clock(), client.id if client else ""
    # nothing comes of a document before it is looked at
    until = office.almanac.instant(day + timedelta(days=1)) if day else NEVER
    found: list[Prospect] = []
    for entry in await agenda.list_entries(office.db, ref, until, MOST):
        outlook = await look_ahead(office, office.db, entry, now)
        steps = [(at, one) for at, one in _foresee(office, outlook) if _falls_on(office, at, day)]
        found += [one for _, one in (steps if day else steps[:1])]
    return found


async def _foresee_recurring(
    office: Office, client: Client | None, day: date | None
) -> list[Prospect]:
    """Return the next document of each recurrence (of a client), or those of a day."""
    found = []
    for one in await recurrences.list_recurrences(office.db, client.id if client else ""):
        owner = await clients.get_client(office.db, one.client_id)
        turns = _find_turns(office, one, day)
        found += [
            Prospect(
                at=at,
                what="recurring document",
                about=read_pattern(one.template).number,
                client=owner.ref if owner else "",
                to=(),
                why=f"{one.rhythm}: {office.templates.date(on)}",
            )
            for at, on in (turns if day else islice(turns, 1))
        ]
    return found


def _find_turns(
    office: Office, one: Recurrence, day: date | None
) -> Iterator[tuple[Instant, date]]:
    """Yield when, and for which day, a recurrence will issue (on a day)."""
    almanac = office.almanac
    for on in one.days():
        if day and on > day:
            return
        at = max(almanac.post_of(almanac.next_workday(on)), one.wake_at)
        if _falls_on(office, at, day):
            yield at, on


async def _foresee_statements(
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


def _falls_on(office: Office, at: Instant, day: date | None) -> bool:
    return day is None or (at < NEVER and office.almanac.day_of(at) == day)


def _foresee(office: Office, outlook: Outlook) -> list[tuple[Instant, Prospect]]:
    """Return all that is still to come of a document, and when it would, were it free."""
    found = [(at, _describe(office, outlook, one, at)) for one, at in _steps(office, outlook)]
    end, document = expires_at(office, outlook.document), outlook.document
    if end and end > office.clock():
        why = _last(office, outlook)
        gone = Prospect(end, "expires", document.number, outlook.client.ref, (), why)
        found.append((end, gone))
    return sorted(found, key=lambda pair: pair[0])


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
