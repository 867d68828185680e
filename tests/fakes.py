"""Stand-ins for the world outside: a clock that is advanced, a relay that remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from maild import dns
from maild.clock import DAY, SECOND, from_datetime
from maild.dns import NOT_FOUND, UNKNOWN, Answer, Lookup
from maild.relay import Outcome

START = from_datetime(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
SENT = Outcome("sent", 250, "2.0.0 Ok")


@dataclass
class FakeClock:
    """A clock that stands still until it is advanced."""

    instant: int = START

    def __call__(self) -> int:
        """Return the instant it shows."""
        return self.instant

    def advance(self, *, days: float = 0, seconds: float = 0) -> None:
        """Move forward."""
        self.instant += round(days * DAY + seconds * SECOND)


@dataclass
class FakeRelay:
    """A relay that keeps what it is given and answers as told."""

    answer: Callable[[str], Outcome] = field(default=lambda _: SENT)
    delivered: list[tuple[str, str, bytes]] = field(default_factory=list)
    tried: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Remember the letter and answer."""
        outcome = self.answer(recipient)
        self.tried.append((sender, recipient, message))
        if outcome.state == "sent":
            self.delivered.append((sender, recipient, message))
        return outcome

    async def close(self) -> None:
        """Have nothing to close."""


@dataclass
class FakeResolver:
    """A resolver that knows a zone: `{("acme.example", "TXT"): ["v=spf1 -all"]}`.

    CNAMEs are followed. The names in `troubled` answer "unknown", every name does while `down`.
    `asked` are the questions so far.
    """

    zone: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    troubled: set[str] = field(default_factory=set)
    down: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def within(self, seconds: float) -> Lookup:
        """Return the lookup; it takes no time."""
        return self.lookup

    def lookup(self, name: str, kind: str) -> Answer:
        """Answer one question."""
        self.asked.append((name, kind))
        for _ in range(10):
            name = name.rstrip(".").lower()
            if self.down or name in self.troubled:
                return UNKNOWN
            if found := self.zone.get((name, kind)):
                return Answer(dns.Outcome.FOUND, tuple(found))
            if not (alias := self.zone.get((name, "CNAME"))):
                return NOT_FOUND
            name = alias[0]
        return NOT_FOUND

    def publish(self, name: str, kind: str, *records: str) -> None:
        """Add records to the zone."""
        self.zone.setdefault((name.lower(), kind), []).extend(records)
