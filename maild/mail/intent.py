"""What a reply asks for, by rules that rather leave it open than guess wrong.

The words are normalised, cut into clauses and held against the patterns of `intent_phrases`.
More than one request, a trick with invisible characters, a stolen phone, a long story: all of
these are for a person to read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from maild.mail import intent_phrases as phrases
from maild.mail.quotes import CLOSING

MAX_CHARS = 4_000
MAX_CLAUSES = 60
MAX_CLAUSE_CHARS = 300
MAX_OTHER_WORDS = 40
MAX_ANSWER_WORDS = 12


class Request(StrEnum):
    """What a reply asks for, or tells."""

    CANNOT_GET_IN = "cannot_get_in"
    SEND_AGAIN = "send_again"
    STATEMENT = "statement"
    WRONG_PERSON = "wrong_person"
    CONTACT_CHANGE = "contact_change"
    STOP_REMINDERS = "stop_reminders"
    PAID = "paid"
    WILL_PAY = "will_pay"
    DISPUTE = "dispute"
    ACCEPT = "accept"
    DECLINE = "decline"
    QUESTION = "question"
    THANKS = "thanks"
    SEVERAL = "several"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Intent:
    """The request, the words that show it, and the other requests seen besides."""

    request: Request
    words: tuple[str, ...] = ()
    others: tuple[Request, ...] = ()


_PATTERNS = {
    Request.CANNOT_GET_IN: phrases.CANNOT_GET_IN,
    Request.CONTACT_CHANGE: phrases.CONTACT_CHANGE,
    Request.SEND_AGAIN: phrases.SEND_AGAIN,
    Request.STATEMENT: phrases.STATEMENT,
    Request.WRONG_PERSON: phrases.WRONG_PERSON,
    Request.STOP_REMINDERS: phrases.STOP_REMINDERS,
    Request.PAID: phrases.PAID,
    Request.WILL_PAY: phrases.WILL_PAY,
    Request.DISPUTE: phrases.DISPUTE,
}
# The first of a pair says all that the second does, or needs it to be understood.
_COVERS = {
    Request.CANNOT_GET_IN: {Request.SEND_AGAIN},
    Request.STATEMENT: {Request.SEND_AGAIN},
    Request.CONTACT_CHANGE: {Request.WRONG_PERSON},
    Request.PAID: {Request.STOP_REMINDERS},
    Request.WILL_PAY: {Request.STOP_REMINDERS},
    Request.DISPUTE: {Request.STOP_REMINDERS},
}

_REPLY_SUBJECT = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|ref|rif|res|odp|fwd?|wg|tr|rv|enc|doorst|i)"
    r"\s*(?:\[\d+\])?\s*:",
    re.I,
)
_GREETING = re.compile(
    r"(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|greetings"
    r"|to whom it may concern|hallo|guten (?:tag|morgen|abend)|moin|liebe[rs]?|sehr geehrte[rs]?"
    r"|bonjour|bonsoir|cher|chère|hola|buen(?:os|as) (?:días|tardes)|estimad[oa]s?|ciao|buongiorno"
    r"|salve|gentile|beste|geachte|goedemorgen|goedemiddag|olá|bom dia|boa tarde|prezad[oa]s?"
    r"|car[oa])\b",
    re.I,
)
_SIGN_OFF = re.compile(
    r"(?:many |with )?(?:thanks|thank you|thx|ta|tia|danke|vielen dank|merci|gracias|grazie"
    r"|bedankt|obrigad[oa])"
    r"(?: (?:again|in advance|so much|very much|a lot|im voraus|d avance))*[\s,.!]{0,4}$",
    re.I,
)
_CONTRACTIONS = (
    (re.compile(r"\b(?:can'?t|cannot|can nt|cant)\b"), "can not"),
    (re.compile(r"\bwon'?t\b"), "will not"),
    (
        re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should)n'?t\b"),
        r"\1 not",
    ),
    (re.compile(r"\bain'?t\b"), "is not"),
    (re.compile(r"\bi'?m\b"), "i am"),
    (re.compile(r"\b(i|we|you|they)'ve\b"), r"\1 have"),
    (re.compile(r"\b(i|we|you|they|it)'ll\b"), r"\1 will"),
    (re.compile(r"\b(i|we|you|they)'d\b"), r"\1 would"),
    (re.compile(r"\b(we|you|they)'re\b"), r"\1 are"),
    (re.compile(r"\b(it|that|what|there|here|where)'?s\b"), r"\1 is"),
)  # fmt: skip
_CLAUSE_END = re.compile(
    r"([.!?;\n]+)(?=\s|$)|\n|\s-+\s"
    # "a password but it does not work" is one thing said
    r"|\s(?:but|however|aber|mais|pero|maar|mas)\s(?!(?:it|that|this|they)\b)",
    re.I,
)
_NEGATED = re.compile(
    r"\b(?:no|(?<!can )(?<!could )not|never|without|no longer)"
    r"(?: (?:have|had|need|want|to|any|a|please|such|send|having)){0,3} $"
)
_NOT_WORD = re.compile(r"[^\w-]+")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_HIDDEN_INSIDE = re.compile("\\w[\u200b-\u200d\u2060\ufeff\u00ad\u180e]+\\w")
_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u180e]")
_VOCABULARY = (
    "password", "passwords", "passcode", "invoice", "invoices", "account", "address", "information",
    "personal", "details", "recover", "retrieve", "restore", "forgotten", "profile", "shipping",
    "delivery", "resend", "change", "changing", "update", "estimate", "statement", "expired",
    "locked", "access",
)  # fmt: skip


def recognise(text: str, subject: str = "") -> Intent:
    """Return what the new words of a reply ask for.

    `text` is what `reply.extract` left; `subject` counts only when it is the sender's own, not
    an answer's or a forward's.
    """
    own_subject = "" if _REPLY_SUBJECT.match(subject) else subject[:MAX_CLAUSE_CHARS]
    text = unicodedata.normalize("NFKC", f"{own_subject}\n{text}"[: MAX_CHARS + 1])
    if len(text) > MAX_CHARS:
        return Intent(Request.UNCLEAR, ("long",))
    if _BIDI.search(text) or _HIDDEN_INSIDE.search(text):
        return Intent(Request.UNCLEAR, ("hidden characters",))
    clauses = list(_clauses(_body(_HIDDEN.sub("", text))))
    if not clauses or len(clauses) > MAX_CLAUSES:
        return Intent(Request.UNCLEAR)
    return _bare_answer(clauses) or _judge(clauses)


@dataclass(frozen=True, slots=True)
class _Clause:
    words: str
    asks: bool


def _body(text: str) -> str:
    """Drop the greeting above and the sign-off below."""
    lines = [line.strip() for line in text.strip().split("\n")]
    for number, line in enumerate(lines):
        signed = CLOSING.match(line[:100]) or _SIGN_OFF.fullmatch(line[:100])
        if number and signed and sum(map(bool, lines[number + 1 :])) <= 6:
            lines = lines[:number]
            break
    for number, line in enumerate(lines[:3]):
        found = _GREETING.match(line)
        if found:
            lines[number] = _after_greeting(line)
            break
    return "\n".join(lines)


def _after_greeting(line: str) -> str:
    """Return what follows "Dear Ms Smith," on the same line."""
    head, comma, rest = line.partition(",")
    if comma and len(head.split()) <= 5:
        return rest
    if len(line.split()) <= 5 and "?" not in line and not _any(phrases.CANNOT_GET_IN, line.lower()):
        return ""
    return line


def _clauses(text: str) -> Iterator[_Clause]:
    at = 0
    for end in _CLAUSE_END.finditer(text):
        yield from _clause(text[at : end.start()], "?" in end[0])
        at = end.end()
    yield from _clause(text[at:], False)


def _clause(text: str, asks: bool) -> Iterator[_Clause]:
    words = text.casefold().replace("’", "'").replace("‘", "'").replace("`", "'")
    for pattern, plain in _CONTRACTIONS:
        words = pattern.sub(plain, words)
    words = " ".join(_NOT_WORD.sub(" ", words.replace("'", " ")).replace("-", " ").split())
    if words:
        words = " ".join(map(_correct, words[:MAX_CLAUSE_CHARS].split()))
        yield _Clause(words, asks)


def _correct(word: str) -> str:
    """Mend one slip of the finger inside a long word that matters here."""
    if len(word) < 6 or word in _VOCABULARY:
        return word
    near = (known for known in _VOCABULARY if _one_slip(word, known))
    return next(near, word)


def _one_slip(word: str, known: str) -> bool:
    """Tell whether both begin and end alike and differ by one letter, or two swapped."""
    gap = len(known) - len(word)
    if word[0] != known[0] or word[-1] != known[-1] or abs(gap) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), -1)
    if at < 0:
        return False
    if gap:
        return word[at + max(0, -gap) :] == known[at + max(0, gap) :]
    swapped = word[at : at + 2] == known[at : at + 2][::-1] and word[at + 2 :] == known[at + 2 :]
    return swapped or word[at + 1 :] == known[at + 1 :]


def _bare_answer(clauses: list[_Clause]) -> Intent | None:
    """Know a mail that is nothing but a yes, a no or thanks, whatever the words around it."""
    words = [word for clause in clauses for word in clause.words.split()]
    if not words or len(words) > MAX_ANSWER_WORDS:
        return None
    if set(words) <= phrases.THANKS and set(words) & phrases.GRATITUDE:
        return Intent(Request.THANKS, tuple(words))
    if any(clause.asks for clause in clauses):
        return None
    yes = [word for word in words if word in phrases.YES]
    no = [word for word in words if word in phrases.NO]
    unsure = {"know", "sure"} & set(words) and "not" in no
    if unsure or not (yes or no) or set(words) - phrases.YES - phrases.NO - phrases.FILLER:
        return None
    if no and not yes and "not" in no and set(no) & phrases.UNTRUE:
        return Intent(Request.ACCEPT, tuple(no))
    if no:
        others = () if phrases.REFUSAL & set(no) else (Request.DISPUTE,)
        return Intent(Request.DECLINE, tuple(no), others)
    return Intent(Request.ACCEPT, tuple(yes))


def _judge(clauses: list[_Clause]) -> Intent:
    found = _requests(clauses)
    everything = " ".join(clause.words for clause in clauses)
    if _any(phrases.ALARM, everything):
        return Intent(Request.UNCLEAR, (), tuple(found))
    main = [one for one in found if not any(one in _COVERS.get(other, ()) for other in found)]
    others = tuple(one for one in found if one not in main)
    if len(main) > 1 or (main and _says_more(clauses)):
        return Intent(Request.SEVERAL, tuple(found.values()), tuple(found))
    if main:
        return Intent(main[0], (found[main[0]],), others)
    asks = any(clause.asks for clause in clauses)
    return Intent(Request.QUESTION if asks else Request.UNCLEAR)


def _requests(clauses: list[_Clause]) -> dict[Request, str]:
    """Return each request seen with its words; trouble that is over is no request."""
    found: dict[Request, str] = {}
    for clause in clauses:
        if _any(phrases.RESOLVED, clause.words):
            found.pop(Request.CANNOT_GET_IN, None)
            continue
        for request, patterns in _PATTERNS.items():
            words = _any(patterns, clause.words)
            if words:
                found.setdefault(request, words)
    return found


def _says_more(clauses: list[_Clause]) -> bool:
    """Tell whether a question or a long story stands beside what was understood."""
    rest = [
        clause
        for clause in clauses
        if not any(_any(patterns, clause.words) for patterns in _PATTERNS.values())
        and not _any(phrases.HELP, clause.words)
    ]
    words = sum(len(clause.words.split()) for clause in rest)
    return words > MAX_OTHER_WORDS or any(clause.asks for clause in rest)


def _any(patterns: Iterable[re.Pattern[str]], words: str) -> str:
    """Return the words that the first fitting pattern finds, "" when none fits."""
    for pattern in patterns:
        found = pattern.search(words)
        if found and not _NEGATED.search(words, 0, found.start()):
            return found[0]
    return ""
