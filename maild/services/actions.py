"""Carrying out a decision about a reply: once, in one transaction with the reply's settlement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from maild.errors import Refused, Throttled
from maild.mail.policy import Action
from maild.model import Reply
from maild.office import Office
from maild.services.absences import take_absence
from maild.services.bounces import take_bounce
from maild.services.confirmations import prepare_confirmation
from maild.services.copies import prepare_copy
from maild.services.desk import forward_answer
from maild.services.holding import hold
from maild.services.misdirected import prepare_revocation
from maild.services.pauses import prepare_pause
from maild.services.proposals import propose
from maild.services.reissue import Reissue, check_reissue, commit_reissue, prepare_reissue
from maild.services.settlement import Case, Deed, Unfit, settle
from maild.states import ReplyState
from maild.store.database import Transaction

# decisions that end with the reply kept, or handed over: nothing else follows from them
_SILENT = frozenset({Action.IGNORE, Action.LOG})
# reasons that matter more to the operator than that the contact has left
_TOLD_ANYWAY = frozenset({"contradiction", "disowned", "complaint", "not-the-operator"})


async def carry_out(office: Office, case: Case) -> Reply:
    """Do what was decided, and return the reply as settled or held.

    A message that was seen before changes nothing; what a limit stops, and what is not to be had,
    goes to the operator. Raises `Refused` when another process reads the reply.
    """
    action = case.decision.action
    if action in _SILENT:
        return await settle(office, case, ReplyState.SETTLED, action)
    if action in _BY_MACHINE:
        return await _BY_MACHINE[action](office, case)
    gone = case.match.contact is not None and not case.match.live
    if gone and case.decision.reason not in _TOLD_ANYWAY:
        return await hold(office, case, "disabled")
    if action in _HANDED_OVER:
        return await _HANDED_OVER[action](office, case)
    return await _do(office, case, _DEEDS[action]) if action in _DEEDS else await hold(office, case)


async def _do(
    office: Office, case: Case, prepare: Callable[[Office, Case], Awaitable[Deed]]
) -> Reply:
    try:
        deed = await prepare(office, case)
        return await settle(office, case, ReplyState.SETTLED, case.decision.action, deed)
    except Throttled:
        return await hold(office, case, "throttled")
    except Unfit as error:
        return await hold(office, case, error.reason)
    except Refused:
        # disabled meanwhile; a reply that another process reads is refused once more
        return await hold(office, case, "disabled")


async def prepare_credentials(office: Office, case: Case) -> Deed:
    """Write a fresh link and password, and return the posting of them.

    Raises `Throttled` when they were asked for too often, `Refused` for a disabled contact.
    """
    client, contact = case.people
    wanted = Reissue(
        client=client,
        contact=contact,
        document=case.match.document,
        occasion=case.occasion,
        asked=not case.orders,
        actor=case.actor,
        reason=case.decision.reason,
    )
    if wanted.asked:
        await check_reissue(office, office.db, contact)
    parcel = await prepare_reissue(office, wanted)

    async def answer(tx: Transaction) -> None:
        await commit_reissue(office, tx, wanted, parcel)

    return answer


_Carrier = Callable[[Office, Case], Awaitable[Reply]]
_BY_MACHINE: Mapping[Action, _Carrier] = {
    Action.BOUNCE_HOLD: take_bounce,
    Action.RECORD_ABSENCE: take_absence,
}
_HANDED_OVER: Mapping[Action, _Carrier] = {
    Action.PROPOSE: propose,
    Action.PROPOSE_AND_NOTIFY: propose,
    Action.FORWARD: forward_answer,
}
_DEEDS: Mapping[Action, Callable[[Office, Case], Awaitable[Deed]]] = {
    Action.REISSUE: prepare_credentials,
    Action.RESEND: prepare_copy,
    Action.REVOKE_LINK: prepare_revocation,
    Action.PAUSE_REMINDERS: prepare_pause,
    Action.CONFIRM_LINK: prepare_confirmation,
    Action.CONFIRM_OR_ACT: prepare_confirmation,
}
