"""Asking the person at the terminal; where there is none, saying which options answer instead."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from maild.errors import Refused

_letters_option = click.option(
    "--letters",
    type=click.Choice(["readdress", "drop"]),
    help="What becomes of letters that still wait or never arrived: written anew to the new "
    "address, or dropped.",
)
_dry_option = click.option("--dry-run", is_flag=True, help="Only show what would change.")
_yes_option = click.option("--yes", is_flag=True, help="Do not ask; do it.")


@dataclass(frozen=True, slots=True)
class Terms:
    """What was said beforehand about a hand-over: the fate of letters (None: ask), and how far."""

    letters: str | None
    dry_run: bool
    yes: bool

    @property
    def given(self) -> bool:
        """Whether any of it was said."""
        return bool(self.letters or self.dry_run or self.yes)

    @property
    def asks(self) -> bool:
        """Whether there is somebody to be asked, and a reason to."""
        return at_terminal() and not self.dry_run and not self.yes


def terms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a hand-over, which it takes as one argument `terms`."""

    @_letters_option
    @_dry_option
    @_yes_option
    @wraps(command)
    def run(
        *arguments: Any, letters: str | None, dry_run: bool, yes: bool, **options: Any
    ) -> object:
        return command(*arguments, terms=Terms(letters, dry_run, yes), **options)

    return run


def at_terminal() -> bool:
    """Tell whether somebody is there to be asked."""
    return sys.stdin.isatty()


def choose(question: str, answers: dict[str, str]) -> str:
    """Return which answer a person gives; `answers` are words and the options that say the same.

    Raises a usage error naming the options where nobody can be asked.
    """
    if not at_terminal():
        raise click.UsageError(f"{question} Say {' or '.join(answers.values())}")
    with _breaking_off():
        chosen: str = click.prompt(question, type=click.Choice(list(answers)))
    return chosen


def ask(question: str, *, default: bool = False) -> bool:
    """Return whether a person says yes."""
    with _breaking_off():
        return click.confirm(question, default=default)


def agree(question: str) -> None:
    """Go on only if a person says yes; raises `Refused`."""
    if not ask(question):
        raise Refused("nothing was changed")


def confirm(question: str, *, yes: bool) -> None:
    """Go on only if a person at the terminal agrees; a script has agreed by running the command.

    Raises `Refused` when they do not.
    """
    if at_terminal() and not yes:
        agree(question)


@contextmanager
def _breaking_off() -> Iterator[None]:
    """Let Ctrl-C end a question at once: the event loop would only take note of it for later."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
