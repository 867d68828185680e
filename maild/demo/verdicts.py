"""What maild made of the answers it got, in words for someone who sees it for the first time."""

from __future__ import annotations

from dataclasses import dataclass

from maild.mail.policy import Action
from maild.mail.request import Request
from maild.model import Reply
from maild.states import ReplyState
from maild.store import replies
from maild.store.database import Queries

_MOST = 3
_EXCERPT = 80
_REQUESTS = {
    Request.CANNOT_GET_IN: "cannot get in",
    Request.SEND_AGAIN: "wants it sent again",
    Request.STATEMENT: "wants a statement",
    Request.WRONG_PERSON: "is the wrong person",
    Request.CONTACT_CHANGE: "tells of a new contact",
    Request.STOP_REMINDERS: "wants no more reminders",
    Request.PAID: "has paid",
    Request.WILL_PAY: "will pay",
    Request.DISPUTE: "does not agree",
    Request.ACCEPT: "accepts",
    Request.DECLINE: "declines",
    Request.QUESTION: "has a question",
    Request.THANKS: "says thank you",
    Request.SEVERAL: "asks for several things",
    Request.UNCLEAR: "is not clear enough to act on",
}
_ACTIONS = {
    Action.REISSUE: "mailed a new way in, to the address on record",
    Action.RESEND: "sent it again, to the address on record",
    Action.REVOKE_LINK: "ended that link and told the operator",
    Action.PAUSE_REMINDERS: "paused the reminders and told the operator",
    Action.CONFIRM_LINK: "mailed a link to a confirmation page",
    Action.HOLD: "passed it on to the operator, a person",
    Action.IGNORE: "had nothing to do",
    Action.LOG: "noted it and answered nothing, as a machine wrote it",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer and its fate; `did` is empty while maild is still reading it."""

    reply_id: str
    sender: str
    excerpt: str
    understood: str
    did: str


async def list_verdicts(source: Queries) -> list[Verdict]:
    """Return what became of the latest answers, the newest first."""
    return [_judge(reply) for reply in await replies.list_replies(source, most=_MOST)]


def _judge(reply: Reply) -> Verdict:
    text = " ".join(reply.excerpt.split())
    return Verdict(
        reply_id=reply.id,
        sender=reply.sender,
        excerpt=text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…",
        understood=_REQUESTS.get(reply.request, ""),  # type: ignore[call-overload]
        did=_describe(reply),
    )


def _describe(reply: Reply) -> str:
    if reply.state == ReplyState.ACCEPTED:
        return ""
    return _ACTIONS.get(reply.action) or reply.action.replace("_", " ")  # type: ignore[call-overload]
