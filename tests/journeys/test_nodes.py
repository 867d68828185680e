"""Two nodes on one PostgreSQL: work is shared, and what one leaves the other goes on with."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import aiosmtplib
import pytest
from aiohttp import ClientError, ClientSession

from maild.store.postgres import migrate_postgres
from maild.store.schema import list_migrations
from tests.nodes import Node, Nodes, run_nodes, until
from tests.postgres import Cluster, run_cluster
from tests.smarthost import HANG, HOLD, Rule, Smarthost
from tests.visitor import Browser

HELP = "Hello, it won't let me log in. Please help."
SENT = "letters WHERE state = 'sent'"
SETTLED = "replies WHERE state = 'settled'"
KEPT = {"fsync": "on", "full_page_writes": "on"}


def people(count: int, start: int = 0) -> list[str]:
    """Return the addresses of so many clients."""
    return [f"c{number}@acme.example" for number in range(start, start + count)]


@pytest.fixture
async def nodes(tmp_path: Path, cluster: Cluster) -> AsyncIterator[Nodes]:
    """A store for nodes; none is started yet."""
    async with run_nodes(tmp_path, cluster.new()) as nodes:
        yield nodes


@pytest.fixture
def server() -> Iterator[Cluster]:
    """A PostgreSQL that may be stopped, and keeps what it has committed."""
    with run_cluster(**KEPT) as running:
        yield running


async def test_two_nodes_send_each_of_many_letters_once(nodes: Nodes) -> None:
    await asyncio.gather(nodes.start(), nodes.start())
    await nodes.issue(people(200))
    await nodes.until_count(200, SENT)
    assert Counter(nodes.recipients()) == Counter(people(200))


async def test_what_one_node_has_begun_the_other_goes_on_with(nodes: Nodes) -> None:
    first, second = await asyncio.gather(nodes.start(), nodes.start())
    await nodes.issue(people(2), password=True)
    letter = await nodes.letter_to("c0@acme.example")
    async with nodes.session() as session:
        page = await Browser(session, first.web).log_in(letter.recipient, letter.password)
        assert page.path == "/"
        assert "£300.00" in (await Browser(session, second.web).get("/invoices/INV-C0")).text

    await nodes.reply(first, letter, HELP)
    answers = await nodes.letters_to(letter.recipient, 2)
    await nodes.until_count(1, SETTLED)
    assert len(answers) == 2

    async with nodes.session() as stranger:

        async def guess(node: Node) -> int:
            return (await Browser(stranger, node.web).log_in("c1@acme.example", "wrong")).status

        async def shuts_out() -> bool:
            return await guess(first) == 429

        # a machine that is slow to ask may be let in again, but each wait is twice the last, and
        # the other node alone would bear five failures
        for _ in range(4):
            await until(shuts_out)
            answer = await guess(second)
            if answer == 429:
                break
        assert answer == 429


async def test_paused_node_keeps_what_it_has_in_hand_and_nothing_else(
    tmp_path: Path, cluster: Cluster
) -> None:
    held = [Rule("after_dot", HOLD, attempts=[1, 2])]
    async with run_nodes(tmp_path, cluster.new(), Smarthost(held)) as nodes:
        first = await nodes.start()
        await nodes.issue(people(2))
        await nodes.received(2)
        first.process.send_signal(signal.SIGSTOP)
        second = await nodes.start()
        await nodes.issue(people(10, start=2))
        await nodes.until_count(10, SENT)
        letter = await nodes.letter_to("c5@acme.example")
        await nodes.reply(second, letter, HELP)
        await nodes.letters_to(letter.recipient, 2)
        nodes.smarthost.go_on.set()
        first.process.send_signal(signal.SIGCONT)
        await nodes.until_count(13, SENT)
        assert Counter(nodes.recipients()) == Counter([*people(12), letter.recipient])


async def test_letters_of_a_killed_node_are_sent_by_the_other_when_their_leases_are_over(
    tmp_path: Path, cluster: Cluster
) -> None:
    hanging = [Rule("data", HANG, attempts=[1, 2])]
    async with run_nodes(tmp_path, cluster.new(), Smarthost(hanging)) as nodes:
        first = await nodes.start()
        await nodes.issue(people(10))
        # two are under way, and six follow them
        await nodes.until_count(8, "letters WHERE lease_owner <> ''")
        await until(lambda: _seen(hanging[0], 2))
        first.process.kill()
        await nodes.start()
        await nodes.until_count(2, SENT)
        await nodes.end_leases("letters")
        await nodes.until_count(10, SENT)
        assert Counter(nodes.recipients()) == Counter(people(10))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_nodes_come_back_by_themselves_after_their_server(
    tmp_path: Path, server: Cluster, how: signal.Signals
) -> None:
    async with run_nodes(tmp_path, server.new()) as nodes, nodes.session() as session:
        both = await asyncio.gather(nodes.start(), nodes.start())
        await nodes.issue(people(4))
        letters = [await nodes.letter_to(one) for one in people(4)]
        await nodes.until_count(4, SENT)
        accepted = zip(both, letters[:2], strict=True)
        await asyncio.gather(*(nodes.reply(node, one, HELP) for node, one in accepted))

        await asyncio.to_thread(server.stop, how)
        for node, letter in zip(both, letters[2:], strict=True):
            with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
                await nodes.reply(node, letter, HELP)
            assert refused.value.code == 451
            link = letter.link.replace(str(nodes.port), node.web.rpartition(":")[2])
            assert (await Browser(session, node.web).get(link)).status == 503
        await asyncio.to_thread(server.start)

        for node, letter in zip(both, letters[2:], strict=True):
            await until(lambda node=node: _serves(session, node))  # type: ignore[misc]
            await nodes.reply(node, letter, HELP)
        # what a node was just reading when the server went waits for its lease to run out
        await nodes.end_leases("replies")
        await nodes.until_count(4, SETTLED)
        await nodes.until_count(8, SENT)
        assert Counter(nodes.recipients()) == Counter(people(4) * 2)
        assert [node.process.returncode for node in both] == [None, None]


async def test_old_node_goes_on_while_the_store_is_upgraded_unless_it_cannot_bear_that(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def upgrade(*steps: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("maild.store.postgres_schema.list_migrations", lambda: (*known, *steps))
            await migrate_postgres(nodes.url)

    known = list_migrations()
    more = "-- additive: more.\nCREATE TABLE more (id TEXT PRIMARY KEY);\n"
    await nodes.start()
    await upgrade(more)
    await nodes.start()
    await nodes.issue(people(4))
    await nodes.until_count(4, SENT)

    await upgrade(more, "ALTER TABLE more ADD COLUMN at BIGINT NOT NULL;\n")
    late = await nodes.launch()
    assert await late.process.wait() == 1
    assert "newer than this maild knows" in late.log


async def _seen(rule: Rule, times: int) -> bool:
    return rule.seen >= times


async def _serves(session: ClientSession, node: Node) -> bool:
    with suppress(ClientError):
        return (await Browser(session, node.web).get("/login")).status == 200
    return False
