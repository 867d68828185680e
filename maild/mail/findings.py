"""What one way of checking a sender has found, in a form that all of them share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """Pass and fail are facts; none: nothing to go by; unknown: the DNS is in trouble."""

    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """A result, its reason in one word, and the domain (ASCII, lower case) it speaks of."""

    result: Result
    reason: str
    domain: str = ""

    def __str__(self) -> str:
        return f"{self.result} ({' '.join(filter(None, (self.reason, self.domain)))})"


class Unsure(Exception):
    """The DNS is in trouble, and what depends on it cannot be said."""


_ORDER = (Result.PASS, Result.UNKNOWN, Result.FAIL, Result.NONE)


def choose_best(findings: Iterable[Finding], otherwise: Finding) -> Finding:
    """Return the finding that says most: a pass, else an unknown, else the first fail."""
    return min(findings, key=lambda finding: _ORDER.index(finding.result), default=otherwise)
