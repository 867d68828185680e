"""The listening side: who may come in, whom we know, and what the outcome is called."""

# ruff: noqa: N802 - aiosmtpd finds its hooks by these names

from __future__ import annotations

import asyncio
import ssl
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Transaction

from maild.errors import MaildError, StoreFull
from maild.model import Envelope

log = structlog.get_logger(__name__)

NULL_PATH = "<>"


@dataclass(frozen=True)
class SmtpLimits:
    """What one peer may ask of the door: sizes in bytes, times in seconds."""

    message_size: int = 10 * 2**20
    recipients: int = 100
    connections: int = 50
    connections_per_address: int = 20
    command_seconds: float = 300
    data_seconds: float = 600
    line_length: int = 16 * 2**10
    hops: int = 30
    bad_commands: int = 6


class Guest(Protocol):
    """A connection as the door sees it."""

    @property
    def busy(self) -> bool:
        """Whether a message has begun that has not been answered yet."""

    def hang_up(self, farewell: str = "") -> None:
        """Say `farewell` and close."""

    def cut(self) -> None:
        """Drop the connection where it stands."""


class SmtpDoor:
    """A listening SMTP server and the connections that came through it."""

    def __init__(
        self,
        hostname: str,
        knows: Callable[[str], bool],
        accept: Callable[[Envelope], Awaitable[None]],
        limits: SmtpLimits,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.hostname = hostname
        self.limits = limits
        self.tls = tls
        self.closing = False
        self._knows = knows
        self._accept = accept
        self._guests: dict[Guest, str] = {}
        self._answers: set[asyncio.Task[str]] = set()
        self._quiet = asyncio.Event()
        self._server: asyncio.Server

    async def listen(
        self, host: str, port: int, talk: Callable[[SmtpDoor], asyncio.Protocol]
    ) -> None:
        """Start to take connections, a `talk` for each; raises OSError if the address is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: talk(self), host, port)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    async def close(self, grace: float) -> None:
        """Take no more connections, give begun messages `grace` seconds, then cut what is left."""
        self.closing = True
        self._server.close()
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
        """Whether there is room for one more connection from `address`; if so it is counted."""
        crowd = list(self._guests.values()).count(address)
        full = len(self._guests) >= self.limits.connections
        if self.closing or full or crowd >= self.limits.connections_per_address:
            return False
        self._guests[guest] = address
        return True

    def leave(self, guest: Guest) -> None:
        """Stop to count a connection that is gone."""
        self._guests.pop(guest, None)
        self._settle()

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
        if address == NULL_PATH or not self._knows(address):
            return "550 5.1.1 No such recipient here"
        if address not in transaction.rcpt_tos:
            transaction.rcpt_tos.append(address)
        return "250 2.1.5 Recipient taken"

    async def keep(self, envelope: Envelope) -> str:
        """The answer to one whole message; `accept` runs to its end even if the peer does not."""
        task = asyncio.create_task(self._answer(envelope))
        self._answers.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def _answer(self, envelope: Envelope) -> str:
        try:
            await self._accept(envelope)
        except StoreFull:
            log.warning("smtp_store_full")
            return "452 4.3.1 No room for it now, try again later"
        except Exception as error:
            return report(error)
        return "250 2.6.0 Message taken"

    def _forget(self, task: asyncio.Task[str]) -> None:
        self._answers.discard(task)
        self._settle()

    def _settle(self) -> None:
        if self.closing and not self._guests and not self._answers:
            self._quiet.set()


def report(error: Exception) -> str:
    """Log what broke while a peer waited; the answer for the peer tells nothing of it."""
    if isinstance(error, MaildError):
        log.warning("smtp_unavailable", error=type(error).__name__)
    else:
        # The stack without the error's own words, which may quote an address or its token.
        stack = "".join(traceback.format_tb(error.__traceback__))
        log.error("smtp_failed", error=type(error).__name__, stack=stack)
    return "451 4.3.0 Try again later"
