"""What a reply names beside its request: documents, a day, and who or what takes whose place.

All of it is what the sender wrote: good for a proposal to the operator, never a reason to send
anything anywhere. What may be read in two ways is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from maild.mail import intent_detail_phrases as phrases
from maild.mail.days import find_days
from maild.mail.patterns import compiled
from maild.mail.status import find_addresses

MAX_NUMBERS = 10
MAX_PLACE = 160
WEEK = timedelta(days=7)
# A day without a year that lies behind is looked for as far back as this.
LONG_AGO = timedelta(days=190)


@dataclass(frozen=True, slots=True)
class Details:
    """What is named in a reply; empty where nothing certain is.

    `numbers`: documents, as written ("INV-1001", "1044"). `day`: the one day that is named, of a
    payment or from which a change holds; None for none, several or a doubtful one. The rest is
    for a change of contact: `old` is who or which email address is no longer right, `new` is who
    takes the place, `email` the address to use from now on (lower case), `place` a new postal
    address on one line.
    """

    numbers: tuple[str, ...] = ()
    day: date | None = None
    old: str = ""
    new: str = ""
    email: str = ""
    place: str = ""


def find_numbers(text: str) -> tuple[str, ...]:
    """Return the document numbers that are named, at most ten, each once."""
    found = [one for pattern in phrases.NUMBER for one in compiled((pattern,)).finditer(text)]
    found.sort(key=lambda one: one.start(1))
    numbers = (one[1].rstrip("-/") for one in found if not compiled(phrases.YEAR).match(one[0]))
    return tuple(dict.fromkeys(numbers))[:MAX_NUMBERS]


def find_day(text: str, today: date, *, past: bool) -> date | None:
    """Return the one day that is named, behind `today` if `past` and else not before it."""
    days = set(_past_days(text, today) if past else _coming_days(text, today))
    return days.pop() if len(days) == 1 else None


def find_change(text: str) -> Details:
    """Return who or what takes whose place."""
    flat = " ".join(text.split())
    emails = find_addresses(text)
    stale = [email for email in emails if _is_stale(text, email)]
    fresh = [email for email in emails if email not in stale]
    old = next(_names(phrases.GONE, flat), "")
    new = next((name for name in _names(phrases.COME, flat) if name != old), "")
    return Details(
        old=old or next(iter(stale), ""),
        new=new,
        email=fresh[0] if len(fresh) == 1 else "",
        place=_find_place(text),
    )


def _names(patterns: tuple[str, ...], text: str) -> Iterator[str]:
    """Yield the names that the patterns find, without words that only begin a sentence."""
    for pattern in patterns:
        for found in compiled((pattern,)).finditer(text):
            words = found[1].split()
            while words and _is_no_name(words[0]):
                words.pop(0)
            if words and not any(map(_is_no_name, words)):
                yield " ".join(words)


def _is_no_name(word: str) -> bool:
    return re.split(r"['’.]", word.lower(), maxsplit=1)[0] in _no_names()


@cache
def _no_names() -> frozenset[str]:
    return frozenset(phrases.NO_NAMES.split())


def _is_stale(text: str, email: str) -> bool:
    at = text.lower().find(email)
    before, behind = text[max(0, at - 60) : at], text[at + len(email) :][:60]
    return bool(
        compiled(phrases.OLD_ADDRESS).search(before) or compiled(phrases.STALE).search(behind)
    )


def _find_place(text: str) -> str:
    for pattern in phrases.PLACE:
        for found in compiled((pattern,)).finditer(text):
            said = text[found.end() : found.end() + MAX_PLACE]
            end = compiled(phrases.PLACE_END).search(said)
            place = ", ".join(said[: end.start() if end else None].split("\n")).strip(" ,.")
            place = " ".join(place.replace(",,", ",").split())
            if re.search(r"\d", place) and re.search(r"[^\W\d]{3}", place) and "@" not in place:
                return place
    return ""


def _coming_days(text: str, today: date) -> Iterator[date | None]:
    yield from (named.day for named in find_days(text, today))
    for found in compiled(phrases.SOON).finditer(text):
        if found["end"]:
            yield (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        else:
            yield today if found["today"] else today + _span(found)


def _past_days(text: str, today: date) -> Iterator[date | None]:
    recent, older = find_days(text, today - WEEK), find_days(text, today - LONG_AGO)
    for near, far in zip(recent, older, strict=True):
        # "on Friday" is one of the last seven days; a date is the same from wherever one looks
        dated = re.search(r"\d", text[near.start : near.end])
        day = near.day or (far.day if dated else None)
        yield day if day and day <= today else None
    for found in compiled(phrases.AGO).finditer(text):
        if found["count"]:
            yield today - _span(found)
        else:
            yield today - timedelta(days=1 if found["yesterday"] else 0)


def _span(found: re.Match[str]) -> timedelta:
    count = phrases.COUNTS.get(found["count"].lower()) or int(found["count"])
    return timedelta(days=count * (7 if found["unit"].lower() == "week" else 1))
