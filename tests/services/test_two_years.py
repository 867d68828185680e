"""Two years with the calendar, day by day, with outages, wrong clocks, and two nodes at once.

Four clock changes and a leap day lie in them. A small model of its own knows which letters may be
written, and whatever is written must be one of these.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from maild.clock import to_datetime
from maild.mail.compose import Attached
from maild.model import Letter
from maild.pattern import make_pattern
from maild.rhythm import make_rhythm
from maild.services.bounces import trust_address
from maild.services.customers import add_contact, change_client
from maild.services.estimates import Words, answer_estimate
from maild.services.halts import pause, unpause
from maild.services.lookup import need_client, need_contact, need_document
from maild.services.payments import pay, void
from maild.services.recurring import add_recurrence, prepare_recurrence
from maild.services.rounds import make_round
from maild.states import DocumentState
from maild.store import clients, documents, letters
from tests.fakes import FakeClock
from tests.paper import without_ink
from tests.world import HouseWorld, open_house_world

RULES = """
[reminders]
holidays = ["12-25", "12-26", "01-01", "2027-03-26", "2028-02-29"]
statement_day = 31
"""
OFFSETS = {"ACME": (-3, 3, 10, 24), "BOLT": (7, 14), "CORK": (-3, 3, 10, 24)}
# to whom nothing ever happens: all they owe climbs the whole ladder
QUIET = "DOVE"
OFFSETS[QUIET] = OFFSETS["ACME"]
BUSY = ("ACME", "BOLT", "CORK")
BEGIN, END = date(2026, 11, 23), date(2028, 12, 1)
LATE = END - timedelta(days=90)
CHASE = -3
NUDGES = ("reminder", "chase")
OTHERS = ("document", "digest", "answer", "operator")
HOURS = (time(0, 30), time(1, 30), time(7, 59), time(9), time(12), time(17, 59), time(23, 50))


@dataclass
class Paper:
    """What the model knows of a document."""

    number: str
    client: str
    ends: date
    estimate: bool
    sent: date
    open: bool = True
    paused_until: date | None = None

    def step(self, day: date) -> int | None:
        """Return the only step that may be taken on a day: the latest that is planned by then."""
        offsets = (CHASE,) if self.estimate else OFFSETS[self.client]
        planned = [o for o in offsets if self.ends + timedelta(days=o) <= day]
        planned = [o for o in planned if o >= 0 or day <= self.ends]
        return max(planned, default=None)


class Walk:
    """A business that lives through the days, and the model beside it."""

    def __init__(self, world: HouseWorld, seed: int) -> None:
        self.world = world
        self.clock: FakeClock = world.clock
        self.dice = random.Random(seed)
        self.papers: dict[str, Paper] = {}
        self.by_id: dict[str, Paper] = {}
        self.off: set[str] = set()
        self.halted: set[str] = set()
        self.lost: set[str] = set()
        self.known: set[str] = set()
        self.taken: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.last_day: dict[tuple[str, str], date] = {}
        self.per_day: dict[tuple[str, date], int] = defaultdict(int)
        self.statements: dict[str, date] = {}

    @property
    def now(self) -> datetime:
        """What the business's clock shows."""
        return to_datetime(self.clock(), self.world.office.zone)

    async def set_up(self) -> None:
        """Have three clients, one with a ladder of its own and one with two people."""
        for ref in OFFSETS:
            await self.world.client(f"{ref} Ltd", f"a@{ref.lower()}.example", ref=ref)
        await add_contact(self.world.office, "CORK", "b@cork.example", actor="test")
        own = {"reminders": "7 days after: firm, 2 weeks after: final"}
        await change_client(self.world.office, "BOLT", own, actor="test")
        fields = {
            "type": "invoice",
            "number": "RENT-{year}-{month}-{day}",
            "client": "CORK",
            "due_days": 3000,
            "lines": [{"description": "Rent", "unit_price": "10"}],
        }
        prepared = await prepare_recurrence(
            self.world.office,
            make_pattern(fields, "GBP", "rent"),
            make_rhythm("1 month", date(2026, 11, 30), "last"),
            None,
            (Attached("terms.txt", "text/plain", b"be kind"),),
        )
        await add_recurrence(self.world.office, prepared, actor="test")

    def days(self) -> Iterator[date]:
        """Yield days to the end: now and then some are missed, and now and then one comes twice."""
        day = BEGIN
        while day < END:
            yield day
            luck = self.dice.random()
            if luck < 0.02:
                day += timedelta(days=self.dice.randint(2, 25))
            elif luck > 0.98:
                day -= timedelta(days=self.dice.randint(0, 1))
            else:
                day += timedelta(days=1)

    async def live(self, day: date) -> None:
        """Let a day go by: things happen between rounds at some of its hours."""
        for at in sorted(self.dice.sample(HOURS, self.dice.randint(1, 2))):
            self.clock.instant = self.world.office.almanac.instant(day, at)
            if self.dice.random() < 0.5:
                await self.happen()
            if self.dice.random() < 0.01:
                # a clock that is five hours ahead, until somebody notices
                self.clock.advance(seconds=5 * 3600)
                await self.round()
                self.clock.advance(seconds=-5 * 3600)
            await self.round()

    async def happen(self) -> None:
        """Let one thing happen that people do."""
        deeds = (self.issue, self.issue, self.settle, self.halt, self.lose, self.switch)
        await self.dice.choice(deeds)()

    async def issue(self) -> None:
        """Issue something new, on time or long after its last day, while there is not much open."""
        today = self.now.date()
        recent = [one for one in self.papers.values() if (today - one.ends).days < 30]
        ref = self.dice.choice(list(OFFSETS))
        if len(recent) > 9 or ref.lower() in self.lost:
            return
        estimate = self.dice.random() < 0.2
        ends = today + timedelta(days=self.dice.randint(0 if estimate else -60, 40))
        issued = min(today, ends) - timedelta(days=1)
        number = f"{'EST' if estimate else 'INV'}-{len(self.papers)}"
        fields: dict[str, Any] = {"due": str(ends)}
        if estimate:
            fields = {"type": "estimate", "valid_until": str(ends)}
        shipment = await self.world.issue(number, client=ref, issued=str(issued), **fields)
        paper = Paper(number, ref, ends, estimate, today)
        self.papers[number] = self.by_id[shipment.document.id] = paper

    async def settle(self) -> None:
        """Have an open document paid, voided or declined."""
        paper = self.pick()
        if paper is None:
            return
        office = self.world.office
        if paper.estimate and self.now.date() <= paper.ends:
            estimate = await need_document(office.db, paper.number)
            (person, *_) = await documents.list_recipients(office.db, estimate.id)
            words = Words(DocumentState.DECLINED)
            await answer_estimate(office, estimate, person, words, version=estimate.version)
        elif paper.estimate or self.dice.random() < 0.3:
            await void(office, paper.number, actor="test")
        else:
            await pay(office, paper.number, on=None, amount=None, quiet=True, actor="test")
        paper.open = False

    async def halt(self) -> None:
        """Pause a document or a client, or let it go on."""
        office, paper = self.world.office, self.pick()
        if paper is None:
            return
        if self.halted or self.dice.random() < 0.2:
            await self._halt_client(next(iter(sorted(self.halted)), paper.client))
        elif paper.paused_until:
            await unpause(office, paper.number, actor="test") if self._is_paused(paper) else None
            paper.paused_until = None
        else:
            until = self.now.date() + timedelta(days=self.dice.randint(0, 30))
            await pause(office, paper.number, until=until, reason="", actor="test")
            paper.paused_until = until

    async def _halt_client(self, ref: str) -> None:
        office = self.world.office
        if ref in self.halted:
            await unpause(office, ref, actor="test")
            self.halted.discard(ref)
            for paper in self.papers.values():
                # it ends those of single documents, too
                paper.paused_until = None if paper.client == ref else paper.paused_until
        else:
            await pause(office, ref, until=None, reason="", actor="test")
            self.halted.add(ref)

    async def lose(self) -> None:
        """Have letters to somebody come back, or the address mended."""
        # whose address is dead is mended before another dies
        refs = [one.upper() for one in sorted(self.lost)] or list(BUSY)
        office, ref = self.world.office, self.dice.choice(refs)
        client = await need_client(office.db, ref)
        person = await need_contact(office.db, client, f"a@{ref.lower()}.example")
        if ref.lower() in self.lost:
            await trust_address(office, client, person, actor="test")
            self.lost.discard(ref.lower())
        elif self.dice.random() < 0.3:
            gone = replace(person, bounced_at=self.clock(), bounced_why="5.1.1")
            await office.db.transact(lambda tx: clients.save_contact(tx, gone))
            self.lost.add(ref.lower())

    async def switch(self) -> None:
        """Switch a client's reminders off, or on again."""
        ref = self.dice.choice(sorted(self.off) or ["ACME", "CORK"])
        if ref in self.off:
            self.off.discard(ref)
        elif self.dice.random() < 0.3:
            self.off.add(ref)
        else:
            return
        wanted = {"reminders": "off" if ref in self.off else "default"}
        await change_client(self.world.office, ref, wanted, actor="test")

    def pick(self) -> Paper | None:
        """Return some open document of a client to whom things happen."""
        still = [one for one in self.papers.values() if one.open and one.client != QUIET]
        return self.dice.choice(still) if still else None

    async def round(self) -> None:
        """Go round, sometimes on two nodes at once, and judge every letter that came of it."""
        office = self.world.office
        for _ in range(20):
            nodes = 2 if self.dice.random() < 0.1 else 1
            written = await asyncio.gather(*(make_round(office) for _ in range(nodes)))
            if not any(written):
                break
        await self.world.deliver()
        for one in reversed(await letters.list_letters(office.db, most=100)):
            if one.id not in self.known:
                self.known.add(one.id)
                self.judge(one)

    def judge(self, letter: Letter) -> None:
        """Assert that a letter was right to be written just then."""
        if letter.kind == "statement":
            self._judge_statement(letter)
        elif letter.kind in NUDGES:
            self._judge_nudge(letter)
        else:
            assert letter.kind in OTHERS, letter.subject
            assert "cannot be written" not in letter.subject

    def _judge_nudge(self, letter: Letter) -> None:
        told = f"{self.now} {letter.subject}"
        assert letter.document_id
        paper = self.by_id.get(letter.document_id)
        assert paper, told
        day, ref = self.now.date(), paper.client
        self._judge_hour(told)
        assert paper.open, told
        assert not self._is_paused(paper), told
        assert ref not in self.off | self.halted, told
        assert letter.recipient.startswith("b@") or ref.lower() not in self.lost, told
        step = int(letter.occurrence.split()[-1])
        assert step == paper.step(day), told
        key = (paper.number, letter.recipient)
        assert not self.taken[key] or step > self.taken[key][-1], told
        rest = self.last_day.get(key, paper.sent)
        assert (day - rest).days >= 3, told
        self.taken[key].append(step)
        self.last_day[key] = day
        self._count(letter, day)

    def _judge_statement(self, letter: Letter) -> None:
        told, day = f"{self.now} {letter.subject} {letter.recipient}", self.now.date()
        self._judge_hour(told)
        ref = letter.recipient.partition("@")[2].partition(".")[0].upper()
        assert ref not in self.off | self.halted, told
        assert letter.recipient.startswith("b@") or ref.lower() not in self.lost, told
        last = self.statements.get(letter.recipient)
        assert last is None or (day - last).days >= 7, told
        self.statements[letter.recipient] = day

    def _judge_hour(self, told: str) -> None:
        now = self.now
        assert time(9) <= now.time() < time(18), told
        assert now.weekday() < 5, told
        holidays = {"12-25", "12-26", "01-01"}
        assert now.strftime("%m-%d") not in holidays, told
        assert str(now.date()) not in {"2027-03-26", "2028-02-29"}, told

    def _count(self, letter: Letter, day: date) -> None:
        self.per_day[letter.recipient, day] += 1
        assert self.per_day[letter.recipient, day] <= 3

    def _is_paused(self, paper: Paper) -> bool:
        return paper.paused_until is not None and self.now.date() <= paper.paused_until


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_years_pass_without_a_letter_too_many_or_too_few(
    tmp_path: Path, seed: int
) -> None:
    async with open_house_world(tmp_path, more=RULES) as world:
        without_ink(world)
        walk = Walk(world, seed)
        await walk.set_up()
        for day in walk.days():
            await walk.live(day)
        assert len(walk.taken) > 30
        _check_climbed(walk)
        await _check_rents(world)


def _check_climbed(walk: Walk) -> None:
    """Assert that all of the quiet client's invoices got to the top of the ladder, each step once.

    Estimates were recalled, unless that came too late.
    """
    old = [one for one in walk.papers.values() if one.client == QUIET and one.ends < LATE]
    assert len(old) > 5
    for paper in old:
        steps = walk.taken[paper.number, f"a@{QUIET.lower()}.example"]
        if paper.estimate:
            assert steps in ([CHASE], []), paper
        else:
            assert steps[-1] == OFFSETS[QUIET][-1], paper


async def _check_rents(world: HouseWorld) -> None:
    """Assert that each month has its one invoice, those of days without a daemon too."""
    known = await documents.list_documents(world.office.db)
    rents = sorted(one.issued for one in known if one.number.startswith("RENT"))
    rhythm = make_rhythm("1 month", date(2026, 11, 30), "last")
    assert rents[:24] == [rhythm.date_of(turn).isoformat() for turn in range(24)]
    assert "2028-02-29" in rents
