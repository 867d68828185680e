"""Long lists come a page at a time, and each page says how to see the next."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from .conftest import Business
from .test_inbox import RAW, receive


@pytest.fixture
def busy(acme: Business) -> Business:
    """A business with five of everything."""
    for name in ("Bolt Ltd", "Coil & Sons", "Dyn Ltd", "Elm Ltd"):
        acme.did("client", "add", name)
    acme.did("send", *(acme.invoice(f"INV-{n}") for n in range(5)))
    for n in range(5):
        receive(acme, RAW.replace(b"<1@", b"<%d@" % n))
    return acme


def turn_pages(business: Business, *command: str) -> tuple[list[Any], int]:
    """Read a list two rows at a time as the pages say; return all of it and how many there were."""
    found: list[Any] = []
    pages, words = 0, [*command, "--limit", "2"]
    while True:
        result = business(*words, "--json")
        assert result.exit_code == 0, result.output
        page = json.loads(result.stdout)
        # the log is printed oldest first, but its pages go back in time
        found = page + found if command[0] == "log" else found + page
        pages += 1
        if not result.stderr:
            return found, pages
        before, _, more = result.stderr.strip().partition("; see: maild ")
        assert before == "There is more"
        words = shlex.split(more)


@pytest.mark.parametrize(
    "command",
    [
        ("client", "list"),
        ("document", "list"),
        ("document", "list", "--client", "acme"),
        ("queue", "list"),
        ("queue", "list", "--state", "waiting"),
        ("inbox", "list"),
        ("inbox", "list", "--state", "held"),
        ("link", "list"),
        ("link", "list", "--client", "ACME", "--contact", "jane@acme.example"),
        ("log",),
        ("log", "--client", "ACME"),
    ],
    ids=" ".join,
)
def test_pages_are_the_whole_list_in_its_order(busy: Business, command: tuple[str, ...]) -> None:
    whole = busy.json(*command)
    found, pages = turn_pages(busy, *command)
    assert found == whole
    assert len(found) >= 5
    assert pages == -(-len(found) // 2)


def test_table_says_so_beside_itself(busy: Business) -> None:
    result = busy("document", "list", "--limit", "4")
    assert (result.stdout.count("INV-"), result.exit_code) == (4, 0)
    last = result.stdout.splitlines()[-1].split()[0]
    assert result.stderr == f"There is more; see: maild document list --before {last} --limit 4\n"


def test_what_a_page_begins_with_must_be_there(busy: Business) -> None:
    for command in (
        ("document", "list", "--before", "INV-99"),
        ("queue", "list", "--before", "zzzz"),
        ("inbox", "list", "--before", "zzzz"),
        ("link", "list", "--before", "zzzz"),
    ):
        assert busy(*command).exit_code == 1
    assert busy("log", "--follow", "--before", "00").exit_code == 2
