"""The letters use nothing that a mail program might trip over: see `mail_clients.toml`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from maild.mail.logo import make_logo
from maild.mail.markdown import to_html
from maild.templating import templates_folder
from tests.mail.test_letter_templates import KINDS, PASSWORD, answer, document, letter, render
from tests.mail.test_logo import png
from tests.stylesheet import Feature, find_features

TABLE: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("mail_clients.toml").read_text("utf-8")
)
PROGRAMS = {"gmail", "outlook", "apple", "yahoo"}
NOTES = """# Thanks
1. *one* **two** `three`
- [four](https://four.test)

| a | b |
|---|---|
| c | d |
"""
# Gmail drops a longer sheet whole, and cuts a longer letter off
LONGEST_SHEET, LONGEST_LETTER = 8192, 102_000


def write(kind: str) -> str:
    """Return a letter with everything in it that its kind may hold."""
    _, _, html, _ = render(
        kind,
        letter(
            password=PASSWORD,
            logo=make_logo(png(300, 60), "example.test"),
            markup={"@type": "Invoice"},
            meant_for="jane@acme.example",
            document=document(paid=10_000, lines=20),
            notes_html=Markup(to_html(NOTES)),
            answer=answer(reason="Too\ndear"),
        ),
    )
    return html


def used() -> set[Feature]:
    return {feature for kind in KINDS for feature in find_features(write(kind))}


@pytest.mark.parametrize("kind", KINDS)
def test_letter_uses_only_what_the_table_knows(kind: str) -> None:
    known = {(sort, name) for sort, names in TABLE.items() for name in names}
    assert find_features(write(kind)) - known == set()


def test_table_holds_nothing_that_is_not_used() -> None:
    known = {(sort, name) for sort, names in TABLE.items() for name in names}
    # what the business writes in Markdown may hold more than the notes above
    assert known - used() - {("element", "em"), ("element", "code")} == set()


def test_what_a_program_does_not_know_says_what_its_readers_see_instead() -> None:
    for names in TABLE.values():
        for name, entry in names.items():
            assert set(entry.get("without", ())) <= PROGRAMS, name
            assert ("without" in entry) == ("then" in entry), name
            assert set(entry) <= {"without", "then"}, name


def test_styles_stand_in_the_frame_alone_so_that_they_are_inlined_and_seen_here() -> None:
    for path in (templates_folder() / "mail").glob("*.html"):
        source = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|<link|bgcolor=", source), path
        assert ("<style>" in source) == (path.stem == "frame"), path


@pytest.mark.parametrize("kind", KINDS)
def test_gmail_keeps_the_sheet_and_the_whole_letter(kind: str) -> None:
    html = write(kind)
    (sheet,) = re.findall(r"<style>(.*?)</style>", html, re.S)
    assert len(sheet) < LONGEST_SHEET
    assert len(html.encode()) < LONGEST_LETTER


@pytest.mark.parametrize(
    ("html", "feature"),
    [
        ("<style>@media (hover) { a { gap: 1em } }</style>", ("at-rule", "@media (hover)")),
        ("<style>@media (hover) { a { gap: 1em } }</style>", ("unit", "em")),
        ("<style>@import url(x.css);</style>", ("at-rule", "@import url(x.css);")),
        ("<style>p > b:hover, [x] { color: red }</style>", ("selector", ":hover")),
        ("<style>p > b:hover, [x] { color: red }</style>", ("selector", "[x]")),
        ('<p style="width: calc(1px + 2%)">', ("function", "calc")),
        ('<p style="background-image: url(x)">', ("property", "background-image")),
        ('<p style="position: fixed; top: 1px">', ("value", "position: fixed")),
        ("<svg></svg>", ("element", "svg")),
    ],
)
def test_nothing_slips_through_the_reading(html: str, feature: Feature) -> None:
    assert feature in find_features(html)
    assert feature[1] not in TABLE[feature[0]]


@pytest.mark.parametrize("html", ["<style>a { color: red</style>", '<p style="red">'])
def test_broken_css_is_told(html: str) -> None:
    with pytest.raises(ValueError, match="not"):
        find_features(html)
