"""The workers that make PDFs: none outlives its daemon, one that dies or hangs costs a retry."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from maild.errors import BadTemplate, Busy
from maild.press import Press

LAYOUT = "#set page(width: 5cm, height: 5cm)\n#json(bytes(sys.inputs.data)).word\n"
# typst stops a loop without end by itself, but not one that is only long
LONG = "#for x in range(2000) { for y in range(2000) { for z in range(2000) { } } }\n"
PRINT_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from maild.press import Press

async def main():
    press = Press()
    await press.print(Path(sys.argv[1]), {"word": "hello"})
    print(press._idle[0]._process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A small layout."""
    path = tmp_path / "layout.typ"
    path.write_text(LAYOUT)
    return path


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    """A press with one worker."""
    press = Press()
    yield press
    await press.close()


def workers(press: Press) -> list[int]:
    """Return the processes that have been started and are idle."""
    return [one._process.pid for one in press._idle if one._process]


def text(pdf: bytes) -> str:
    return PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


async def test_no_worker_is_started_before_there_is_something_to_print(
    layout: Path, press: Press
) -> None:
    assert workers(press) == []
    assert text(await press.print(layout, {"word": "hello"})) == "hello"
    assert len(workers(press)) == 1


async def test_one_after_the_other_is_printed_by_one_worker_and_many_at_once_by_all(
    layout: Path,
) -> None:
    press = Press(2)
    for word in ("one", "two"):
        assert text(await press.print(layout, {"word": word})) == word
    assert len(workers(press)) == 1
    words = [f"w{n}" for n in range(6)]
    printed = await asyncio.gather(*(press.print(layout, {"word": word}) for word in words))
    assert [text(pdf) for pdf in printed] == words
    assert len(workers(press)) == 2
    await press.close()


async def test_a_worker_that_dies_costs_one_more_try(layout: Path, press: Press) -> None:
    await press.print(layout, {"word": "hello"})
    (worker,) = workers(press)
    os.kill(worker, signal.SIGKILL)
    assert text(await press.print(layout, {"word": "again"})) == "again"
    assert workers(press) != [worker]


async def test_a_worker_that_hangs_is_killed_and_costs_one_more_try(layout: Path) -> None:
    press = Press(seconds=10)
    await press.print(layout, {"word": "hello"})
    (worker,) = workers(press)
    os.kill(worker, signal.SIGSTOP)
    assert text(await press.print(layout, {"word": "again"})) == "again"
    assert not Path(f"/proc/{worker}").exists()
    await press.close()


async def test_a_layout_that_computes_without_end_asks_for_patience_and_spares_the_others(
    layout: Path, tmp_path: Path
) -> None:
    endless = tmp_path / "endless.typ"
    endless.write_text(LONG)
    press = Press(2, cpu_seconds=2)
    hung = asyncio.create_task(press.print(endless, {}))
    assert text(await press.print(layout, {"word": "hello"})) == "hello"
    with pytest.raises(Busy, match=r"more than 2 seconds of computing\), twice; try again"):
        await hung
    assert text(await press.print(layout, {"word": "after"})) == "after"
    await press.close()


async def test_a_broken_layout_is_told_and_costs_no_worker(press: Press, tmp_path: Path) -> None:
    broken = tmp_path / "broken.typ"
    broken.write_text("#nothing\n")
    for _ in range(2):
        with pytest.raises(BadTemplate, match="unknown variable: nothing"):
            await press.print(broken, {})
        assert len(workers(press)) == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
async def test_the_worker_ends_with_its_daemon_and_says_nothing(
    layout: Path, tmp_path: Path, number: int
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PRINT_AND_WAIT,
        str(layout),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        cwd=tmp_path,
    )
    assert process.stdout
    worker = int(await process.stdout.readline())

    os.killpg(process.pid, number) if number == signal.SIGINT else process.kill()
    _, said = await process.communicate()

    async with asyncio.timeout(10):
        while Path(f"/proc/{worker}").exists():
            await asyncio.sleep(0.01)
    assert b"maild/worker.py" not in said
