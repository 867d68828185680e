"""Estimates answered: accepted or declined by a contact, and opened again by the operator alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from textwrap import shorten

from maild.clock import to_date, to_datetime
from maild.errors import BadInput, Refused
from maild.letters import Order, Secret
from maild.model import Answer, Client, Contact, Letter, StoredDocument
from maild.office import Office
from maild.services.handoff import Handoff, post_handoff, write_handoff
from maild.services.lookup import client_of, need_document
from maild.services.parcels import Parcel, mailbox_of, post_parcel, thread_of
from maild.states import DocumentState, check_change
from maild.store import answers, documents, letters, nudges
from maild.store.database import Queries, Transaction

# joins letters in some scripts, beside the format characters that can turn a line round
_JOINERS = frozenset("\u200c\u200d")
# letters and signs that look like nothing
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MOST = {"name": 120, "order_number": 60, "reason": 2000}
_CALLED = {"name": "This name", "order_number": "This order number", "reason": "This reason"}


class Hindrance(StrEnum):
    """Why an answer to an estimate is not taken, in one word."""

    VOID = "void"
    ANSWERED = "answered"
    EXPIRED = "expired"
    CHANGED = "changed"


class FaultyWords(BadInput):
    """What was typed cannot be taken; `faults` says why, in a sentence for each field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Words:
    """What a contact says (accepted or declined) and typed: name, order number, or a reason."""

    kind: DocumentState
    name: str = ""
    order_number: str = ""
    reason: str = ""

    def tidied(self) -> Words:
        """Return the words without spaces that nobody meant; a reason keeps its lines."""
        return replace(
            self,
            name=" ".join(self.name.split()),
            order_number=" ".join(self.order_number.split()),
            reason=self.reason.replace("\r\n", "\n").strip(),
        )


@dataclass(frozen=True, slots=True)
class _Case:
    """An answer as it is kept, with those it concerns."""

    answer: Answer
    document: StoredDocument
    client: Client
    contact: Contact


async def answer_estimate(
    office: Office,
    document: StoredDocument,
    contact: Contact,
    words: Words,
    *,
    version: str,
) -> Answer | Hindrance:
    """Take a contact's answer to the version they saw, or return why it is not taken.

    The contact's own answer once more changes nothing and returns the one that stands. Raises
    `FaultyWords`; `Refused` for an invoice, and when the contact was disabled meanwhile.
    """
    thread = await thread_of(office, document, contact)

    async def work(tx: Transaction) -> Answer | Hindrance:
        return await take_answer(office, tx, document.number, contact, words, thread, version)

    return await office.db.transact(work)


async def take_answer(
    office: Office,
    tx: Transaction,
    number: str,
    contact: Contact,
    words: Words,
    thread: tuple[Secret, ...],
    version: str,
) -> Answer | Hindrance:
    """Do as `answer_estimate` does, as part of a transaction; `thread` is what letters refer to."""
    said = words.tidied()
    current = await need_document(tx, number)
    standing = await answers.find_standing(tx, current.id)
    if standing and current.state == said.kind and _repeats(standing, contact, said):
        return standing
    hindrance = find_hindrance(office, current, version)
    if hindrance:
        return hindrance
    _check_words(said)
    answer = _make_answer(office, current, contact, said)
    case = _Case(answer, current, await client_of(tx, current), contact)
    await documents.save_document(tx, replace(current, state=said.kind))
    await nudges.drop_nudges(tx, f"the estimate is {said.kind}", document_id=current.id)
    await answers.add_answer(tx, answer)
    await _post_letters(office, tx, case, thread)
    await _record(office, tx, case)
    return answer


async def reopen(office: Office, number: str, *, actor: str) -> StoredDocument:
    """Undo the answer to an estimate, which stays on record, and return it open again.

    Raises `NotFound`; `Refused` for an invoice, and unless the estimate was accepted or declined.
    """

    async def work(tx: Transaction) -> StoredDocument:
        current = await need_document(tx, number)
        if current.type != "estimate":
            raise Refused(f"{number} is an invoice; only an estimate is reopened")
        if current.state == DocumentState.OPEN:
            raise Refused(f"{number} has not been answered; there is nothing to undo")
        check_change(number, DocumentState(current.state), DocumentState.OPEN)
        back = replace(current, state=DocumentState.OPEN)
        await documents.save_document(tx, back)
        await answers.undo_answer(tx, back.id, office.clock())
        await office.record(
            tx,
            "reopened",
            number,
            actor=actor,
            reason=f"it was {current.state}",
            client_id=back.client_id,
            document_id=back.id,
        )
        return back

    return await office.db.transact(work)


async def find_confirmation(source: Queries, answer: Answer) -> Letter | None:
    """Return the letter that confirms an answer to the contact who gave it."""
    return await letters.find_occurrence(source, _occurrence(answer))


def find_hindrance(office: Office, document: StoredDocument, version: str) -> Hindrance | None:
    """Return why an estimate cannot be answered now; its last day counts, in the business's zone.

    Raises `Refused` for an invoice.
    """
    if document.type != "estimate":
        raise Refused(f"{document.number} is an invoice; only an estimate is accepted or declined")
    if document.state == DocumentState.VOID:
        return Hindrance.VOID
    if document.state != DocumentState.OPEN:
        return Hindrance.ANSWERED
    if document.status(to_date(office.clock(), office.zone)) == "Expired":
        return Hindrance.EXPIRED
    return Hindrance.CHANGED if version != document.version else None


def _check_words(words: Words) -> None:
    """Raise `FaultyWords` with everything that is wrong with them at once."""
    faults = {}
    for field, most in _MOST.items():
        text = getattr(words, field)
        if len(text) > most:
            faults[field] = (
                f"{_CALLED[field]} is too long: {most} characters fit, it has {len(text)}."
            )
        elif any(map(_is_unseen, text)):
            faults[field] = (
                f"{_CALLED[field]} holds a character that cannot be seen. "
                "Please type it instead of pasting it."
            )
    if words.kind is DocumentState.ACCEPTED and not (
        "name" in faults or any(map(str.isalnum, words.name))
    ):
        faults["name"] = "Please type your name, as you would sign."
    if faults:
        raise FaultyWords(faults)


def _is_unseen(char: str) -> bool:
    if char in _JOINERS or char in "\n\t":
        return False
    return char in _BLANKS or unicodedata.category(char) in _UNSEEN


def _repeats(answer: Answer, contact: Contact, words: Words) -> bool:
    """Tell whether a contact says the very same again: a form sent twice is one answer."""
    said = (answer.kind, answer.name, answer.order_number, answer.reason)
    again = (words.kind, words.name, words.order_number, words.reason)
    return answer.contact_id == contact.id and said == again


def _make_answer(
    office: Office, document: StoredDocument, contact: Contact, words: Words
) -> Answer:
    return Answer(
        id=office.ids.new(),
        document_id=document.id,
        contact_id=contact.id,
        address=contact.address,
        kind=words.kind,
        name=words.name,
        order_number=words.order_number,
        reason=words.reason,
        version=document.version,
        at=office.clock(),
        undone_at=None,
    )


async def _post_letters(
    office: Office, tx: Transaction, case: _Case, thread: tuple[Secret, ...]
) -> None:
    """Queue what confirms the answer to the contact who gave it and to the operator."""
    order = Order(
        kind="answer",
        occurrence=_occurrence(case.answer),
        recipient=mailbox_of(office, case.client, case.contact),
        context={
            "document": case.document,
            "answer": case.answer,
            "at": to_datetime(case.answer.at),
        },
        thread=thread,
        locale=case.client.locale,
        client_id=case.client.id,
        document_id=case.document.id,
        contact_id=case.contact.id,
    )
    frozen = office.letterhead.write(order, office.clock())
    await post_parcel(tx, Parcel(frozen, case.contact, None, None))
    await post_handoff(tx, write_handoff(office, _describe(office, case)))


def _occurrence(answer: Answer) -> str:
    return f"answer {answer.id}"


def _describe(office: Office, case: _Case) -> Handoff:
    answer, document, contact = case.answer, case.document, case.contact
    facts = [
        ("Client", f"{case.client.name} ({case.client.ref})"),
        ("Estimate", document.number),
        ("Total", office.templates.money(document.total, document.currency)),
        ("Answered by", contact.address),
        ("Name typed", answer.name),
        ("Order number", answer.order_number),
        ("When", office.templates.moment(to_datetime(answer.at))),
    ]
    who = answer.name or contact.greeting
    return Handoff(
        occasion=_occurrence(answer),
        headline=f"{who} ({case.client.name}) {answer.kind} estimate {document.number}",
        facts=tuple((name, value) for name, value in facts if value),
        excerpt=answer.reason,
        advice=(
            f"A confirmation goes to {contact.address}.",
            "Only you can undo this; undoing it tells the client nothing.",
        ),
        commands=(
            f"maild document show {document.number}",
            f"maild document reopen {document.number}",
        ),
        reply_to=contact.address,
        client_id=case.client.id,
        document_id=document.id,
    )


async def _record(office: Office, tx: Transaction, case: _Case) -> None:
    answer, contact = case.answer, case.contact
    order = f"order number {answer.order_number}" if answer.order_number else ""
    said = (answer.name, order, shorten(answer.reason, 200, placeholder="…"))
    await office.record(
        tx,
        answer.kind,
        case.document.number,
        actor=f"contact {contact.address}",
        reason=", ".join(filter(None, said)),
        client_id=case.client.id,
        document_id=case.document.id,
        contact_id=contact.id,
    )
