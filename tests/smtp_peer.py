"""The SMTP door under test: what stands behind it, and a peer that talks to it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import trustme

from maild.listen import Listen
from maild.model import Envelope
from maild.smtpd import (
    Certificate,
    LmtpSession,
    Place,
    Reception,
    SmtpDoor,
    SmtpLimits,
    SmtpSession,
    open_door,
)

SMALL = SmtpLimits(message_size=65536, recipients=3, hops=3, line_length=2000)
OURS = frozenset(
    f"{name}@ours.example" for name in ("reply+good", "bounce+good", "billing", "accounts")
)
ANYWHERE = Listen("127.0.0.1", 0)
LETTER = b"Subject: hello\r\n\r\nHello.\r\n"


@dataclass
class Intake:
    """What stands behind the door in a test; `trouble` is raised, `gate` is waited for."""

    taken: list[Envelope] = field(default_factory=list)
    trouble: Exception | None = None
    gate: asyncio.Event | None = None

    async def accept(self, envelope: Envelope) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(envelope)


class Peer:
    """The other end of a connection, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.greeting = ""
        self.patience = 10.0

    async def answer(self) -> list[str]:
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            line = await asyncio.wait_for(self.reader.readuntil(b"\r\n"), self.patience)
            lines.append(line.decode().removesuffix("\r\n"))
        return lines

    async def say(self, *commands: str) -> str:
        """Send the commands one by one; the last line of the last answer."""
        answer = [""]
        for command in commands:
            self.writer.write(command.encode() + b"\r\n")
            answer = await self.answer()
        return answer[-1]

    async def expect_close(self) -> None:
        with suppress(ConnectionError):
            assert await asyncio.wait_for(self.reader.read(), 10) == b""

    async def begin_data(self, greeting: str = "EHLO") -> None:
        await self.say(f"{greeting} client.example", "MAIL FROM:<jane@client.example>")
        await self.say("RCPT TO:<reply+good@ours.example>")
        assert (await self.say("DATA")).startswith("354")

    async def send(self, content: bytes) -> str:
        self.writer.write(content + b".\r\n")
        return (await self.answer())[-1]


@dataclass
class Tls:
    """A certificate for a door under test, and a client that trusts its maker."""

    authority: trustme.CA
    chain: Path
    key: Path

    def issue(self) -> None:
        """Write a new certificate and key into the files."""
        made = self.authority.issue_cert("mx.ours.example")
        made.private_key_pem.write_to_path(self.key)
        self.chain.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))

    async def start(self, peer: Peer) -> ssl.SSLObject:
        """Begin TLS as the client; what was agreed."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        await peer.writer.start_tls(context, server_hostname="mx.ours.example")
        agreed: ssl.SSLObject = peer.writer.get_extra_info("ssl_object")
        return agreed


def make_tls(folder: Path) -> Tls:
    tls = Tls(trustme.CA(), folder / "chain.pem", folder / "key.pem")
    tls.issue()
    return tls


def make_reception(
    intake: Intake, limits: SmtpLimits = SMALL, tls: Tls | None = None, proxies: Sequence[str] = ()
) -> Reception:
    return Reception(
        hostname="mx.ours.example",
        knows=OURS.__contains__,
        accept=intake.accept,
        limits=limits,
        certificate=Certificate(tls.chain, tls.key) if tls else None,
        proxies=[ip_network(proxy) for proxy in proxies],
    )


@asynccontextmanager
async def standing_door(
    intake: Intake,
    limits: SmtpLimits = SMALL,
    *,
    tls: Tls | None = None,
    proxies: Sequence[str] = (),
    lmtp: bool = False,
    place: Place = ANYWHERE,
) -> AsyncIterator[SmtpDoor]:
    reception = make_reception(intake, limits, tls, proxies)
    door = await open_door(place, reception, LmtpSession if lmtp else SmtpSession)
    try:
        yield door
    finally:
        await door.close(0)


@asynccontextmanager
async def visit(door: SmtpDoor, greeting: str = "220") -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection(door.host, door.port)
    peer = Peer(reader, writer)
    try:
        peer.greeting = (await peer.answer())[0]
        assert peer.greeting.startswith(greeting)
        yield peer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def poll(true: Callable[[], bool], deadline: float = 10) -> None:
    async with asyncio.timeout(deadline):
        while not true():
            await asyncio.sleep(0.005)


async def send_letter(door: SmtpDoor) -> str:
    async with visit(door) as peer:
        await peer.begin_data("LHLO" if peer.greeting.endswith("LMTP") else "EHLO")
        return await peer.send(LETTER)
