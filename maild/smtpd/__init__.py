"""The mail doors: they take in what people send us and say 250 only when it is kept (RFC 5321)."""

from __future__ import annotations

import logging

from maild.errors import Refused
from maild.smtpd.certificate import Certificate
from maild.smtpd.door import Place, Reception, SmtpDoor
from maild.smtpd.limits import SmtpLimits
from maild.smtpd.lmtp import LmtpSession
from maild.smtpd.session import SmtpSession

__all__ = [
    "Certificate",
    "LmtpSession",
    "Place",
    "Reception",
    "SmtpDoor",
    "SmtpLimits",
    "SmtpSession",
    "open_door",
]


async def open_door(
    place: Place, reception: Reception, session: type[SmtpSession] = SmtpSession
) -> SmtpDoor:
    """Listen at `place`, and hand every whole message to the reception.

    The place is a `Listen` (port 0: any free one), or the path of a local socket. What is spoken
    there is SMTP, or LMTP with `LmtpSession`. Raises Refused when the place cannot be had.
    """
    # aiosmtpd writes every command into its own log, and with it the tokens in our addresses.
    for name in ("mail.log", "mail.debug"):
        logging.getLogger(name).setLevel(logging.ERROR)
    door = SmtpDoor(reception)
    try:
        await door.listen(place, session)
    except OSError as error:
        raise Refused(f"cannot listen for mail on {place}: {error.strerror or error}") from error
    return door
