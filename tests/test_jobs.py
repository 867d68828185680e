"""The clock's door: rounds that tick, and a clock that is not believed at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from maild import jobs
from maild.clock import HOUR, MINUTE, SECOND, steady_clock
from maild.errors import StoreUnavailable
from maild.jobs import Watch, go_round, start_jobs
from tests.fakes import FakeClock
from tests.paper import without_ink
from tests.world import DEADLINE, open_house_world


def test_clock_that_jumps_ahead_is_believed_after_an_hour() -> None:
    clock, steady = FakeClock(), FakeClock(0)
    watch = Watch(clock, steady)
    assert watch.is_right()
    clock.advance(days=400)
    steady.advance(seconds=60)
    assert not watch.is_right()
    for _ in range(58):
        clock.advance(seconds=60)
        steady.advance(seconds=60)
        assert not watch.is_right()
    clock.advance(seconds=120)
    steady.advance(seconds=120)
    assert watch.is_right()


def test_clock_that_is_put_right_is_believed_at_once() -> None:
    clock, steady = FakeClock(), FakeClock(0)
    watch = Watch(clock, steady)
    clock.advance(days=400)
    assert not watch.is_right()
    clock.advance(days=-400)
    assert watch.is_right()


def test_machine_that_slept_or_is_busy_has_no_wrong_clock() -> None:
    clock, steady = FakeClock(), FakeClock(0)
    watch = Watch(clock, steady)
    clock.advance(days=3)
    steady.advance(days=3)
    assert watch.is_right()
    clock.advance(seconds=3500)
    assert watch.is_right()


def test_steady_clock_goes_forward() -> None:
    first = steady_clock()
    assert 0 < first <= steady_clock() < first + HOUR


async def test_round_after_a_jump_waits(tmp_path: Path) -> None:
    async with open_house_world(tmp_path) as world:
        without_ink(world)
        await world.client("Acme Ltd", "jane@acme.example")
        await world.issue("INV-1")
        steady = FakeClock(0)
        watch = Watch(world.clock, steady)
        await go_round(world.office, watch)
        world.clock.advance(days=400)
        await go_round(world.office, watch)
        world.clock.advance(days=-400)
        await go_round(world.office, watch)
        await world.deliver()
        assert len(await world.mail()) == 1
        assert "reminded INV-1" not in await world.log()


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), RuntimeError("a fault")])
async def test_round_that_fails_leaves_the_next_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fail(_: Any) -> int:
        raise error

    async with open_house_world(tmp_path) as world:
        monkeypatch.setattr(jobs, "make_round", fail)
        await go_round(world.office, Watch(world.clock, FakeClock(0)))


async def test_jobs_tick_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticked = asyncio.Event()

    async def note(_: Any) -> int:
        ticked.set()
        return 0

    monkeypatch.setattr(jobs, "make_round", note)
    async with open_house_world(tmp_path) as world:
        scheduler = start_jobs(world.office)
        try:
            (rounds,) = (job for job in scheduler.get_jobs() if job.func is go_round)
            assert rounds.trigger.interval.total_seconds() == MINUTE / SECOND
            # what is due in a minute is due now
            rounds.modify(next_run_time=datetime.now(UTC))
            async with asyncio.timeout(DEADLINE):
                await ticked.wait()
        finally:
            scheduler.shutdown(wait=False)
