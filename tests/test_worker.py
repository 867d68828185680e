"""The worker: hostile input keeps nobody waiting, and its death costs one call."""

from __future__ import annotations

import asyncio
import operator
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop

from maild.mail.parse import Unparseable, parse
from maild.worker import Worker, WorkerDied

ANSWER_AND_WAIT = """
import asyncio, os
from maild.worker import Worker

async def main():
    print(await Worker().run(os.getpid), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    """A worker with little time to compute."""
    worker = Worker(cpu_seconds=0.5)
    yield worker
    await worker.close()


async def test_functions_run_in_one_process_that_is_not_ours(worker: Worker) -> None:
    first, second = await asyncio.gather(worker.run(os.getpid), worker.run(os.getpid))
    assert first == second != os.getpid()
    assert await worker.run(operator.add, b"x" * 3_000_000, b"y") == b"x" * 3_000_000 + b"y"


async def test_exceptions_come_through_as_they_were_raised(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError):
        await worker.run(operator.truediv, 1, 0)
    with pytest.raises(Unparseable, match="cannot be read: it has too many header fields") as found:
        await worker.run(parse, b"X: y\n" * 600)
    assert found.value.reason == "it has too many header fields"
    assert await worker.run(operator.add, 1, 1) == 2, "the same process goes on"


async def test_call_that_computes_for_ever_is_killed_and_keeps_the_loop_free(
    worker: Worker,
) -> None:
    pid = await worker.run(os.getpid)
    endless = asyncio.create_task(worker.run(pow, 3, 10**9))
    turns = 0
    while not endless.done():
        await asyncio.sleep(0.001)
        turns += 1
    with pytest.raises(WorkerDied, match=r"more than 0\.5 seconds of computing"):
        await endless
    # in a thread of ours it would hold the interpreter, and the loop would turn once or twice
    assert turns > 20
    assert await worker.run(os.getpid) != pid


async def test_call_that_waits_for_ever_is_killed_too() -> None:
    worker = Worker(seconds=1)
    with pytest.raises(WorkerDied, match="not done within 1 seconds"):
        await worker.run(time.sleep, 60)
    await worker.close()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
async def test_process_that_dies_is_replaced(worker: Worker, number: int) -> None:
    with pytest.raises(WorkerDied):
        await worker.run(signal.raise_signal, number)
    assert await worker.run(operator.add, 1, 1) == 2


async def test_what_a_library_prints_is_no_answer(
    worker: Worker, capfd: pytest.CaptureFixture[str]
) -> None:
    assert await worker.run(os.write, 1, b"hello\n") == 6
    await worker.run(print, "hello")
    assert "hello" not in capfd.readouterr().out


async def test_cancelled_call_leaves_no_process_and_no_answer_behind(worker: Worker) -> None:
    pid = await worker.run(os.getpid)
    call = asyncio.create_task(worker.run(time.sleep, 60))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await worker.run(operator.add, 1, 1) == 2
    assert await worker.run(os.getpid) != pid


@pytest.mark.parametrize("steps", range(6))
def test_a_call_that_is_called_off_while_the_process_starts_leaves_nothing_to_its_loop(
    steps: int, capfd: pytest.CaptureFixture[str]
) -> None:
    async def call_off() -> None:
        worker = Worker()
        call = asyncio.create_task(worker.run(os.getpid))
        for _ in range(steps):
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await worker.close()

    uvloop.run(call_off())
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
async def test_the_worker_ends_with_its_daemon_and_says_nothing(
    tmp_path: Path, number: int
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        ANSWER_AND_WAIT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        cwd=tmp_path,
    )
    assert process.stdout
    pid = int(await process.stdout.readline())
    os.killpg(process.pid, number) if number == signal.SIGINT else process.kill()
    _, said = await process.communicate()
    async with asyncio.timeout(10):
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.01)
    assert b"maild/worker.py" not in said


async def test_a_file_in_the_working_directory_does_not_stand_in_for_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worker: Worker
) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit('taken over')\n")
    monkeypatch.chdir(tmp_path)
    assert await worker.run(operator.add, 1, 1) == 2
