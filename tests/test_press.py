"""The worker that makes PDFs: it never outlives its daemon, and its death costs one more try."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from maild.errors import Busy
from maild.press import Press

LAYOUT = "#set page(width: 5cm, height: 5cm)\n#json(bytes(sys.inputs.data)).word\n"
PRINT_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from maild.press import Press

async def main():
    press = Press()
    await press.print(Path(sys.argv[1]), {"word": "hello"})
    print(*press._pool._processes, flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A small layout."""
    path = tmp_path / "layout.typ"
    path.write_text(LAYOUT)
    return path


async def test_a_worker_that_dies_costs_one_more_try(layout: Path) -> None:
    press = Press()
    try:
        assert (await press.print(layout, {"word": "hello"})).startswith(b"%PDF")
        assert press._pool
        (worker,) = press._pool._processes
        os.kill(worker, signal.SIGKILL)
        assert (await press.print(layout, {"word": "again"})).startswith(b"%PDF")
    finally:
        press.close()


async def test_two_deaths_in_a_row_ask_for_patience(
    layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maild.press.render_pdf", _die)
    press = Press()
    with pytest.raises(Busy, match="try again"):
        await press.print(layout, {"word": "hello"})
    press.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
async def test_the_worker_ends_with_its_daemon_and_says_nothing(
    layout: Path, tmp_path: Path, number: int
) -> None:
    script = tmp_path / "script.py"
    script.write_text(PRINT_AND_WAIT)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(layout),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    worker = int(await process.stdout.readline())

    os.killpg(process.pid, number) if number == signal.SIGINT else process.kill()
    _, said = await process.communicate()

    async with asyncio.timeout(10):
        while Path(f"/proc/{worker}").exists():
            await asyncio.sleep(0.01)
    assert b"SpawnProcess" not in said


def _die(*_: object) -> bytes:
    os._exit(1)
