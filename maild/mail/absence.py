"""Out-of-office notices: until when, who stands in, and whether the person has left for good."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache

from maild.mail import absence_phrases as phrases
from maild.mail.days import MAX_CHARS, NamedDay, find_days
from maild.mail.parse import Message
from maild.mail.patterns import compiled
from maild.mail.status import find_addresses

_REACH = 70
_SENTENCE_CHARS = 220
_WORD = r"[^\W\d_][\w.'’-]{0,30}"
_CAPITAL = r"(?-i:[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĘĚĞĪİŁŃŇŌŐŒŘŚŞŠŤŪŮŰŸŹŻŽА-Я])[\w.'’-]{0,30}"
_NAME = rf"(?:{_CAPITAL}\s(?:{phrases.PARTICLES}\s){{0,2}}){{0,3}}{_CAPITAL}"


class _Role(Enum):
    """How a day stands in a notice, the surest first."""

    RETURN = 1
    UNTIL = 2
    RANGE = 3
    OTHER = 4


@dataclass(frozen=True, slots=True)
class Delegate:
    """Who stands in: a name, an address in lower case, or both; either may be ""."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Absence:
    """What an out-of-office notice says.

    `until` is the day it names as the end: the day of return where it names one, else the last
    day away; never before the day of writing, and None when it names none or none for certain.
    `delegate` is whom it names for the meantime. `left`: the person, or the mailbox, is gone for
    good. All of it is a claim: nothing may be sent to a delegate because of it.
    """

    until: date | None
    delegate: Delegate | None
    left: bool


def read_absence(message: Message, words: str, written: date | None) -> Absence | None:
    """Return what an automatic reply says of its sender's absence, None if it speaks of none.

    `words` are its own words, without what it quotes. `written` is the day of its Date header
    (or of its arrival), to which days without a year refer; without it, `until` stays None.
    """
    words = words[:MAX_CHARS]
    text = f"{_own_subject(message.subject)}\n{words}"
    left = compiled(phrases.LEFT).search(text) is not None
    if not left and not compiled(phrases.AWAY).search(text):
        return None
    return Absence(
        until=find_end(text, written) if written else None,
        delegate=_find_delegate(words, _parties(message)),
        left=left,
    )


def find_end(text: str, written: date) -> date | None:
    """Return the day that a text names as the end of an absence, None when that is not certain."""
    text = " ".join(text.split())
    by_role: dict[_Role, set[date | None]] = {role: set() for role in _Role}
    before, role = None, _Role.OTHER
    for day in find_days(text, written):
        role = _find_role(text, day, before, role)
        by_role[role].add(day.day)
        before = day
    for role in (_Role.RETURN, _Role.UNTIL, _Role.RANGE):
        if by_role[role]:
            (found, *others) = by_role[role]
            return None if others else found
    return None


def _find_role(text: str, day: NamedDay, before: NamedDay | None, role_before: _Role) -> _Role:
    """Return how a day stands in the text, by the words around it and the day before it."""
    between = text[before.end if before else 0 : day.start]
    lead = between[-_REACH:]
    rest = text[day.end : day.end + _REACH]
    if _ends(phrases.RETURN, lead) or compiled(phrases.RETURN_AFTER).match(rest):
        return _Role.RETURN
    if _ends(phrases.UNTIL, lead) or compiled(phrases.UNTIL_AFTER).match(rest):
        return _Role.UNTIL
    if before and re.fullmatch(rf"\W{{0,3}}{phrases.OR}\W{{0,3}}", between, re.I):
        return role_before
    is_range = before and re.fullmatch(rf"\W{{0,3}}{phrases.TO}\W{{0,3}}", between, re.I)
    begun = rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s{{0,2}}{phrases.TO}\s{{0,2}}$"
    ends_range = is_range or day.ends_range or re.search(begun, lead, re.I)
    return _Role.RANGE if ends_range else _Role.OTHER


def _ends(family: tuple[str, ...], lead: str) -> bool:
    """Tell whether the text before a day ends in one of the phrases, but for a small word."""
    small = r"on|the|am|dem|den|der|le|el|il|op|em|no|dia|d\.|including|incl\."
    rest = rf"(?:[\s,:(]{{1,3}}(?:{small})){{0,2}}[\s,:(]{{0,3}}$"
    anchored = tuple(rf"(?<!\w)(?:{phrase}){rest}" for phrase in family)
    return compiled(anchored).search(lead) is not None


def _own_subject(subject: str) -> str:
    """Return what the notice's subject says itself, without the subject that it answers."""
    own = subject[:200].partition(":")[0]
    return own if compiled(phrases.AUTOREPLY_SUBJECT).match(subject) else ""


def _parties(message: Message) -> set[str]:
    given = [value for name in ("from", "to", "cc", "reply-to") for value in message.all(name)]
    return set(find_addresses(" ".join(given)[:MAX_CHARS]))


def _find_delegate(words: str, parties: Collection[str]) -> Delegate | None:
    """Return the first person to whom the notice sends its reader, None if it names nobody."""
    flat = " ".join(re.sub(r"<?mailto:[^\s>]{1,200}>?", " ", words).split())
    for address in find_addresses(flat):
        at = flat.lower().find(address)
        lead = flat[max(0, at - _SENTENCE_CHARS) : at]
        if address not in parties and compiled(phrases.CONTACT).search(lead):
            return Delegate(_name_before(lead), address)
    for said in compiled(phrases.CONTACT).finditer(flat):
        name = _name_after(flat[said.end() : said.end() + 80])
        if name:
            return Delegate(name, "")
    return None


def _name_before(lead: str) -> str:
    """Return the name that stands right before an address, "" if none does."""
    filler = rf"(?:[\s(<\[,:;=–-]|\b{phrases.AT}\b){{0,8}}$"
    named = re.search(rf"({_NAME})\s?{filler}", lead, re.I)
    return " ".join(_name_words(named[1])) if named else ""


def _name_after(rest: str) -> str:
    """Return the name that stands after a verb; a word alone only if a title is before it."""
    named = re.match(
        rf"\w{{0,12}}(?:\s{_WORD}){{0,3}}?\s((?:{phrases.TITLES}\s)?{_NAME})", rest, re.I
    )
    if not named:
        return ""
    words = _name_words(named[1])
    titled = re.match(rf"{phrases.TITLES}\s", named[1], re.I)
    return " ".join(words) if titled or len(words) > 1 else ""


def _name_words(found: str) -> list[str]:
    """Return the words of a name, without titles and what begins or ends a sentence around it."""
    title = re.compile(phrases.TITLES, re.I)
    words = [word.rstrip(".,") if len(word) > 2 else word for word in found.split()]
    while words and (words[0].lower() in _not_names() or title.fullmatch(words[0])):
        del words[0]
    end = next((n for n, word in enumerate(words) if word.lower() in _not_names()), len(words))
    return words[:end]


@cache
def _not_names() -> frozenset[str]:
    return frozenset(phrases.NOT_NAMES.split())
