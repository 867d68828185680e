"""What the bench measures: a scenario, the contenders that go through it, and the goals beside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path


class Mismatch(Exception):
    """What arrived is not what was sent: the round does not count."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a contender did in one round; `cpu` are the seconds of the processes measured.

    `more` are its other numbers, such as percentiles, by their names.
    """

    items: int
    seconds: float
    cpu: float
    more: Mapping[str, float] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, float]:
        """All numbers by name: `rate` in items a second, `cpu_us` in microseconds an item."""
        own = {"rate": self.items / self.seconds, "cpu_us": 1e6 * self.cpu / self.items}
        return own | dict(self.more)


# does so many items; raises `Mismatch` when what arrived is not what was sent
Round = Callable[[int], Outcome]
# brings a contender to work in a folder of its own, and ends it
Opener = Callable[[Path], AbstractContextManager[Round]]


def _nothing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Contender:
    """One who goes through a scenario.

    `lacks` tells what it misses on this machine, or nothing. `share` is its part of the items,
    for one so slow that it would keep the others waiting. `count` returns numbers that are
    counted once, in a pass apart from the rounds, such as `syncs`.
    """

    name: str
    open: Opener
    lacks: Callable[[], str] = _nothing
    share: float = 1.0
    count: Callable[[Path], Mapping[str, float]] | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """A number of a contender, or its ratio to another's in the same round, and what it is to be.

    `measure` is `rate`, `cpu_us` or one of the other numbers; the median is to be at least
    `least` and at most `most`.
    """

    words: str
    of: str
    to: str = ""
    measure: str = "rate"
    least: float | None = None
    most: float | None = None

    def is_reached(self, median: float) -> bool:
        """Whether a median is as good as it is to be."""
        return (self.least is None or median >= self.least) and (
            self.most is None or median <= self.most
        )

    @property
    def bound(self) -> str:
        """The goal as people write it."""
        bounds = [f"≥ {self.least:g}"] if self.least is not None else []
        bounds += [f"≤ {self.most:g}"] if self.most is not None else []
        return " and ".join(bounds) or "none"


@dataclass(frozen=True, slots=True)
class Scenario:
    """So many items of one kind of work, for all contenders in turn; `about` says what, in a line.

    `items` is how many a round has by default.
    """

    name: str
    about: str
    items: int
    contenders: Sequence[Contender]
    goals: Sequence[Goal] = ()


def need_equal(what: str, arrived: object, sent: object) -> None:
    """Raise `Mismatch` unless both are equal."""
    if arrived != sent:
        raise Mismatch(f"{what}: {arrived} arrived, {sent} were sent")


def needs(*names: str, root: bool = False) -> Callable[[], str]:
    """Return what tells which of these programs, or Python modules (`module:X`), are missing."""

    def tell() -> str:
        missing = [name.removeprefix("module:") for name in names if not _is_here(name)]
        if root and os.geteuid() != 0:
            missing.append("root")
        return f"needs {', '.join(missing)}" if missing else ""

    return tell


def _is_here(name: str) -> bool:
    if name.startswith("module:"):
        return find_spec(name.removeprefix("module:")) is not None
    return find_program(name) is not None


def find_program(name: str) -> str | None:
    """Return where a program is; those of a mail server are not on everybody's path.

    Theirs come first: others call programs by the same names.
    """
    return shutil.which(name, path="/usr/sbin:/usr/lib/postfix/sbin") or shutil.which(name)
