"""What the calendar has in mind for an open document: its next step, or what holds it back.

Nothing of it is stored but when to look again: every look decides anew by the facts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from maild.almanac import Almanac
from maild.clock import Instant
from maild.ladder import Course, Ladder, Planned, Step, Tone, find_next, parse_ladder
from maild.model import Client, Contact, Pause, StoredDocument
from maild.office import Office
from maild.services.bounces import find_undelivered
from maild.services.lookup import client_of
from maild.services.pauses import say_end
from maild.services.sparing import why_spared
from maild.store import clients, documents, letters, links, nudges, pauses
from maild.store.agenda import Entry
from maild.store.database import Queries
from maild.store.reach import NEVER

# so many letters that nobody asked for go to one person in a day, however much is owed
MOST_A_DAY = 3
OFF = "off"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why no step is taken now, in words, and until when, where that is known."""

    why: str
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """An open document in the calendar: its next step, when, to whom, and what holds it back.

    `course` tells how far it has come, `ladder` what there is to come; `at` is when the next step
    is due, NEVER where there is none.
    """

    entry: Entry
    document: StoredDocument
    client: Client
    people: tuple[Contact, ...]
    ladder: Ladder
    course: Course
    planned: Planned | None
    at: Instant
    hold: Hold | None = None

    def is_due(self, now: Instant) -> bool:
        """Tell whether its next step is to be taken now."""
        return self.planned is not None and self.hold is None and self.at <= now

    def agrees_with(self, other: Outlook) -> bool:
        """Tell whether a letter written for one would say and reach the same for the other."""
        return (self._gist, self.hold) == (other._gist, other.hold)

    @property
    def _gist(self) -> tuple[object, ...]:
        addresses = [(one.id, one.address) for one in self.people]
        return self.entry, self.document, addresses, self.planned and self.planned.step


async def look_ahead(office: Office, source: Queries, entry: Entry, now: Instant) -> Outlook:
    """Return what is ahead for an open document, as things stand at an instant."""
    document = await documents.get_document(source, entry.id)
    if document is None:
        raise LookupError(entry.id)
    client = await client_of(source, document)
    people, hold = await _find_people(source, document, client)
    halted = _find_longest(await pauses.list_pauses(source, client.id, now, document.id))
    if halted:
        hold = Hold(f"paused {say_end(office, halted)}: {halted.reason}", halted.ends_at)
    seen = _plan(office, document, client, entry, now if hold is None else hold.until or now)
    seen = replace(seen, people=people, hold=hold)
    if seen.is_due(now) and await _is_crowded(office.almanac, source, people, now):
        why = f"{MOST_A_DAY} letters have gone to the same person today"
        seen = replace(seen, hold=Hold(why, office.almanac.post_after(now)))
    return seen


def find_ladder(office: Office, document: StoredDocument, client: Client) -> Ladder:
    """Return the steps that a document has: a client may have a ladder of its own, or none."""
    rules = office.config.reminders
    if client.reminders == OFF:
        return ()
    if document.type == "estimate":
        days = rules.estimate_chase_days
        return (Step(-days, Tone.CHASE),) if days and document.ends_on else ()
    if document.balance <= 0:
        return ()
    return rules.ladder if client.reminders == DEFAULT else parse_ladder(client.reminders)


def _plan(
    office: Office, document: StoredDocument, client: Client, entry: Entry, now: Instant
) -> Outlook:
    """Return a document's next step from an instant on, were nothing in its way."""
    almanac = office.almanac
    ladder = find_ladder(office, document, client)
    course = Course(
        # who names no day wants it paid at once
        ends=document.ends_on or document.issued_on,
        begun=almanac.day_of(document.created_at),
        reminded=almanac.day_of(entry.reminded_at) if entry.reminded_at is not None else None,
    )
    earliest = almanac.day_of(almanac.next_post(now))
    planned = find_next(ladder, course, earliest, almanac.next_workday)
    at = almanac.next_post(max(now, almanac.post_of(planned.day))) if planned else NEVER
    return Outlook(entry, document, client, (), ladder, course, planned, at)


def _find_longest(held: list[Pause]) -> Pause | None:
    """Return of some pauses the one that ends last."""
    return max(held, key=lambda one: NEVER if one.ends_at is None else one.ends_at, default=None)


def _say_spared(contact: Contact) -> str:
    why = why_spared(contact) or "letters to this address come back"
    return f"{contact.address}: {why}"


async def _find_people(
    source: Queries, document: StoredDocument, client: Client
) -> tuple[tuple[Contact, ...], Hold | None]:
    """Return whom a document can be recalled to, or why to nobody.

    Those are whom it has reached; once all of them have left, who may see it in their place.
    """
    went_to = await documents.list_recipients(source, document.id)
    live = [one for one in went_to if one.disabled_at is None]
    people = live or await _find_heirs(source, document, client)
    if not people:
        return (), Hold(f"nobody it went to is still a contact of {client.ref}")
    written = await letters.list_document_letters(source, document.id)
    lost = {letter.contact_id for letter in find_undelivered(written)}
    got = {letter.contact_id for letter in written if letter.sent_at is not None}
    if not written:
        # whoever moves here is not to dun all its customers on the next morning
        return (), Hold(f"imported, and not sent yet; to begin: maild resend {document.number}")
    reached = [one for one in people if one.id in got or not live]
    sound = [one for one in reached if not why_spared(one) and one.id not in lost]
    welcome = [one for one in sound if not await _is_shut_out(source, one)]
    if welcome:
        return tuple(welcome), None
    if sound:
        # no fresh one is sent by itself in its place
        return (), Hold(f"the link of {', '.join(one.address for one in sound)} was revoked")
    if reached:
        return (), Hold("; ".join(_say_spared(one) for one in reached))
    return (), Hold("its own letter has not gone out yet")


async def _is_shut_out(source: Queries, contact: Contact) -> bool:
    """Tell whether a person's last link was revoked, and not because it went to another address."""
    link = await links.latest_link(source, contact.id)
    if link is None or link.revoked_at is None:
        return False
    letter = await letters.latest_letter_to(source, contact.id)
    return letter is not None and letter.recipient == contact.address


async def _find_heirs(source: Queries, document: StoredDocument, client: Client) -> list[Contact]:
    if client.shared:
        # several parties share it: what one got is none of the others' business
        return []
    return [
        one
        for one in await clients.list_contacts(source, client.id)
        if one.disabled_at is None and (one.history_from or 0) <= document.created_at
    ]


async def _is_crowded(
    almanac: Almanac, source: Queries, people: tuple[Contact, ...], now: Instant
) -> bool:
    midnight = almanac.instant(almanac.day_of(now))
    for one in people:
        if await nudges.count_nudges(source, one.id, midnight) >= MOST_A_DAY:
            return True
    return False


def expires_at(office: Office, document: StoredDocument) -> Instant | None:
    """Return when an open estimate expires: when its last day is over."""
    if document.type != "estimate" or document.ends_on is None:
        return None
    return office.almanac.instant(document.ends_on + timedelta(days=1))
