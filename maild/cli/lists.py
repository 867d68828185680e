"""The rows of the tables that more than one command shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from maild.cli.words import one_line
from maild.clock import to_date, to_datetime

if TYPE_CHECKING:
    from maild.clock import Instant
    from maild.model import Contact, Event, Letter, StoredDocument
    from maild.office import Office
    from maild.services.sightings import Trace

CONTACT_HEADINGS = ("Address", "Name", "Since", "")
DOCUMENT_HEADINGS = ("Number", "Client", "Type", "Issued", "Ends", "Total", "Balance", "Status")
DOCUMENT_FIGURES = ("Total", "Balance")
TRACE_HEADINGS = ("Contact", "Sent", "Fetched", "Probably read", "Logged in", "Replied")
LETTER_HEADINGS = ("ID", "Written", "To", "Subject", "State", "Outcome")


def moment(office: Office, instant: Instant) -> str:
    """Write an instant as people do, in the business's time zone."""
    return office.templates.moment(to_datetime(instant))


def contact_row(office: Office) -> Callable[[Contact], tuple[str, ...]]:
    """Return what makes a row of a contact."""

    def row(contact: Contact) -> tuple[str, ...]:
        gone, since = contact.disabled_at, contact.history_from
        standing = f"sees what was sent since {moment(office, since)}" if since else ""
        lost, held = contact.bounced_at, contact.held_at
        standing = f"letters come back: {contact.bounced_why}" if lost else standing
        standing = f"on hold since {moment(office, held)}: {contact.held_why}" if held else standing
        standing = f"disabled {moment(office, gone)}" if gone is not None else standing
        return contact.address, contact.name, moment(office, contact.created_at), standing

    return row


def document_row(
    office: Office, refs: dict[str, str]
) -> Callable[[StoredDocument], tuple[str, ...]]:
    """Return what makes a row of a document; `refs` are the clients' references by id."""
    today = to_date(office.clock(), office.zone)
    money, day = office.templates.money, office.templates.date

    def row(document: StoredDocument) -> tuple[str, ...]:
        return (
            document.number,
            refs[document.client_id],
            document.type,
            day(document.issued_on),
            day(document.ends_on) if document.ends_on else "",
            money(document.total, document.currency),
            money(document.balance, document.currency) if document.type == "invoice" else "",
            document.status(today),
        )

    return row


def letter_row(office: Office) -> Callable[[Letter], tuple[str, ...]]:
    """Return what makes a row of a letter."""

    def row(letter: Letter) -> tuple[str, ...]:
        written = moment(office, letter.created_at)
        return (
            letter.id,
            written,
            letter.recipient,
            letter.subject,
            letter.state,
            letter.outcome,
        )

    return row


def trace_row(office: Office) -> Callable[[Trace], tuple[str, ...]]:
    """Return what makes a row of what became of a document with a contact."""

    def row(trace: Trace) -> tuple[str, ...]:
        fetched, read = trace.fetched, trace.read
        instants = (
            trace.sent_at,
            fetched.first_at if fetched else None,
            read.first_at if read else None,
            trace.logged_in_at,
            trace.replied_at,
        )
        told = ("–" if at is None else moment(office, at) for at in instants)
        return trace.contact.address, *told

    return row


def event_line(office: Office, event: Event, refs: Mapping[str, str]) -> str:
    """Write an event as one line: when, who, what, why, and which client and contact.

    `refs` names them by id; a contact whom the line has named already is not named again.
    """
    reason = f": {event.reason}" if event.reason else ""
    ref, contact = (refs.get(one or "", "") for one in (event.client_id, event.contact_id))
    known = contact in f"{event.actor} {event.subject}{reason}"
    aside = " ".join(filter(None, (ref, "" if known else contact)))
    story = f"{event.verb} {event.subject}{reason}{f' [{aside}]' if aside else ''}"
    return f"{moment(office, event.at)}  {one_line(event.actor)}  {one_line(story)}"
