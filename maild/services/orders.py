"""What the operator has done about a held reply: the same deeds as maild's own, on their word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import partial

from maild.errors import NotFound, Refused
from maild.mail.policy import Action, Decision
from maild.model import Reply
from maild.office import Office
from maild.services.actions import prepare_credentials
from maild.services.confirmations import prepare_answer
from maild.services.copies import prepare_copy
from maild.services.holding import explain
from maild.services.lookup import need_document
from maild.services.pauses import prepare_pause
from maild.services.settlement import Case, Deed, Unfit, settle
from maild.states import DocumentState, ReplyState
from maild.store import replies

_OPEN = frozenset({ReplyState.HELD, ReplyState.SET_ASIDE, ReplyState.SETTLED})


class Order(StrEnum):
    """What can be ordered about a reply with `maild inbox act`."""

    REISSUE = "reissue"
    RESEND = "resend"
    ACCEPT = "accept"
    DECLINE = "decline"
    REPLACE = "replace"
    PAUSE = "pause"
    IGNORE = "ignore"


# nothing goes out with them
_CLOSING = frozenset({Order.IGNORE, Order.REPLACE})
_ACTIONS = {
    Order.REISSUE: Action.REISSUE,
    Order.RESEND: Action.RESEND,
    Order.ACCEPT: Action.ACCEPT,
    Order.DECLINE: Action.DECLINE,
    Order.REPLACE: Action.REPLACE,
    Order.PAUSE: Action.PAUSE_REMINDERS,
    Order.IGNORE: Action.IGNORE,
}


async def order(
    office: Office,
    case: Case,
    wanted: Order,
    *,
    number: str = "",
    until: date | None = None,
    actor: str,
) -> Reply:
    """Do what the operator orders about a reply, whatever its evidence, and return it settled.

    `number` is the document that is meant, where it is not the one the reply is about; `until`
    the last day of a pause. A hand-over has been done before: it is only noted here. Raises
    `NotFound`, and `Refused` when it cannot be done or the reply is being read just now.
    """
    case = await _take_over(office, case, wanted, number, actor)
    try:
        deed = await _prepare(office, case, wanted, until)
        return await settle(office, case, ReplyState.SETTLED, _ACTIONS[wanted], deed)
    except Unfit as error:
        raise Refused(
            f"{wanted} cannot be done: {explain(error.reason)}; "
            f"to close the reply: maild inbox act {case.reply.id} ignore"
        ) from None


async def _take_over(office: Office, case: Case, wanted: Order, number: str, actor: str) -> Case:
    """Return a case as the operator decided it; raises `NotFound`, `Refused`."""
    reply_id = case.reply.id
    stored = await replies.get_reply(office.db, reply_id)
    if stored is None:
        raise NotFound(f"there is no reply {reply_id}; see: maild inbox list")
    if stored.state not in _OPEN:
        raise Refused(f"reply {reply_id} has not been read yet; try again in a moment")
    match = case.match
    if number:
        document = await need_document(office.db, number)
        if match.client is None or document.client_id != match.client.id:
            raise Refused(f"{number} is not a document of whoever wrote reply {reply_id}")
        match = replace(match, document=document)
    if wanted not in _CLOSING and match.contact is not None and not match.live:
        raise Refused(
            f"{match.contact.address} is no longer a contact, so nothing goes there; "
            f"to close the reply: maild inbox act {reply_id} ignore"
        )
    decision = Decision(_ACTIONS[wanted], "ordered", case.decision.level)
    return replace(case, match=match, decision=decision, owner="", orders=actor)


async def _prepare(office: Office, case: Case, wanted: Order, until: date | None) -> Deed | None:
    deeds: dict[Order, Callable[[Office, Case], Awaitable[Deed]]] = {
        Order.REISSUE: prepare_credentials,
        Order.RESEND: prepare_copy,
        Order.PAUSE: partial(prepare_pause, until=until),
        Order.ACCEPT: partial(prepare_answer, kind=DocumentState.ACCEPTED),
        Order.DECLINE: partial(prepare_answer, kind=DocumentState.DECLINED),
    }
    return await deeds[wanted](office, case) if wanted in deeds else None
