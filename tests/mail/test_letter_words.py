"""What letters say in special cases: thanks, credits, subjects without amounts, words of people."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from maild.mail.markup import invoice_markup
from maild.model import Client
from tests.mail.test_letter_templates import (
    LINK,
    MARKUP,
    answer,
    business,
    document,
    letter,
    render,
)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("document", "Invoice INV-1001 from Example Ltd"),
        ("answer", "You accepted estimate INV-1001 from Example Ltd"),
        ("paid", "Thank you: invoice INV-1001 from Example Ltd is paid"),
    ],
)
def test_subject_keeps_the_amount_to_itself_where_the_business_wants_it(
    kind: str, subject: str
) -> None:
    assert render(kind, letter(subject_total=False))[0] == subject
    assert "299.99" in render(kind, letter())[0]


def test_markdown_leaves_no_signs_in_the_text() -> None:
    _, text, html, _ = render("document", letter())
    assert "Thank you.\n" in text
    assert "To Example Ltd, account 12345678\n" in text
    assert "**" not in text
    assert "<strong" in html


def test_credit_is_called_one() -> None:
    *_, shown = render("document", letter(document=replace(document(), total_minor=-5_000)))
    assert "Credit\n" in shown
    assert "Amount due" not in shown


def test_thanks_say_what_came_in_and_that_nothing_is_owed() -> None:
    paid = document(paid=29_999, state="paid")
    subject, text, html, shown = render("paid", letter(document=paid))
    assert subject == "Thank you: invoice INV-1001 from Example Ltd is paid, £299.99"
    for words in (text, shown):
        assert "20 November 2026" in words
        assert "paid in full" in words
        assert LINK in words
    assert "Paid before" not in text + html


def test_thanks_for_the_last_of_several_payments_tell_the_others() -> None:
    paid = document(paid=29_999, state="paid")
    _, text, _, shown = render("paid", letter(document=paid, amount=Decimal("99.99")))
    assert "Paid before: £200.00" in text
    assert "£200.00" in shown


@pytest.mark.parametrize(
    "nasty", [MARKUP, '"}</script><script>alert(1)</script>', "<!--", "é\u2028'"]
)
@pytest.mark.parametrize("kind", ["document", "paid"])
def test_what_an_invoice_is_told_to_programs_comes_through_whatever_a_client_is_called(
    kind: str, nasty: str
) -> None:
    client = Client("c", nasty, nasty, "default", False, "account", 0)
    markup = invoice_markup(document(), client, business(name="B"), LINK, date(2026, 11, 23))
    _, _, html, shown = render(kind, letter(markup=markup))
    (found,) = re.findall(r"<script[^>]*>(.*?)</script>", html)
    assert json.loads(found) == markup
    assert markup
    assert markup["customer"]["name"] == nasty
    assert "schema.org" not in shown


@pytest.mark.parametrize("kind", ["desk", "operator", "answer"])
def test_lines_of_what_people_wrote_stay_lines_where_blanks_are_one(kind: str) -> None:
    said = "Dear <Jane>,\n\non Thursday.\n"
    context = letter(words=said, excerpt=said, answer=answer("declined", reason=said))
    _, _, html, shown = render(kind, context)
    assert "Dear &lt;Jane&gt;,<br><br>on Thursday." in html
    assert "Dear <Jane>,\n\non Thursday." in shown


def test_files_too_large_for_a_letter_are_said_to_be_on_the_page() -> None:
    _, text, _, shown = render("document", letter(too_large=True))
    assert "On its page, too large for an email: INV-1001.pdf, timesheet.pdf" in text
    assert "On its page, too large for an email" in shown


def test_long_document_names_the_lines_it_leaves_out() -> None:
    _, text, _, shown = render("document", letter(document=document(lines=60)))
    assert "and 48 more" in text
    assert "and 48 more" in shown
