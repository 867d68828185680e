"""What a check says: how things stand, in plain words, and what to publish or run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maild.clock import Clock, Instant
from maild.config import Config
from maild.dns import Resolver


class Grade(StrEnum):
    """How things stand; what could not be seen is neither good nor bad."""

    OK = "ok"
    UNSEEN = "not seen"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One finding about a topic (one word); the remedy is a line to publish, or what to do."""

    topic: str
    grade: Grade
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What time somebody else's clock told, and ours at that moment."""

    who: str
    told: Instant
    ours: Instant


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check found, and what time it was told by the way."""

    verdicts: tuple[Verdict, ...]
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at: a configuration, and what it is looked at with.

    Without a resolver nobody is asked about names. `addresses` are those by which this machine
    itself reaches the internet, as far as it knows them.
    """

    config: Config
    clock: Clock
    resolver: Resolver | None = None
    addresses: tuple[str, ...] = ()


def ok(topic: str, text: str) -> Verdict:
    """Return that something is as it should be."""
    return Verdict(topic, Grade.OK, text)


def warn(topic: str, text: str, remedy: str = "") -> Verdict:
    """Return that something works, and not for everybody or not for long."""
    return Verdict(topic, Grade.WARNING, text, remedy)


def fault(topic: str, text: str, remedy: str = "") -> Verdict:
    """Return that something does not work."""
    return Verdict(topic, Grade.FAULT, text, remedy)


def unseen(topic: str, text: str, remedy: str = "") -> Verdict:
    """Return that something could not be seen from here and now."""
    return Verdict(topic, Grade.UNSEEN, text, remedy)
