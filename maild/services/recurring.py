"""Documents that recur: each turn's is issued on its day, once, however often that is tried.

What an outage made late is owed all the same, so every turn is issued, the oldest first, but no
more than one of a recurrence in a day. It bears the day of its turn, and its terms count from the
day on which it really goes out: nobody is late with what they have not had.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

from maild.clock import HOUR
from maild.document import Document
from maild.errors import BadInput, Refused, StoreUnavailable
from maild.mail.compose import Attached
from maild.model import Recurrence
from maild.office import Office
from maild.pattern import Pattern, Turn, check_numbers, read_pattern
from maild.rhythm import Rhythm
from maild.services.attachments import check_files
from maild.services.issue import Shipment, issue_shipment, prepare_issue
from maild.services.lookup import need_client
from maild.services.mishaps import report_mishap
from maild.services.reminders import ACTOR
from maild.store import documents, recurrences
from maild.store.database import Transaction, end_of
from maild.store.reach import NEVER

_SHOWN_TURNS = 14


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recurrence that may be added: its row, its files, and the first document it will make."""

    recurrence: Recurrence
    files: tuple[Attached, ...]
    first: Shipment


async def prepare_recurrence(
    office: Office, pattern: Pattern, rhythm: Rhythm, until: date | None, files: Sequence[Attached]
) -> Prepared:
    """Check a document that is to recur by writing its first one, and keep nothing yet.

    Raises `NotFound` for an unknown client or contact, `Refused` where there is nobody to send it
    to, `BadInput` for what cannot recur.
    """
    client = await need_client(office.db, str(pattern.fields.get("client", "")))
    if rhythm.first < office.almanac.day_of(office.clock()):
        raise BadInput(f"it would begin on {rhythm.first}; begin it today or later with --from")
    if until and until < rhythm.first:
        raise BadInput(f"it would end on {until}, before its first day, {rhythm.first}")
    turns = [make_turn(office, rhythm.date_of(turn)) for turn in range(_SHOWN_TURNS)]
    check_numbers(pattern, turns)
    made = Recurrence(
        id=office.ids.new(),
        client_id=client.id,
        template=pattern.to_json(),
        count=rhythm.count,
        unit=rhythm.unit,
        first_on=rhythm.first.isoformat(),
        day=rhythm.day,
        last_on=until.isoformat() if until else "",
        turn=0,
        wake_at=office.almanac.post_of(office.almanac.next_workday(rhythm.first)),
        created_at=office.clock(),
    )
    checked = check_files(office, files)
    first = await prepare_issue(office, await _write(office, pattern, turns[0]), checked)
    if first.already:
        raise Refused(f"{first.document.number} was issued before; let it begin later with --from")
    return Prepared(made, checked, first)


async def add_recurrence(office: Office, prepared: Prepared, *, actor: str) -> Recurrence:
    """Keep a document that recurs; the first is issued when its day comes."""
    made = prepared.recurrence
    rows = [
        (one.name, one.media_type, sha256(one.content).hexdigest(), one.content)
        for one in prepared.files
    ]

    async def work(tx: Transaction) -> None:
        await recurrences.add_recurrence(tx, made, rows)
        number = read_pattern(made.template).number
        await _record(office, tx, "recurrence added", made, number, actor)

    await office.db.transact(work)
    return made


async def stop_recurrence(office: Office, recurrence: Recurrence, *, actor: str) -> None:
    """End a recurrence: what it has issued stays. Raises `Refused` if it has ended already."""

    async def work(tx: Transaction) -> None:
        current = await recurrences.get_recurrence(tx, recurrence.id)
        if current is None or current.stopped_at is not None:
            raise Refused(f"{recurrence.id} has ended already; see: maild recur list")
        ended = replace(current, stopped_at=office.clock())
        await recurrences.save_recurrence(tx, current, ended)
        await _record(office, tx, "recurrence stopped", current, "", actor)

    await office.db.transact(work)


async def issue_recurring(office: Office, most: int) -> int:
    """Issue what is due of so many recurrences; return how many letters. Raises `StoreUnavailable`.

    Nothing is issued outside business days and in quiet hours.
    """
    now = office.clock()
    due = await recurrences.list_due(office.db, now, most)
    if not due or office.almanac.next_post(now) > now:
        return 0
    return sum([await _try(office, one) for one in due])


def make_turn(office: Office, day: date) -> Turn:
    """Return a turn that bears a day; its terms count from then, or from today if it is late."""
    today = office.almanac.day_of(office.clock())
    return Turn(day, max(day, today), office.templates.month(day))


async def _try(office: Office, recurrence: Recurrence) -> int:
    try:
        return await _issue(office, recurrence)
    except StoreUnavailable:
        raise
    except Exception as error:
        number = read_pattern(recurrence.template).number
        await report_mishap(
            office,
            error,
            occasion=f"{recurrence.id} {recurrence.turn}",
            what=f"document {number} of {recurrence.next_day}",
            command=f"maild recur stop {recurrence.id}",
        )
        later = replace(recurrence, wake_at=office.clock() + HOUR)
        await office.db.transact(lambda tx: recurrences.save_recurrence(tx, recurrence, later))
        return 0


async def _issue(office: Office, recurrence: Recurrence) -> int:
    day = recurrence.next_day
    if day is None:
        ended = replace(recurrence, stopped_at=office.clock())
        await office.db.transact(lambda tx: recurrences.save_recurrence(tx, recurrence, ended))
        return 0
    pattern, turn = read_pattern(recurrence.template), make_turn(office, day)
    document = await _write(office, pattern, turn)
    files = [
        Attached(name, media_type, content)
        for name, media_type, _, content in await recurrences.list_files(office.db, recurrence.id)
    ]
    shipment = await prepare_issue(office, document, files)
    following = recurrence.day_of(recurrence.turn + 1)
    moved = replace(
        recurrence,
        turn=recurrence.turn + 1,
        wake_at=_find_waking(office, following) if following else NEVER,
        stopped_at=None if following else office.clock(),
    )

    async def work(tx: Transaction) -> int:
        counted = pattern.number_parts(turn) is not None
        if counted and await documents.find_document(tx, document.number):
            # somebody took the number meanwhile; the next round finds another
            return 0
        if not await recurrences.save_recurrence(tx, recurrence, moved):
            return 0
        kept = await issue_shipment(office, tx, shipment, actor=ACTOR)
        return len(shipment.parcels) if kept else 0

    return await office.db.transact(work)


async def _write(office: Office, pattern: Pattern, turn: Turn) -> Document:
    """Return a turn's document under the next number that is free."""
    parts = pattern.number_parts(turn)
    return pattern.write(turn, await _next_seq(office, *parts) if parts else 0)


async def _next_seq(office: Office, before: str, after: str) -> int:
    shape = re.compile(re.escape(before) + r"(\d{1,12})" + re.escape(after), re.ASCII)
    highest = 0
    for digits in range(1, 13):
        least, below = f"{before}{'0' * digits}{after}", end_of(f"{before}{'9' * digits}{after}")
        while number := await documents.find_last_number(office.db, least, below, after):
            if found := shape.fullmatch(number):
                highest = max(highest, int(found[1]))
                break
            # one that somebody chose, such as INV-1A
            below = number
    return highest + 1


def _find_waking(office: Office, day: date) -> int:
    """Return when the document of a day is issued: never a second one on the same day."""
    almanac, now = office.almanac, office.clock()
    at = almanac.post_of(almanac.next_workday(day))
    return at if at > now else almanac.post_after(now)


async def _record(
    office: Office, tx: Transaction, verb: str, recurrence: Recurrence, reason: str, actor: str
) -> None:
    await office.record(
        tx,
        verb,
        recurrence.id,
        actor=actor,
        reason=reason,
        client_id=recurrence.client_id,
    )
