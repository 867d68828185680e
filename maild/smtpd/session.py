"""What is said over one connection: aiosmtpd's commands, with their gaps closed."""

# ruff: noqa: N802 - aiosmtpd finds its commands by these names

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, AnyStr, cast

import structlog
from aiosmtpd.smtp import TLSSetupException

from maild.model import Envelope
from maild.smtpd.connection import Connection
from maild.smtpd.data import Body
from maild.smtpd.door import NULL_PATH, SmtpDoor, report
from maild.smtpd.lines import BareLine

log = structlog.get_logger(__name__)

EARLY_BYTES = 2**20
PATH = re.compile(
    r"<(?P<path>(?:\"(?:[^\"\\]|\\.)*\"|[^\s<>()\[\]\\,;:\"@]+)(?:@[^\s<>()\\,;\"@]+)?)?>"
    r"(?P<parameters>(?: [!-~ ]*)?)"
)
HELO_NAME = re.compile(r"[!-~]{1,255}")
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3} ")
ENHANCED_DEFAULTS = {
    "220": "2.0.0",
    "221": "2.0.0",
    "250": "2.0.0",
    "454": "4.7.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "552": "5.3.4",
    "553": "5.1.3",
    "555": "5.5.4",
}
COMPLAINTS = frozenset({"500", "501", "502", "503", "555"})


class SmtpSession(Connection):
    """What is said over one connection: aiosmtpd's commands, with their gaps closed."""

    absent = frozenset({"AUTH"})

    def __init__(self, door: SmtpDoor) -> None:
        super().__init__(door)
        # the library shares these limits between connections and raises them at every EHLO
        self.command_size_limits = defaultdict(lambda: self.command_size_limit, MAIL=1024)
        self._smtp_methods = _Verbs(self._smtp_methods, self.absent, self._refuse_verb)
        self._complaints = 0

    async def push(self, status: AnyStr) -> None:
        """Send one answer with its enhanced code (RFC 2034); too many complaints end the talk."""
        line = status if isinstance(status, str) else status.decode()
        code, text = line[:3], line[4:]
        # The greeting begins with our name, and has none.
        named = text.startswith(f"{self.hostname} ")
        if code in ENHANCED_DEFAULTS and not named and not ENHANCED.match(text):
            line = f"{code} {ENHANCED_DEFAULTS[code]} {text}"
        await super().push(line)
        if code in COMPLAINTS:
            self._complaints += 1
            if self._complaints >= self._door.limits.bad_commands:
                self.hang_up("421 4.7.0 Too many bad commands")

    async def handle_exception(self, error: Exception) -> str:
        """The answer when a command broke: nothing of the reason."""
        if isinstance(error, BareLine):
            return "500 5.5.2 End each line with CR LF, and have no other CR, LF or NUL in it"
        if isinstance(error, TLSSetupException):
            log.info("smtp_tls_failed")
            return "454 4.7.0 TLS not available"
        return report(error)

    async def smtp_HELO(self, hostname: str | None) -> None:
        """HELO: plain SMTP."""
        await self._greet(hostname, [])

    async def smtp_EHLO(self, hostname: str | None) -> None:
        """EHLO: what we can do (RFC 5321 section 4.1.1.1)."""
        extensions = [
            f"SIZE {self._door.limits.message_size}",
            "PIPELINING",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
        ]
        if self._door.reception.certificate and not self._tls_protocol:
            extensions.append("STARTTLS")
        await self._greet(hostname, extensions)

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """STARTTLS, once (RFC 3207), with the certificate as it is now."""
        if await self.check_helo_needed():
            return
        if self._tls_protocol:
            await self.push("503 5.5.1 TLS is on already")
            return
        if certificate := self._door.reception.certificate:
            self.tls_context = await certificate.renew()
        await super().smtp_STARTTLS(cast(str, arg))

    async def smtp_QUIT(self, arg: str | None) -> None:
        """QUIT."""
        await self.push("221 2.0.0 Bye")
        self.hang_up()

    async def smtp_VRFY(self, arg: str | None) -> None:
        """VRFY: the same words for everyone, so that it tells nothing."""
        await self.push("252 2.5.0 Send the message and see")

    async def smtp_HELP(self, arg: str | None) -> None:
        """HELP: the same words for everyone."""
        await self.push("214 2.0.0 See RFC 5321")

    async def smtp_DATA(self, arg: str | None) -> None:
        """DATA: read the message, judge it, keep it, answer (RFC 5321 section 4.1.1.4)."""
        assert self.envelope is not None
        if await self.check_helo_needed():
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 Send RCPT first")
            return
        recipients = len(self.envelope.rcpt_tos)
        ended, answer = await self._take_message()
        self.envelope = self._create_envelope()
        self.idle_since = monotonic()
        await self.push(self.spell_answer(answer, recipients))
        if not ended:
            self.hang_up()
        elif self._door.closing:
            self.hang_up("421 4.3.2 Closing, try again later")

    def spell_answer(self, answer: str, recipients: int) -> str:
        """What is sent when a message has been judged: one answer for all recipients."""
        return answer

    async def _take_message(self) -> tuple[bool, str]:
        """Whether the message came to its end, and the answer to it."""
        self._body = body = await self._begin_body()
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            return await self._receive(body), await self._conclude(body)
        finally:
            self._body = None

    async def _begin_body(self) -> Body:
        body = Body(self._door.limits)
        # Some peers talk before the 354. One byte more and read() has no reason to wait.
        self._reader.feed_data(b".")
        early = await self._reader.read(EARLY_BYTES)
        self._reader.feed_data(body.feed(early[:-1]))
        return body

    async def _conclude(self, body: Body) -> str:
        if body.fault:
            log.info("mail refused", peer=self.address, answer=body.fault)
            return body.fault
        return await self._door.keep(self, self._wrap(body.take()))

    def _wrap(self, content: bytes) -> Envelope:
        assert self.session is not None
        assert self.envelope is not None
        sender = self.envelope.mail_from or NULL_PATH
        return Envelope(
            peer=self.address,
            helo=self.session.host_name or "",
            sender="" if sender == NULL_PATH else sender,
            recipients=tuple(dict.fromkeys(self.envelope.rcpt_tos)),
            content=content,
            tls=self._tls_protocol is not None,
        )

    async def _greet(self, hostname: str | None, extensions: list[str]) -> None:
        if not HELO_NAME.fullmatch(hostname or ""):
            await self.push("501 5.5.4 Say who you are")
            return
        assert self.session is not None
        self.envelope = self._create_envelope()
        self.session.host_name = hostname
        self.session.extended_smtp = bool(extensions)
        *first, last = [self.hostname, *extensions]
        # Answers to HELO and EHLO carry no enhanced code, so not through our own push.
        await super().push("".join(f"250-{line}\r\n" for line in first) + f"250 {last}")

    async def _refuse_verb(self, arg: str | None) -> None:
        await self.push("500 5.5.2 Command not known")

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        match = PATH.fullmatch(arg)
        if match is None or not arg.isprintable():
            return None, None
        return match["path"] or NULL_PATH, match["parameters"].strip()


class _Verbs(dict[str, Any]):
    """The commands by name; what is missing is refused like any other junk."""

    def __init__(
        self,
        known: dict[str, Any],
        absent: frozenset[str],
        refuse: Callable[[str | None], Awaitable[None]],
    ):
        super().__init__(known)
        for verb in absent:
            self.pop(verb, None)
        self._refuse = refuse

    def get(self, verb: str, default: object = None) -> Any:
        return super().get(verb, self._refuse)
