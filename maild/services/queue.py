"""What the operator may do to a waiting letter: retry, hold, release or drop it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from maild.errors import NotFound, Refused
from maild.model import Letter
from maild.office import Office
from maild.states import LetterState, check_change
from maild.store import clients, credentials, letters
from maild.store.database import Queries, Transaction


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a letter: its name in events, and from which states to which it leads."""

    verb: str
    sources: frozenset[LetterState]
    state: LetterState


RETRY = Step("retried", frozenset({LetterState.DEFERRED, LetterState.FAILED}), LetterState.QUEUED)
HOLD = Step("held", frozenset({LetterState.QUEUED, LetterState.DEFERRED}), LetterState.HELD)
RELEASE = Step("released", frozenset({LetterState.HELD}), LetterState.QUEUED)
DROP = Step(
    "dropped",
    frozenset({LetterState.QUEUED, LetterState.DEFERRED, LetterState.HELD, LetterState.FAILED}),
    LetterState.DROPPED,
)


async def change_letter(office: Office, letter_id: str, step: Step, *, actor: str) -> Letter:
    """Take a step with a letter and return it as it is now; one that goes out is due at once.

    Raises `NotFound`, and `Refused` when the letter's state does not allow it, when it is being
    sent just now, or when it would go to a contact who was disabled.
    """

    async def work(tx: Transaction) -> Letter:
        letter = await need_letter(tx, letter_id)
        await _check(office, tx, letter, step)
        changed = replace(letter, state=step.state, next_at=office.clock())
        await letters.save_letter(tx, changed)
        if step is DROP and letter.contact_id:
            await credentials.retire_untold(tx, office.clock(), contact_id=letter.contact_id)
        await office.record(
            tx,
            f"letter {step.verb}",
            letter.id,
            actor=actor,
            reason=f"to {letter.recipient}",
            client_id=letter.client_id,
            document_id=letter.document_id,
            contact_id=letter.contact_id,
        )
        return changed

    return await office.db.transact(work)


async def need_letter(source: Queries, letter_id: str) -> Letter:
    """Return the letter of that id; raises `NotFound`."""
    letter = await letters.get_letter(source, letter_id)
    if letter is None:
        raise NotFound(f"there is no letter {letter_id}; see: maild queue list")
    return letter


async def _check(office: Office, tx: Transaction, letter: Letter, step: Step) -> None:
    name, state = f"letter {letter.id}", LetterState(letter.state)
    if state not in step.sources:
        able = " or ".join(sorted(step.sources))
        raise Refused(f"{name} is {state}; only one that is {able} can be {step.verb}")
    check_change(name, state, step.state)
    # ending a sender's lease now would lose the outcome, and might send the letter twice
    if await letters.leased_until(tx, letter.id) > office.clock():
        raise Refused(f"{name} is being sent just now; try again when that is over")
    if step.state is LetterState.QUEUED and letter.contact_id:
        contact = await clients.get_contact(tx, letter.contact_id)
        # a dummy client's letters go to the operator and stay good
        ours = {contact.address, office.config.operator.email} if contact else {letter.recipient}
        if contact and (contact.disabled_at is not None or letter.recipient not in ours):
            raise Refused(f"{name}: {letter.recipient} is no longer a contact; you can drop it")
