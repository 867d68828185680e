"""HTML bodies as plain text: linear in their length whatever they hold.

The standard library's `html.parser` rescans the rest of its input for every unclosed tag, so a
megabyte of `<a <a <a` stalls it for minutes. This scanner looks at every character a bounded
number of times, keeps no tree and never recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

MAX_CHARS = 2_000_000
MAX_TAG_CHARS = 8_000
MAX_QUOTE_DEPTH = 8

_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:]{0,30}")
# What begins a tag or a comment; any other "<" is text.
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_ATTRIBUTE = re.compile(
    r"""(class|id|style|type)\s{0,5}=\s{0,5}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I
)
_TAG_MARK = re.compile(r"[\"'>]")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = frozenset({"script", "style", "title", "head", "template", "xml"})
_HIDDEN_MARK = re.compile(r"\shidden(?=[\s=]|$)", re.I)
_UNSEEN = re.compile(r"display\s?:\s?none|visibility\s?:\s?hidden|font-size\s?:\s?0(?![.\d]*[1-9])")
# what holds everything is never left out
_PAGE = frozenset({"html", "body"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "area", "base", "col"})
_BLOCK = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_CELL = frozenset({"td", "th"})
# Wrappers that mail programs put around the message being answered.
_QUOTE_MARK = re.compile(
    r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|moz-forward-container|protonmail_quote"
    r"|tutanota_quote|zmail_extra|wps_quotion|nylas-quote|ydp\w*yahoo_quoted|cite\b"
)
# Markers after which everything is the message being answered.
_DIVIDER_ID = re.compile(
    r"divrplyfwdmsg|appendonsend|olk_src_body_section|mail-editor-reference-message-container"
    r"|ms-outlook-mobile-reference-message|reply-intro|stopspelling|isforwardcontent"
)
_DIVIDER_STYLE = re.compile(
    r"border:\s?none;\s?border-top:\s?solid #(?:e1e1e1|b5c4df) 1\.0pt"
    r"|border-top:\s?#(?:e1e1e1|b5c4df) 1pt solid"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text (`name` empty) or a tag (`name` in lower case, `/name` when it closes)."""

    name: str
    body: str

    def attributes(self) -> dict[str, str]:
        """Return class, id, style and type, in lower case and without entities."""
        return {
            found[1].lower(): unescape(found[2] or found[3] or found[4] or "").lower()
            for found in _ATTRIBUTE.finditer(self.body)
        }


def to_text(html: str) -> str:
    """Return what a reader sees, each quoted level marked with `> ` at the start of its lines."""
    return _render(tokens(html), marked=True)


def cut_quotes(html: str) -> str:
    """Return the text outside the wrappers and above the dividers that mail programs add.

    Text written after a quotation stays, and so does a plain `blockquote`, which people use to
    indent. When nothing else is left (a bare forward), all is returned as by `to_text`.
    """
    kept = _render(_outside_quotes(tokens(html)), marked=False)
    return kept if kept.strip() else to_text(html)


def tokens(html: str) -> Iterator[Token]:
    """Yield the text and tags of `html` in order, without comments and what no reader sees."""
    html = html[:MAX_CHARS].replace("\0", "")
    at = depth = 0
    hidden = ""
    while at < len(html):
        markup = _MARKUP.search(html, at)
        start = markup.start() if markup else len(html)
        if start > at and not hidden:
            yield Token("", html[at:start])
        if start == len(html):
            return
        tag, at = _read_tag(html, start)
        if tag is None:
            continue
        if hidden:
            depth += _step(tag, hidden)
            hidden = hidden if depth else ""
        elif _is_hidden(tag):
            hidden, depth = tag.name, 1
        elif tag.name not in _HIDDEN:
            yield tag


def _step(tag: Token, hidden: str) -> int:
    """Return how much deeper a tag leads within a hidden element; scripts and such do not nest."""
    if tag.name == hidden and hidden not in _HIDDEN:
        return 1
    return -1 if tag.name == "/" + hidden else 0


def _is_hidden(tag: Token) -> bool:
    """Tell whether nobody sees an element: by what it is, or by its style."""
    if tag.name[0] == "/" or tag.name in _VOID or tag.body.endswith("/"):
        return False
    unseen = _HIDDEN_MARK.search(tag.body) or _UNSEEN.search(tag.attributes().get("style", ""))
    return tag.name in _HIDDEN or (tag.name not in _PAGE and bool(unseen))


def _read_tag(html: str, start: int) -> tuple[Token | None, int]:
    """Return the tag that begins at `start`, None for a comment, and where to go on."""
    if html.startswith("<!--", start):
        end = html.find("-->", start)
        return None, end + 3 if end >= 0 else len(html)
    name = _NAME.match(html, start + 1)
    end = _tag_end(html, start)
    token = Token(name[0].lower(), html[name.end() : end]) if name else None
    return token, end + 1


def _tag_end(html: str, start: int) -> int:
    """Return where the tag ends; a `>` inside quotes counts only when the quotes close nearby."""
    limit = min(len(html), start + MAX_TAG_CHARS)
    quote = ""
    for place in _TAG_MARK.finditer(html, start, limit):
        mark = place[0]
        if quote:
            quote = "" if mark == quote else quote
        elif mark == ">":
            return place.start()
        elif html[place.start() - 1] == "=" or html[place.start() - 1].isspace():
            quote = mark
    end = html.find(">", start, limit)
    return end if end >= 0 else limit - 1


def _outside_quotes(stream: Iterator[Token]) -> Iterator[Token]:
    """Leave out every element that wraps a quotation and all that follows a divider."""
    skipping: str | None = None
    depth = 0
    for token in stream:
        if skipping is None:
            if token.name and token.name[0] != "/":
                marks = token.attributes()
                if _is_divider(marks):
                    return
                if _is_quote(token.name, marks):
                    skipping, depth = token.name, 1
                    continue
            yield token
        elif token.name == skipping:
            depth += 1
        elif token.name == "/" + skipping:
            depth -= 1
            skipping = skipping if depth else None


def _is_quote(name: str, marks: dict[str, str]) -> bool:
    if name in _VOID:
        return False
    named = marks.get("class", "") + " " + marks.get("id", "")
    quoted = name == "blockquote" and marks.get("type") == "cite"
    return quoted or bool(_QUOTE_MARK.search(named))


def _is_divider(marks: dict[str, str]) -> bool:
    named = marks.get("class", "") + " " + marks.get("id", "")
    return bool(_DIVIDER_ID.search(named) or _DIVIDER_STYLE.search(marks.get("style", "")))


def _render(stream: Iterator[Token], marked: bool) -> str:
    page = _Page(MAX_QUOTE_DEPTH if marked else 0)
    for token in stream:
        page.add(token)
    return page.text()


class _Page:
    """Lines under construction, each remembering how deep in quotations it stands."""

    def __init__(self, deepest_mark: int) -> None:
        self._deepest_mark = deepest_mark
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._verbatim = 0

    def add(self, token: Token) -> None:
        name = token.name.lstrip("/")
        if not token.name:
            self._write(unescape(token.body))
        elif name == "br":
            self._break()
        elif name in _CELL:
            self._line.append(" ")
        elif name in _BLOCK or name == "hr":
            self._end_block(name, -1 if token.name[0] == "/" else 1)

    def text(self) -> str:
        self._break()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _write(self, data: str) -> None:
        if self._verbatim:
            *whole, last = data.split("\n")
            for line in whole:
                self._line.append(line)
                self._break()
            self._line.append(last)
        else:
            self._line.append(_SPACE.sub(" ", data))

    def _end_block(self, name: str, step: int) -> None:
        if "".join(self._line).strip():
            self._break()
        if name == "blockquote":
            self._quotes = max(0, self._quotes + step)
        if name in ("p", "blockquote") and step < 0 and self._lines and self._lines[-1]:
            self._break()
        if name == "pre":
            self._verbatim = max(0, self._verbatim + step)

    def _break(self) -> None:
        line = "".join(self._line)
        line = line.rstrip() if self._verbatim else _SPACE.sub(" ", line).strip()
        prefix = "> " * min(self._quotes, self._deepest_mark)
        self._lines.append((prefix + line).rstrip())
        self._line = []
