"""Markdown from the business's own files, and HTML from anywhere, as HTML that is safe to show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_WORDS = frozenset({"a", "br", "code", "em", "strong"})
_BLOCKS = frozenset({"blockquote", "hr", "li", "ol", "p", "pre", "ul"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TABLES = frozenset({"table", "tbody", "td", "th", "thead", "tr"})
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = frozenset({"http", "https", "mailto"})
_LINK_REL = "noopener noreferrer nofollow"
_BLANK_LINES = re.compile(r"\n{3,}")


def to_html(text: str) -> str:
    """Return CommonMark with tables as safe HTML; HTML inside it is shown, not obeyed."""
    return sanitise(_parser().render(text))


def to_text(text: str) -> str:
    """Return Markdown as its author wrote it, which reads well: LF line ends, no loose blanks."""
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def to_paragraphs(text: str) -> list[list[tuple[str, str]]]:
    """Return Markdown as paragraphs of (text, style) runs, for paper.

    A style is "", "strong" or "emph"; a list item is a paragraph that begins with a bullet.
    """
    paragraphs, bullet = [], ""
    for token in _parser().parse(text):
        if token.type == "list_item_open":
            bullet = f"{token.info}. " if token.info else "• "
        elif token.type in {"inline", "fence", "code_block"}:
            runs = list(_runs(token.children or [])) or [(token.content.rstrip("\n"), "")]
            paragraphs.append([(bullet, ""), *runs] if bullet else runs)
            bullet = ""
    return paragraphs


def sanitise(html: str) -> str:
    """Return the fragment with known tags only: no scripts, styles, pictures or odd addresses."""
    return _cleaner().clean(html)


def _runs(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    """Walk a line's tokens: the innermost emphasis wins, an address follows its words."""
    styles, targets = [""], []
    for token in tokens:
        if token.type in {"strong_open", "em_open"}:
            styles.append("strong" if token.type == "strong_open" else "emph")
        elif token.type in {"strong_close", "em_close"}:
            styles.pop()
        elif token.type in {"softbreak", "hardbreak"}:
            yield "\n", ""
        elif token.type == "link_open":
            targets.append(str(token.attrs["href"]))
        elif token.type == "link_close":
            yield f" ({targets.pop()})", ""
        elif token.content:
            yield token.content, styles[-1]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_WORDS | _BLOCKS | _HEADINGS | _TABLES,
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel=_LINK_REL,
    )
