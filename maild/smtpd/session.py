"""One connection: aiosmtpd's commands, with the gaps closed that a stranger could use."""

# ruff: noqa: N802 - aiosmtpd finds its commands by these names

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, AnyStr, cast

import structlog
from aiosmtpd.smtp import SMTP, TLSSetupException

from maild.model import Envelope
from maild.smtpd.data import Body, find_fault
from maild.smtpd.door import NULL_PATH, SmtpDoor, report

log = structlog.get_logger(__name__)

LINGER_SECONDS = 2.0
EARLY_BYTES = 2**20
PATH = re.compile(
    r"<(?P<path>(?:\"(?:[^\"\\]|\\.)*\"|[^\s<>()\[\]\\,;:\"@]+)(?:@[^\s<>()\\,;\"@]+)?)?>"
    r"(?P<parameters>(?: [!-~ ]*)?)"
)
HELO_NAME = re.compile(r"[!-~]{1,255}")
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3} ")
ENHANCED_DEFAULTS = {
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


class SmtpSession(SMTP):
    """One connection: aiosmtpd's commands, with the gaps closed that a stranger could use."""

    def __init__(self, door: SmtpDoor) -> None:
        self.line_length_limit = door.limits.line_length
        super().__init__(
            door,
            data_size_limit=door.limits.message_size,
            enable_SMTPUTF8=True,
            hostname=door.hostname,
            ident="ESMTP",
            tls_context=door.tls,
            timeout=door.limits.command_seconds,
            loop=asyncio.get_running_loop(),
        )
        # The library shares these limits between connections and raises them at every EHLO.
        self.command_size_limits = defaultdict(lambda: self.command_size_limit, MAIL=1024)
        self._smtp_methods = _Verbs(self._smtp_methods, self._refuse_verb)
        self._door = door
        self._body: Body | None = None
        self._complaints = 0
        self._leaving = False

    @property
    def busy(self) -> bool:
        """Whether a message has begun that has not been answered yet."""
        return self._body is not None

    def hang_up(self, farewell: str = "") -> None:
        """Say `farewell` and close; a peer that reads nothing is cut a moment later."""
        if self._leaving or self.transport is None or self._handler_coroutine is None:
            return
        self._leaving = True
        if farewell and not self._handler_coroutine.done():
            self._writer.write(f"{farewell}\r\n".encode())
        self._handler_coroutine.cancel()
        self.transport.close()
        self.loop.call_later(LINGER_SECONDS, self.cut)

    def cut(self) -> None:
        """Drop the connection where it stands."""
        # Under TLS the outer transport may be deaf after close(), so take the socket's own.
        transport = self._original_transport or self.transport
        if transport is not None:
            cast(asyncio.Transport, transport).abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the peer in, or turn it away when there are too many; also runs after STARTTLS."""
        peer = transport.get_extra_info("peername")
        fresh = self._original_transport is None
        if fresh and not (peer and self._door.admit(self, peer[0])):
            refused = cast(asyncio.Transport, transport)
            refused.set_protocol(asyncio.Protocol())
            refused.write(b"421 4.7.0 Too many connections, try again later\r\n")
            refused.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Free the peer's place."""
        self._door.leave(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Pass bytes to the message while there is one, else to the command line."""
        if self._body is not None and not self._body.complete.done():
            data = self._body.feed(data)
        if data:
            super().data_received(data)

    async def push(self, status: AnyStr) -> None:
        """Send one answer with its enhanced code (RFC 2034); too many complaints end the talk."""
        line = status if isinstance(status, str) else status.decode()
        code, text = line[:3], line[4:]
        if code in ENHANCED_DEFAULTS and not ENHANCED.match(text):
            line = f"{code} {ENHANCED_DEFAULTS[code]} {text}"
        await super().push(line)
        if code in COMPLAINTS:
            self._complaints += 1
            if self._complaints >= self._door.limits.bad_commands:
                self.hang_up("421 4.7.0 Too many bad commands")

    async def handle_exception(self, error: Exception) -> str:
        """The answer when a command broke: nothing of the reason."""
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
        if self.tls_context and not self._tls_protocol:
            extensions.append("STARTTLS")
        await self._greet(hostname, extensions)

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """STARTTLS, once (RFC 3207)."""
        if self._tls_protocol:
            await self.push("503 5.5.1 TLS is on already")
        else:
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
        self._body = body = await self._begin_body()
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(self._door.limits.data_seconds)
        ended = await body.complete
        self._reset_timeout()
        answer = await self._conclude(body)
        self.envelope = self._create_envelope()
        self._body = None
        await self.push(answer)
        if not ended:
            self.hang_up()
        elif self._door.closing:
            self.hang_up("421 4.3.2 Closing, try again later")

    async def _begin_body(self) -> Body:
        body = Body(self._door.limits.message_size)
        # Some peers talk before the 354. One byte more and read() has no reason to wait.
        self._reader.feed_data(b".")
        early = await self._reader.read(EARLY_BYTES)
        self._reader.feed_data(body.feed(early[:-1]))
        return body

    async def _conclude(self, body: Body) -> str:
        if body.oversize:
            return "552 5.3.4 Message too big"
        content, limits = body.take(), self._door.limits
        fault = find_fault(content, limits.line_length, limits.hops)
        return fault or await self._door.keep(self._wrap(content))

    def _wrap(self, content: bytes) -> Envelope:
        assert self.session is not None
        assert self.envelope is not None
        sender = self.envelope.mail_from or NULL_PATH
        return Envelope(
            peer=str(cast(tuple[Any, ...], self.session.peer)[0]),
            helo=self.session.host_name or "",
            sender="" if sender == NULL_PATH else sender,
            recipients=tuple(self.envelope.rcpt_tos),
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

    async def _handle_client(self) -> None:
        with suppress(ConnectionError):
            await super()._handle_client()

    def _timeout_cb(self) -> None:
        self.hang_up("421 4.4.2 Too slow, try again later")

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        match = PATH.fullmatch(arg)
        if match is None or not arg.isprintable():
            return None, None
        return match["path"] or NULL_PATH, match["parameters"].strip()


class _Verbs(dict[str, Any]):
    """The commands by name; what is missing, AUTH too, is refused like any other junk."""

    def __init__(self, known: dict[str, Any], refuse: Callable[[str | None], Awaitable[None]]):
        super().__init__(known)
        del self["AUTH"]
        self._refuse = refuse

    def get(self, verb: str, default: object = None) -> Any:
        return super().get(verb, self._refuse)
