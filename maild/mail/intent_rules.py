"""Signs of a request in a clause, by patterns: what is seen, what is denied, what is over."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from maild.mail import intent_foreign_phrases as foreign
from maild.mail import intent_phrases as phrases
from maild.mail import intent_words

_NEGATED = re.compile(
    r"\b(?:no|(?<!can )(?<!could )not|never|without|no longer|kein\w*|nicht|ne pas|sans|sin|senza"
    r"|geen|niet|sem)"
    r"(?: (?:have|had|need|want|to|any|a|please|such|send|having|an|the|me|us|you|your)){0,3} $"
)
_SUPPOSED = re.compile(r"\b(?:if|in case|unless|whether|lest) (?:\S+ ){0,3}$")
_ASKS_FOR_CASE = re.compile(r"\b(?:what|how|why|help|please)\b")
_NO = r"(?:not|never|nicht|nie|keine?n?|pas|jamais|niet|nooit|geen) "


def find_signs(words: str) -> dict[str, str]:
    """Return the requests that a plain clause shows, each with the words that show it.

    Names are those of `Request` in lower case. Trouble that is denied ("I have no trouble logging
    in") is no sign; a clause that tells of trouble that is over gives none at all.
    """
    found = ((name, _find(name.upper(), words)) for name in phrases.TOPICS)
    return {name: seen for name, seen in found if seen}


def is_denied(request: str, words: str) -> bool:
    """Tell whether the clause says that it is not so, or must not be done ("do not resend it")."""
    found = (pattern.search(words) for pattern in _patterns(request.upper()))
    return any(match and _is_unreal(words, match.start()) for match in found)


def has_topic(request: str, words: str) -> bool:
    """Tell whether a plain clause has a word of what the request is about."""
    return bool(_topic(request).search(words))


def is_over(words: str) -> bool:
    """Tell whether the clause says that trouble is over, only feared, or told by a letter."""
    return bool(_find("RESOLVED", words))


def is_alarming(words: str) -> bool:
    """Tell whether theft, fraud, another person or another service makes it a person's matter."""
    return bool(_find("ALARM", words))


def is_conditional(words: str) -> bool:
    """Tell whether the clause sets a condition, or puts its answer off."""
    return any(pattern.search(words) for pattern in _patterns("CONDITION"))


def asks_for_help(words: str) -> bool:
    """Tell whether the clause only asks for help with what was said before."""
    return bool(_find("HELP", words))


@cache
def word_set(name: str) -> frozenset[str]:
    """Return one of the lists of words in `intent_words` (YES, NO, FILLER …)."""
    listed: str = getattr(intent_words, name)
    return frozenset(listed.split())


def _find(name: str, words: str) -> str:
    """Return the words that the first fitting pattern finds, "" when none fits."""
    for pattern in _patterns(name):
        found = pattern.search(words)
        if found and not _is_unreal(words, found.start()):
            return found[0]
    return ""


def _is_unreal(words: str, start: int) -> bool:
    """Tell whether what begins at `start` is denied, or only supposed ("if I cannot log in")."""
    if _NEGATED.search(words, 0, start):
        return True
    return bool(_SUPPOSED.search(words, 0, start)) and not _ASKS_FOR_CASE.search(words, 0, start)


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    """Compile the patterns of a name at their first use: it takes some hundredths of a second."""
    return tuple(_compiled((getattr(phrases, name, ""), getattr(foreign, name, ""))))


@cache
def _topic(request: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_expand(phrases.TOPICS[request])})\b")


def _compiled(texts: Iterable[str]) -> Iterable[re.Pattern[str]]:
    for text in texts:
        for line in text.splitlines():
            if line:
                yield re.compile(rf"(?<!\w)(?:{_expand(line)})(?!\w)")


def _expand(pattern: str) -> str:
    """Fill in the groups and the gaps of a pattern."""
    for name, words in phrases.GROUPS.items():
        pattern = pattern.replace(name, words)
    for mark, most in (("(?:~ )?", 2), (" ~ ", 2), (" _ ", 4)):
        gap = rf"(?:(?!{_NO})\S{{1,30}} ){{0,{most}}}"
        pattern = pattern.replace(mark, gap if mark[0] == "(" else " " + gap)
    return pattern
