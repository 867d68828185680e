"""The daemon is killed between a letter's final dot and the answer: one repeat, the same bytes."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from maild.delivery import LEASE
from tests.journeys.test_daemon import DEADLINE, INVOICE, Daemon, running
from tests.smarthost import CUT, HANG, Rule, Smarthost


async def send_invoice(daemon: Daemon) -> None:
    path = daemon.folder / "INV-1001.json"
    path.write_text(json.dumps({**INVOICE, "attachments": []}))
    await daemon.command("client", "add", "Acme Ltd", "--email", "jane@acme.example")
    await daemon.command("send", str(path))


async def until_state(folder: Path, state: str) -> None:
    async with asyncio.timeout(DEADLINE):
        while in_store(folder, "SELECT state FROM letters") != [(state,)]:
            await asyncio.sleep(0.05)


def let_time_pass(folder: Path) -> None:
    """Put all that waits back by as long as a lease lasts."""
    back = f"lease_until = lease_until - {LEASE}, next_at = next_at - {LEASE}"
    in_store(folder, f"UPDATE letters SET {back}")


def in_store(folder: Path, sql: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(folder / "data" / "maild.db")) as store:
        rows = store.execute(sql).fetchall()
        store.commit()
    return rows


@pytest.mark.parametrize("kills", [1, 2])
async def test_killed_before_the_answer_the_letter_goes_once_more(
    tmp_path: Path, kills: int
) -> None:
    hang = Rule("after_dot", HANG, attempts=range(1, kills + 1))
    async with Smarthost([hang]) as smarthost:
        for number in range(kills):
            async with running(tmp_path, smarthost.url) as daemon:
                if number == 0:
                    await send_invoice(daemon)
                await smarthost.received(number + 1, DEADLINE)
                daemon.process.kill()
                await daemon.process.wait()
        # the next daemon takes it up at once: nobody else can be at it
        async with running(tmp_path, smarthost.url) as daemon:
            await smarthost.received(kills + 1, DEADLINE)
            await until_state(tmp_path, "sent")
            assert await daemon.stop() == 0
    assert len(smarthost.messages) == kills + 1
    assert len(set(smarthost.messages)) == 1


async def test_killed_after_the_answer_the_letter_goes_no_more(tmp_path: Path) -> None:
    async with Smarthost() as smarthost:
        async with running(tmp_path, smarthost.url) as daemon:
            await send_invoice(daemon)
            await until_state(tmp_path, "sent")
            daemon.process.kill()
            await daemon.process.wait()
        let_time_pass(tmp_path)
        async with running(tmp_path, smarthost.url) as daemon:
            await until_state(tmp_path, "sent")
            assert await daemon.stop() == 0
    assert len(smarthost.messages) == 1


async def test_cut_before_the_answer_the_letter_goes_once_more(tmp_path: Path) -> None:
    async with (
        Smarthost([Rule("after_dot", CUT, attempts=[1])]) as smarthost,
        running(tmp_path, smarthost.url) as daemon,
    ):
        await send_invoice(daemon)
        await until_state(tmp_path, "deferred")
        let_time_pass(tmp_path)
        await until_state(tmp_path, "sent")
        assert await daemon.stop() == 0
    assert len(smarthost.messages) == 2
    assert len(set(smarthost.messages)) == 1
