"""What maild does all day, in a store of 1,000 documents and in one of 1,000,000.

The large one has 200,000 contacts and 1,000,000 letters that were sent, over three years; both
have the same hundred letters waiting. An item is one of each deed; what counts is each deed's
median.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from aiohttp.test_utils import TestServer

from maild import intake
from maild.clock import DAY, HOUR
from maild.ids import Purpose
from maild.model import Envelope
from maild.services.rounds import _review, make_round
from maild.store import clients, documents, letters, retention
from maild.store.database import Transaction
from maild.store.retention import BEGINNING
from maild.store.sqlite import open_sqlite
from maild.web.app import build_admin
from tests.bench.scenario import Contender, Goal, Opener, Outcome, Round, Scenario, need_equal
from tests.fakes import START
from tests.growth import Past, address_of, number_of
from tests.visitor import Browser
from tests.world import HouseWorld, open_house_world

SMALL, LARGE = 1_000, 1_000_000
_CLAIM = 10
_OLD = START - 400 * DAY
_MAIL = b"From: a@example.org\r\nSubject: a question\r\n\r\n" + b"x" * 8000

Deed = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _House:
    """A world with a past, and a visitor who came by the latest document's link."""

    world: HouseWorld
    past: Past
    visitor: Browser
    metrics: str

    @property
    def deeds(self) -> Mapping[str, Deed]:
        """What is measured, by name."""
        db = self.world.office.db
        middle = (_OLD, "")
        issue = ("2025-11-01", 0, "")
        return {
            "page": lambda: self._see(f"/invoices/{self.number}", self.number),
            "shelf": lambda: self._see("/invoices", self.number),
            "claim": self._claim,
            "accept": self._accept,
            "due": lambda: letters.next_due(db),
            "letters": lambda: letters.list_letters(db, "sent", 100, middle),
            "documents": lambda: documents.list_documents(db, before=issue, most=100),
            "clients": lambda: clients.list_clients(db, "c000100", 100),
            "metrics": lambda: self._see(self.metrics, "maild_letters"),
            "round": lambda: make_round(self.world.office),
            "purge": self._purge,
        }

    @property
    def number(self) -> str:
        """The latest document's number."""
        return number_of(self.past.documents - 1)

    async def enter(self) -> None:
        """Follow the latest link, and let the calendar see that the rules have not changed."""

        async def rest(tx: Transaction) -> None:
            later = START + 7 * DAY
            await tx.execute("UPDATE documents SET wake_at = $1 WHERE state = 'open'", later)

        await _review(self.world.office)
        await self.world.office.db.transact(rest)
        link = self.world.office.keys.make(Purpose.LINK, self.past.link_id(-1))
        page = await self.visitor.get(f"/l/{link}")
        need_equal("documents opened by a link", page.path, f"/invoices/{self.number}")

    async def _see(self, where: str, words: str) -> None:
        page = await self.visitor.get(where)
        need_equal("pages", (page.status, words in page.text), (200, True))

    async def _accept(self) -> None:
        envelope = Envelope("127.0.0.1", "bench", address_of(7), ("billing@example.test",), _MAIL)
        await intake.accept(self.world.office, envelope)

    async def _claim(self) -> None:
        async def claim(tx: Transaction) -> int:
            until = START + HOUR
            return len(
                await letters.claim_letters(
                    tx, owner="bench", now=START, lease_until=until, most=_CLAIM
                )
            )

        need_equal("letters claimed", await self.world.office.db.transact(claim), _CLAIM)

    async def _purge(self) -> None:
        db = self.world.office.db
        stretch = await retention.walk_letters(db, BEGINNING, _OLD, 100)
        gone = await db.transact(
            lambda tx: retention.purge_letters(tx, BEGINNING, stretch.end, START)
        )
        need_equal("letters let go of", gone, 100)

    async def undo(self) -> None:
        """Put back what was claimed and let go of, and take out what was accepted."""

        async def work(tx: Transaction) -> None:
            await tx.execute("UPDATE letters SET lease_until = 0 WHERE state = 'queued'")
            await tx.execute(
                "UPDATE letters SET purged_at = NULL WHERE created_at <= $1 AND purged_at > 0",
                self.past.at(100),
            )
            fresh = "SELECT id FROM replies WHERE state = 'accepted'"
            await tx.execute(f"DELETE FROM reply_bytes WHERE reply_id IN ({fresh})")
            await tx.execute("DELETE FROM replies WHERE state = 'accepted'")

        await self.world.office.db.transact(work)


async def _measure(house: _House, items: int) -> Outcome:
    """Do every deed so many times; what puts things back is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in house.deeds}
    computed = time.process_time()
    for name, deed in house.deeds.items():
        for _ in range(items):
            begun = time.perf_counter()
            await deed()
            taken[name].append(time.perf_counter() - begun)
            if name in {"claim", "purge"}:
                await house.undo()
    await house.undo()
    computed = time.process_time() - computed
    more = {f"{name}_us": 1e6 * median(times) for name, times in taken.items()}
    return Outcome(items, sum(map(sum, taken.values())), computed, more)


@asynccontextmanager
async def _open_house(folder: Path, size: int) -> AsyncIterator[_House]:
    past = Past(size, START)
    path = folder / "data" / "maild.db"
    await (await open_sqlite(path)).close()
    with closing(sqlite3.connect(path)) as raw:
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
            raw.execute(f"PRAGMA {setting}")
        past.write(raw)
        raw.execute("PRAGMA journal_mode = WAL")
    async with (
        open_house_world(folder) as world,
        world.browser() as visitor,
        TestServer(build_admin(world.office)) as admin,
    ):
        house = _House(world, past, visitor, str(admin.make_url("/metrics")))
        await house.enter()
        yield house


def _keep(size: int) -> Opener:
    @contextmanager
    def opened(folder: Path) -> Iterator[Round]:
        with asyncio.Runner() as runner:
            house = _open_house(folder, size)
            home = runner.run(house.__aenter__())
            try:
                yield lambda items: runner.run(_measure(home, items))
            finally:
                runner.run(house.__aexit__(None, None, None))

    return opened


_LARGE, _SMALL = f"{LARGE:,} documents", f"{SMALL:,} documents"
_GOALS = {
    "page": "a document's page",
    "shelf": "the list of a client's invoices",
    "claim": f"claim {_CLAIM} letters",
    "accept": "accept a mail of 8 KB",
    "due": "when is a letter due",
    "letters": "a page of sent letters, from the middle",
    "documents": "a page of documents, from the middle",
    "clients": "a page of clients",
    "metrics": "metrics",
    "round": "a round of the calendar with nothing to do",
    "purge": "let go of 100 letters",
}

SCENARIOS = (
    Scenario(
        name="growth",
        about="what maild does all day, in a small store and in a large one",
        items=50,
        contenders=(Contender(_SMALL, _keep(SMALL)), Contender(_LARGE, _keep(LARGE))),
        goals=tuple(
            Goal(words, of=_LARGE, to=_SMALL, measure=f"{name}_us", most=1.3)
            for name, words in _GOALS.items()
        ),
    ),
)
