"""What the calendar could not write: told to the operator once, and tried again later."""

from __future__ import annotations

import structlog

from maild.errors import MaildError
from maild.office import Office
from maild.services.handoff import Handoff, post_handoff, write_handoff

log = structlog.get_logger(__name__)


async def report_mishap(
    office: Office, error: Exception, *, occasion: str, what: str, command: str
) -> None:
    """Log why something could not be written, and tell the operator once for each occasion.

    `what` names it, as in "the reminder of INV-1". Raises `StoreUnavailable`.
    """
    known = isinstance(error, MaildError)
    log.error("the calendar cannot write", what=what, error=str(error), exc_info=not known)
    told = Handoff(
        occasion=f"unwritten {occasion}",
        headline=f"{what[:1].upper()}{what[1:]} cannot be written",
        facts=(("What is wrong", str(error) if known else "a fault of maild's own; see its log"),),
        advice=("It is tried again every hour, and holds up nothing else.",),
        commands=("maild check", command),
    )
    try:
        letter = write_handoff(office, told)
    except MaildError:
        # the operator's own letter is as broken; the log has it all
        return
    await office.db.transact(lambda tx: post_handoff(tx, letter))
