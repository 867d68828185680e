"""Markdown becomes safe HTML, readable text, and runs for paper."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maild.mail.markdown import sanitise, to_html, to_paragraphs, to_text


def test_markdown_becomes_html() -> None:
    assert (
        to_html("Thank *you*, **Jane**.") == "<p>Thank <em>you</em>, <strong>Jane</strong>.</p>\n"
    )


def test_table_is_kept() -> None:
    html = to_html("| Item | Days |\n|---|---|\n| Oak | 3 |\n")
    assert "<th>Item</th>" in html
    assert "<td>Oak</td>" in html


def test_link_tells_the_other_site_nothing() -> None:
    assert to_html("[us](https://example.test/a?b=1&c=2)") == (
        '<p><a href="https://example.test/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">us</a>'
        "</p>\n"
    )


def test_html_in_markdown_is_shown_and_not_obeyed() -> None:
    assert to_html("<b onclick=x()>bold</b>") == "<p>&lt;b onclick=x()&gt;bold&lt;/b&gt;</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "![pixel](https://evil.example/p.png)",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "[x](//evil.example)",
    ],
)
def test_nothing_active_or_remote_comes_out_of_markdown(text: str) -> None:
    html = to_html(text)
    assert not re.search(r"<(img|script|iframe)|href=\"(?!https?:|mailto:)", html)


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p onclick=x>a<script>b</script></p>", "<p>a</p>"),
        ('<p style="position:fixed">a</p>', "<p>a</p>"),
        ("<svg><style><img src=x onerror=y></style></svg>a", "a"),
        ('<a href="javascript:x">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ('<img src="https://evil.example/p.png">a<!-- b -->', "a"),
    ],
)
def test_sanitised_html_has_known_tags_only(html: str, safe: str) -> None:
    assert sanitise(html) == safe


@settings(deadline=None)
@given(st.text(st.sampled_from(list("<>/=\"' abimgsrcxonerror&;:()[]!`*_\n")), max_size=80))
def test_sanitised_html_is_never_active_whatever_goes_in(text: str) -> None:
    for html in (sanitise(text), to_html(text)):
        for tag in re.findall(r"<[a-z][^>]*>", html):
            assert not re.search(r"\son\w+=|<(img|script|svg)", tag)
        assert sanitise(html) == html


WRITTEN = """# Thank *you*

Pay to **Example Ltd**,
by *Friday*: [our page](https://b.test), <https://c.test>, <a@b.test>, [ask us](mailto:a@b.test).

- one
- two
  - `12-34-56`

7. first

   and more
8. second &amp; last

> as **agreed**

| Item | Days |
|---|--:|
| Oak | 3 |
| Birch ply | 12 |

    2 * 3

***
<b>2 * 3</b> ![plan](x.png)\\
*
"""
PLAIN = """Thank you

Pay to Example Ltd,
by Friday: our page (https://b.test), https://c.test, a@b.test, ask us (a@b.test).

- one
- two
  - 12-34-56

7. first

   and more

8. second & last

> as agreed

Item       Days
Oak        3
Birch ply  12

    2 * 3

* * *

<b>2 * 3</b> plan
*"""


def test_text_says_what_is_written_without_the_signs() -> None:
    assert to_text(WRITTEN) == PLAIN
    assert to_text(WRITTEN.replace("\n", "\r\n")) == PLAIN
    assert to_text("") == ""
    assert to_text("one\t\ntwo ") == "one\ntwo"


@pytest.mark.parametrize("words", ["2 * 3 = 6", "a_b_c", "50% off!", "x < y > z", "#7", "W" * 600])
def test_plain_words_come_through_as_they_are(words: str) -> None:
    assert to_text(words) == words


@settings(deadline=None)
@given(st.text(st.sampled_from(list("ab *_-+>#`|[]()<>1.\\!:\n\t&")), max_size=80))
def test_any_markdown_becomes_text_without_loose_ends(text: str) -> None:
    written = to_text(text)
    assert "\r" not in written
    assert all(line == line.rstrip() or line.isspace() for line in written.split("\n"))


def test_paper_gets_paragraphs_of_styled_runs() -> None:
    text = (
        "Pay to **Example Ltd**\nby *Friday*.\n\n- [Bank](https://b.test)\n- `12-34`\n\n1. first\n"
    )
    assert to_paragraphs(text) == [
        [
            ("Pay to ", ""),
            ("Example Ltd", "strong"),
            ("\n", ""),
            ("by ", ""),
            ("Friday", "emph"),
            (".", ""),
        ],
        [("• ", ""), ("Bank", ""), (" (https://b.test)", "")],
        [("• ", ""), ("12-34", "")],
        [("1. ", ""), ("first", "")],
    ]
