"""How often a thing may be tried: limits whose hits are kept in the store."""

from __future__ import annotations

from dataclasses import dataclass

from maild.clock import DAY, HOUR, MINUTE, SECOND
from maild.store.database import Queries
from maild.store.throttles import list_hits


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` hits in any `window` (microseconds)."""

    most: int
    window: int


REISSUE = (Limit(1, 15 * MINUTE), Limit(3, DAY), Limit(10, 30 * DAY))
RECOVERY = (Limit(5, HOUR),)
RECOVERY_KEPT = (Limit(50, HOUR),)
PASSWORD_NOTICES = (Limit(5, DAY),)
AUTOMATIC_PER_CONTACT = (Limit(5, DAY),)
AUTOMATIC_IN_ALL = (Limit(50, 10 * MINUTE),)
HANDOFFS_IN_ALL = (Limit(50, 10 * MINUTE),)
TROUBLES_TOLD = (Limit(1, HOUR),)

_FREE_FAILURES = 5
_LONGEST_WAIT = 15 * MINUTE
KEPT = 31 * DAY


async def find_wait(source: Queries, name: str, limits: tuple[Limit, ...], now: int) -> int:
    """Return how long (microseconds) until one more hit fits all limits; 0 when it fits now."""
    widest = max(limit.window for limit in limits)
    most = max(limit.most for limit in limits)
    hits = _past(await list_hits(source, name, now - widest, most), now)
    waits = [
        hits[limit.most - 1] + limit.window - now
        for limit in limits
        if len(hits) >= limit.most and hits[limit.most - 1] > now - limit.window
    ]
    return max(waits, default=0)


async def find_login_wait(source: Queries, name: str, now: int) -> int:
    """Return how long (microseconds) a log-in must wait: doubling from the fifth failure."""
    failures = _past(await list_hits(source, name, now - DAY, 40), now)
    if len(failures) < _FREE_FAILURES:
        return 0
    pause = min(SECOND << (len(failures) - _FREE_FAILURES), _LONGEST_WAIT)
    return max(0, failures[0] + pause - now)


def _past(hits: list[int], now: int) -> list[int]:
    """Leave out what was noted while the clock was ahead: it would shut people out for as long."""
    return [hit for hit in hits if hit <= now]


def login_name(key: str, place: str) -> str:
    """Name the log-in limit of an address key seen from a place: a network, or one of these two."""
    return f"login {key} {place}"


def browser_place(browser: str) -> str:
    """Return the place of a browser that logged in before."""
    return f"browser {browser}"


def link_place(link_id: str) -> str:
    """Return the place of a browser that came by a link."""
    return f"link {link_id}"


def describe_place(place: str) -> str:
    """Return in words where a log-in came from."""
    kinds = {"browser": "a browser known before", "link": "a browser that came by a link"}
    return kinds.get(place.partition(" ")[0], f"network {place}")


def recovery_name(origin: str) -> str:
    """Name the limit on requests of people who cannot get in, from a network or by a link."""
    return f"recovery {origin}"


def reissue_name(contact_id: str) -> str:
    """Name the limit on new credentials for a contact, over all channels."""
    return f"reissue {contact_id}"


def notice_name(key: str) -> str:
    """Name the limit on letters that tell an address of its changed password."""
    return f"notice {key}"


def automatic_name(contact_id: str) -> str:
    """Name the limit on automatic letters to a contact."""
    return f"automatic {contact_id}"


AUTOMATIC_ALL = "automatic"
HANDOFFS = "handoffs"
TROUBLES = "troubles"
