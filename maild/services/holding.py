"""Replies for a person: held, or acted on and told, in one letter with all that is known.

The operator answers that letter from any mail program, and the answer goes on to the client (see
`desk.py`). A flood of replies brings one letter an hour: each is held and listed all the same.
"""

from __future__ import annotations

from dataclasses import replace

from maild.access.throttle import HANDOFFS, HANDOFFS_IN_ALL, find_wait
from maild.clock import HOUR, to_date
from maild.mail.policy import Action
from maild.mail.request import Request
from maild.model import Reply
from maild.office import Office
from maild.services.handoff import Handoff, post_handoff, write_handoff
from maild.services.refusals import note_refusal
from maild.services.settlement import Case, Deed, settle
from maild.states import ReplyState
from maild.store import throttles
from maild.store.database import Transaction
from maild.store.refusals import RefusalReason

# what a person would complain of: they asked for a way in and got none
_REFUSALS = {
    "disabled": RefusalReason.CONTACT_DISABLED,
    "throttled": RefusalReason.REISSUE_THROTTLED,
}
_LEVELS = (
    "nothing shows who wrote it",
    "one thing shows who wrote it: the reply address or the From address",
    "two things show who wrote it: the From address, and the reply address or the sender's domain",
    "reply address, From address and the sender's domain all agree",
)
_WHY = {
    "answered": "that estimate has been answered already",
    "bounce": "a letter came back",
    "complaint": "its reader, or their mail program, called a letter of ours spam",
    "contradiction": "it does not name one sender",
    "disabled": "the person it was written to is no longer a contact",
    "empty-answer": "nothing stood above maild's letter, so nothing was sent on; "
    "please answer it again",
    "disowned": "the domain of its From address says that it is forged",
    "document-scope": "this person sees single documents only, and no statement",
    "expired": "that estimate has expired",
    "changed": "that estimate has changed since",
    "no-document": "it does not tell which document it means",
    "not-the-operator": "it is written to your own desk, and nothing shows that you wrote it",
    "not-an-estimate": "only an estimate is accepted or declined, and this is none",
    "poison": "it could not be read",
    "question": "it asks something that a person has to answer",
    "several": "it asks for several things at once",
    "thanks": "it is a word of thanks, perhaps worth another",
    "unclear": "maild is not sure what it asks for",
    "throttled": "letters went out on request only recently; another might be a stranger's wish",
    "unknown-reply": "what it answers is no longer known here, or nobody's; nothing was sent on",
    "unseparated-answer": "your words could not be told from maild's letter, so nothing was "
    "sent on; please write them above its first line",
    "unknown-document": "it names a document that this person does not have",
    "unknown-sender": "it comes from nobody on record",
    "void": "that document has been withdrawn",
}
_ORDERS = {
    Request.CANNOT_GET_IN: "reissue",
    Request.SEND_AGAIN: "resend",
    Request.STATEMENT: "resend",
    Request.ACCEPT: "accept",
    Request.DECLINE: "decline",
    Request.CONTACT_CHANGE: "replace --email NEW-ADDRESS",
    Request.WRONG_PERSON: "replace --email NEW-ADDRESS",
    Request.STOP_REMINDERS: "pause",
    Request.PAID: "pause",
    Request.WILL_PAY: "pause",
    Request.DISPUTE: "pause",
}
_UNTOUCHED = "maild has answered nothing. The message is attached as it came."


async def hold(
    office: Office, case: Case, reason: str = "", *, proposal: str = "", also: Deed | None = None
) -> Reply:
    """Hand a reply to the operator, the original attached, and return it as held.

    `reason` tells, in one word, why it is not for maild; `proposal` is the command that would do
    what it asks for, where there is a better one than `inbox act`; `also` is done with it.
    """
    action = case.decision.action if proposal else Action.HOLD
    decided = replace(case.decision, action=action, reason=reason or case.decision.reason)
    held = replace(case, decision=decided)
    tell = tell_operator(office, held, proposal=proposal)

    async def work(tx: Transaction) -> None:
        await tell(tx)
        if also:
            await also(tx)
        contact = case.match.contact
        if contact and reason in _REFUSALS:
            await note_refusal(office, tx, contact.address, _REFUSALS[reason], case.reply.id)

    return await settle(office, held, ReplyState.HELD, action, work)


def tell_operator(office: Office, case: Case, *, did: str = "", proposal: str = "") -> Deed:
    """Return the posting of a letter about a reply; `did` says what maild has done already."""
    letter = write_handoff(office, _describe(office, case, did, proposal))

    async def tell(tx: Transaction) -> None:
        now = office.clock()
        if await find_wait(tx, HANDOFFS, HANDOFFS_IN_ALL, now):
            await post_handoff(tx, write_handoff(office, _describe_storm(now)))
        elif await post_handoff(tx, letter):
            await throttles.add_hit(tx, office.ids.new(), HANDOFFS, now)

    return tell


def _describe(office: Office, case: Case, did: str, proposal: str) -> Handoff:
    match, reply = case.match, case.reply
    request, reason = case.intent.request, case.decision.reason
    seen = f" ({', '.join(case.intent.words)})" if case.intent.words else ""
    facts = (
        ("From", reply.sender or "no sender"),
        ("Subject", reply.subject),
        ("Client", match.client.name if match.client else "unknown"),
        ("Contact on record", match.contact.address if match.contact else "none"),
        ("About", match.document.number if match.document else "no document"),
        ("Seems to ask", f"{request.replace('_', ' ')}{seen}"),
        ("Evidence", _LEVELS[case.decision.level]),
        ("Sender's domain", case.domain_says),
        ("Why it is yours", "" if did else explain(reason)),
    )
    return Handoff(
        occasion=_occasion(office, case),
        headline=_headline(case),
        facts=tuple((name, value) for name, value in facts if value),
        excerpt=reply.excerpt,
        advice=(did, "The message is attached as it came.") if did else (_UNTOUCHED,),
        commands=_propose(case, proposal, acted=bool(did)),
        original=case.original,
        answers=reply.id if match.contact and match.live else "",
        answered=match.contact.greeting if match.contact else "",
        client_id=reply.client_id,
        document_id=reply.document_id,
    )


def _occasion(office: Office, case: Case) -> str:
    """Return what is told once: each reply, but of somebody who only asks again, one a day."""
    if case.decision.reason == "throttled" and case.match.contact:
        return f"throttled {case.match.contact.id} {to_date(office.clock(), office.zone)}"
    return case.occasion


def _describe_storm(now: int) -> Handoff:
    return Handoff(
        occasion=f"storm {now // HOUR}",
        headline="More replies than usual",
        facts=(),
        advice=(
            "Many replies need a person just now, so maild has stopped writing a letter about "
            "each. None is lost: all of them are held and listed.",
        ),
        commands=("maild inbox list --state held",),
    )


def _headline(case: Case) -> str:
    match, reply = case.match, case.reply
    who = reply.sender or "A message without a sender"
    if match.client and match.contact:
        who = f"{match.contact.greeting} ({match.client.name})"
    return f"{who} about {match.document.number}" if match.document else f"{who}: {reply.subject}"


def _propose(case: Case, proposal: str, *, acted: bool) -> tuple[str, ...]:
    match, reply = case.match, case.reply
    commands = [f"maild inbox show {reply.id}"]
    order = _ORDERS.get(case.intent.request)
    if proposal:
        commands.append(proposal)
    elif order and match.live and not acted:
        commands.append(f"maild inbox act {reply.id} {order}")
    if match.client and match.contact and case.decision.reason == "complaint":
        spare = f"maild contact set {match.client.ref} {match.contact.address}"
        commands.append(f'{spare} --hold "calls our letters spam"')
    if not acted:
        commands.append(f"maild inbox act {reply.id} ignore")
    if match.document:
        commands.append(f"maild document show {match.document.number}")
    return tuple(commands)


def explain(reason: str) -> str:
    """Return in plain words why a reply is for a person."""
    return _WHY.get(reason, f"maild acts on nothing of this kind by itself ({reason})")
