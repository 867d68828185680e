"""A linear model of what clauses ask for: sums of learnt weights, in plain Python.

Each feature (a word, two neighbours, a piece of a word) carries one small weight per request. A
clause's score for a request is the sum over its features, divided by the root of their number,
known or not; the logistic function makes it a probability. Requests are weighed apart from each
other, so words never seen before speak for none of them.

The weights are trained by `python -m tests.train_intents` and shipped as `intent_weights.bin`:
zlib over a JSON line (`Header`), the features one a line, a zero byte, then one signed byte per
feature and request.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from math import exp, sqrt

from maild.mail.intent_text import Clause
from maild.mail.intent_words import KEYWORDS, NEIGHBOURS

MIN_MENDED = 5
PIECES = (3, 4, 5)
LOUD = 0.3
_NUMBER = re.compile(r"\S*\d\S*")


@dataclass(frozen=True, slots=True)
class Header:
    """What the weights are for: `step` is one unit of a weight, `phrases` what they learnt from."""

    requests: tuple[str, ...]
    bias: tuple[float, ...]
    step: float
    phrases: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """How likely (0 to 1) each request is, for every clause and for all of them together."""

    clauses: tuple[dict[str, float], ...]
    whole: dict[str, float]


def features(words: str, asks: bool = False) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield what the model looks at in a plain clause, each with the places of its words."""
    known = [_NUMBER.sub("0", word) for word in words.split()]
    last = len(known) - 1
    for at, word in enumerate(known):
        yield word, (at,)
        yield f"{known[at - 1] if at else '^'} {word}", (max(at - 1, 0), at)
        if at > 1:
            yield f"{known[at - 2]} * {word}", (at - 2, at)
        if at == last:
            yield f"{word} {'?' if asks else '$'}", (at,)
        for piece in pieces(word):
            yield piece, (at,)


def names_of(clause: Clause) -> frozenset[str]:
    """Return the names of a clause's features."""
    return frozenset(name for name, _ in features(clause.words, clause.asks))


@lru_cache(maxsize=4096)
def pieces(word: str) -> tuple[str, ...]:
    """Return the pieces of a word, which a slip of the finger leaves mostly as they were."""
    marked = f"^{word}$"
    return tuple(
        f"#{marked[at : at + size]}" for size in PIECES for at in range(len(marked) - size + 1)
    )


class Model:
    """The weights, ready to weigh clauses."""

    def __init__(self, header: Header, names: Sequence[str], weights: bytes) -> None:
        """Take one row of signed bytes per feature name, a byte per request of the header."""
        self.header = header
        self._width = len(header.requests)
        self._rows = {name: at * self._width for at, name in enumerate(names)}
        self._weights = memoryview(weights).cast("b")
        words = (name for name in names if " " not in name and name[0] != "#")
        self._words = frozenset((*words, *NEIGHBOURS.split()))
        self._slips = _slips(KEYWORDS.split())

    def mend(self, clause: Clause) -> Clause:
        """Return the clause with single slips of the finger in the words that matter undone.

        A word that the phrases know is never taken for a slip.
        """
        words = " ".join(map(self._mended, clause.words.split()))
        return Clause(words, clause.asks)

    def names(self) -> frozenset[str]:
        """Return the names of all features that have a weight."""
        return frozenset(self._rows)

    def row(self, name: str) -> list[int]:
        """Return the weights of a feature, in steps, in the order of the header's requests."""
        at = self._rows.get(name)
        return [0] * self._width if at is None else list(self._weights[at : at + self._width])

    def weigh(self, clauses: Sequence[Clause]) -> Opinion:
        """Return how likely each request is."""
        return self.weigh_names([names_of(clause) for clause in clauses])

    def weigh_names(self, clauses: Sequence[frozenset[str]]) -> Opinion:
        """Return the same for clauses that are given by the names of their features."""
        sums = [self._sum(names) for names in clauses]
        whole = [sum(column) for column in zip(*(row for row, _ in sums), strict=True)]
        return Opinion(
            tuple(self._odds(row, count) for row, count in sums),
            self._odds(whole or [0] * self._width, sum(count for _, count in sums)),
        )

    def explain(self, clause: Clause, request: str) -> tuple[str, ...]:
        """Return the words of the clause that speak loudest for the request, in their order."""
        column = self.header.requests.index(request)
        words = clause.words.split()
        loudness = [0.0] * len(words)
        for name, places in features(clause.words, clause.asks):
            row = self._rows.get(name)
            for place in places if row is not None else ():
                loudness[place] += self._weights[(row or 0) + column] / len(places)
        least = LOUD * max(loudness, default=0.0)
        return tuple(word for word, loud in zip(words, loudness, strict=True) if loud > least)

    def _sum(self, names: frozenset[str]) -> tuple[list[int], int]:
        total = [0] * self._width
        for name in names:
            row = self._rows.get(name)
            if row is not None:
                weights = self._weights[row : row + self._width]
                total = [had + more for had, more in zip(total, weights, strict=True)]
        return total, len(names)

    def _odds(self, total: Sequence[int], count: int) -> dict[str, float]:
        scale = self.header.step / sqrt(count or 1)
        scores = zip(self.header.requests, self.header.bias, total, strict=True)
        return {name: 1 / (1 + exp(-(bias + scale * score))) for name, bias, score in scores}

    def _mended(self, word: str) -> str:
        if len(word) < MIN_MENDED or word in self._words:
            return word
        near = self._slips.get(word) or next(
            (self._slips[cut] for cut in _cuts(word) if cut in self._slips), None
        )
        return near if near and _is_slip(word, near) else word


@cache
def load_model() -> Model:
    """Return the shipped model; read at its first use, in some hundredths of a second."""
    return unpack((resources.files("maild.mail") / "intent_weights.bin").read_bytes())


def pack(header: Header, names: Sequence[str], weights: bytes) -> bytes:
    """Return the content of a weights file; the same arguments give the same bytes."""
    said = {name: getattr(header, name) for name in Header.__slots__}
    lines = [json.dumps(said), *names]
    return zlib.compress("\n".join(lines).encode() + b"\0" + weights, 9)


def unpack(packed: bytes) -> Model:
    """Read a weights file."""
    text, _, weights = zlib.decompress(packed).partition(b"\0")
    head, *names = text.decode().split("\n")
    said = json.loads(head)
    header = Header(tuple(said["requests"]), tuple(said["bias"]), said["step"], said["phrases"])
    return Model(header, names, weights)


def _slips(keywords: Sequence[str]) -> dict[str, str]:
    """Return each keyword under its own spelling and under those with one letter left out."""
    return {cut: word for word in keywords for cut in _cuts(word)} | dict(
        zip(keywords, keywords, strict=True)
    )


def _cuts(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _is_slip(word: str, keyword: str) -> bool:
    """Tell whether a letter was dropped, added, swapped, or, in a longer word, mistaken."""
    return len(word) != len(keyword) or sorted(word) == sorted(keyword) or len(word) > MIN_MENDED
