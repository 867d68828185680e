"""A mail server for tests that misbehaves by the byte: it says what it is told to.

    async with ScriptedSmarthost((Misstep("rcpt", b"550 5.1.1 no such user\r\n"),)) as host:
        relay = open_relay(host.url)
        ...
        assert host.messages == []

`tests/smarthost.py` is a server that works; this one knows of SMTP only at which step it is.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal

import trustme

Step = Literal[
    "greeting",
    "ehlo",
    "starttls",
    "auth",
    "rset",
    "mail",
    "rcpt",
    "data",
    "content",
    "after_dot",
    "after",
]


@dataclass(frozen=True)
class Cut:
    """Closes the connection without a word."""


@dataclass(frozen=True)
class Hang:
    """Says nothing, and keeps the connection open."""


@dataclass(frozen=True)
class Endless:
    """Says the same again and again."""

    line: bytes


@dataclass(frozen=True)
class Dripping:
    """Says its line byte by byte."""

    line: bytes


Speech = bytes | Cut | Hang | Endless | Dripping
CUT, HANG = Cut(), Hang()
EXPIRED = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Misstep:
    """What is said at a step in the place of what is right, the first few times.

    The steps `content` (the message is to come) and `after` (its answer was given) are silent
    otherwise.
    """

    step: Step
    says: Speech
    times: int = 1


@dataclass(frozen=True)
class Manners:
    """How the server is otherwise: what it offers and asks for, and how it writes."""

    pipelining: bool = True
    tls: Literal["", "implicit", "starttls"] = ""
    offers_starttls: bool = True
    certificate: Literal["good", "expired", "of another"] = "good"
    login: bool = False
    in_one_go: bool = False
    letters_per_connection: int = 1000


@dataclass
class Taken:
    """A message that came to its final dot; `refused` if the answer said so."""

    content: bytes
    refused: bool = False


@dataclass
class _Talk:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    held_back: bytes = b""
    letters: int = 0
    over: bool = False


class _Over(Exception):
    """The connection is to end."""


@dataclass
class ScriptedSmarthost:
    """The server; `heard` are its commands, `messages` what came to a final dot."""

    missteps: tuple[Misstep, ...] = ()
    manners: Manners = field(default_factory=Manners)

    def __post_init__(self) -> None:
        self.heard: list[str] = []
        self.messages: list[Taken] = []
        self.connections = 0
        self.authority = trustme.CA()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server
        self._context = self._make_context()

    @property
    def url(self) -> str:
        """The address for `open_relay`."""
        port = self._server.sockets[0].getsockname()[1]
        schemes = {"": "smtp", "implicit": "smtps", "starttls": "smtp+starttls"}
        return f"{schemes[self.manners.tls]}://127.0.0.1:{port}"

    async def __aenter__(self) -> ScriptedSmarthost:
        implicit = self._context if self.manners.tls == "implicit" else None
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=implicit)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _make_context(self) -> ssl.SSLContext:
        name = "mail.elsewhere.example" if self.manners.certificate == "of another" else "127.0.0.1"
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        expired = self.manners.certificate == "expired"
        past = EXPIRED if expired else None
        self.authority.issue_cert(name, not_after=past).configure_cert(context)
        return context

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        try:
            with suppress(_Over, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(_Talk(reader, writer))
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, talk: _Talk) -> None:
        await self._say(talk, "greeting", b"220 smarthost.example ESMTP\r\n")
        while not talk.over and (line := await talk.reader.readline()):
            command = line.decode("utf-8", "replace").rstrip("\r\n")
            self.heard.append(command)
            await self._answer(talk, command)

    async def _answer(self, talk: _Talk, command: str) -> None:
        match command.upper().partition(" ")[0]:
            case "EHLO":
                await self._say(talk, "ehlo", self._features())
            case "STARTTLS":
                await self._say(talk, "starttls", b"220 2.0.0 Go ahead\r\n")
                await talk.writer.start_tls(self._context)
            case "AUTH":
                await self._say(talk, "auth", b"235 2.7.0 Welcome\r\n")
            case "MAIL":
                await self._say(talk, "mail", b"250 2.1.0 Ok\r\n", hold=True)
            case "RCPT":
                await self._say(talk, "rcpt", b"250 2.1.5 Ok\r\n", hold=True)
            case "RSET":
                await self._say(talk, "rset", b"250 2.0.0 Ok\r\n")
            case "DATA":
                await self._take_data(talk)
            case "QUIT":
                await self._write(talk, b"221 2.0.0 Bye\r\n")
                raise _Over
            case _:
                await self._write(talk, b"500 5.5.2 What?\r\n")

    async def _take_data(self, talk: _Talk) -> None:
        if not (await self._say(talk, "data", b"354 Go on\r\n")).startswith(b"354"):
            return
        await self._say(talk, "content", b"")
        content = bytearray()
        while (line := await talk.reader.readuntil(b"\n")) != b".\r\n":
            content += line.removeprefix(b".")
        taken = Taken(bytes(content))
        self.messages.append(taken)
        empty = b"554 5.5.1 No valid recipients\r\n"
        said = await self._say(talk, "after_dot", b"250 2.0.0 Queued\r\n" if content else empty)
        taken.refused = said[:1] in (b"4", b"5")
        await self._say(talk, "after", b"")
        talk.letters += 1
        if talk.letters >= self.manners.letters_per_connection:
            raise _Over

    def _features(self) -> bytes:
        offers = ["smarthost.example", "SIZE 10000000", "8BITMIME"]
        offers += ["PIPELINING"] if self.manners.pipelining else []
        offers += ["AUTH PLAIN"] if self.manners.login else []
        if self.manners.tls == "starttls" and self.manners.offers_starttls:
            offers.append("STARTTLS")
        lines = [f"250{'-' if offer != offers[-1] else ' '}{offer}\r\n" for offer in offers]
        return "".join(lines).encode()

    async def _say(self, talk: _Talk, step: Step, right: bytes, *, hold: bool = False) -> bytes:
        """Say what is right, or the script's misstep; return what was said."""
        speech = self._find(step)
        if speech is None:
            await self._write(talk, right, hold=hold and self.manners.in_one_go)
            return right
        match speech:
            case Cut():
                raise _Over
            case Hang():
                await asyncio.Event().wait()
            case Endless(line):
                while True:
                    await self._write(talk, line)
            case Dripping(line):
                for at in range(len(line)):
                    await self._write(talk, line[at : at + 1])
                return line
            case bytes():
                await self._write(talk, speech)
                talk.over = speech.startswith(b"421")
                return speech
        raise AssertionError(speech)

    def _find(self, step: Step) -> Speech | None:
        for misstep in self.missteps:
            if misstep.step == step and misstep.times:
                misstep.times -= 1
                return misstep.says
        return None

    async def _write(self, talk: _Talk, line: bytes, *, hold: bool = False) -> None:
        talk.held_back += line
        if not hold:
            talk.writer.write(talk.held_back)
            talk.held_back = b""
            await talk.writer.drain()
            await asyncio.sleep(0)
