"""Carrying out a decision about a reply: once, in one transaction with the reply's settlement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from maild.errors import Refused, Throttled
from maild.mail.policy import Action, Decision
from maild.matching import Match
from maild.model import Reply, ReplyState
from maild.office import Office
from maild.services.handoff import Handoff, post_handoff, write_handoff
from maild.services.parcels import Parcel
from maild.services.refusals import note_refusal
from maild.services.reissue import Reissue, check_limits, commit_reissue, prepare_reissue
from maild.store import replies
from maild.store.database import Transaction
from maild.store.refusals import RefusalReason

_SILENT = frozenset({Action.IGNORE, Action.LOG, Action.RECORD_ABSENCE})
# reasons that matter more to the operator than that the contact has left
_TOLD_ANYWAY = frozenset({"bounce", "contradiction"})
# what a person would complain of: they asked for a way in and got none
_REFUSALS = {
    "disabled": RefusalReason.CONTACT_DISABLED,
    "throttled": RefusalReason.REISSUE_THROTTLED,
}
_LEVELS = (
    "nothing shows who wrote it",
    "one thing shows who wrote it: the reply address or the From address",
    "two things show who wrote it: the reply address and the From address",
    "reply address, From address and the sender's domain all agree",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A reply that has been understood: what it says, whose it is, and what is to be done."""

    reply: Reply
    match: Match
    decision: Decision
    fingerprint: str
    owner: str
    original: bytes
    words: tuple[str, ...]


async def carry_out(office: Office, case: Case) -> Reply:
    """Do what was decided, and return the reply as settled or held.

    A message that was seen before changes nothing; one that is throttled goes to the operator.
    """
    action = case.decision.action
    if action in _SILENT:
        return await _settle(office, case, ReplyState.SETTLED, action)
    gone = case.match.contact is not None and not case.match.live
    if gone and case.decision.reason not in _TOLD_ANYWAY:
        return await hold(office, case, "disabled")
    if action is Action.REISSUE:
        return await _reissue(office, case)
    return await hold(office, case)


async def hold(office: Office, case: Case, reason: str = "") -> Reply:
    """Hand the reply to the operator, the original attached."""
    decided = replace(case.decision, action=Action.HOLD, reason=reason or case.decision.reason)
    held = replace(case, decision=decided)
    letter = write_handoff(office, _describe(held))

    async def tell(tx: Transaction) -> None:
        await post_handoff(tx, letter)
        contact = case.match.contact
        if contact and reason in _REFUSALS:
            await note_refusal(office, tx, contact.address, _REFUSALS[reason], case.reply.id)

    return await _settle(office, held, ReplyState.HELD, Action.HOLD, tell)


async def _reissue(office: Office, case: Case) -> Reply:
    match = case.match
    assert match.client
    assert match.contact
    wanted = Reissue(
        client=match.client,
        contact=match.contact,
        document=match.document,
        occasion=f"reply {case.reply.id}",
        asked=True,
        actor=f"reply {case.reply.id}",
        reason=case.decision.reason,
    )
    try:
        await check_limits(office, office.db, match.contact)
        parcel: Parcel = await prepare_reissue(office, wanted)

        async def answer(tx: Transaction) -> None:
            await commit_reissue(office, tx, wanted, parcel)

        return await _settle(office, case, ReplyState.SETTLED, Action.REISSUE, answer)
    except Throttled:
        return await hold(office, case, "throttled")
    except Refused:
        return await hold(office, case, "disabled")


async def _settle(
    office: Office,
    case: Case,
    state: ReplyState,
    action: Action,
    also: Callable[[Transaction], Awaitable[None]] | None = None,
) -> Reply:
    settled = replace(
        case.reply,
        state=state,
        action=action,
        reason=case.decision.reason,
        level=case.decision.level,
        settled_at=office.clock(),
    )

    async def work(tx: Transaction) -> Reply:
        known = await replies.find_fingerprint(tx, case.fingerprint)
        if known:
            return await _settle_duplicate(tx, case, settled, known)
        if not await replies.settle_reply(
            tx, settled, owner=case.owner, fingerprint=case.fingerprint
        ):
            raise Refused(f"reply {settled.id} is being read by another process")
        if also:
            await also(tx)
        await _record(office, tx, settled)
        return settled

    return await office.db.transact(work)


async def _settle_duplicate(tx: Transaction, case: Case, settled: Reply, known: Reply) -> Reply:
    again = replace(settled, state=ReplyState.SETTLED, action=Action.IGNORE, reason="duplicate")
    again = replace(again, excerpt=f"the same message as {known.id}")
    await replies.settle_reply(tx, again, owner=case.owner, fingerprint=None)
    return again


async def _record(office: Office, tx: Transaction, reply: Reply) -> None:
    await office.record(
        tx,
        f"reply {reply.state}",
        reply.id,
        actor="maild",
        reason=f"{reply.action}: {reply.reason}",
        client_id=reply.client_id,
        document_id=reply.document_id,
        contact_id=reply.contact_id,
    )


def _describe(case: Case) -> Handoff:
    match, reply = case.match, case.reply
    facts = [
        ("From", reply.sender or "no sender"),
        ("Subject", reply.subject),
        ("Client", match.client.name if match.client else "unknown"),
        ("Contact on record", match.contact.address if match.contact else "none"),
        ("About", match.document.number if match.document else "no document"),
        (
            "Seems to ask",
            f"{reply.request} ({', '.join(case.words)})" if case.words else reply.request,
        ),
        ("Evidence", _LEVELS[case.decision.level]),
        ("Why it is yours", _explain(case.decision.reason)),
    ]
    return Handoff(
        occasion=f"reply {reply.id}",
        headline=_headline(match, reply),
        facts=tuple((name, value) for name, value in facts if value),
        excerpt=reply.excerpt,
        advice=("maild has answered nothing. The message is attached as it came.",),
        commands=_propose_commands(match, reply),
        original=case.original,
        reply_to=match.contact.address if match.contact and match.live else "",
        client_id=reply.client_id,
        document_id=reply.document_id,
    )


def _headline(match: Match, reply: Reply) -> str:
    about = f"about {match.document.number}" if match.document else f": {reply.subject}"
    return f"{_who(match, reply)} {about}".replace(" :", ":")


def _who(match: Match, reply: Reply) -> str:
    if match.client and match.contact:
        return f"{match.contact.greeting} ({match.client.name})"
    return reply.sender or "A message without a sender"


def _propose_commands(match: Match, reply: Reply) -> tuple[str, ...]:
    commands = [f"maild inbox show {reply.id}"]
    if match.contact and match.live:
        commands.append(f"maild reissue {match.contact.address}")
    if match.document:
        commands.append(f"maild document show {match.document.number}")
    return tuple(commands)


def _explain(reason: str) -> str:
    return {
        "throttled": "new credentials went out recently; another letter might be a stranger's wish",
        "disabled": "the person it was written to is no longer a contact",
        "unknown-sender": "it comes from nobody on record",
        "contradiction": "it names more than one sender",
        "bounce": "a letter came back",
        "poison": "it could not be read",
    }.get(reason, f"maild acts on nothing of this kind by itself ({reason})")
