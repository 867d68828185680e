"""A mail server for tests that answers as it is told: on this loop, on a free port.

async with Smarthost(script=[Rule("rcpt", "450 4.2.0 Busy", recipient="jane@x.example")]) as host:
    relay = open_relay(host.url)
    ...
    sender, recipients, content = (await host.received(1))[0]
"""

# aiosmtpd finds commands and hooks by these names.
# ruff: noqa: N802

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, NamedTuple, cast

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Stage = Literal["connect", "mail", "rcpt", "data", "after_dot"]
CUT = "cut"
HANG = "hang"
HOLD = "hold"


class Received(NamedTuple):
    """One message as it came over the wire (lines end with CRLF, added dots taken off)."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class Rule:
    """One answer of the script: a line such as "450 4.2.0 Busy", CUT (close) or HANG (say nothing).

    HOLD, after the dot, keeps the answer back until `go_on` is set; it counts as received.

    It speaks at `stage`, for `recipient` or for all, at the attempts listed (the first is 1) or at
    every one. A message cut or left hanging after the dot counts as received.
    """

    stage: Stage
    answer: str
    recipient: str = ""
    attempts: Sequence[int] = ()
    seen: int = field(default=0, init=False)

    def speaks(self, stage: Stage, recipients: Sequence[str]) -> bool:
        """Whether this rule decides now; counts the attempt."""
        if stage != self.stage or (self.recipient and self.recipient not in recipients):
            return False
        self.seen += 1
        return not self.attempts or self.seen in self.attempts


class Smarthost:
    """The server: what it got is in `messages`, who tried to log in in `logins`."""

    def __init__(
        self,
        script: Sequence[Rule] = (),
        *,
        tls: Literal["", "implicit", "starttls"] = "",
        users: dict[str, str] | None = None,
        certificate_for: str = "127.0.0.1",
        smtputf8: bool = True,
    ) -> None:
        self.script = list(script)
        self.tls = tls
        self.users = users
        self.smtputf8 = smtputf8
        self.messages: list[Received] = []
        self.logins: list[tuple[str, str]] = []
        self.heard: list[str] = []
        self.connections = 0
        self.go_on = asyncio.Event()
        self.talks: set[_Talk] = set()
        self.authority = trustme.CA() if tls else None
        self.context = self._make_context(certificate_for)
        self._server: asyncio.Server

    async def __aenter__(self) -> Smarthost:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Talk(self),
            "127.0.0.1",
            0,
            ssl=self.context if self.tls == "implicit" else None,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.drop_connections()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """The address for `open_relay`."""
        scheme = {"": "smtp", "implicit": "smtps", "starttls": "smtp+starttls"}[self.tls]
        return f"{scheme}://127.0.0.1:{self.port}"

    async def received(self, count: int, deadline: float = 5) -> list[Received]:
        """The messages, once there are `count`; raises TimeoutError after `deadline` seconds."""
        async with asyncio.timeout(deadline):
            while len(self.messages) < count:
                await asyncio.sleep(0.005)
        return self.messages

    def drop_connections(self) -> None:
        """Cut every open connection."""
        for talk in list(self.talks):
            talk.cut()

    def choose(self, stage: Stage, recipients: Sequence[str] = ()) -> str:
        """The script's answer at this point; empty when it has none."""
        speaking = [rule.answer for rule in self.script if rule.speaks(stage, recipients)]
        return speaking[0] if speaking else ""

    def check_login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any
    ) -> AuthResult:
        """Whether a user may come in (aiosmtpd calls it)."""
        pair = cast(LoginPassword, login)
        name, password = pair.login.decode(), pair.password.decode()
        self.logins.append((name, password))
        return AuthResult(success=(self.users or {}).get(name) == password, handled=False)

    def _make_context(self, name: str) -> ssl.SSLContext | None:
        if self.authority is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert(name).configure_cert(context)
        return context


class _Talk(SMTP):
    """One connection."""

    def __init__(self, host: Smarthost) -> None:
        starttls = host.tls == "starttls"
        super().__init__(
            _Mailbox(),
            hostname="smarthost.example",
            enable_SMTPUTF8=host.smtputf8,
            tls_context=host.context if starttls else None,
            auth_require_tls=starttls or host.users is None,
            authenticator=host.check_login,
            loop=asyncio.get_running_loop(),
        )
        self._host = host

    def cut(self) -> None:
        """Drop the connection."""
        transport = self._original_transport or self.transport
        if transport is not None:
            cast(asyncio.Transport, transport).abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None:
            self._host.connections += 1
            self._host.talks.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._host.talks.discard(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        self._host.heard.append(data.decode("utf-8", "replace"))
        super().data_received(data)

    async def smtp_MAIL(self, arg: str | None) -> None:
        assert self.session is not None
        if self._host.users is not None and not self.session.authenticated:
            await self.push("530 5.7.0 Authentication required")
        elif not await self._follow_script("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        address, _ = self._getaddr((arg or "").partition(":")[2])
        if not await self._follow_script("rcpt", [address or ""]):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str | None) -> None:
        assert self.envelope is not None
        if not await self._follow_script("data", self.envelope.rcpt_tos):
            await super().smtp_DATA(cast(str, arg))

    async def take_message(self) -> str:
        """Keep the message, unless the script refuses it; the answer after the dot."""
        envelope = self.envelope
        assert envelope is not None
        answer = self._host.choose("after_dot", envelope.rcpt_tos)
        if answer in ("", CUT, HANG, HOLD) or answer[0] == "2":
            sender = "" if envelope.mail_from == "<>" else envelope.mail_from or ""
            content = cast(bytes, envelope.content)
            self._host.messages.append(Received(sender, tuple(envelope.rcpt_tos), content))
        if answer in (CUT, HANG):
            await self._fall_silent(answer)
        if answer == HOLD:
            await self._host.go_on.wait()
            answer = ""
        return answer or "250 2.0.0 Queued"

    async def _follow_script(self, stage: Stage, recipients: Sequence[str] = ()) -> bool:
        answer = self._host.choose(stage, recipients)
        if answer in (CUT, HANG):
            await self._fall_silent(answer)
        elif answer:
            await self.push(answer)
        return bool(answer)

    async def _fall_silent(self, how: str) -> None:
        if how == CUT:
            self.cut()
        await asyncio.Event().wait()

    async def _handle_client(self) -> None:
        if not await self._follow_script("connect"):
            await super()._handle_client()
        self._writer.close()


class _Mailbox:
    async def handle_DATA(self, server: _Talk, session: Session, envelope: Envelope) -> str:
        return await server.take_message()
