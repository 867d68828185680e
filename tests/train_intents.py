"""`python -m tests.train_intents`: learn the weights of `maild.mail.intent_model` anew.

Needs scikit-learn. The phrases of `tests/phrases` are all it learns from; the same phrases give
the same weights. `--check` leaves the weights alone and tries the phrases on models that have
not seen their lines.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from maild.mail import intent_model, intent_text
from maild.mail.intent_model import Header, Model, names_of
from maild.mail.intent_text import Clause
from tests.phrases import fingerprint, read_phrases

WEIGHTS = Path(intent_model.__file__).with_name("intent_weights.bin")
STEP = 1 / 8
# what is seen in fewer phrases tells nothing
LEAST_SEEN = 3
STRENGTH = 10.0
SLIPS = 0.2
FOLDS = 4


@dataclass(frozen=True, slots=True)
class Example:
    """A phrase as the model sees it, its request, and the line it was made from."""

    names: list[frozenset[str]]
    request: str
    line: str


def main() -> int:
    """Write the weights, or check the phrases."""
    examples = list(read_examples())
    if "--check" in sys.argv:
        report(examples)
        return 0
    packed = train(examples)
    WEIGHTS.write_bytes(packed)
    print(f"{len(examples)} examples, {len(packed):,} bytes: {WEIGHTS.name}")
    return 0


def read_examples() -> Iterator[Example]:
    """Yield every phrase, and some of them again with a slip of the finger."""
    read = [(phrase, intent_text.read(phrase.text).clauses) for phrase in read_phrases()]
    known = {word for _, clauses in read for clause in clauses for word in clause.words.split()}
    mender = Model(Header((), (), 1.0, ""), sorted(known), b"")
    for phrase, clauses in read:
        yield Example(_names(clauses, mender), phrase.request, phrase.line)
        chance = random.Random(sha256(phrase.text.encode()).digest())
        if chance.random() < SLIPS and len(phrase.text) > 12:
            slipped = intent_text.read(_slip(phrase.text, chance)).clauses
            yield Example(_names(slipped, mender), phrase.request, phrase.line)


def train(examples: Sequence[Example]) -> bytes:
    """Return the content of the weights file."""
    import numpy

    names, bias, weights = fit(examples)
    steps = numpy.clip(numpy.rint(weights / STEP), -127, 127).astype("int8")
    used = steps.any(axis=1)
    names = [name for name, kept in zip(names, used, strict=True) if kept]
    header = Header(
        tuple(sorted({one.request for one in examples})),
        tuple(round(float(one), 2) for one in bias),
        STEP,
        fingerprint(),
    )
    return intent_model.pack(header, names, steps[used].tobytes())


def fit(examples: Sequence[Example]) -> tuple[list[str], Any, Any]:
    """Return the features, and the bias and weights of every request, in order of their names."""
    import numpy
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    said = [[name for clause in one.names for name in clause] for one in examples]
    seen = Counter(name for names in said for name in set(names))
    names = sorted(name for name, count in seen.items() if count >= LEAST_SEEN)
    place = {name: at for at, name in enumerate(names)}
    rows = [sorted(place[name] for name in names if name in place) for names in said]
    matrix = csr_matrix(
        (
            [
                max(len(names), 1) ** -0.5
                for names, row in zip(said, rows, strict=True)
                for _ in row
            ],
            [at for row in rows for at in row],
            numpy.cumsum([0, *map(len, rows)]),
        ),
        shape=(len(rows), len(names)),
    )
    truth = numpy.array([one.request for one in examples])
    fitted = []
    for request in sorted(set(truth)):
        learner = LogisticRegression(solver="liblinear", C=STRENGTH, tol=1e-5, max_iter=1000)
        fitted.append(learner.fit(matrix, truth == request))
    bias = numpy.array([one.intercept_[0] for one in fitted])
    return names, bias, numpy.stack([one.coef_[0] for one in fitted], axis=1)


def report(examples: Sequence[Example]) -> None:
    """Print how models do on lines that they have not seen."""
    lines = sorted({one.line for one in examples})
    random.Random(1).shuffle(lines)
    fold = {line: at % FOLDS for at, line in enumerate(lines)}
    wrong: defaultdict[str, Counter[str]] = defaultdict(Counter)
    total = Counter(one.request for one in examples)
    for held in range(FOLDS):
        model = intent_model.unpack(train([one for one in examples if fold[one.line] != held]))
        for one in examples:
            if fold[one.line] == held:
                odds = model.weigh_names(one.names).whole
                best = max(odds, key=lambda name: odds[name])
                if best != one.request:
                    wrong[one.request][best] += 1
    for request, count in sorted(total.items()):
        missed = ", ".join(f"{name} {n}" for name, n in wrong[request].most_common(4))
        print(f"{request:15} {1 - wrong[request].total() / count:6.1%} of {count:5}  {missed}")


def _names(clauses: Sequence[Clause], mender: Model) -> list[frozenset[str]]:
    return [names_of(mender.mend(clause)) for clause in clauses]


def _slip(text: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(text) - 2)
    slips = (
        text[:at] + text[at + 1 :],
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        text[:at] + text[at] + text[at:],
    )
    return chance.choice(slips)


if __name__ == "__main__":
    sys.exit(main())
