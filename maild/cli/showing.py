"""Showing things: tables and facts for people, plain JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from maild.cli.words import one_line, plain

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print plain JSON: instants in UTC, money as text."
)


def open_console() -> Console:
    """Return standard output for tables; into a pipe, lines are as long as they need to be."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 1000
    return Console(width=width, highlight=False, markup=False, emoji=False)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    empty: str,
    right: Collection[str] = (),
) -> None:
    """Print rows under their headings, or one line that says why there is none.

    `right` names the headings of figures, which stand flush right.
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        justify = "right" if heading in right else "left"
        table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*map(one_line, row))
    if table.row_count:
        open_console().print(table)
    else:
        print(empty)


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print named facts, one to a line; a fact that is empty is left out."""
    known = [(name, value) for name, value in facts if value]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        lines = plain(value).splitlines()
        print(f"{name:<{width}}  " + f"\n{'':<{width}}  ".join(lines))


def print_heading(text: str) -> None:
    """Print a heading over what follows."""
    print()
    open_console().print(text, style="bold")


def show_progress(things: Sequence[T], what: str) -> Iterable[T]:
    """Return things, with a bar that moves as they are taken if a person is watching."""
    if len(things) < 2 or not sys.stdout.isatty():
        return things
    from rich.progress import track

    return track(things, description=what, console=open_console(), transient=True)


@contextmanager
def open_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Return what moves a bar: told what is done, how much of it and of how much in all.

    There is one only if a person is watching.
    """
    if not sys.stdout.isatty():
        yield lambda what, done, total: None
        return
    from rich.progress import Progress

    with Progress(console=open_console(), transient=True) as bar:
        task = bar.add_task("")
        yield lambda what, done, total: bar.update(
            task, description=what, completed=done, total=total
        )
