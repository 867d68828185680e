"""A reply's words made plain: one clause after the other, without greeting and sign-off.

Clauses come in lower case and without accents, contractions written out ("can not", "i am"),
addresses and web links as the words EMAIL and LINK, everything but letters and digits dropped, one
space between words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from maild.mail.quotes import CLOSING

MAX_CHARS = 4_000
MAX_CLAUSES = 60
MAX_CLAUSE_CHARS = 300
MAX_SIGNATURE_LINES = 6
EMAIL = "emailaddress"
LINK = "weblink"

_REPLY_SUBJECT = re.compile(
    r"\s{0,5}(?:re|aw|antw|antwort|sv|vs|ref|rif|res|odp|fwd?|wg|tr|rv|enc|doorst|i)"
    r"\s{0,3}(?:\[\d{1,3}\])?\s{0,3}:",
    re.I,
)
_GREETING = re.compile(
    r"(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|greetings"
    r"|to whom it may concern|hallo|guten (?:tag|morgen|abend)|moin|liebe[rs]?|sehr geehrte[rs]?"
    r"|bonjour|bonsoir|cher|chère|chers|madame|hola|buen(?:os|as) (?:días|tardes)|estimad[oa]s?"
    r"|ciao|buongiorno|buonasera|salve|gentile|gentili|egregi[oa]?|spettabile|beste|geachte"
    r"|goedemorgen|goedemiddag|goedendag|dag|olá|oi|bom dia|boa (?:tarde|noite)|prezad[oa]s?"
    r"|car[oa]s?|ex\.?m[oa]s?)\b",
    re.I,
)
_EVERYBODY = frozenset({"there", "all", "everyone", "everybody", "team", "folks", "guys", "you"})
# "hi i cant log in," greets nobody of that name
_OF_ONESELF = frozenset(
    {"i", "we", "my", "our", "i'm", "we're", "i've", "we've", "ich", "wir", "je"}
)
_SIGN_OFF = re.compile(
    r"(?:many |with )?(?:thanks|thank you|thx|ta|tia|danke|vielen dank|merci|gracias|grazie"
    r"|bedankt|obrigad[oa])"
    r"(?: (?:again|in advance|so much|very much|a lot|im voraus|d.avance))*[\s,.!]{0,4}$",
    re.I,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]{1,400}", re.I)
# The dot of "no. 7" ends nothing.
_ABBREVIATED = re.compile(r"\b(no|nr|num)\.\s?(?=\d)", re.I)
_CLAUSE_END = re.compile(
    r"([.!?;\n。？！]+)(?=\s|$)|\n|\s-+\s"
    # "a password but it does not work" is one thing said
    r"|\s(?:but|however|aber|mais|pero|maar|mas)\s(?!(?:it|that|this|they)\b)"
    r"|,?\s(?:and|also|und|et|y|e|en)\s(?=(?:also\s)?(?:please|pls|kindly|(?:can|could|would)\syou"
    r"|stop|send|change|i|we|when|what|why|how|where|bitte|merci|por\sfavor|per\sfavore|graag)\b)",
    re.I,
)
# "It does not work": what does not is in the clause before.
_GOES_ON = re.compile(r"(?:it|this|that|they|both|neither|none)(?: \S+){1,7}$")
# What somebody wants a thing for is no wish of its own.
_PURPOSE = re.compile(r" (?:so (?:that )?|in order that )(?:i|we) (?:can|could|may|might)\b.*$")
_CONTRACTIONS = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\b(?:can'?t|cannot|can nt)\b", "can not"),
        (r"\bwon'?t\b", "will not"),
        (
            r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should|must|need)n'?t\b",
            r"\1 not",
        ),
        (r"\bain'?t\b", "is not"),
        (r"\bi'?m\b", "i am"),
        (r"\b(i|we|you|they)'ve\b", r"\1 have"),
        (r"\b(i|we|you|they|it|she|he)'ll\b", r"\1 will"),
        (r"\b(i|we|you|they)'d\b", r"\1 would"),
        (r"\b(we|you|they)'re\b", r"\1 are"),
        (r"\b(it|that|what|there|here|where|how)'?s\b", r"\1 is"),
    )
)
_APOSTROPHES = dict.fromkeys(map(ord, "’‘`´"), "'")
_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_NOT_WORD = re.compile(r"[^\w]+")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_HIDDEN_INSIDE = re.compile("\\w[\u200b-\u200d\u2060\ufeff\u00ad\u180e\u034f]+\\w")
_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u180e\u034f]")
# Greek and Cyrillic letters that pass for Latin ones, next to a Latin letter.
_LOOKALIKES = "αεικνορτυχγаеорсухіјѕԁһкмтвнгԛԝ"
_MIXED = re.compile(rf"[a-z][{_LOOKALIKES}]|[{_LOOKALIKES}][a-z]", re.I)


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing said: its plain words, and whether a question mark ends it."""

    words: str
    asks: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A reply's clauses, the text they were cut from, and what makes it unreadable, if anything.

    `trouble` is "long", "hidden characters" or "mixed alphabets": for a person to look at.
    """

    clauses: tuple[Clause, ...]
    body: str
    trouble: str = ""


def read(text: str, subject: str = "") -> Text:
    """Return the plain clauses of a reply's new words and of a subject of the sender's own.

    The subject of an answer or a forward is somebody else's and does not count.
    """
    own_subject = "" if _REPLY_SUBJECT.match(subject) else subject[:MAX_CLAUSE_CHARS]
    text = unicodedata.normalize("NFKC", f"{own_subject}\n{text}"[: MAX_CHARS + 2])
    if len(text) > MAX_CHARS + 1:
        return Text((), text, "long")
    if _BIDI.search(text) or _HIDDEN_INSIDE.search(text):
        return Text((), text, "hidden characters")
    if _MIXED.search(text):
        return Text((), text, "mixed alphabets")
    body = _body(_ABBREVIATED.sub(r"\1 ", _HIDDEN.sub("", text)))
    clauses = tuple(_clauses(body))
    if len(clauses) > MAX_CLAUSES:
        return Text((), body, "long")
    return Text(clauses, body)


def _body(text: str) -> str:
    """Drop the greeting above and the sign-off below."""
    lines = [line.strip() for line in text.strip().split("\n")]
    for number, line in enumerate(lines):
        signed = CLOSING.match(line[:100]) or _SIGN_OFF.fullmatch(line[:100])
        if number and signed and sum(map(bool, lines[number + 1 :])) <= MAX_SIGNATURE_LINES:
            lines = lines[:number]
            break
    for number, line in enumerate(lines[:3]):
        if _GREETING.match(line):
            lines[number] = _after_greeting(line)
            break
    return "\n".join(lines)


def _after_greeting(line: str) -> str:
    """Return what follows "Dear Ms Smith," on the same line."""
    head, comma, rest = line.partition(",")
    if comma and len(head.split()) <= 5 and not _OF_ONESELF & set(head.casefold().split()):
        return rest
    rest = _GREETING.sub("", line, 1).strip(" ,.!")
    is_name = all(word[0].isupper() or word in _EVERYBODY for word in rest.split())
    return "" if is_name and len(rest.split()) <= 3 else rest


def _clauses(text: str) -> list[Clause]:
    """Cut the text at sentence ends, lines and what joins two wishes."""
    clauses: list[Clause] = []
    at = 0
    for end in (*_CLAUSE_END.finditer(text), None):
        words = _plain(text[at : end.start() if end else None])
        asks = bool(end and "?" in end[0])
        if clauses and _GOES_ON.match(words) and not clauses[-1].asks:
            words = f"{clauses.pop().words} {words}"
        if words:
            clauses.append(Clause(words[:MAX_CLAUSE_CHARS], asks))
        at = end.end() if end else at
    return clauses


def _plain(text: str) -> str:
    words = _EMAIL.sub(EMAIL, _LINK.sub(LINK, text)).casefold().translate(_APOSTROPHES)
    for pattern, plain in _CONTRACTIONS:
        words = pattern.sub(plain, words)
    words = unicodedata.normalize("NFKD", words).translate(_ACCENTS)
    words = " ".join(_NOT_WORD.sub(" ", words).replace("_", " ").split())
    return _PURPOSE.sub("", words)
