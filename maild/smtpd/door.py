"""The listening side: who may come in, whom we know, and what the outcome is called."""

# ruff: noqa: N802 - aiosmtpd finds its hooks by these names

from __future__ import annotations

import asyncio
import ipaddress
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Protocol, cast

import structlog
from aiosmtpd.proxy_protocol import ProxyData
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Transaction

from maild.errors import MaildError, StoreFull
from maild.listen import Listen
from maild.model import Envelope
from maild.smtpd.certificate import Certificate
from maild.smtpd.limits import SmtpLimits

log = structlog.get_logger(__name__)

NULL_PATH = "<>"
TOO_MANY = "421 4.7.0 Too many connections, try again later"
CROWDED = "452 4.3.1 Too much mail at once, try again later"
Place = Listen | Path
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Reception:
    """What stands behind a door.

    `knows` says at RCPT whether an address is ours; it must not block. The peer hears 250 once
    `accept` has returned, 452 on StoreFull and 451 on any other error. STARTTLS is offered when
    there is a certificate. Of the peers in `proxies` each connection begins with a PROXY header.
    """

    hostname: str
    knows: Callable[[str], bool]
    accept: Callable[[Envelope], Awaitable[None]]
    limits: SmtpLimits = field(default_factory=SmtpLimits)
    certificate: Certificate | None = None
    proxies: Sequence[Network] = ()


class Guest(Protocol):
    """A connection as the door sees it."""

    address: str
    idle_since: float

    @property
    def busy(self) -> bool:
        """Whether a message has begun that has not been answered yet."""

    @property
    def held(self) -> int:
        """Bytes of memory that its message takes while it arrives."""

    async def introduce(self, told: ProxyData) -> bool:
        """Take the word of a proxy for whom it speaks; False when there is no room for them."""

    def give_way(self, answer: str) -> None:
        """Refuse the message that arrives with `answer`, and free its memory."""

    def hang_up(self, farewell: str = "") -> None:
        """Say `farewell` and close."""

    def cut(self) -> None:
        """Drop the connection where it stands."""


class SmtpDoor:
    """A listening SMTP or LMTP server and the connections that came through it."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.limits = reception.limits
        self.closing = False
        self._memory = max(self.limits.memory, 2 * self.limits.message_size)
        self._guests: dict[Guest, str] = {}
        self._answers: dict[asyncio.Task[str], tuple[Guest, int]] = {}
        self._quiet = asyncio.Event()
        self._server: asyncio.Server
        self._socket: Path | None = None

    def __dir__(self) -> Iterable[str]:
        """What aiosmtpd looks through for hooks, anew for each connection: them alone."""
        return list_hooks(type(self), "handle_")  # type: ignore[arg-type] # classes are hashable

    async def listen(self, place: Place, talk: Callable[[SmtpDoor], asyncio.Protocol]) -> None:
        """Start to take connections, a `talk` for each; raises OSError if the place is taken."""
        loop = asyncio.get_running_loop()
        if isinstance(place, Listen):
            self._server = await loop.create_server(lambda: talk(self), place.host, place.port)
            self.host, self.port = self._server.sockets[0].getsockname()[:2]
            self.place = str(Listen(place.host, self.port))
        else:
            await _refuse_if_alive(place)
            self._server = await loop.create_unix_server(lambda: talk(self), place)
            # who may reach it is a matter of the folder it is in
            place.chmod(0o666)
            self._socket, self.place = place, f"unix:{place}"

    async def close(self, grace: float) -> None:
        """Take no more connections, give begun messages `grace` seconds, then cut what is left."""
        self.closing = True
        self._server.close()
        if self._socket:
            self._socket.unlink(missing_ok=True)
        for guest in list(self._guests):
            if not guest.busy:
                guest.hang_up("421 4.3.2 Closing, try again later")
        self._settle()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._quiet.wait()
        for guest in list(self._guests):
            guest.cut()
        for task in self._answers:
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)
        await self._server.wait_closed()

    def admit(self, guest: Guest, address: str) -> bool:
        """Whether there is room for one more connection from `address`; if so it is counted.

        An empty address is one that is not known: a local socket, or a proxy's peer before the
        proxy has told.
        """
        others = {**self._guests, **{guest: "" for guest, _ in self._answers.values()}}
        others.pop(guest, None)
        crowd = list(others.values()).count(address) if address else 0
        if self.closing or crowd >= self.limits.connections_per_address:
            return False
        if len(others) >= self.limits.connections and not self._dismiss_idle():
            return False
        self._guests[guest] = address
        return True

    def leave(self, guest: Guest) -> None:
        """Stop to count a connection that is gone."""
        self._guests.pop(guest, None)
        self._settle()

    def trusts(self, address: str) -> bool:
        """Whether a PROXY header is expected, and believed, from this address."""
        if not address or not self.reception.proxies:
            return False
        known = ipaddress.ip_address(address)
        return any(known in network for network in self.reception.proxies)

    def make_room(self) -> None:
        """Let the biggest messages still arriving give way until the rest fits into memory."""
        waiting = sum(size for _, size in self._answers.values())
        held = waiting + sum(guest.held for guest in self._guests)
        if held <= self._memory:
            return
        for guest in sorted(self._guests, key=lambda guest: guest.held, reverse=True):
            if held <= self._memory:
                break
            log.warning("mail put off, too much at once", peer=guest.address, size=guest.held)
            held -= guest.held
            guest.give_way(CROWDED)

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        transaction: Transaction,
        address: str,
        options: list[str],
    ) -> str:
        """The answer to one RCPT (aiosmtpd calls it)."""
        if len(transaction.rcpt_tos) >= self.limits.recipients:
            return "452 4.5.3 Too many recipients"
        if address == NULL_PATH or not self.reception.knows(address):
            return "550 5.1.1 No such recipient here"
        transaction.rcpt_tos.append(address)
        return "250 2.1.5 Recipient taken"

    async def handle_PROXY(
        self, server: SMTP, session: Session, transaction: Transaction, told: ProxyData
    ) -> bool:
        """Whether the talk may begin, now that a proxy has told whose it is (aiosmtpd calls it)."""
        return await cast(Guest, server).introduce(told)

    async def keep(self, guest: Guest, envelope: Envelope) -> str:
        """The answer to one whole message; `accept` runs to its end even if the peer does not."""
        task = asyncio.create_task(self._answer(envelope))
        self._answers[task] = (guest, len(envelope.content))
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def _answer(self, envelope: Envelope) -> str:
        try:
            await self.reception.accept(envelope)
        except StoreFull:
            log.warning("smtp_store_full")
            return "452 4.3.1 No room for it now, try again later"
        except Exception as error:
            return report(error)
        return "250 2.6.0 Message taken"

    def _dismiss_idle(self) -> bool:
        """Send away the one that has been idle the longest, if that is too long."""
        idle = [guest for guest in self._guests if not guest.busy]
        first = min(idle, key=lambda guest: guest.idle_since, default=None)
        if first is None or monotonic() - first.idle_since < self.limits.idle_seconds:
            return False
        first.hang_up("421 4.3.2 Others wait, try again later")
        self._guests.pop(first)
        return True

    def _forget(self, task: asyncio.Task[str]) -> None:
        self._answers.pop(task, None)
        self._settle()

    def _settle(self) -> None:
        if self.closing and not self._guests and not self._answers:
            self._quiet.set()


async def _refuse_if_alive(path: Path) -> None:
    """Raise OSError when somebody answers on a socket: asyncio would take it away from them."""
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return
    writer.close()
    raise OSError(None, "another server answers there")


@cache
def list_hooks(kind: type, prefix: str) -> tuple[str, ...]:
    """Return the names of a class by which aiosmtpd finds what it calls."""
    return tuple(name for name in dir(kind) if name.startswith(prefix))


def report(error: Exception) -> str:
    """Log what broke while a peer waited; the answer for the peer tells nothing of it."""
    if isinstance(error, MaildError):
        log.warning("smtp_unavailable", error=type(error).__name__)
    else:
        # The stack without the error's own words, which may quote an address or its token.
        stack = "".join(traceback.format_tb(error.__traceback__))
        log.error("smtp_failed", error=type(error).__name__, stack=stack)
    return "451 4.3.0 Try again later"
