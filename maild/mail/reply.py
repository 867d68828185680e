"""What the sender newly wrote: without the quoted history, signatures and footers around it.

One pass over the lines. Each decision looks at a bounded number of lines, and no pattern ever
sees more than `CLIP` characters of one, so hostile input costs no more than its length.
"""

from __future__ import annotations

import re

from maild.mail import quotes
from maild.mail.html import cut_quotes

CLIP = 400
MAX_ATTRIBUTION_LINES = 6
MAX_MOBILE_WIDTH = 120
MAX_DISCLAIMER_LINES = 40
MAX_HEADER_LINES = 14
MAX_SIGNATURE_LINES = 14
MAX_CLOSING_LINES = 9
MAX_SIGNATURE_WIDTH = 80
MAX_NAME_LINES = 7
MIN_TEXT_ABOVE_NAME = 12
MIN_NAME = 3

# Inside a word they stay: whoever hides a word is to be seen to.
_INVISIBLE = re.compile("(?<!\\w)[\u200b\ufeff\u00ad]|[\u200b\ufeff\u00ad](?!\\w)")


def extract(text: str) -> str:
    """Return the new words of a reply.

    Quoted lines are never kept, so nothing that somebody else wrote can be acted on; what stands
    between and below them is. A bare forward keeps its body.
    """
    return _joined(_without_name(_without_stub(_Reader(_lines(text), keep_footers=False).read())))


def extract_html(html: str) -> str:
    """Return the new words of an HTML reply: by its wrappers first, then by its lines."""
    return extract(cut_quotes(html))


def cut_history(text: str) -> str:
    """Return a reply without what it answers, but with its signature, for a person to read."""
    return _joined(_without_stub(_Reader(_lines(text), keep_footers=True).read()))


def cut_history_html(html: str) -> str:
    """Return an HTML reply as text, as `cut_history` does."""
    return cut_history(cut_quotes(html))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")


def _lines(text: str) -> list[str]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return [line.rstrip() for line in _INVISIBLE.sub("", text).split("\n")]


def _without_stub(lines: list[str]) -> list[str]:
    """Drop a last "From:" line, left of a header whose rest was cut with its wrapper."""
    end = _last_text(lines, len(lines))
    head = quotes.HEADER_LINE.match(lines[end - 1][:CLIP]) if end else None
    is_stub = head and head["sender"] and "@" in lines[end - 1][:CLIP]
    return lines[: end - 1] if is_stub else lines


def _without_name(lines: list[str]) -> list[str]:
    """Drop a last paragraph that is only a name with its titles, and the thanks above it."""
    end = _last_text(lines, len(lines))
    start = end
    while start and lines[start - 1] and end - start < MAX_NAME_LINES:
        start -= 1
    block = [line[:CLIP] for line in lines[start:end]]
    for number, line in enumerate(block):
        thanks = quotes.THANKS.match(line)
        named = thanks and (thanks["name"] or _is_name(block[number + 1 :]))
        if named and (number or start):
            return lines[: start + number]
    above = _last_text(lines, start)
    before = lines[above - 1][:CLIP] if above else ""
    if not _is_name(block):
        return lines
    if quotes.THANKS.match(before) and above > 1:
        return lines[: above - 1]
    waits = before.endswith(":") or (before.split() or [""])[-1].lower() in quotes.OPEN_ENDS
    is_signed = len(before) >= MIN_TEXT_ABOVE_NAME and not waits
    return lines[:above] if is_signed else lines


def _last_text(lines: list[str], end: int) -> int:
    """Return the place just below the last line before `end` that says anything."""
    while end and not lines[end - 1]:
        end -= 1
    return end


def _is_name(block: list[str]) -> bool:
    if not block or not quotes.NAME.match(block[0]):
        return False
    words = {word.strip(".,").lower() for word in block[0].split()}
    if len(block) == 1 and len(block[0].strip()) < MIN_NAME:
        return False
    return not words & quotes.NOT_NAMES and all(map(quotes.UNDER_NAME.match, block[1:]))


class _Reader:
    """Walks down the lines once and collects those that are new."""

    def __init__(self, lines: list[str], *, keep_footers: bool) -> None:
        self._lines = lines
        self._keep_footers = keep_footers
        self._old: dict[int, int] = {}
        self._kept: list[str] = []
        self._any = False

    def read(self) -> list[str]:
        at = 0
        while at < len(self._lines):
            taken, old_below = self._step(at)
            if old_below:
                break
            at += taken
        return self._kept

    def _step(self, at: int) -> tuple[int, bool]:
        """Return how many lines were dealt with, and whether all below them is old."""
        line = self._lines[at][:CLIP]
        if quotes.QUOTED.match(line):
            return 1, False
        old = self._old_length(at)
        if old:
            return old, self._any and not self._quote_follows(at + old)
        if line and not self._keep_footers:
            footer = self._footer_length(at, line)
            if footer:
                return footer, False
        self._kept.append(self._lines[at])
        # a rule drawn above what is forwarded says nothing
        self._any = self._any or any(map(str.isalnum, line))
        return 1, False

    def _window(self, at: int, length: int) -> list[str]:
        return [line[:CLIP] for line in self._lines[at : at + length]]

    def _old_length(self, at: int) -> int:
        """Return the length of what introduces an older message here, 0 if nothing does."""
        if at not in self._old:
            line = self._lines[at][:CLIP]
            length = (self._attribution_length(at) or self._head_length(at, line)) if line else 0
            self._old[at] = length
        return self._old[at]

    def _attribution_length(self, at: int) -> int:
        """Return how many lines make up an "On …, … wrote:" that begins here, 0 if none does."""
        first = self._lines[at][:CLIP]
        started = bool(quotes.ATTRIBUTION_START.match(first))
        if not (started or "@" in first or quotes.WROTE.search(first)):
            return 0
        joined = ""
        for count, line in enumerate(self._window(at, MAX_ATTRIBUTION_LINES if started else 2), 1):
            ended = line.endswith((":", "："))
            if quotes.QUOTED.match(line) and not ended:
                return 0
            joined = f"{joined} {line}".strip()[:CLIP]
            if (ended or quotes.WROTE.search(line)) and _is_attribution(joined, started):
                return count
            if ended and quotes.WROTE.search(line) and self._quote_follows(at + count):
                return count
            if ended and not started:
                return 0
        return 0

    def _quote_follows(self, at: int) -> bool:
        """Tell whether the next line that says anything is quoted."""
        following = next((line for line in self._window(at, 4) if line), "")
        return bool(quotes.QUOTED.match(following))

    def _head_length(self, at: int, line: str) -> int:
        """Return the length of a divider or header block of an older message, 0 if none."""
        if quotes.DIVIDER.match(line):
            return 1 + self._block_length(at + 1)
        if quotes.RULE.match(line):
            block = self._block_length(at + 1)
            return 1 + block if block else 0
        return self._block_length(at) if quotes.HEADER_LINE.match(line) else 0

    def _block_length(self, at: int) -> int:
        window = self._window(at, MAX_HEADER_LINES)
        blank = next((n for n, line in enumerate(window) if line), 0)
        found = [quotes.HEADER_LINE.match(line) for line in window[blank:]]
        if not found or not found[0]:
            return 0
        end = next((n for n, line in enumerate(window[blank:]) if not line), len(found))
        heads = [match for match in found[:end] if match]
        names = {match["other"].lower() for match in heads if match["other"]}
        has_sender = any(match["sender"] for match in heads)
        return blank + end if has_sender and len(names) >= 2 else 0

    def _footer_length(self, at: int, line: str) -> int:
        """Return the length of a footer that ends the new words, 0 if none begins here."""
        if quotes.MOBILE.match(line) and len(line) < MAX_MOBILE_WIDTH:
            return 1
        drawn = quotes.RULE.match(line) and "_" in line
        if drawn or quotes.SIGNATURE.match(line):
            return self._until_end(at, MAX_SIGNATURE_LINES, CLIP)
        if quotes.CLOSING.match(line) and self._any:
            return self._until_end(at, MAX_CLOSING_LINES, MAX_SIGNATURE_WIDTH)
        if quotes.DISCLAIMER.match(line):
            return self._until_end(at, MAX_DISCLAIMER_LINES, 10 * CLIP)
        return 0

    def _until_end(self, at: int, most: int, width: int) -> int:
        """Return the distance to the next old message or the end, 0 if too much is said first."""
        said = 0
        for offset, line in enumerate(self._lines[at : at + 3 * most]):
            if not line:
                continue
            said += 1
            if said > most or len(line) > width:
                return 0
            if offset and (quotes.QUOTED.match(line) or self._old_length(at + offset)):
                return offset
        rest = len(self._lines) - at
        return rest if rest <= 3 * most else 0


def _is_attribution(joined: str, started: bool) -> bool:
    ended = bool(quotes.ATTRIBUTION_END.search(joined))
    wrote = list(quotes.WROTE.finditer(joined))
    dated = bool(quotes.DATE.search(joined))
    if wrote and ended:
        return started or "@" in joined or dated
    if wrote and "@" in joined and dated:
        return wrote[-1].end() >= len(joined) - 2
    return dated and bool(quotes.ADDRESS_END.search(joined))
