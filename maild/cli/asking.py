"""Asking the person at the terminal; where there is none, saying which options answer instead."""

from __future__ import annotations

import sys

import click

letters_option = click.option(
    "--letters",
    type=click.Choice(["readdress", "drop"]),
    help="What becomes of letters that still wait: written anew to the new address, or dropped.",
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask; do it.")


def at_terminal() -> bool:
    """Tell whether somebody is there to be asked."""
    return sys.stdin.isatty()


def choose(question: str, answers: dict[str, str]) -> str:
    """Return which answer a person gives; `answers` are words and the options that say the same.

    Raises a usage error naming the options where nobody can be asked.
    """
    if not at_terminal():
        raise click.UsageError(f"{question} Say {' or '.join(answers.values())}")
    chosen: str = click.prompt(question, type=click.Choice(list(answers)))
    return chosen


def confirm(question: str, *, yes: bool) -> None:
    """Go on only if a person at the terminal agrees; a script has agreed by running the command."""
    if at_terminal() and not yes:
        click.confirm(question, abort=True)
