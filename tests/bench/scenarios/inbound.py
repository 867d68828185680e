"""Mail comes in: durable before it is answered, beside those who do the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.child import python, start
from tests.bench.house import ADDRESS, open_house
from tests.bench.machine import cpu_seconds
from tests.bench.mailman import open_mailman
from tests.bench.mailtools import SIZE, pour
from tests.bench.postfix import open_postfix
from tests.bench.scenario import (
    Contender,
    Goal,
    Mismatch,
    Outcome,
    Round,
    Scenario,
    need_equal,
    needs,
)

_COUNTED = 400
_SETTLING = ("intake",)
_POSTFIX = needs("smtp-source", "postfix", root=True)


@dataclass(frozen=True)
class _Door:
    """Where mail is brought, whose computing counts, and how many messages are kept behind it.

    Of who cannot tell how many, `count` says -1; smtp-source has its 250s.
    """

    port: int
    pid: int
    count: Callable[[], int]
    lmtp: bool = False


_OpenDoor = Callable[[Path, Path | None], AbstractContextManager[_Door]]


@contextmanager
def _maild(
    folder: Path, trace: Path | None, held: tuple[str, ...], lmtp: bool = False
) -> Iterator[_Door]:
    with open_house(folder, held=held, trace=trace) as house:
        port = house.lmtp_port if lmtp else house.smtp_port
        yield _Door(port, house.child.pid, lambda: len(set(house.contents())), lmtp)


@contextmanager
def _mailman(folder: Path, trace: Path | None) -> Iterator[_Door]:
    with open_mailman(folder, ADDRESS, trace) as mailman:
        yield _Door(mailman.port, mailman.pid, mailman.count, lmtp=True)


@contextmanager
def _stock(folder: Path, trace: Path | None) -> Iterator[_Door]:
    path = folder / "mail.db"
    command = python("tests.bench.programs.stock_smtpd", path)
    with start(*command, folder=folder, trace=trace) as child:
        port = int(child.read_line())
        with closing(sqlite3.connect(path)) as store:
            sql = "SELECT count(DISTINCT content) FROM mail"
            yield _Door(port, child.pid, lambda: int(store.execute(sql).fetchone()[0]))


@contextmanager
def _postfix(folder: Path, trace: Path | None) -> Iterator[_Door]:
    # what it keeps it lets go at once, and nobody counts that
    with open_postfix(folder, trace=trace) as postfix:
        yield _Door(postfix.port, postfix.pid, lambda: -1)


def _through(open_door: _OpenDoor, reuse: bool, folder: Path) -> AbstractContextManager[Round]:
    return _rounds(open_door, reuse, folder)


@contextmanager
def _rounds(open_door: _OpenDoor, reuse: bool, folder: Path) -> Iterator[Round]:
    """A fresh door for each round, so that nobody meets what an earlier round left behind."""
    number = 0

    def play(items: int) -> Outcome:
        nonlocal number
        number += 1
        own = folder / f"round{number}"
        own.mkdir()
        with open_door(own, None) as door:
            _pour_checked(door, items // 10 + 1, reuse)
            return _pour_checked(door, items, reuse)

    yield play


def _pour_checked(door: _Door, items: int, reuse: bool) -> Outcome:
    before, computed = door.count(), cpu_seconds(door.pid)
    seconds = pour(door.port, items, ADDRESS, reuse=reuse, lmtp=door.lmtp)
    cpu = cpu_seconds(door.pid) - computed
    if before >= 0:
        need_equal("mails with their row", door.count() - before, items)
    return Outcome(items, seconds, cpu)


def _count_syncs(open_door: _OpenDoor, reuse: bool, folder: Path) -> Mapping[str, float]:
    """Count what a mail costs in syncs, in a door of its own under strace.

    Stock aiosmtpd, with a commit for each mail, shows that they are seen.
    """
    own = folder / "counted"
    own.mkdir()
    trace = own / "trace"
    with open_door(own, trace) as door:
        _pour_checked(door, _COUNTED, reuse)
        before = _read_syncs(trace)
        _pour_checked(door, _COUNTED, reuse)
        return {"syncs": (_read_syncs(trace) - before) / _COUNTED}


def _read_syncs(trace: Path) -> int:
    # one that another thread interrupted stands on two lines, and begins on one
    found = sum(1 for line in trace.read_text().splitlines() if "sync(" in line)
    if not found:
        raise Mismatch("strace saw no sync at all")
    return found


def _contenders(reuse: bool) -> tuple[Contender, ...]:
    whole, settling_later = partial(_maild, held=()), partial(_maild, held=_SETTLING)
    doors: tuple[tuple[str, _OpenDoor, Callable[[], str]], ...] = (
        ("maild", whole, needs("smtp-source")),
        ("maild, settling later", settling_later, needs("smtp-source")),
        ("Postfix", _postfix, _POSTFIX),
        ("aiosmtpd, a commit per mail", _stock, needs("smtp-source")),
    )
    return tuple(_contender(name, open_door, reuse, lacks) for name, open_door, lacks in doors)


def _contender(name: str, open_door: _OpenDoor, reuse: bool, lacks: Callable[[], str]) -> Contender:
    syncs = partial(_count_syncs, open_door, reuse)
    return Contender(name, partial(_through, open_door, reuse), lacks, count=syncs)


def _goals(least: float) -> tuple[Goal, ...]:
    maild, later, stock = "maild", "maild, settling later", "aiosmtpd, a commit per mail"
    return (
        Goal("× Postfix's durable smtpd", maild, "Postfix", least=least),
        Goal("× Postfix's durable smtpd, settling later", later, "Postfix", least=least),
        Goal("syncs a mail", later, measure="syncs", most=0.25),
        Goal("CPU ÷ stock aiosmtpd's, settling later", later, stock, measure="cpu_us", most=0.5),
    )


SCENARIOS = (
    Scenario(
        name="in-new",
        about=f"mails of {SIZE} bytes come in, 20 at a time, each over a new connection",
        items=2000,
        contenders=_contenders(reuse=False),
        goals=_goals(least=1.5),
    ),
    Scenario(
        name="in-keep",
        about=f"mails of {SIZE} bytes come in over 20 connections that are kept",
        items=2000,
        contenders=_contenders(reuse=True),
        goals=_goals(least=2.0),
    ),
    Scenario(
        name="in-lmtp",
        about=f"mails of {SIZE} bytes come in by LMTP over 20 connections that are kept",
        items=1000,
        contenders=(
            _contender("maild", partial(_maild, held=(), lmtp=True), True, needs("smtp-source")),
            _contender("Mailman", _mailman, True, needs("smtp-source", "mailman", "runner")),
        ),
        goals=(Goal("× Mailman's LMTP", "maild", "Mailman", least=3.0),),
    ),
)
