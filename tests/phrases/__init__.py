"""Phrases written for maild, one file per request and language, and how they are read.

A line is one phrase. `(a|b|)` stands for one of its alternatives, `[x]` for `x` or nothing,
`{name}` for a line of `slots.LANGUAGE.txt`. `#` begins a comment.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
MOST_OF_A_LINE = 80

_CHOICE = re.compile(r"\(([^()\[\]{}]*)\)|\[([^()\[\]{}]*)\]|\{(\w+)\}")
_BEFORE_MARK = re.compile(r" +([,.;:!?])")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence, what it asks for, and the line it was made from."""

    text: str
    request: str
    language: str
    line: str


def read_phrases() -> Iterator[Phrase]:
    """Yield every phrase of every file, in the same order and choice each time."""
    for path in sorted(HERE.glob("*.*.txt")):
        request, language, _ = path.name.split(".")
        if request == "slots":
            continue
        for line in read_lines(path):
            for text in expand(line, language):
                yield Phrase(text, request, language, line)


def read_lines(path: Path) -> list[str]:
    """Return the lines of a file that are neither empty nor a comment."""
    lines = path.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def expand(line: str, language: str) -> list[str]:
    """Return up to `MOST_OF_A_LINE` different phrases that a line stands for."""
    chance = random.Random(sha256(line.encode()).digest())
    tries = 1 if not _CHOICE.search(line) else 2 * MOST_OF_A_LINE
    made = dict.fromkeys(_choose(line, language, chance) for _ in range(tries))
    return list(made)[:MOST_OF_A_LINE]


def fingerprint() -> str:
    """Return a digest of all phrase files, which changes when any of them does."""
    digest = sha256()
    for path in sorted(HERE.glob("*.txt")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _choose(line: str, language: str, chance: random.Random) -> str:
    def pick(found: re.Match[str]) -> str:
        if found[1] is not None:
            return chance.choice(str(found[1]).split("|"))
        if found[2] is not None:
            return chance.choice((str(found[2]), ""))
        return chance.choice(_slots(language)[found[3]])

    count = 1
    while count:
        line, count = _CHOICE.subn(pick, line)
    return _BEFORE_MARK.sub(r"\1", " ".join(line.split()))


@cache
def _slots(language: str) -> dict[str, list[str]]:
    named = (line.partition(":") for line in read_lines(HERE / f"slots.{language}.txt"))
    return {name.strip(): [one.strip() for one in said.split("|")] for name, _, said in named}
