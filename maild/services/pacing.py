"""How fast letters leave: as the relay takes them, and no faster than it allows.

While it takes none they wait together, one of them trying from time to time, so that hundreds of
them neither wear themselves out nor fall upon it when it comes back. What the relay takes and what
it does not is kept in the store: it holds across restarts and for every process that sends.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from maild.access.throttle import Limit, find_wait
from maild.clock import DAY, HOUR, MINUTE, SECOND
from maild.office import Office
from maild.relay import Outcome
from maild.store import outages, throttles
from maild.store.database import Queries, Transaction
from maild.store.letters import FrozenLetter
from maild.store.outages import Outage

log = structlog.get_logger(__name__)

LIFETIME = 5 * DAY
# a letter that is deferred while others get through: the trouble is its own
_PAUSES = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR)
# while none gets through nobody waits longer than this: the relay may be back any minute
_SHORT = 15 * MINUTE
# after so many attempts in vain, one after the other, the relay is taken to be down
_SIGNS_OF_RELAY = 2
_SIGNS_OF_LETTERS = 10
_SHORTEST_REST = 15 * SECOND
_LONGEST_REST = 5 * MINUTE
# a server that greylists says when to come again; one that says so for ever means nothing by it
_LONGEST_WISH = HOUR
_WISHES = 3
_HITS = "relay"
_WISH = re.compile(
    r"\b(?:in|after|for|wait)\s+(?:(\d\d?):(\d\d):(\d\d)|(\d{1,5})\s*(s|sec|m|min)[a-z]*)\b",
    re.IGNORECASE,
)


# takes up to so many letters under a lease
Claim = Callable[[Transaction, int], Awaitable[list[FrozenLetter]]]


@dataclass(frozen=True, slots=True)
class Postponement:
    """When to try a letter again, and whether the attempt says something about the letter."""

    next_at: int
    counts: bool


async def opens_at(office: Office, source: Queries) -> int:
    """Return the instant from which letters may be tried again, 0 if that is now."""
    now = office.clock()
    rest = await find_rest(office, source)
    wait = await find_wait(source, _HITS, _limit(office), now) if _limit(office) else 0
    return max(now + wait if wait else 0, rest.retry_at if rest else 0)


async def find_rest(office: Office, source: Queries) -> Outage | None:
    """Return the outage for whose sake nothing is tried just now, or None."""
    outage = await outages.find_outage(source, office.config.relay.url)
    return outage if outage and _rests(office, outage) else None


async def take_turn(office: Office, tx: Transaction, claim: Claim, most: int) -> list[FrozenLetter]:
    """Claim of so many letters those that may be tried now, and count them against the rate.

    In an outage that is one letter, to see; the others rest again meanwhile.
    """
    outage = await outages.find_outage(tx, office.config.relay.url)
    if outage and _rests(office, outage):
        return []
    down = outage if outage and outage.retry_at else None
    claimed = await claim(tx, await _find_room(office, tx, 1 if down else most))
    if down and claimed:
        await outages.save_outage(tx, replace(down, retry_at=_find_end(office, down)))
    if _limit(office):
        await _count(office, tx, len(claimed))
    return claimed


async def note_outcome(office: Office, tx: Transaction, outcome: Outcome) -> Outage | None:
    """Note how an attempt ended; return the attempts in vain up to this one, if it was in vain."""
    server, now = office.config.relay.url, office.clock()
    if outcome.state in {"sent", "failed"}:
        # a letter that was refused without asking the relay says nothing about it
        if outcome.code and await outages.end_outage(tx, server):
            log.info("the mail server takes letters")
        return None
    words = f"{outcome.code or ''} {outcome.text}".strip()
    before = await outages.find_outage(tx, server) or Outage(server, now, 0, 0, "")
    outage = replace(
        before, since=min(before.since, now), failures=before.failures + 1, words=words
    )
    signs = _SIGNS_OF_RELAY if outcome.state == "unreachable" else _SIGNS_OF_LETTERS
    if outage.failures >= signs:
        outage = replace(outage, retry_at=_find_end(office, outage))
        if not before.retry_at:
            log.warning("the mail server takes no letters", relay=words)
    await outages.save_outage(tx, outage)
    return outage


def postpone(
    office: Office, outcome: Outcome, attempts: int, waiting_since: int, outage: Outage
) -> Postponement | None:
    """Return when to try a letter again that was not taken, or None when its life is over.

    The last try comes at the very end of its life, five days after it was put on its way.
    """
    now, end = office.clock(), waiting_since + LIFETIME
    if now >= end:
        return None
    down = outcome.state == "unreachable" and outage.retry_at > now
    pause = _PAUSES[min(attempts, len(_PAUSES) - 1)]
    if outage.failures > 1:
        pause = min(pause, _SHORT)
    if attempts < _WISHES and (wish := read_wish(outcome.text)):
        pause = min(max(wish, _SHORTEST_REST), _LONGEST_WISH)
    again = outage.retry_at if down else now + _spread(office, pause)
    return Postponement(min(again, end), counts=not down)


def read_wish(words: str) -> int | None:
    """Return how long a server asks to wait, as those that greylist do, or None."""
    found = _WISH.search(words)
    if found is None:
        return None
    hours, minutes, seconds, number, unit = found.groups()
    if number is None:
        return int(hours) * HOUR + int(minutes) * MINUTE + int(seconds) * SECOND
    return int(number) * (MINUTE if unit[0].lower() == "m" else SECOND)


def _rests(office: Office, outage: Outage) -> bool:
    """Tell whether a rest goes on; one longer than any comes of a clock that was ahead."""
    return office.clock() < outage.retry_at <= office.clock() + 2 * _LONGEST_REST


async def _find_room(office: Office, tx: Transaction, most: int) -> int:
    now = office.clock()
    for limit in _limit(office):
        hits = await throttles.list_hits(tx, _HITS, now - limit.window, limit.most)
        most = min(most, limit.most - len([at for at in hits if at <= now]))
    return most


async def _count(office: Office, tx: Transaction, tries: int) -> None:
    now = office.clock()
    await throttles.forget_hits(tx, _HITS, now - MINUTE, now)
    for _ in range(tries):
        await throttles.add_hit(tx, office.ids.new(), _HITS, now)


def _limit(office: Office) -> tuple[Limit, ...]:
    rate = office.config.relay.per_minute
    return (Limit(rate, MINUTE),) if rate else ()


def _find_end(office: Office, outage: Outage) -> int:
    """Return when a rest ends: it is as long again as the outage has lasted."""
    lasted = office.clock() - outage.since
    return office.clock() + _spread(office, min(max(lasted, _SHORTEST_REST), _LONGEST_REST))


def _spread(office: Office, pause: int) -> int:
    """Make a pause up to a quarter longer, so that what fell together does not rise together."""
    chance = int.from_bytes(office.random_bytes(2), "big") / 2**16
    return pause + round(pause * chance / 4)
