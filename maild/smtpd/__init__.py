"""The SMTP door: takes in what people send us and says 250 only when it is kept (RFC 5321)."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Callable

from maild.errors import Refused
from maild.model import Envelope
from maild.smtpd.door import SmtpDoor, SmtpLimits
from maild.smtpd.session import SmtpSession

__all__ = ["SmtpDoor", "SmtpLimits", "open_door"]


async def open_door(
    listen: tuple[str, int],
    *,
    hostname: str,
    knows: Callable[[str], bool],
    accept: Callable[[Envelope], Awaitable[None]],
    limits: SmtpLimits,
    tls: ssl.SSLContext | None = None,
) -> SmtpDoor:
    """Listen on `listen` (port 0: any free one) and hand every whole message to `accept`.

    `knows` says at RCPT whether an address is ours; it must not block. The peer hears 250 once
    `accept` has returned, `452` on StoreFull and `451` on any other error. STARTTLS is offered
    when `tls` is given. Raises Refused when the address cannot be listened on.
    """
    # aiosmtpd writes every command into its own log, and with it the tokens in our addresses.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    door = SmtpDoor(hostname, knows, accept, limits, tls)
    try:
        await door.listen(*listen, SmtpSession)
    except OSError as error:
        place = f"{listen[0]}:{listen[1]}"
        raise Refused(f"cannot listen for mail on {place}: {error.strerror}") from error
    return door
