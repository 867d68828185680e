"""One connection's life: let in, heard, kept within its time and memory, and hung up on."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from time import monotonic
from typing import Any, cast

import structlog
from aiosmtpd.proxy_protocol import ProxyData
from aiosmtpd.smtp import SMTP

from maild.smtpd.data import Body
from maild.smtpd.door import TOO_MANY, SmtpDoor, list_hooks
from maild.smtpd.lines import StrictReader

log = structlog.get_logger(__name__)

LINGER_SECONDS = 2.0
# peers whose address need not be read anew
_REMEMBERED = 1024


class Connection(SMTP):
    """A peer and the door it came through; what is said between them is a session's affair."""

    protocol = "ESMTP"

    def __init__(self, door: SmtpDoor) -> None:
        self.line_length_limit = door.limits.line_length
        loop = asyncio.get_running_loop()
        super().__init__(
            door,
            data_size_limit=door.limits.message_size,
            enable_SMTPUTF8=True,
            hostname=door.reception.hostname,
            ident=self.protocol,
            timeout=door.limits.command_seconds,
            loop=loop,
        )
        # the library has no place to hand a reader of our own in
        reader = StrictReader(limit=door.limits.line_length, loop=loop)
        asyncio.StreamReaderProtocol.__init__(self, reader, self._cb_client_connected, loop)
        self.address = ""
        # finer than the loop's own time, which may stand still for a millisecond
        self.idle_since = monotonic()
        self._door = door
        self._body: Body | None = None
        self._body_since = 0.0
        self._introduced = False
        self._leaving = False

    def __dir__(self) -> Iterable[str]:
        """What aiosmtpd looks through for commands, anew for each connection: them alone."""
        return list_hooks(type(self), "smtp_")  # type: ignore[arg-type] # classes are hashable

    @property
    def busy(self) -> bool:
        """Whether a message has begun that has not been answered yet."""
        return self._body is not None

    @property
    def held(self) -> int:
        """Bytes of memory that its message takes while it arrives."""
        return self._body.held if self._body else 0

    def give_way(self, answer: str) -> None:
        """Refuse the message that arrives with `answer`, and free its memory."""
        if self._body is not None:
            self._body.refuse(answer)

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
        if self._original_transport is not None:
            super().connection_made(transport)
            return
        peer = transport.get_extra_info("peername")
        self.address = _read_address(peer)
        proxied = self._door.trusts(self.address)
        # a peer that is gone already has no name
        if peer is None or not self._door.admit(self, "" if proxied else self.address):
            _turn_away(cast(asyncio.Transport, transport))
            return
        self._proxy_timeout = self._door.limits.proxy_seconds if proxied else None
        super().connection_made(transport)

    async def introduce(self, told: ProxyData) -> bool:
        """Take the word of a proxy for whom it speaks; False when there is no room for them."""
        self._introduced = True
        # What is not about a peer on the network is the proxy's own: its health check.
        if isinstance(told.src_addr, ipaddress.IPv4Address | ipaddress.IPv6Address) and (
            told.version == 1 or told.command
        ):
            self.address = _plain(told.src_addr)
        if self._door.admit(self, self.address):
            return True
        await self.push(TOO_MANY)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Free the peer's place."""
        self._door.leave(self)
        super().connection_lost(error)
        # nobody waits for the end, and an error that nobody took would be logged at length
        cast(Any, self)._closed.exception()

    def data_received(self, data: bytes) -> None:
        """Pass bytes to the message while there is one, else to the command line."""
        if self._body is not None and not self._body.complete.done():
            data = self._body.feed(data)
            self._door.make_room()
        if data:
            super().data_received(data)

    async def _receive(self, body: Body) -> bool:
        """Wait for a message; whether it came to its end. Until then `data_received` feeds it."""
        self._body_since = self.loop.time()
        self._reset_timeout(self._patience(body))
        ended = await body.complete
        self._reset_timeout()
        return ended

    def _patience(self, body: Body) -> float:
        """Seconds from now until the message must be whole, or more of it must have come."""
        limits = self._door.limits
        earned = limits.grace_seconds + body.arrived / limits.data_rate
        return min(limits.data_seconds, earned) - (self.loop.time() - self._body_since)

    async def _handle_client(self) -> None:
        with suppress(ConnectionError):
            await super()._handle_client()
        if self._proxy_timeout is not None and not self._introduced:
            log.warning("a trusted proxy sent no PROXY header", peer=self.address)

    def _timeout_cb(self) -> None:
        body = self._body
        if body is not None and not body.complete.done() and (more := self._patience(body)) > 0:
            self._reset_timeout(more)
        else:
            self.hang_up("421 4.4.2 Too slow, try again later")


def _read_address(peer: object) -> str:
    """The IP address in a socket's name for its peer; empty for a local socket's."""
    if not isinstance(peer, tuple):
        return ""
    return _spell_address(peer[0])


@lru_cache(_REMEMBERED)
def _spell_address(host: str) -> str:
    return _plain(ipaddress.ip_address(host.partition("%")[0]))


def _plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """An IPv4 address as such, even where it came mapped into IPv6."""
    return str(getattr(address, "ipv4_mapped", None) or address)


def _turn_away(transport: asyncio.Transport) -> None:
    transport.set_protocol(asyncio.Protocol())
    transport.write(f"{TOO_MANY}\r\n".encode())
    transport.close()
