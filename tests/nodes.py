"""Several daemons on one PostgreSQL, each a process of its own, before one mail server.

async with run_nodes(folder, cluster.new()) as nodes:
    first, second = await nodes.start(), await nodes.start()
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import aiosmtplib
from aiohttp import ClientSession, CookieJar

from maild.config import Config, load
from maild.office import Office, open_office
from maild.services.customers import add_client
from maild.services.issue import commit_issue, prepare_issue
from maild.store.database import Transaction, Value
from tests.journeys.test_daemon import Daemon
from tests.mails import Mail, answer_to, read_mail
from tests.paper import PaperPress
from tests.ports import free_port
from tests.smarthost import Smarthost
from tests.world import make_document, write_config

DEADLINE = 60.0


class Node(Daemon):
    """One node; `web` is where its own web door is."""

    web: str

    @property
    def log(self) -> str:
        """What it has logged and complained of."""
        return (self.folder / "log").read_text()


@dataclass
class Nodes:
    """The nodes, the store that they share, and what the mail server got from them."""

    folder: Path
    url: str
    port: int
    office: Office
    smarthost: Smarthost
    started: list[Node] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    async def launch(self) -> Node:
        """Start one more node, which need not come up."""
        number = next(self.numbers)
        folder = self.folder / str(number)
        port = free_port() if number else self.port
        config = write_node(folder, self.url, self.smarthost.url, self.port, port)
        keys = config.resolve(config.keys.file)
        keys.parent.mkdir(mode=0o700)
        shutil.copy(self.office.config.resolve(self.office.config.keys.file), keys)
        node = Node(folder, await serve(folder))
        node.web = f"http://127.0.0.1:{port}"
        self.started.append(node)
        return node

    async def start(self) -> Node:
        """Start one more node and wait until its doors are open."""
        node = await self.launch()
        await node.until_ready()
        return node

    def session(self) -> ClientSession:
        """Return a browser's cookies: for every node, as before each stands what has one name."""
        host = {"Host": f"127.0.0.1:{self.port}"}
        return ClientSession(cookie_jar=CookieJar(unsafe=True), headers=host)

    async def issue(self, addresses: Iterable[str], *, password: bool = False) -> None:
        """Issue an invoice to each address, a client of its own, and let the nodes send it."""
        await asyncio.gather(*(self._issue(address, password) for address in addresses))

    async def _issue(self, address: str, password: bool) -> None:
        ref = address.partition("@")[0].upper()
        await add_client(self.office, ref, ref=ref, email=address, actor="test")
        document = make_document(f"INV-{ref}", client=ref, due="2099-12-01")
        shipment = await prepare_issue(self.office, document, (), password=password)
        await commit_issue(self.office, shipment, actor="test")

    async def received(self, count: int) -> list[Mail]:
        """Return what the mail server got, once that is so many letters."""
        found = await self.smarthost.received(count, DEADLINE)
        return [read_mail(one.sender, one.recipients[0], one.content) for one in found]

    async def letter_to(self, address: str) -> Mail:
        """Return the first letter to an address, once there is one."""
        return (await self.letters_to(address, 1))[0]

    async def letters_to(self, address: str, count: int) -> list[Mail]:
        """Return the letters to an address, once there are so many."""

        async def enough() -> bool:
            return self.recipients().count(address) >= count

        await until(enough)
        return [one for one in await self.received(0) if one.recipient == address]

    def recipients(self) -> list[str]:
        """Return to whom the letters went that the mail server got."""
        return [one.recipients[0] for one in self.smarthost.messages]

    async def reply(self, node: Node, letter: Mail, words: str) -> None:
        """Answer a letter at a node's door; raises what the door answers."""
        await aiosmtplib.send(
            answer_to(letter, words),
            sender=letter.recipient,
            recipients=[letter.reply_to],
            hostname="127.0.0.1",
            port=node.smtp_port,
        )

    async def count_rows(self, what: str, *values: Value) -> int:
        """Return of how many rows something is true: `letters WHERE state = $1`."""
        return int(
            (await self.office.db.rows(f"SELECT COUNT(*) AS n FROM {what}", *values))[0]["n"]
        )

    async def until_count(self, expected: int, what: str, *values: Value) -> None:
        """Wait until something is true of so many rows."""

        async def holds() -> bool:
            return await self.count_rows(what, *values) == expected

        await until(holds)

    async def end_leases(self, table: str) -> None:
        """Let every lease on rows of a table have run out."""

        async def work(tx: Transaction) -> None:
            await tx.execute(f"UPDATE {table} SET lease_until = 0 WHERE lease_owner <> ''")

        await self.office.db.transact(work)


@asynccontextmanager
async def run_nodes(
    folder: Path, url: str, smarthost: Smarthost | None = None
) -> AsyncIterator[Nodes]:
    """Open a store for nodes, and let none of them outlive the test."""
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(smarthost or Smarthost())
        port = free_port()
        config = write_node(folder / "operator", url, host.url, port, port)
        opened = await stack.enter_async_context(open_office(config))
        nodes = Nodes(folder, url, port, replace(opened, press=PaperPress()), host)
        try:
            yield nodes
        finally:
            for node in nodes.started:
                if node.process.returncode is None:
                    node.process.kill()
                await node.process.communicate()


async def serve(folder: Path) -> Process:
    """Start a node; its log goes to a file, as nobody reads it meanwhile."""
    environ = os.environ | {"MAILD_CONFIG": str(folder / "config.toml")}
    with (folder / "log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "maild", "serve", stdout=PIPE, stderr=log, env=environ
        )


def write_node(folder: Path, url: str, relay: str, base: int, port: int) -> Config:
    """Write a node's configuration: its own web door, the base URL and the store of all."""
    folder.mkdir()
    config = write_config(folder, port=base, relay=relay, more=f'[store]\nurl = "{url}"\n')
    text = config.path.read_text()
    config.path.write_text(
        text.replace(f'listen = "127.0.0.1:{base}"', f'listen = "127.0.0.1:{port}"')
    )
    return load(config.path, {})


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(DEADLINE):
        while not await holds():
            await asyncio.sleep(0.02)
