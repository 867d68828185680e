"""The model beside the rules: made of the phrases that lie here, sound on what it never saw."""

from __future__ import annotations

import os
import time
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from maild.mail.intent import recognise
from maild.mail.intent_details import Details
from maild.mail.intent_model import Model, load_model, unpack
from maild.mail.request import Intent, Request
from tests.phrases import HERE, fingerprint, read_lines, read_phrases

UNSEEN = sorted((HERE / "unseen").glob("*.*.txt"))
NOTHING_DONE = {Request.UNCLEAR, Request.QUESTION, Request.THANKS, Request.SEVERAL}
TODAY = date(2026, 11, 23)
LEAST_RECALL = 0.75


def requests_in(path: Path) -> list[Request]:
    return [recognise(line).request for line in read_lines(path)]


def test_weights_were_made_of_these_very_phrases() -> None:
    assert load_model().header.phrases == fingerprint(), (
        "the phrases have changed: python -m tests.train_intents"
    )


def test_training_again_gives_the_weights_that_are_shipped() -> None:
    try:
        import sklearn  # noqa: F401 - only whether it is there
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("CI needs scikit-learn: pip install -e '.[dev]'")
        pytest.skip("no scikit-learn here: pip install -e '.[dev]'")
    from tests.train_intents import read_examples, train

    anew, shipped = unpack(train(list(read_examples()))), load_model()
    assert anew.header.requests == shipped.header.requests
    names = anew.names() | shipped.names()
    assert len(anew.names() & shipped.names()) > 0.999 * len(names)
    assert _differences(anew, shipped, names) < 0.001 * len(names)


def _differences(one: Model, other: Model, names: frozenset[str]) -> int:
    """Return how many features differ by more than the last bit of another machine's sums."""
    pairs = ((one.row(name), other.row(name)) for name in names)
    return sum(any(abs(a - b) > 1 for a, b in zip(*pair, strict=True)) for pair in pairs)


@pytest.mark.parametrize("path", UNSEEN, ids=lambda path: path.stem)
def test_sentences_the_model_never_saw_are_understood_or_left_to_a_person(path: Path) -> None:
    wanted, found = path.name.split(".")[0], requests_in(path)
    if wanted == "other":
        assert set(found) <= NOTHING_DONE
        return
    assert set(found) - NOTHING_DONE == {Request(wanted)}
    assert found.count(Request(wanted)) >= LEAST_RECALL * len(found)


def test_no_unseen_sentence_is_also_a_phrase() -> None:
    known = {phrase.text.lower() for phrase in read_phrases()}
    unseen = {line.lower() for path in UNSEEN for line in read_lines(path)}
    assert not known & unseen


@pytest.mark.parametrize(
    "words",
    [
        "I can log in now, thanks.",
        "No need to send it again, I found it.",
        "My colleague said she could not log in, but that was last year and is solved.",
        "If I could not log in, whom would I call?",
        "We do not accept the estimate yet.",
        "I have not paid yet.",
        "Please do not change the contact.",
    ],
)
def test_what_is_denied_solved_or_only_supposed_is_not_acted_on(words: str) -> None:
    assert recognise(words).request in NOTHING_DONE


@pytest.mark.parametrize(
    ("words", "both"),
    [
        ("I can't log in. Also, please stop the reminders.", {"cannot_get_in", "stop_reminders"}),
        ("We paid yesterday. Please send future invoices to tom@acme.example.", {"paid"}),
    ],
)
def test_several_requests_at_once_are_for_a_person(words: str, both: set[str]) -> None:
    found = recognise(words)
    assert found.request is Request.SEVERAL
    assert both <= {request.value for request in found.others}


def test_what_is_named_beside_comes_along() -> None:
    copy = recognise("Please send me a copy of invoice INV-1001.", today=TODAY)
    assert (copy.request, copy.details.numbers) == (Request.SEND_AGAIN, ("INV-1001",))
    paying = recognise("We will pay on 4 December 2026.", today=TODAY)
    assert (paying.request, paying.details.day) == (Request.WILL_PAY, date(2026, 12, 4))
    change = recognise(
        "Jane has left the company, please send all invoices to tom@acme.example from now on.",
        today=TODAY,
    )
    assert (change.request, change.details.email) == (Request.CONTACT_CHANGE, "tom@acme.example")


def test_evidence_is_the_words_that_were_said() -> None:
    found = recognise("Sorry, but it won't let me log in with that password.")
    assert found.request is Request.CANNOT_GET_IN
    assert "log in" in " ".join(found.words)


@pytest.mark.parametrize("trick", ["can\u200bt log in", "c\u0430n't log in", "\u202enigol"])
def test_tricks_with_letters_leave_it_open(trick: str) -> None:
    assert recognise(trick).request is Request.UNCLEAR


def test_nothing_said_is_nothing_asked() -> None:
    assert recognise("") == Intent(Request.UNCLEAR, details=Details())


def test_weights_are_small_and_the_rules_need_no_library_of_numbers() -> None:
    weights = resources.files("maild.mail") / "intent_weights.bin"
    assert len(weights.read_bytes()) < 1_000_000
    begun = time.thread_time()
    unpack(weights.read_bytes())
    # a bound on work and not on the clock: the goal is half a second on an idle machine
    assert time.thread_time() - begun < 5
