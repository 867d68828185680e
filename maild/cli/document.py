"""`maild document`: what was issued, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from maild.cli.facts import (
    answer_facts,
    attachment_facts,
    content_facts,
    document_facts,
    event_facts,
    letter_facts,
    pause_facts,
    trace_facts,
)
from maild.cli.lists import (
    DOCUMENT_FIGURES,
    DOCUMENT_HEADINGS,
    LETTER_HEADINGS,
    TRACE_HEADINGS,
    document_row,
    event_line,
    letter_row,
    moment,
    trace_row,
)
from maild.cli.pages import choose_limit, cut_page, whole_option, with_filter
from maild.cli.running import actor, in_office
from maild.cli.showing import json_option, print_facts, print_heading, print_json, print_table
from maild.clock import to_date

if TYPE_CHECKING:
    from maild.model import Answer, Attachment, Client, Event, Letter, Pause, StoredDocument
    from maild.office import Office
    from maild.services.sightings import Trace


@dataclass(frozen=True)
class _Dossier:
    """A document with everything that belongs to it."""

    document: StoredDocument
    client: Client
    letters: list[Letter]
    traces: list[Trace]
    attachments: list[Attachment]
    answers: list[Answer]
    pauses: list[Pause]
    events: list[Event]

    @property
    def names(self) -> dict[str, str]:
        """The addresses of its contacts by id."""
        return {one.contact.id: one.contact.address for one in self.traces}


@click.group("document")
def document() -> None:
    """Invoices and estimates: list and show them.

    \b
    Example:
      maild document show INV-1001
    """


@document.command("list")
@click.option("--client", help="Only this client's: its reference.")
@click.option("--before", metavar="NUMBER", help="Only those issued before the document NUMBER.")
@whole_option
@json_option
@in_office
async def list_all(
    office: Office, client: str | None, before: str | None, limit: int | None, as_json: bool
) -> None:
    """List documents, the latest first.

    \b
    Example:
      maild document list --client ACME
    """
    from maild.services.lookup import need_client, need_document
    from maild.store import clients, documents

    owner = (await need_client(office.db, client)).id if client else ""
    last = await need_document(office.db, before) if before else None
    place = (last.issued, last.created_at, last.id) if last else documents.LATEST_ISSUE
    most = choose_limit(limit, as_json=as_json)
    more = await documents.list_documents(office.db, owner, before=place, most=most + 1)
    command = with_filter("maild document list", "--client", client) + " --before"
    found = cut_page(more, most, command, lambda one: one.number)
    refs = await clients.list_refs(office.db, (one.client_id for one in found))
    today = to_date(office.clock(), office.zone)
    if as_json:
        print_json([document_facts(one, refs[one.client_id], today) for one in found])
        return
    print_table(
        DOCUMENT_HEADINGS,
        map(document_row(office, refs), found),
        right=DOCUMENT_FIGURES,
        empty="There is no document yet; send one: maild send FILE",
    )


@document.command("show")
@click.argument("number")
@json_option
@in_office
async def show(office: Office, number: str, as_json: bool) -> None:
    """Show the document NUMBER: answers, lines, sums, files, letters with their fate, events.

    For each contact it tells when the document was sent, fetched (which mail scanners do, too),
    probably read, and when they first logged in or replied since.

    \b
    Example:
      maild document show INV-1001
    """
    dossier = await _collect(office, number)
    (_print_as_json if as_json else _print)(office, dossier)


@document.command("reopen")
@click.argument("number")
@in_office
async def reopen(office: Office, number: str) -> None:
    """Undo the answer to the estimate NUMBER, so that it can be answered once more.

    The client is told nothing; what they answered stays on record.

    \b
    Example:
      maild document reopen EST-207
    """
    from maild.services.estimates import reopen as undo

    estimate = await undo(office, number, actor=actor())
    late = estimate.status(to_date(office.clock(), office.zone)) == "Expired"
    print(f"{number} is open again{', but it has expired' if late else ''}")


async def _collect(office: Office, number: str) -> _Dossier:
    from maild.services.lookup import client_of, need_document
    from maild.services.sightings import trace_document
    from maild.store import answers, documents, events, letters, pauses

    found = await need_document(office.db, number)
    return _Dossier(
        document=found,
        client=await client_of(office.db, found),
        letters=await letters.list_document_letters(office.db, found.id),
        traces=await trace_document(office.db, found),
        attachments=await documents.list_attachments(office.db, found.id),
        answers=await answers.list_answers(office.db, found.id),
        pauses=await pauses.list_pauses(office.db, found.client_id, office.clock(), found.id),
        events=await events.list_document_events(office.db, found.id),
    )


def _print_as_json(office: Office, dossier: _Dossier) -> None:
    client = dossier.client
    names = dossier.names | {client.id: client.ref}
    today = to_date(office.clock(), office.zone)
    print_json(
        document_facts(dossier.document, client.ref, today)
        | content_facts(dossier.document)
        | {
            "answers": [answer_facts(one) for one in dossier.answers],
            "pauses": [pause_facts(one) for one in dossier.pauses],
            "attachments": [attachment_facts(one) for one in dossier.attachments],
            "letters": [letter_facts(one) for one in dossier.letters],
            "contacts": [trace_facts(one) for one in dossier.traces],
            "events": [event_facts(one, names) for one in dossier.events],
        }
    )


def _print(office: Office, dossier: _Dossier) -> None:
    _print_head(office, dossier)
    for answer in dossier.answers:
        print_heading(f"{answer.kind.capitalize()} by {answer.address}")
        _print_answer(office, answer)
    print_heading("Lines")
    _print_lines(office, dossier.document)
    print_heading("Sums")
    _print_sums(office, dossier.document)
    if dossier.document.content.notes:
        print_heading("Notes")
        print_facts([("", dossier.document.content.notes)])
    print_heading("Files")
    size = office.templates.filesize
    rows = [(one.name, one.media_type, size(one.size)) for one in dossier.attachments]
    print_table(("Name", "Type", "Size"), rows, right=("Size",), empty="none")
    print_heading("Letters")
    print_table(LETTER_HEADINGS, map(letter_row(office), dossier.letters), empty="none")
    print_heading("Contacts")
    print_table(TRACE_HEADINGS, map(trace_row(office), dossier.traces), empty="none")
    print_heading("Events")
    for event in dossier.events:
        print(event_line(office, event, dossier.names))


def _print_head(office: Office, dossier: _Dossier) -> None:
    from maild.services.bounces import find_undelivered
    from maild.services.pauses import say_end

    found, client, day = dossier.document, dossier.client, office.templates.date
    ends = "Due" if found.type == "invoice" else "Valid until"
    lost, waits = find_undelivered(dossier.letters), dossier.pauses
    print_facts(
        [
            (found.type.capitalize(), found.number),
            ("Client", f"{client.name} ({client.ref})"),
            ("Status", found.status(to_date(office.clock(), office.zone))),
            ("Issued", day(found.issued_on)),
            (ends, day(found.ends_on) if found.ends_on else ""),
            ("Reference", found.content.reference),
            *(("Not delivered", f"{one.recipient}: {one.outcome}") for one in lost),
            *(("Reminders", f"paused {say_end(office, one)}: {one.reason}") for one in waits),
        ]
    )


def _print_answer(office: Office, answer: Answer) -> None:
    undone = answer.undone_at
    print_facts(
        [
            ("When", moment(office, answer.at)),
            ("Name typed", answer.name),
            ("Order number", answer.order_number),
            ("Reason", answer.reason),
            ("Undone", "" if undone is None else moment(office, undone)),
        ]
    )


def _print_lines(office: Office, found: StoredDocument) -> None:
    write, number = office.templates.money, office.templates.number
    print_table(
        ("Description", "Quantity", "Unit price", "Tax", "Amount"),
        [
            (
                line.description,
                f"{number(line.quantity)} {line.unit}".strip(),
                _price(office, line.unit_price, found.currency),
                f"{number(line.tax_rate)}%",
                write(amount, found.currency),
            )
            for line, amount in zip(found.content.lines, found.totals.lines, strict=True)
        ],
        right=("Quantity", "Unit price", "Tax", "Amount"),
        empty="none",
    )


def _print_sums(office: Office, found: StoredDocument) -> None:
    def write(amount: Decimal) -> str:
        return office.templates.money(amount, found.currency)

    rate = office.templates.number
    taxes = [(f"Tax {rate(t.rate)}%", write(t.amount)) for t in found.totals.taxes]
    sums = [("Net", write(found.totals.net)), *taxes, ("Total", write(found.total))]
    if found.type == "invoice":
        sums += [("Paid", write(found.paid)), ("Balance", write(found.balance))]
    width = max(len(amount) for _, amount in sums)
    print_facts([(name, amount.rjust(width)) for name, amount in sums])


def _price(office: Office, price: Decimal, currency: str) -> str:
    """Write a unit price, in full where it is finer than the currency's coins."""
    from maild.money import round_money

    exact = round_money(price, currency) == price
    return office.templates.money(price, currency) if exact else office.templates.number(price)
