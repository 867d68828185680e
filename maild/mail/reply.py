"""What the sender newly wrote: without the quoted history, signatures and footers around it.

One pass over the lines. Each decision looks at a bounded number of lines, and no pattern ever
sees more than `CLIP` characters of one, so hostile input costs no more than its length.
"""

from __future__ import annotations

from maild.mail import quotes
from maild.mail.html import cut_quotes

CLIP = 400
MAX_ATTRIBUTION_LINES = 6
MAX_HEADER_LINES = 14
MAX_SIGNATURE_LINES = 14
MAX_CLOSING_LINES = 9
MAX_SIGNATURE_WIDTH = 80
MAX_NAME_LINES = 7
MIN_TEXT_ABOVE_NAME = 12

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\ufeff\u00ad"))


def extract(text: str) -> str:
    """Return the new words of a reply.

    Quoted lines are never kept, so nothing that somebody else wrote can be acted on; what stands
    between and below them is. A bare forward keeps its body.
    """
    return _joined(_without_name(_Reader(_lines(text), keep_footers=False).read()))


def extract_html(html: str) -> str:
    """Return the new words of an HTML reply: by its wrappers first, then by its lines."""
    return extract(cut_quotes(html))


def cut_history(text: str) -> str:
    """Return a reply without what it answers, but with its signature, for a person to read."""
    return _joined(_Reader(_lines(text), keep_footers=True).read())


def cut_history_html(html: str) -> str:
    """Return an HTML reply as text, as `cut_history` does."""
    return cut_history(cut_quotes(html))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")


def _lines(text: str) -> list[str]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return [line.rstrip() for line in text.translate(_INVISIBLE).split("\n")]


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
    is_signed = len(before) >= MIN_TEXT_ABOVE_NAME and not before.endswith(":")
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
    return not words & quotes.NOT_NAMES and all(map(quotes.UNDER_NAME.match, block[1:]))


class _Reader:
    """Walks down the lines once and collects those that are new."""

    def __init__(self, lines: list[str], *, keep_footers: bool) -> None:
        self._lines = lines
        self._keep_footers = keep_footers
        self._at = 0
        self._kept: list[str] = []
        self._any = False

    def read(self) -> list[str]:
        while self._at < len(self._lines):
            if not self._step():
                break
        return self._kept

    def _step(self) -> bool:
        """Handle the lines at hand; False when all that follows is old."""
        line = self._lines[self._at][:CLIP]
        if not line:
            return self._keep()
        if quotes.QUOTED.match(line):
            return self._skip(1)
        attribution = self._attribution_length()
        if attribution:
            return self._skip(attribution) and (self._quote_follows() or not self._any)
        head = self._head_length(line)
        if head:
            return self._skip(head) and not self._any
        if self._keep_footers:
            return self._keep()
        if quotes.MOBILE.match(line) and len(line) < 120:
            return self._skip(1)
        footer = self._footer_length(line)
        return self._skip(footer) if footer else self._keep()

    def _keep(self) -> bool:
        self._kept.append(self._lines[self._at])
        self._any = self._any or bool(self._lines[self._at])
        return self._skip(1)

    def _skip(self, lines: int) -> bool:
        self._at += lines
        return True

    def _window(self, length: int, start: int = 0) -> list[str]:
        begin = self._at + start
        return [line[:CLIP] for line in self._lines[begin : begin + length]]

    def _attribution_length(self) -> int:
        """Return how many lines make up an "On …, … wrote:" that begins here, 0 if none does."""
        first = self._lines[self._at][:CLIP]
        started = bool(quotes.ATTRIBUTION_START.match(first))
        if not (started or "@" in first or quotes.WROTE.search(first)):
            return 0
        joined = ""
        for count, line in enumerate(self._window(MAX_ATTRIBUTION_LINES if started else 2), 1):
            if quotes.QUOTED.match(line) and not line.endswith((":", "：")):
                return 0
            joined = f"{joined} {line}".strip()[:CLIP]
            if _is_attribution(joined, started):
                return count
            if quotes.ATTRIBUTION_END.search(line) and not started:
                return 0
        return 0

    def _quote_follows(self) -> bool:
        """Tell whether the next line that says anything is quoted."""
        following = next((line for line in self._window(4) if line), "")
        return bool(quotes.QUOTED.match(following))

    def _head_length(self, line: str) -> int:
        """Return the length of a divider or header block of an older message, 0 if none."""
        if quotes.DIVIDER.match(line):
            return 1 + self._block_length(1)
        if quotes.RULE.match(line):
            block = self._block_length(1)
            return 1 + block if block else 0
        return self._block_length(0)

    def _block_length(self, start: int) -> int:
        window = self._window(MAX_HEADER_LINES, start)
        blank = next((n for n, line in enumerate(window) if line), 0)
        found = [quotes.HEADER_LINE.match(line) for line in window[blank:]]
        if not found or not found[0]:
            return 0
        end = next((n for n, line in enumerate(window[blank:]) if not line), len(found))
        heads = [match for match in found[:end] if match]
        names = {match["other"].lower() for match in heads if match["other"]}
        has_sender = any(match["sender"] for match in heads)
        return blank + end if has_sender and len(names) >= 2 else 0

    def _footer_length(self, line: str) -> int:
        """Return the length of a signature, closing or disclaimer that ends the new words."""
        if quotes.SIGNATURE.match(line) or quotes.RULE.match(line):
            return self._until_end(MAX_SIGNATURE_LINES, CLIP)
        if quotes.CLOSING.match(line) and self._any:
            return self._until_end(MAX_CLOSING_LINES, MAX_SIGNATURE_WIDTH)
        if quotes.DISCLAIMER.match(line):
            return self._until_end(40, 10 * CLIP)
        return 0

    def _until_end(self, limit: int, width: int) -> int:
        """Return the distance to the next quotation or the end, 0 if it is no mere footer."""
        start, said = self._at, 0
        try:
            for offset, line in enumerate(self._lines[start : start + 3 * limit]):
                self._at = start + offset
                clipped = line[:CLIP]
                said += bool(line)
                if said > limit or len(line) > width:
                    return 0
                if offset and line and self._old_begins(clipped):
                    return offset
            reached = self._at + 1
        finally:
            self._at = start
        return reached - start if reached >= len(self._lines) else 0

    def _old_begins(self, line: str) -> bool:
        quoted = quotes.QUOTED.match(line) or quotes.DIVIDER.match(line)
        return bool(quoted or self._attribution_length() or self._block_length(0))


def _is_attribution(joined: str, started: bool) -> bool:
    ended = bool(quotes.ATTRIBUTION_END.search(joined))
    wrote = list(quotes.WROTE.finditer(joined))
    dated = bool(quotes.DATE.search(joined))
    if wrote and ended:
        return started or "@" in joined or dated
    if wrote and "@" in joined and dated:
        return wrote[-1].end() >= len(joined) - 2
    return dated and bool(quotes.ADDRESS_END.search(joined))
