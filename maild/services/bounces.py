"""Letters that come back: noted on the letter, and the address is spared until a person looks.

A bounce counts only for the letter whose own return address or Message-ID it carries, and only
when it names the address that this letter went to: whoever forges one changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from maild.address import address_key
from maild.clock import to_date
from maild.errors import Refused
from maild.letters import TO_OPERATOR
from maild.mail.bounce import Bounce, Outcome
from maild.mail.policy import Action
from maild.model import Client, Contact, Letter, Reply
from maild.office import Office
from maild.services.handoff import Handoff, post_handoff, write_handoff
from maild.services.lookup import need_contact
from maild.services.settlement import Case, settle
from maild.services.sparing import COMES_BACK, let_go, why_spared
from maild.services.troubles import must_wait, note_telling
from maild.states import LetterState, ReplyState
from maild.store import clients, letters, nudges
from maild.store.database import Transaction


async def take_bounce(office: Office, case: Case) -> Reply:
    """Note a bounce on its letter, hold what else would go there, tell the operator; return it.

    A delay, a second report of the same letter, and one that does not fit are only kept.
    """
    case = await _turn_to_copy(office, case)
    letter, bounce = case.match.letter, case.reading.bounce
    if letter is None or bounce is None:
        return await _keep(office, case, "foreign-bounce")
    if letter.kind in TO_OPERATOR:
        # news of it would not reach the operator either
        return await _keep(office, case, "operator-bounce")
    if bounce.outcome is not Outcome.FAILED:
        return await _keep(office, case, bounce.outcome.value)
    if not _fits(letter, bounce):
        return await _keep(office, case, "other-recipient")
    decided = replace(case.decision, reason="hard" if bounce.hard else "soft")
    fitting = replace(case, decision=decided)
    alert = write_handoff(office, _describe(office, fitting, letter, bounce))

    async def work(tx: Transaction) -> None:
        if not await letters.mark_bounced(tx, letter.id, _words(bounce), office.clock()):
            return
        if bounce.hard and case.match.contact:
            await _spare(office, tx, case.match.contact, letter, bounce)
        await _record(office, tx, letter, bounce)
        # one that follows soon is gathered with the next ones
        if not await must_wait(office, tx):
            await post_handoff(tx, alert)
            await note_telling(office, tx, letter.id)

    return await settle(office, fitting, ReplyState.SETTLED, Action.BOUNCE_HOLD, work)


def find_undelivered(written: Iterable[Letter]) -> tuple[Letter, ...]:
    """Return of a document's letters those that came back, and that no later one made up for."""
    last: dict[str | None, Letter] = {}
    for letter in sorted(written, key=lambda letter: letter.created_at):
        if letter.sent_at is not None:
            last[letter.contact_id] = letter
    return tuple(letter for letter in last.values() if letter.state == LetterState.BOUNCED)


async def trust_address(office: Office, client: Client, contact: Contact, *, actor: str) -> int:
    """Let letters go to an address again that came back from there; return how many are released.

    Raises `NotFound`, and `Refused` when none has come back.
    """

    async def work(tx: Transaction) -> int:
        current = await need_contact(tx, client, contact.address)
        if current.bounced_at is None:
            raise Refused(f"no letter to {contact.address} has come back; there is nothing to mend")
        trusted = replace(current, bounced_at=None, bounced_why="")
        await clients.save_contact(tx, trusted)
        released = await let_go(office, tx, trusted, COMES_BACK)
        await office.record(
            tx,
            "address trusted",
            current.address,
            actor=actor,
            client_id=client.id,
            contact_id=current.id,
        )
        return released

    return await office.db.transact(work)


async def _turn_to_copy(office: Office, case: Case) -> Case:
    """Return the case as one of the copy that came back, where a report names whom it was for.

    One letter to several has one Message-ID, and that may be all that a report gives back.
    """
    letter, bounce = case.match.letter, case.reading.bounce
    if letter is None or bounce is None or _fits(letter, bounce):
        return case
    for address in bounce.recipients:
        copy = await letters.find_copy(office.db, letter.id, address_key(address))
        if copy and copy.contact_id:
            contact = await clients.get_contact(office.db, copy.contact_id)
            return replace(case, match=replace(case.match, letter=copy, contact=contact))
    return case


async def _keep(office: Office, case: Case, reason: str) -> Reply:
    kept = replace(case, decision=replace(case.decision, action=Action.LOG, reason=reason))
    return await settle(office, kept, ReplyState.SETTLED, Action.LOG)


def _fits(letter: Letter, bounce: Bounce) -> bool:
    """Tell whether a bounce is about whom the letter went to; one that names nobody is."""
    named = {address_key(address) for address in bounce.recipients}
    return not named or address_key(letter.recipient) in named


async def _spare(
    office: Office, tx: Transaction, contact: Contact, letter: Letter, bounce: Bounce
) -> None:
    """Hold what waits to go to an address that takes no mail, and what follows."""
    current = await clients.get_contact(tx, contact.id)
    if current is None or address_key(current.address) != address_key(letter.recipient):
        # the person has another address by now, or the letter of a dummy went to the operator
        return
    why = _words(bounce)
    spared = replace(current, bounced_at=office.clock(), bounced_why=why)
    await clients.save_contact(tx, spared)
    # a reminder would be out of date by the time the address is mended
    await nudges.drop_nudges(tx, why_spared(spared), to=contact.id)
    await letters.hold_waiting(tx, contact.id, why_spared(spared))


async def _record(office: Office, tx: Transaction, letter: Letter, bounce: Bounce) -> None:
    await office.record(
        tx,
        "letter bounced",
        letter.id,
        actor="maild",
        reason=f"{letter.recipient}: {_words(bounce)}",
        client_id=letter.client_id,
        document_id=letter.document_id,
        contact_id=letter.contact_id,
    )


def _words(bounce: Bounce) -> str:
    return " ".join(filter(None, (bounce.status, bounce.reason))) or "no reason given"


def _describe(office: Office, case: Case, letter: Letter, bounce: Bounce) -> Handoff:
    client, contact, document = case.match.client, case.match.contact, case.match.document
    sent = office.templates.date(to_date(letter.sent_at, office.zone)) if letter.sent_at else ""
    facts = (
        ("Letter", letter.subject),
        ("To", letter.recipient),
        ("Sent", sent),
        ("Client", client.name if client else ""),
        ("Document", f"{document.number}: not delivered" if document else ""),
        ("Their mail server says", _words(bounce)),
    )
    return Handoff(
        occasion=f"bounced {letter.id}",
        headline=f"Not delivered: {letter.subject}",
        facts=tuple((name, value) for name, value in facts if value),
        advice=_advise(bounce, contact),
        commands=_propose(case, letter, bounce),
        original=case.original,
        client_id=letter.client_id,
        document_id=letter.document_id,
    )


def _advise(bounce: Bounce, contact: Contact | None) -> tuple[str, ...]:
    if not bounce.hard or contact is None:
        return (
            "The address may still be good, so further letters go out as before.",
            "When the cause is mended, send it again.",
        )
    return (
        f"{contact.address} takes no mail. Letters to it are held from now on, but what the "
        "person asks for by reply or on the website is still sent.",
        "Ask them for the right address (is there a typing error in it?) and put it on record: "
        "what is held goes there. If the address is good after all, say so and it goes out as it "
        "is.",
    )


def _propose(case: Case, letter: Letter, bounce: Bounce) -> tuple[str, ...]:
    client, contact, document = case.match.client, case.match.contact, case.match.document
    again = f"maild resend {document.number}" if document else f"maild queue show {letter.id}"
    if not bounce.hard or client is None or contact is None:
        return (again,)
    change = f"maild contact set {client.ref} {contact.address}"
    return (f"{change} --email NEW-ADDRESS", f"{change} --deliverable", again)
