"""`python -m tests.timing`: does a page take longer for an address that is known?

Known and unknown addresses are tried in turn at the log-in and at "I can't get in", and the
medians compared. Between tries the house's clock is advanced, so that no throttle joins in.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import structlog

from tests.paper import without_ink
from tests.world import Browser, HouseWorld, open_house_world

KNOWN = "jane@acme.example"
UNKNOWN = "mary@acme.example"
TRIES = 300
MOST = 0.005  # seconds


@dataclass(frozen=True)
class Timing:
    """The medians at one path, in seconds, and whether all answers were the same bytes."""

    path: str
    known: float
    unknown: float
    alike: bool

    @property
    def gap(self) -> float:
        """How far the medians are apart."""
        return abs(self.known - self.unknown)


async def compare(world: HouseWorld, path: str, tries: int) -> Timing:
    """Send the form at a path for either address in turn."""
    spent: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    answers = set()
    async with world.browser() as browser:
        csrf = (await browser.get(path)).csrf
        for _ in range(tries):
            for address, times in spent.items():
                world.clock.advance(seconds=3600)
                begun = time.perf_counter()
                answers.add(await _ask(browser, path, address, csrf))
                times.append(time.perf_counter() - begun)
    return Timing(path, median(spent[KNOWN]), median(spent[UNKNOWN]), len(answers) == 1)


async def _ask(browser: Browser, path: str, address: str, csrf: str) -> str:
    fields = {"address": address, "password": "a wrong guess", "next": "/", "csrf": csrf}
    page = await browser.post(path, fields, allow_redirects=False)
    return f"{page.status} {page.text.replace(address, '')}"


async def _measure() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        async with open_house_world(Path(folder)) as world:
            without_ink(world)
            await world.client("Acme Ltd", KNOWN)
            await world.issue("INV-1", password=True)
            found = [await compare(world, path, TRIES) for path in ("/login", "/recover")]
    for one in found:
        print(
            f"{one.path:9} known {one.known * 1000:6.2f} ms  unknown {one.unknown * 1000:6.2f} ms"
            f"  apart {one.gap * 1000:5.2f} ms  {'same' if one.alike else 'OTHER'} answer"
        )
    return all(one.alike and one.gap <= MOST for one in found)


def main() -> int:
    """Print the medians; return 0 if they tell nothing."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return 0 if asyncio.run(_measure()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
