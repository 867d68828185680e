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
from threading import Lock
from typing import Protocol

import structlog
from dns.exception import DNSException
from dns.message import ChainTooLong
from dns.name import EmptyLabel, LabelTooLong, Name, NameTooLong
from dns.rdata import Rdata
from dns.rdtypes.ANY.TXT import TXT
from dns.resolver import NXDOMAIN, NoResolverConfiguration
from dns.resolver import Answer as Found
from dns.resolver import Resolver as Stub

from maild.clock import HOUR, MINUTE, SECOND, Clock, system_clock
from maild.listen import parse_listen

log = structlog.get_logger(__name__)

# one question may take so many seconds, all tries of all nameservers together
_PATIENCE = 4.0
# questions that one message may cost: SPF's own limits allow for some more
_MOST_QUESTIONS = 100
_MOST_REMEMBERED = 512
_LONGEST_KEPT = HOUR
_KEPT_MISSING = MINUTE
# no key and no policy is longer, and what is longer is not worth reading
_LONGEST_TEXT = 4096


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
        stub = self._open_stub()
        asked: dict[tuple[str, str], Answer] = {}

        def lookup(name: str, kind: str) -> Answer:
            question = (name.rstrip(".").lower(), kind)
            if question not in asked:
                left = deadline - self._stopwatch() if len(asked) < _MOST_QUESTIONS else 0.0
                asked[question] = self._recall(question) or self._ask(stub, question, left)
            return asked[question]

        return lookup

    def _open_stub(self) -> Stub:
        try:
            stub = Stub(configure=self._nameserver is None)
        except NoResolverConfiguration:
            stub = Stub(configure=False)
        if self._nameserver:
            stub.nameservers, stub.port = [self._nameserver[0]], self._nameserver[1]
        stub.use_edns(0, 0, 1232)
        return stub

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

    def _ask(self, stub: Stub, question: tuple[str, str], seconds: float) -> Answer:
        name, kind = question
        if seconds <= 0:
            return UNKNOWN
        try:
            labels = [*(label.encode("ascii") for label in name.split(".")), b""]
            found = stub.resolve(
                Name(labels), kind, lifetime=min(seconds, _PATIENCE), raise_on_no_answer=False
            )
        except (EmptyLabel, LabelTooLong, NameTooLong, UnicodeError):
            return NOT_FOUND
        except (NXDOMAIN, ChainTooLong):
            return self._remember(question, NOT_FOUND, _KEPT_MISSING)
        except (DNSException, OSError) as error:
            # not the name: it may be a customer's
            log.info("dns is in trouble", type=kind, error=type(error).__name__)
            return UNKNOWN
        answer = _read(found)
        lasts = found.rrset.ttl * SECOND if found.rrset else _KEPT_MISSING
        return self._remember(question, answer, lasts)


def _read(found: Found) -> Answer:
    records = tuple(filter(None, map(_spell, found.rrset or ())))
    return Answer(Outcome.FOUND, records) if records else NOT_FOUND


def _spell(record: Rdata) -> str:
    """Return a record as text; an empty one, or a text that is too long, as nothing."""
    if not isinstance(record, TXT):
        return record.to_text().removesuffix(".")
    text = b"".join(record.strings)
    return text.decode("utf-8", "surrogateescape") if len(text) <= _LONGEST_TEXT else ""
