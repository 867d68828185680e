"""`python -m tests.timing`: does a page take longer for an address that is known?

Known and unknown addresses are tried in turn at the running daemon, at the log-in and at "I can't
get in", and the medians compared. Each try comes from a network of its own, as a trusted proxy
says, so that no throttle joins in.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from statistics import median

import structlog
from aiohttp import ClientSession, CookieJar

from maild.daemon import run_daemon
from maild.services.customers import add_client
from maild.services.issue import commit_issue, prepare_issue
from tests.ports import free_port
from tests.visitor import Browser
from tests.world import make_document, write_config

KNOWN = "jane@acme.example"
UNKNOWN = "mary@acme.example"
PATHS = ("/login", "/recover")
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


@asynccontextmanager
async def open_business(folder: Path) -> AsyncIterator[Browser]:
    """Run the daemon, with one customer who has a password; give a browser behind a proxy."""
    config = write_config(folder, port=free_port())
    proxied = config.web.model_copy(update={"trusted_proxies": (ip_network("127.0.0.0/8"),)})
    async with run_daemon(config.model_copy(update={"web": proxied})) as running:
        office = running.office
        await add_client(office, "Acme Ltd", email=KNOWN, actor="timing")
        shipment = await prepare_issue(office, make_document("INV-1"), (), password=True)
        await commit_issue(office, shipment, actor="timing")
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            yield Browser(session, config.web.base_url)


async def compare(
    browser: Browser, path: str, tries: int, clock: Callable[[], float] = time.perf_counter
) -> Timing:
    """Send the form at a path for either address in turn, each of them first every other time."""
    spent: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    answers = set()
    csrf = (await browser.get(path)).csrf
    networks = count()
    for number in range(tries):
        for address, times in sorted(spent.items(), reverse=bool(number % 2)):
            place = next(networks)
            begun = clock()
            said = await _ask(browser, path, address, csrf, f"10.{place >> 8}.{place & 255}.1")
            times.append(clock() - begun)
            answers.add(said)
    return Timing(path, median(spent[KNOWN]), median(spent[UNKNOWN]), len(answers) == 1)


async def _ask(browser: Browser, path: str, address: str, csrf: str, source: str) -> str:
    fields = {"address": address, "password": "a wrong guess", "next": "/", "csrf": csrf}
    headers = {"X-Forwarded-For": source}
    page = await browser.post(path, fields, headers=headers, allow_redirects=False)
    return f"{page.status} {page.text.replace(address, '')}"


async def _measure() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        async with open_business(Path(folder)) as browser:
            found = [await compare(browser, path, TRIES) for path in PATHS]
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
