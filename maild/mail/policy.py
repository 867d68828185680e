"""What is done about a reply: evidence and request joined by one table, as in the README."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maild.mail.report import Kind
from maild.mail.request import Request


class Action(StrEnum):
    """What follows from a reply. None of them ever writes to an address the reply names.

    The last three are done on the operator's word only.
    """

    IGNORE = "ignore"
    LOG = "log"
    HOLD = "hold"
    REISSUE = "reissue"
    RESEND = "resend"
    REVOKE_LINK = "revoke_link"
    PAUSE_REMINDERS = "pause_reminders"
    CONFIRM_LINK = "confirm_link"
    CONFIRM_OR_ACT = "confirm_or_act"
    PROPOSE = "propose"
    PROPOSE_AND_NOTIFY = "propose_and_notify"
    BOUNCE_HOLD = "bounce_hold"
    RECORD_ABSENCE = "record_absence"
    FORWARD = "forward"
    ACCEPT = "accept"
    DECLINE = "decline"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the sender being the contact.

    `token`: a valid reply token came along (T). `sender`: exactly one From, the contact's own
    (F). `authenticated`: DMARC-aligned pass (A), None while nobody knows. `automatic`: a machine
    wrote it (X). `contradiction`: something speaks against it (two Froms, DMARC fail).
    """

    token: bool
    sender: bool
    authenticated: bool | None
    automatic: bool
    contradiction: bool

    @property
    def level(self) -> int:
        """0 nothing or a contradiction; 1 T or F; 2 T+F or F+A; 3 all three."""
        if self.contradiction:
            return 0
        if self.sender and self.authenticated:
            return 3 if self.token else 2
        return int(self.token) + int(self.sender)


@dataclass(frozen=True, slots=True)
class Decision:
    """The action, a one-word reason for log, event, metric and operator, and the level (0-3)."""

    action: Action
    reason: str
    level: int


_ALWAYS_HOLD = (Action.HOLD,) * 4
_FROM_ONE = {
    Request.CANNOT_GET_IN: Action.REISSUE,
    Request.SEND_AGAIN: Action.RESEND,
    Request.STATEMENT: Action.RESEND,
    Request.WRONG_PERSON: Action.REVOKE_LINK,
    Request.STOP_REMINDERS: Action.PAUSE_REMINDERS,
    Request.PAID: Action.PAUSE_REMINDERS,
    Request.WILL_PAY: Action.PAUSE_REMINDERS,
    Request.DISPUTE: Action.PAUSE_REMINDERS,
}
_CONFIRM = (Action.HOLD, Action.CONFIRM_LINK, Action.CONFIRM_LINK, Action.CONFIRM_OR_ACT)

# One row per request, one cell per level of evidence.
TABLE: dict[Request, tuple[Action, Action, Action, Action]] = {
    **{request: (Action.HOLD, action, action, action) for request, action in _FROM_ONE.items()},
    Request.ACCEPT: _CONFIRM,
    Request.DECLINE: _CONFIRM,
    Request.CONTACT_CHANGE: (
        Action.HOLD, Action.PROPOSE, Action.PROPOSE, Action.PROPOSE_AND_NOTIFY,
    ),
    Request.QUESTION: _ALWAYS_HOLD,
    Request.THANKS: _ALWAYS_HOLD,
    Request.SEVERAL: _ALWAYS_HOLD,
    Request.UNCLEAR: _ALWAYS_HOLD,
}  # fmt: skip


def decide(request: Request, evidence: Evidence, kind: Kind) -> Decision:
    """Return what to do about a reply that asks for `request`: machines first, never answered.

    A bounce's token is checked here; whether it is hard, and repeated, is for the bounce service.
    """
    level = evidence.level
    if kind is Kind.BOUNCE:
        if evidence.token:
            return Decision(Action.BOUNCE_HOLD, "bounce", level)
        return Decision(Action.LOG, "foreign-bounce", level)
    if kind is Kind.AUTOREPLY:
        return Decision(Action.RECORD_ABSENCE, "autoreply", level)
    if kind is Kind.OWN:
        return Decision(Action.IGNORE, "own", level)
    if kind is Kind.ARF and evidence.token:
        return Decision(Action.HOLD, "complaint", level)
    if kind is not Kind.HUMAN or evidence.automatic:
        return Decision(Action.LOG, "automatic" if kind is Kind.HUMAN else kind.value, level)
    if evidence.contradiction:
        return Decision(Action.HOLD, "contradiction", level)
    if level == 0:
        return Decision(Action.HOLD, "unknown-sender", level)
    return Decision(TABLE[request][level], request.value, level)


def decide_for_desk(evidence: Evidence, kind: Kind) -> Decision:
    """Return what to do about a message to the desk: forwarded only if it is the operator's own.

    `token` is the desk's here and `sender` the operator's address; `authenticated` holds also where
    the operator's domain publishes no DMARC policy. Evidence that is not in is no evidence.
    """
    level = evidence.level
    if kind is Kind.OWN:
        return Decision(Action.IGNORE, "own", level)
    if kind is not Kind.HUMAN:
        return Decision(Action.LOG, "automatic", level)
    if evidence.contradiction or not (
        evidence.token and evidence.sender and evidence.authenticated
    ):
        return Decision(Action.HOLD, "not-the-operator", level)
    return Decision(Action.FORWARD, "desk", level)
