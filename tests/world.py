"""A small business and its customers, with the same verbs in process and over real sockets.

    await world.client("Acme Ltd", "jane@acme.example")
    await world.issue("INV-1")
    letter = (await world.mail_to("jane@acme.example"))[0]
    await world.reply(letter, "it won't let me log in")

`HouseWorld` calls the services and loops themselves; `SocketWorld` runs the daemon's doors and
loops, a real mail server as the relay, and a real SMTP client as the customer's.
"""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosmtplib
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from maild import config as configuration
from maild import intake
from maild.config import Config
from maild.daemon import run_daemon
from maild.delivery import deliver_due
from maild.dns import Resolver
from maild.document import Document
from maild.mail.compose import Attached
from maild.model import Client, Envelope, Reply
from maild.office import Office, find_store, open_office
from maild.services.customers import add_client
from maild.services.issue import Shipment, commit_issue, prepare_issue
from maild.services.recovery import settle_recoveries
from maild.services.rounds import make_round
from maild.signing import open_signer
from maild.store import events, letters, recoveries, replies
from maild.store.database import Transaction
from maild.web.app import build_site
from tests.fakes import FakeClock, FakeRelay
from tests.mails import Mail, answer_to, read_mail
from tests.ports import free_port
from tests.smarthost import Smarthost
from tests.visitor import Browser

CONFIG = """
[business]
name = "Example Ltd"
email = "billing@example.test"
time_zone = "Europe/London"
payment = "To **12-34-56** 12345678"
[web]
listen = "127.0.0.1:{port}"
base_url = "http://127.0.0.1:{port}"
admin_listen = "127.0.0.1:0"
[smtp]
listen = "127.0.0.1:0"
[inbound]
domain = "example.test"
addresses = ["billing@example.test"]
dns = "none"
[relay]
url = "{relay}"
[operator]
email = "owner@example.test"
"""
# names the store that a test is to have, if it is not a file
STORE = "MAILD_TEST_STORE"
OPERATOR = "owner@example.test"
DEADLINE = 15.0


class World(ABC):
    """The verbs; see the module."""

    def __init__(self, office: Office, clock: FakeClock) -> None:
        self.office = office
        self.clock = clock

    async def client(self, name: str, email: str, **more: Any) -> Client:
        """Keep a client with one contact."""
        return await add_client(self.office, name, email=email, actor="test", **more)

    async def issue(
        self,
        number: str,
        *,
        client: str = "ACME",
        password: bool = False,
        files: Sequence[Attached] = (),
        **fields: Any,
    ) -> Shipment:
        """Issue a document and wait until its letters have left."""
        document = make_document(number, client=client, **fields)
        shipment = await prepare_issue(self.office, document, files, password=password)
        await commit_issue(self.office, shipment, actor="test")
        await self.deliver()
        return shipment

    async def reply(
        self,
        letter: Mail,
        words: str,
        *,
        sender: str | None = None,
        message_id: str | None = None,
        **headers: str,
    ) -> Reply:
        """Answer a letter as a mail program does, and wait until the answer has been dealt with."""
        return await self.post(
            answer_to(letter, words, sender=sender, message_id=message_id, **headers),
            to=letter.reply_to,
            sender=sender or letter.recipient,
        )

    async def post(self, content: bytes, *, to: str, sender: str) -> Reply:
        """Hand a message over to maild, and wait until it has been dealt with."""
        before = {reply.id for reply in await replies.list_replies(self.office.db)}
        await self.hand_in(content, to=to, sender=sender)
        await self.settle()
        found = await replies.list_replies(self.office.db)
        new = [reply for reply in found if reply.id not in before]
        assert len(new) == 1
        await self.deliver()
        return new[0]

    async def log(self) -> list[str]:
        """Return the log as `verb subject` lines."""
        return [f"{e.verb} {e.subject}" for e in await events.list_events(self.office.db)]

    async def deeds(self) -> list[str]:
        """Return the log without what any machine may do: fetch a page."""
        return [line for line in await self.log() if not line.startswith("fetched ")]

    @abstractmethod
    async def deliver(self) -> None:
        """Wait until no letter is due."""

    @abstractmethod
    async def mail(self) -> list[Mail]:
        """Return all mail that has left, oldest first."""

    async def mail_to(self, address: str) -> list[Mail]:
        """Return the mail that has left for an address."""
        return [mail for mail in await self.mail() if mail.recipient == address]

    @abstractmethod
    async def hand_in(self, content: bytes, *, to: str, sender: str) -> None:
        """Hand a message over to maild."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until every reply that is due has been dealt with."""

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        """Open a fresh browser."""
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            yield Browser(session, self.office.config.web.base_url)

    async def advance(self, *, days: float = 0, seconds: float = 0) -> None:
        """Let time pass, and wait until what falls due has been done."""
        self.clock.advance(days=days, seconds=seconds)
        await self.office.db.transact(_nothing)
        await self.settle()
        await self.deliver()

    async def round(self) -> int:
        """Go round the calendar until nothing is due, and deliver; return how many letters."""
        written = total = await make_round(self.office)
        while written:
            written = await make_round(self.office)
            total += written
        await self.deliver()
        return total


class HouseWorld(World):
    """The world in process: services and loops called directly, a relay that remembers."""

    def __init__(self, office: Office, clock: FakeClock, relay: FakeRelay) -> None:
        super().__init__(office, clock)
        self.relay = relay

    async def deliver(self) -> None:
        """Deliver until nothing is due."""
        while await deliver_due(self.office, self.relay, "test", 2):
            pass

    async def mail(self) -> list[Mail]:
        """Return what the relay was given."""
        return [read_mail(*item) for item in self.relay.delivered]

    async def hand_in(self, content: bytes, *, to: str, sender: str) -> None:
        """Accept a message as the door does."""
        envelope = Envelope("127.0.0.1", "test", sender, (to,), content)
        assert self.office.addresses.recognise(to)
        await intake.accept(self.office, envelope)

    async def settle(self) -> None:
        """Settle replies, then requests for a way in, until nothing is due."""
        while await intake.settle_due(self.office, "test"):
            pass
        while await settle_recoveries(self.office, "test"):
            pass


class SocketWorld(World):
    """The world over sockets: the daemon, a real relay, a real SMTP client."""

    def __init__(
        self, office: Office, clock: FakeClock, smarthost: Smarthost, smtp_port: int
    ) -> None:
        super().__init__(office, clock)
        self.smarthost = smarthost
        self.smtp_port = smtp_port

    async def deliver(self) -> None:
        """Wait until no letter is due."""
        await self._until_none(letters.next_due)

    async def mail(self) -> list[Mail]:
        """Return what the relay received."""
        found = self.smarthost.messages
        return [read_mail(m.sender, m.recipients[0], m.content) for m in found]

    async def hand_in(self, content: bytes, *, to: str, sender: str) -> None:
        """Send a message by SMTP."""
        await aiosmtplib.send(
            content, sender=sender, recipients=[to], hostname="127.0.0.1", port=self.smtp_port
        )

    async def settle(self) -> None:
        """Wait until no reply and no request for a way in is due."""
        await self._until_none(replies.next_due)
        await self._until_none(recoveries.next_due)

    async def _until_none(self, next_due: Any) -> None:
        async with asyncio.timeout(DEADLINE):
            while True:
                change = self.office.db.watch()
                due = await next_due(self.office.db)
                # an item under a lease is being worked on; one due later is not our concern
                if due is None or self.clock() < due < self.clock() + 1:
                    return
                if due > self.clock() and not await self._leased():
                    return
                await change.wait()

    async def _leased(self) -> bool:
        rows = await self.office.db.rows(
            "SELECT 1 AS n FROM letters WHERE lease_owner <> '' AND state IN ('queued', 'deferred')"
            " UNION ALL SELECT 1 FROM replies WHERE lease_owner <> '' AND state = 'accepted'"
            " UNION ALL SELECT 1 FROM recoveries WHERE lease_owner <> '' AND state = 'waiting'"
        )
        return bool(rows)


@asynccontextmanager
async def open_house_world(
    folder: Path, *, more: str = "", business: str = ""
) -> AsyncIterator[HouseWorld]:
    """Open a world in process, its site on a free port, with more sections of config.

    `business` are more options of the business.
    """
    clock = FakeClock()
    port = free_port()
    config = write_config(folder, port=port, more=more, business=business)
    async with (
        open_office(config, clock=clock, signer=open_signer(config)) as office,
        TestServer(build_site(office), host="127.0.0.1", port=port),
    ):
        yield HouseWorld(office, clock, FakeRelay())


@asynccontextmanager
async def open_socket_world(
    folder: Path, *, resolver: Resolver | None = None, more: str = ""
) -> AsyncIterator[SocketWorld]:
    """Open a world over sockets, with more sections of config.

    Without a resolver it asks nobody about senders.
    """
    clock = FakeClock()
    async with Smarthost() as smarthost:
        config = write_config(folder, port=free_port(), relay=smarthost.url, more=more)
        async with run_daemon(config, clock=clock, resolver=resolver) as running:
            yield SocketWorld(running.office, clock, smarthost, running.smtp_port)


def write_config(
    folder: Path, *, port: int, relay: str = "maildir:sent", more: str = "", business: str = ""
) -> Config:
    """Write and load a configuration."""
    path = folder / "config.toml"
    text = CONFIG.format(port=port, relay=relay).replace("[business]", f"[business]{business}", 1)
    path.write_text(_choose_store(text + more))
    return configuration.load(path, {})


def _choose_store(text: str) -> str:
    """Return a configuration with the store that this test is to have, if it is to be another."""
    url = os.environ.get(STORE)
    if not url:
        return text
    section = "[store]\n"
    told = text if section in text else f"{text}\n{section}"
    return told.replace(section, f'{section}url = "{url}"\n', 1)


def make_document(number: str, *, client: str = "ACME", **fields: Any) -> Document:
    """Return an invoice of £300.00, changed by fields."""
    line = {"description": "Support", "quantity": "1", "unit_price": "250.00", "tax_rate": "20"}
    kind = fields.get("type", "invoice")
    last_day = {"due": "2026-12-01"} if kind == "invoice" else {"valid_until": "2026-12-01"}
    return Document.model_validate(
        {
            "type": "invoice",
            "number": number,
            "client": client,
            "issued": "2026-11-01",
            "currency": "GBP",
            "lines": [line],
        }
        | last_day
        | fields
    )


def store_path(config: Config) -> Path:
    """Return the file of a `sqlite:` store."""
    path = find_store(config).path
    assert path
    return path


async def _nothing(_: Transaction) -> None:
    pass
