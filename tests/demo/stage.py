"""A demo as a process of its own, met through HTTP and through a second terminal."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

DEADLINE = 40.0
_RUN = "import asyncio; from maild.demo import run_demo; asyncio.run(run_demo({port}))"


@dataclass
class Stage:
    """A running demo: its guide, its viewer's URL, and a browser of sorts."""

    process: Process
    browser: aiohttp.ClientSession
    temporary: Path
    guide: str = ""
    url: str = ""

    async def read_guide(self) -> None:
        """Wait until it has told all that a newcomer needs."""
        assert self.process.stdout
        async with asyncio.timeout(DEADLINE):
            while "Ctrl-C" not in self.guide:
                line = await self.process.stdout.readline()
                assert line, self.guide
                self.guide += line.decode()
        found = re.search(r"^ {4}(http://\S+)$", self.guide, re.MULTILINE)
        assert found, self.guide
        self.url = found.group(1)

    async def page(self, path: str) -> str:
        """Return the text of a page that must be there."""
        async with self.browser.get(self.url + path) as answer:
            assert answer.status == 200, path
            return await answer.text()

    async def mailbox(self) -> dict[str, Any]:
        """Return what the viewer's script is told."""
        async with self.browser.get(f"{self.url}/mailbox.json") as answer:
            told: dict[str, Any] = await answer.json()
            return told

    async def path_of(self, address: str) -> str:
        """Return the page of the latest letter to somebody."""
        letters = (await self.mailbox())["letters"]
        url: str = next(letter["url"] for letter in letters if letter["to"] == address)
        return url.removeprefix(self.url)

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the mailbox once it is as wanted."""
        async with asyncio.timeout(DEADLINE):
            while not holds(mailbox := await self.mailbox()):
                await asyncio.sleep(0.05)
        return mailbox

    async def answer(self, path: str, **form: str) -> int:
        """Send the reply form of a letter's page; return the status of what it leads to."""
        found = re.search(r'name="token" value="([^"]+)"', await self.page(path))
        assert found
        data = {"token": found.group(1)} | form
        async with self.browser.post(f"{self.url}{path}/reply", data=data) as answer:
            return answer.status

    async def command(self, *arguments: str) -> tuple[int | None, str]:
        """Run maild in a second terminal; return its exit code and what it said."""
        process = await _start(self.temporary, "-m", "maild", *arguments)
        out, err = await process.communicate()
        return process.returncode, (out + err).decode()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int | None, str]:
        """End the demo; return its exit code and its last words."""
        self.process.send_signal(number)
        async with asyncio.timeout(DEADLINE):
            out, err = await self.process.communicate()
        return self.process.returncode, (out + err).decode()


@asynccontextmanager
async def open_stage(temporary: Path, port: str = "0") -> AsyncIterator[Stage]:
    """Run a demo whose temporary files are in a folder of the test's own."""
    process = await _start(temporary, "-c", _RUN.format(port=port))
    async with aiohttp.ClientSession() as browser:
        stage = Stage(process, browser, temporary)
        try:
            await stage.read_guide()
            yield stage
        finally:
            if process.returncode is None:
                # the whole session: a killed demo cannot take its printing process along
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()


async def _start(temporary: Path, *arguments: str) -> Process:
    environ = os.environ | {"TMPDIR": str(temporary)}
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=PIPE, stderr=PIPE, env=environ, start_new_session=True
    )
