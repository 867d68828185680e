"""Lines of text are short where spaces let them be, and nothing of what they say is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.lines import WIDTH, wrap_lines

LONG = "word " * 30
LINK = "https://clients.example.test/l/" + "a" * 90


def test_long_line_is_broken_at_its_spaces() -> None:
    lines = wrap_lines(f"{LONG}\n\nshort").split("\n")
    assert len(lines) == 4
    assert max(map(len, lines)) <= WIDTH
    assert lines[-2:] == ["", "short"]


@pytest.mark.parametrize(
    ("prefix", "indent"), [("> ", "> "), ("> > ", "> > "), ("- ", "  "), ("> 12. ", ">     ")]
)
def test_quote_goes_on_as_a_quote_and_an_item_stays_indented(prefix: str, indent: str) -> None:
    first, second, *_ = wrap_lines(prefix + LONG).split("\n")
    assert first.startswith(f"{prefix}word")
    assert second.startswith(f"{indent}word")


@pytest.mark.parametrize("line", [LINK, f"    maild inbox act {LONG}", "-- ", "", "x" * WIDTH])
def test_link_command_and_signature_stay_whole(line: str) -> None:
    assert wrap_lines(line) == line


def test_amount_is_never_broken() -> None:
    assert "1\u202f234,50\xa0€" in wrap_lines("x" * 70 + " 1\u202f234,50\xa0€ " + LONG)


@given(st.text(st.sampled_from(list("ab \t\n>-1.\xa0é")), max_size=400))
def test_no_word_is_lost_or_broken_whatever_the_text_is(text: str) -> None:
    wrapped = wrap_lines(text)
    assert wrapped.replace(">", "").split() == text.replace(">", "").split()
    for line in wrapped.split("\n"):
        assert len(line) <= WIDTH or line.startswith("    ") or " " not in line.strip("> -")
