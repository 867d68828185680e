"""Questions to the DNS, and the three things that can come of one: found, not found, unknown.

Whoever needs an answer is handed a `Lookup`, a plain function, and never learns who is behind it:
a nameserver, a test's zone, or nobody. Nothing here runs in the event loop: a lookup blocks its
thread, for no longer than the deadline it was made with.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import structlog

from maild.clock import HOUR, MINUTE, SECOND, Clock, system_clock
from maild.listen import parse_listen

if TYPE_CHECKING:
    from maild.stub import Stub

log = structlog.get_logger(__name__)

# one question may take so many seconds, all tries of all nameservers together
_PATIENCE = 4.0
# questions that one message may cost: SPF's own limits allow for some more
_MOST_QUESTIONS = 100
_MOST_REMEMBERED = 512
_LONGEST_KEPT = HOUR
_KEPT_MISSING = MINUTE


class Outcome(StrEnum):
    """What came of a question; only `UNKNOWN` is worth asking again."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a question, and the records found.

    A record is text as in a zone file, without quotes: an address, `10 mx.example.com`, a name,
    or the joined strings of a TXT, whose bytes beyond UTF-8 are kept as surrogates.
    """

    outcome: Outcome
    records: tuple[str, ...] = ()


NOT_FOUND = Answer(Outcome.NOT_FOUND)
UNKNOWN = Answer(Outcome.UNKNOWN)

# (name, "A" | "AAAA" | "MX" | "PTR" | "TXT") -> Answer; it blocks, and it never raises
Lookup = Callable[[str, str], Answer]


class Resolver(Protocol):
    """Whoever answers questions."""

    def within(self, seconds: float) -> Lookup:
        """Return a lookup for one piece of work, all of whose questions end in that time."""


class Nobody:
    """The resolver where none was given: it asks nobody, and nothing is found."""

    def within(self, seconds: float) -> Lookup:
        """Return a lookup that finds nothing."""
        return lambda name, kind: NOT_FOUND


def open_resolver(told: str) -> Resolver:
    """Return the resolver that an option names: "system", "none", or a nameserver."""
    if told == "none":
        return Nobody()
    if told == "system":
        return DnsResolver()
    nameserver = parse_listen(told)
    return DnsResolver((nameserver.host, nameserver.port))


class DnsResolver:
    """Asks nameservers, and remembers what they say for as long as they say.

    `nameserver` is an address and a port, or None for those of the system (`/etc/resolv.conf`,
    read anew for each piece of work: a machine's network may change). Safe to share by threads.
    """

    def __init__(
        self,
        nameserver: tuple[str, int] | None = None,
        *,
        clock: Clock = system_clock,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._nameserver = nameserver
        self._clock = clock
        self._stopwatch = stopwatch
        self._remembered: OrderedDict[tuple[str, str], tuple[int, Answer]] = OrderedDict()
        self._lock = Lock()

    def within(self, seconds: float) -> Lookup:
        """Return a lookup for one piece of work.

        It gives the same answer to the same question, asks at most a hundred of them, and says
        "unknown" at once when the time is over.
        """
        deadline = self._stopwatch() + seconds
        asked: dict[tuple[str, str], Answer] = {}
        open_stub = cache(self._open_stub)

        def lookup(name: str, kind: str) -> Answer:
            question = (name.rstrip(".").lower(), kind)
            if question not in asked:
                left = deadline - self._stopwatch() if len(asked) < _MOST_QUESTIONS else 0.0
                asked[question] = self._recall(question) or self._ask(open_stub, question, left)
            return asked[question]

        return lookup

    def _open_stub(self) -> Stub:
        from maild.stub import Stub

        return Stub(self._nameserver)

    def _recall(self, question: tuple[str, str]) -> Answer | None:
        with self._lock:
            until, answer = self._remembered.get(question, (0, UNKNOWN))
        return answer if until > self._clock() else None

    def _remember(self, question: tuple[str, str], answer: Answer, kept: int) -> Answer:
        with self._lock:
            self._remembered[question] = (self._clock() + min(kept, _LONGEST_KEPT), answer)
            self._remembered.move_to_end(question)
            while len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return answer

    def _ask(
        self, open_stub: Callable[[], Stub], question: tuple[str, str], seconds: float
    ) -> Answer:
        from maild.stub import Unanswered

        if seconds <= 0:
            return UNKNOWN
        try:
            records, lasts = open_stub().ask(*question, min(seconds, _PATIENCE))
        except Unanswered as trouble:
            # not the name: it may be a customer's
            log.info("dns is in trouble", type=question[1], error=str(trouble))
            return UNKNOWN
        answer = Answer(Outcome.FOUND, records) if records else NOT_FOUND
        return self._remember(question, answer, _KEPT_MISSING if lasts is None else lasts * SECOND)
