"""What a reply asks for: rules that show the words, and a model that must agree.

The new words are cut into plain clauses (`intent_text`). Patterns find the signs of a request in
a clause (`intent_rules`), a linear model weighs the same clause (`intent_model`), and a request
is named only when the two agree or the model alone is sure. More than one request, a trick with
invisible characters, a stolen phone, a long story: all of these are for a person to read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from maild.mail import intent_text
from maild.mail.intent_details import Details, find_change, find_day, find_numbers
from maild.mail.intent_model import Model, load_model
from maild.mail.intent_rules import (
    asks_for_help,
    find_signs,
    has_topic,
    is_alarming,
    is_conditional,
    is_denied,
    is_over,
    word_set,
)
from maild.mail.intent_text import Clause
from maild.mail.request import Intent, Request

MAX_OTHER_WORDS = 40
MAX_ANSWER_WORDS = 12
MIN_CLAUSE_WORDS = 3
# How likely the model must find what the rules see, and how likely what they do not.
AGREES = 0.15
SURE = 0.95
# From here on a clause that shows nothing by itself belongs to the request beside it.
RELATED = 0.3


# The first of a pair says all that the second does, or needs it to be understood.
_COVERS = {
    Request.CANNOT_GET_IN: {Request.SEND_AGAIN},
    Request.CONTACT_CHANGE: {Request.WRONG_PERSON},
    Request.PAID: {Request.STOP_REMINDERS},
    Request.WILL_PAY: {Request.STOP_REMINDERS},
    Request.DISPUTE: {Request.STOP_REMINDERS},
}
_OF_PEOPLE = {Request.CONTACT_CHANGE, Request.WRONG_PERSON}
# These are often put as a question, and a question beside them often belongs to them.
_ASKED = {Request.CANNOT_GET_IN, Request.SEND_AGAIN, Request.STATEMENT, Request.CONTACT_CHANGE}
# What the model knows besides, and nothing is done about.
_IDLE = frozenset({"question", "thanks", "other"})


def recognise(text: str, subject: str = "", today: date | None = None) -> Intent:
    """Return what the new words of a reply ask for.

    `text` is what `reply.extract` left; `subject` counts only when it is the sender's own, not
    an answer's or a forward's. `today` is the day of the reply where it was written: without it
    "next Friday" and dates without a year stay words.
    """
    read = intent_text.read(text, subject)
    if read.trouble:
        return Intent(Request.UNCLEAR, (read.trouble,))
    found = judge(read.clauses, load_model())
    return replace(found, details=_details(found, read.body, today))


def _details(found: Intent, body: str, today: date | None) -> Details:
    named = {found.request, *found.others}
    change = find_change(body) if named & _OF_PEOPLE else Details()
    day = find_day(body, today, past=Request.PAID in named) if today else None
    return replace(change, numbers=find_numbers(body), day=day)


@dataclass(frozen=True, slots=True)
class _Said:
    """A clause with what the model and the rules see in it; `over`: it takes trouble back."""

    clause: Clause
    odds: Mapping[str, float]
    signs: Mapping[str, str]
    over: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """The requests that are believed, with their words, and those that are only suspected."""

    believed: dict[Request, str]
    suspected: dict[Request, str]


def judge(clauses: Sequence[Clause], model: Model) -> Intent:
    """Return what plain clauses ask for, as far as rules and this model agree."""
    if not clauses:
        return Intent(Request.UNCLEAR)
    clauses = [model.mend(clause) for clause in clauses]
    opinion = model.weigh(clauses)
    answer = _bare_answer(clauses, opinion.whole)
    if answer:
        return answer
    said = [
        _Said(clause, odds, _signs(clause), is_over(clause.words))
        for clause, odds in zip(clauses, opinion.clauses, strict=True)
    ]
    seen = _requests(said, opinion.whole, model)
    if is_alarming(" ".join(clause.words for clause in clauses)):
        return Intent(Request.UNCLEAR, (), (*seen.believed, *seen.suspected))
    return _settle(said, seen)


def _settle(said: Sequence[_Said], seen: _Seen) -> Intent:
    found = seen.believed
    main = [one for one in found if not any(one in _COVERS.get(other, ()) for other in found)]
    if len(main) > 1:
        return Intent(Request.SEVERAL, tuple(found.values()), tuple(found))
    if main and _says_more(said, main[0]):
        return Intent(Request.SEVERAL, tuple(found.values()), (*found, Request.QUESTION))
    if main:
        others = tuple(one for one in found if one not in main)
        return Intent(main[0], (found[main[0]],), others)
    asks = any(one.clause.asks for one in said)
    request = Request.QUESTION if asks else Request.UNCLEAR
    return Intent(request, tuple(seen.suspected.values()), tuple(seen.suspected))


def _bare_answer(clauses: Sequence[Clause], odds: Mapping[str, float]) -> Intent | None:
    """Know a mail that is nothing but a yes, a no or thanks, whatever the words around it."""
    words = [word for clause in clauses for word in clause.words.split()]
    if not words or len(words) > MAX_ANSWER_WORDS:
        return None
    if set(words) <= word_set("THANKS") and set(words) & word_set("GRATITUDE"):
        return Intent(Request.THANKS, (" ".join(words),))
    yes = [word for word in words if word in word_set("YES")]
    no = [word for word in words if word in word_set("NO")]
    known = word_set("YES") | word_set("NO") | word_set("FILLER")
    unsure = {"know", "sure"} & set(words) and "not" in no
    asks = any(clause.asks for clause in clauses)
    if asks or unsure or not (yes or no) or not set(words) <= known:
        return None
    is_yes = not no or ("not" in no and bool(set(no) & word_set("UNTRUE")) and not yes)
    if set(yes) <= word_set("WEAK_YES") and not no and set(words) & word_set("GRATITUDE"):
        return Intent(Request.THANKS, (" ".join(words),))
    request = Request.ACCEPT if is_yes else Request.DECLINE
    if odds[request] < AGREES:
        return Intent(Request.UNCLEAR, (" ".join(words),), (request,))
    is_plain = is_yes or (word_set("REFUSAL") | word_set("CONSENT")) & set(words)
    return Intent(request, (" ".join(words),), () if is_plain else (Request.DISPUTE,))


def _requests(said: Sequence[_Said], whole: Mapping[str, float], model: Model) -> _Seen:
    """Return each request seen with its words; trouble that is over is no request."""
    seen = _Seen({}, {})
    for one in said:
        if one.over:
            seen.believed.pop(Request.CANNOT_GET_IN, None)
            continue
        agreed = {
            name: words
            for name, words in one.signs.items()
            if max(one.odds[name], whole[name]) >= AGREES
        }
        agreed |= _refusal(one.clause)
        best = max(one.odds, key=lambda name: one.odds[name])
        if not agreed and one.odds[best] >= SURE and _may_stand_alone(best, one.clause):
            agreed = {best: " ".join(model.explain(one.clause, best))}
        for name, words in agreed.items():
            seen.believed.setdefault(Request(name), words)
        for name in one.signs.keys() - agreed.keys():
            seen.suspected.setdefault(Request(name), one.signs[name])
    return seen


def _refusal(clause: Clause) -> dict[str, str]:
    """Know a "No, thanks" beside something else: then it is not clear what is wanted."""
    words = set(clause.words.split())
    plain = words <= word_set("REFUSAL") | word_set("GRATITUDE") | {"thank", "you", "sorry"}
    refuses = plain and bool(words & word_set("REFUSAL"))
    return {Request.DECLINE.value: clause.words} if refuses else {}


def _may_stand_alone(request: str, clause: Clause) -> bool:
    """Tell whether a request may be taken from the model's word alone."""
    words = clause.words.split()
    return (
        request not in _IDLE
        and len(words) >= MIN_CLAUSE_WORDS
        and words[0] not in word_set("INQUIRY")
        and has_topic(request, clause.words)
        and not _is_open(request, clause)
        and not is_denied(request, clause.words)
    )


def _signs(clause: Clause) -> dict[str, str]:
    """Return the signs of requests in a clause: "should we accept?" accepts nothing."""
    signs = find_signs(clause.words)
    return {name: words for name, words in signs.items() if not _is_open(name, clause)}


def _is_open(request: str, clause: Clause) -> bool:
    """Tell whether a clause leaves an answer open: by asking, by a "not yet", by a condition."""
    answers = request in {Request.ACCEPT, Request.DECLINE}
    return answers and (clause.asks or is_conditional(clause.words))


def _says_more(said: Sequence[_Said], request: Request) -> bool:
    """Tell whether a question or a long story stands beside the request that was understood."""
    rest = [
        one.clause
        for one in said
        if not one.signs
        and not (request in _ASKED and one.odds[request] >= RELATED)
        and not asks_for_help(one.clause.words)
    ]
    words = sum(len(clause.words.split()) for clause in rest)
    return words > MAX_OTHER_WORDS or any(clause.asks for clause in rest)
