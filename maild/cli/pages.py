"""Long lists, a page at a time: each page says how to see the next."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

T = TypeVar("T")

PAGE = 1000
_ALL = 1_000_000_000

limit_option = click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=PAGE,
    show_default=True,
    metavar="N",
    help="So many at most.",
)
# these lists have always given programs all there is
whole_option = click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help=f"So many at most; default: {PAGE}, and with --json all.",
)


def choose_limit(limit: int | None, *, as_json: bool) -> int:
    """Return how many rows of a list that programs get whole are wanted."""
    return limit or (_ALL if as_json else PAGE)


def cut_page(found: Sequence[T], limit: int, command: str, key: Callable[[T], str]) -> Sequence[T]:
    """Return the first rows of one more than a page holds, and say how to see what is beyond.

    `command` is what was typed, up to the key of a page's last row. Programs read the page from
    standard output; this stands on standard error.
    """
    page = found[:limit]
    if len(found) > limit:
        size = "" if limit == PAGE else f" --limit {limit}"
        print(f"There is more; see: {command} {shlex.quote(key(page[-1]))}{size}", file=sys.stderr)
    return page


def with_filter(command: str, option: str, value: str | None) -> str:
    """Return a command with an option, if that was given."""
    return f"{command} {option} {shlex.quote(value)}" if value else command
