"""Programs that answer each other: two daemons and a vacation responder, wired over real SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from maild import config as configuration
from maild.daemon import run_daemon
from tests.fakes import FakeClock
from tests.mails import Mail, read_mail
from tests.ports import free_port
from tests.smarthost import Received, Smarthost
from tests.world import CONFIG, DEADLINE, SocketWorld

OURS, THEIRS, JANE = "billing@ours.test", "billing@theirs.test", "jane@away.example"
AWAY = "I am out of the office until 7 December 2026. I can't log in from here."


@dataclass
class Network:
    """Every server's relay: it carries each message on to where its recipient's domain is served.

    Whoever writes to `responder` gets an answer, each time; `polite` as RFC 3834 wants it.
    """

    host: Smarthost
    responder: str = ""
    polite: bool = True
    ports: dict[str, int] = field(default_factory=dict)
    carried: list[Mail] = field(default_factory=list)

    async def carry(self) -> bool:
        """Carry on what has come meanwhile; return whether there was anything."""
        new = self.host.messages[len(self.carried) :]
        for message in new:
            mail = read_mail(message.sender, message.recipients[0], message.content)
            self.carried.append(mail)
            await self._pass_on(message, mail)
        return bool(new)

    async def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Give a message to the network."""
        await hand_over(message.as_bytes(), sender, recipient, self.host.port)

    async def _pass_on(self, message: Received, mail: Mail) -> None:
        port = self.ports.get(mail.recipient.rpartition("@")[2])
        if mail.recipient == self.responder:
            back = message.sender if self.polite else mail.reply_to
            await self.send(self._answer(mail, back), "" if self.polite else self.responder, back)
        elif port and not mail.recipient.startswith("owner@"):
            await hand_over(message.content, message.sender, mail.recipient, port)

    def _answer(self, mail: Mail, back: str) -> EmailMessage:
        answer = EmailMessage()
        answer["From"], answer["To"] = self.responder, back
        answer["Subject"] = f"Out of office: {mail.subject}" if self.polite else "Hello"
        answer["Message-ID"] = f"<{len(self.carried)}@away.example>"
        answer["In-Reply-To"] = str(mail.message["Message-ID"])
        if self.polite:
            answer["Auto-Submitted"] = "auto-replied"
        answer.set_content(AWAY + "\n")
        return answer


async def hand_over(content: bytes, sender: str, recipient: str, port: int) -> None:
    """Send a message as any server does; `sender` may be empty."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        await client.ehlo()
        await client.mail(sender)
        await client.rcpt(recipient)
        await client.data(content)


@asynccontextmanager
async def open_world(folder: Path, network: Network, domain: str) -> AsyncIterator[SocketWorld]:
    """Run a daemon of a business of its own, with the network as its relay."""
    folder.mkdir()
    text = CONFIG.format(port=free_port(), relay=network.host.url).replace("example.test", domain)
    path = folder / "config.toml"
    path.write_text(text)
    async with run_daemon(configuration.load(path, {}), clock=FakeClock()) as running:
        network.ports[domain] = running.smtp_port
        yield SocketWorld(running.office, FakeClock(), network.host, running.smtp_port)


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    """A network with nobody on it."""
    async with Smarthost() as host:
        yield Network(host)


async def fall_silent(network: Network, *worlds: SocketWorld) -> None:
    """Carry until nobody has anything to say any more; raises `TimeoutError` if that never is."""
    async with asyncio.timeout(DEADLINE):
        talking = True
        while talking:
            for world in worlds:
                await world.settle()
                await world.deliver()
            talking = await network.carry()


async def test_two_daemons_stop_after_two_messages(network: Network, tmp_path: Path) -> None:
    async with (
        open_world(tmp_path / "ours", network, "ours.test") as ours,
        open_world(tmp_path / "theirs", network, "theirs.test") as theirs,
    ):
        await ours.client("Theirs Ltd", THEIRS)
        await theirs.client("Ours Ltd", OURS)
        cry = EmailMessage()
        cry["From"], cry["To"], cry["Message-ID"] = THEIRS, OURS, "<1@theirs.test>"
        cry.set_content("I can't log in.\n")
        await ours.issue("INV-1", client="THEIRS")
        await fall_silent(network, ours, theirs)
        first = len(network.carried)
        await network.send(cry, THEIRS, OURS)
        await fall_silent(network, ours, theirs)
    assert first == 1
    assert [mail.recipient for mail in network.carried[1:]] == [OURS, THEIRS]
    assert network.carried[-1].password


async def test_polite_responder_is_heard_once_and_never_answered(
    network: Network, tmp_path: Path
) -> None:
    network.responder = JANE
    async with open_world(tmp_path / "ours", network, "ours.test") as ours:
        await ours.client("Acme Ltd", JANE)
        await ours.issue("INV-1")
        await fall_silent(network, ours)
        log = await ours.deeds()
    assert len(network.carried) == 2
    assert network.carried[1].recipient.startswith("bounce+")
    assert any(line.startswith("reminders paused") for line in log)


async def test_rude_responder_comes_to_its_end_at_the_limits(
    network: Network, tmp_path: Path
) -> None:
    network.responder, network.polite = JANE, False
    async with open_world(tmp_path / "ours", network, "ours.test") as ours:
        await ours.client("Acme Ltd", JANE)
        await ours.issue("INV-1")
        await fall_silent(network, ours)
    to_jane = [mail for mail in network.carried if mail.recipient == JANE]
    assert len(to_jane) <= 2
    assert network.carried[-1].recipient == "owner@ours.test"


async def test_two_daemons_and_a_responder_in_the_operators_chair(
    network: Network, tmp_path: Path
) -> None:
    network.responder = "owner@ours.test"
    async with (
        open_world(tmp_path / "ours", network, "ours.test") as ours,
        open_world(tmp_path / "theirs", network, "theirs.test") as theirs,
    ):
        question = EmailMessage()
        question["From"], question["To"], question["Message-ID"] = THEIRS, OURS, "<2@theirs.test>"
        question.set_content("What is the second line for?\n")
        await network.send(question, THEIRS, OURS)
        await fall_silent(network, ours, theirs)
    question_, told, away = network.carried
    assert [question_.recipient, told.recipient] == [OURS, "owner@ours.test"]
    assert away.sender == ""
