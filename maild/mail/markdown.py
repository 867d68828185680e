"""Markdown from the business's own files, and HTML from anywhere, as HTML that is safe to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

_WORDS = frozenset({"a", "br", "code", "em", "strong"})
_BLOCKS = frozenset({"blockquote", "hr", "li", "ol", "p", "pre", "ul"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TABLES = frozenset({"table", "tbody", "td", "th", "thead", "tr"})
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = frozenset({"http", "https", "mailto"})
_LINK_REL = "noopener noreferrer nofollow"
# how to pay stands under every letter, and one note often under many
_REMEMBERED = 64


@lru_cache(_REMEMBERED)
def to_html(text: str) -> str:
    """Return CommonMark with tables as safe HTML; HTML inside it is shown, not obeyed."""
    return sanitise(_parser().render(text))


@lru_cache(_REMEMBERED)
def to_text(text: str) -> str:
    """Return Markdown as plain text with LF line ends: what it says, without its signs.

    A link is followed by its address, a list keeps its bullets, a table its columns.
    """
    return "\n".join(_write_blocks(SyntaxTreeNode(_parser().parse(text)).children))


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
    styles, targets, words = [""], [], ""
    for token in tokens:
        if token.type in {"strong_open", "em_open"}:
            styles.append("strong" if token.type == "strong_open" else "emph")
        elif token.type in {"strong_close", "em_close"}:
            styles.pop()
        elif token.type in {"softbreak", "hardbreak"}:
            yield "\n", ""
        elif token.type == "link_open":
            targets.append(str(token.attrs["href"]))
            words = ""
        elif token.type == "link_close":
            target = targets.pop().removeprefix("mailto:")
            if target != words:
                yield f" ({target})", ""
        elif token.content:
            words += token.content
            yield token.content, styles[-1]


def _write_blocks(nodes: Sequence[SyntaxTreeNode], *, tight: bool = False) -> list[str]:
    """Return the lines of blocks, with a blank one between them unless they stand tight."""
    lines: list[str] = []
    for node in nodes:
        if lines and not tight:
            lines.append("")
        lines += _write_block(node)
    return lines


def _write_block(node: SyntaxTreeNode) -> list[str]:
    match node.type:
        case "bullet_list" | "ordered_list":
            return _write_list(node)
        case "blockquote":
            return [f"> {line}".rstrip() for line in _write_blocks(node.children)]
        case "fence" | "code_block":
            return [f"    {line}".rstrip() for line in node.content.splitlines()]
        case "table":
            return _write_table(node)
        case "hr":
            return ["* * *"]
    return [line.rstrip() for line in _write_line(node).split("\n")]


def _write_list(node: SyntaxTreeNode) -> list[str]:
    tight = all(child.hidden for item in node.children for child in item.children[:1])
    lines: list[str] = []
    for place, item in enumerate(node.children, int(node.attrs.get("start", 1))):
        mark = f"{place}. " if node.type == "ordered_list" else "- "
        inner = _write_blocks(item.children, tight=tight) or [""]
        indented = [f"{' ' * len(mark)}{line}".rstrip() for line in inner]
        if lines and not tight:
            lines.append("")
        lines += [f"{mark}{inner[0]}".rstrip(), *indented[1:]]
    return lines


def _write_table(node: SyntaxTreeNode) -> list[str]:
    rows = [
        [_write_line(cell) for cell in row.children]
        for part in node.children
        for row in part.children
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _write_line(node: SyntaxTreeNode) -> str:
    """Return the words of a paragraph, a heading or a cell."""
    tokens = [token for child in node.children for token in child.to_tokens()]
    inner = [one for token in tokens for one in token.children or ()]
    return "".join(words for words, _ in _runs(inner))


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
