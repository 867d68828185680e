"""Every letter, rendered with realistic and nasty values: text and HTML say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from markupsafe import Markup

from maild.config_sections import Business
from maild.document import Document
from maild.mail.html import to_text
from maild.mail.markdown import to_html
from maild.mail.markdown import to_text as plain
from maild.mail.styles import inline_styles
from maild.model import Answer, Client, StoredDocument
from maild.money import to_minor
from maild.services.handoff import DESK_MARKER
from maild.services.statements import Period, Statement
from maild.templating import Templates

TEMPLATES = Templates(locale="en_GB", time_zone="Europe/London")
LINK = "https://clients.example.test/l/ak3vq7xw2m4n6p5r2t7y3z4bqcdefghijklmnopqrst"
LOGIN = "https://clients.example.test/login"
RECOVER = "https://clients.example.test/recover"
PASSWORD = "acde-fhjk-mnpr-twxy"
KINDS = [
    "document",
    "credentials",
    "fresh_link",
    "password_changed",
    "operator",
    "answer",
    "statement",
    "confirm",
    "change_asked",
    "desk",
    "paid",
]
LONG = "W" * 600
RIGHT_TO_LEFT = "شركة المثال للتجارة"
SUMMARY = "You owe £300.00 as of 23 November 2026."
MARKUP = "<script>alert(1)</script> & \"Sons\" 'n'"


def business(**changes: str) -> Business:
    fields = {
        "name": "Example Ltd",
        "email": "billing@example.test",
        "address": "1 High Street\nBristol",
        "phone": "+44 117 496 0123",
        "website": "https://example.test",
        "tax_id": "GB 123",
        "payment": "To **Example Ltd**, account 12345678",
    }
    return Business.model_validate(fields | changes)


def document(
    *, state: str = "open", paid: int = 0, lines: int = 3, **changes: object
) -> StoredDocument:
    line = {"description": "Support", "quantity": "1", "unit_price": "83.33", "tax_rate": "20"}
    fields: dict[str, object] = {
        "type": "invoice",
        "number": "INV-1001",
        "client": "ACME",
        "issued": "2026-11-01",
        "due": "2026-12-01",
        "currency": "GBP",
        "reference": "PO 77",
        "lines": [line] * lines,
        "notes": "Thank **you**.",
    }
    content = Document.model_validate(fields | changes)
    ends = content.due or content.valid_until
    return StoredDocument(
        id="d",
        client_id="c",
        number=content.number,
        type=content.type,
        state=state,
        currency=content.currency,
        issued="2026-11-01",
        ends=ends.isoformat() if ends else None,
        total_minor=to_minor(content.totals().gross, content.currency),
        paid_minor=paid,
        canonical=content.canonical(),
        created_at=0,
        settled_at=None,
    )


def answer(kind: str = "accepted", **words: str) -> Answer:
    typed = {"name": "Jane Smith", "order_number": "PO 77", "reason": ""} | words
    return Answer(
        "a",
        "d",
        "k",
        "j@a.example",
        kind,
        **typed,
        version="0123456789abcdef",
        at=0,
        undone_at=None,
    )


def letter(**changes: object) -> dict[str, object]:
    firm = changes.get("business", business())
    assert isinstance(firm, Business)
    common: dict[str, object] = {
        "business": firm,
        "greeting": "Jane Smith",
        "document": document(),
        "client": Client("c", "ACME", "Acme & Sons", "default", False, "account", 0),
        "enforce_login": False,
        "meant_for": "",
        "logo": None,
        "markup": None,
        "subject_total": True,
        "link": LINK,
        "login_url": LOGIN,
        "recover_url": RECOVER,
        "password": None,
        "address": "jane@acme.example",
        "lapse_hours": 72,
        "attachment_names": ("INV-1001.pdf", "timesheet.pdf"),
        "notes": plain("Thank **you**."),
        "notes_html": Markup(to_html("Thank **you**.")),
        "payment": plain(firm.payment),
        "payment_html": Markup(to_html(firm.payment)),
        "again": False,
        "too_large": False,
        "asked": True,
        "headline": "A reply needs you: INV-1001",
        "facts": (("From", "Jane <jane@acme.example>"), ("Client", "ACME")),
        "excerpt": "Hi,\n\nI have a <question>.",
        "advice": ("The original is attached.", "Answer this email to write back."),
        "commands": ("maild inbox show ak3v",),
        "answered": "Jane Smith",
        "marker": DESK_MARKER,
        "statement": Statement(
            Period(None, date(2026, 11, 23)), date(2026, 11, 23), False, (), SUMMARY
        ),
        "amount": Decimal("299.99"),
        "paid_on": date(2026, 11, 20),
        "accepts": True,
        "words": "That is the support of November.",
        "subject": "Invoice INV-1001",
        "answer": answer(),
        "at": datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    }
    return common | changes


def render(kind: str, context: Mapping[str, object]) -> tuple[str, str, str, str]:
    """Return subject, text, HTML, and the HTML as its reader sees it."""
    head, _, text = TEMPLATES.render(f"mail/{kind}.txt", context).partition("\n\n")
    assert head.startswith("Subject: ")
    assert "\n" not in head
    assert not text.startswith("\n")
    html = inline_styles(TEMPLATES.render(f"mail/{kind}.html", context))
    return head.removeprefix("Subject: "), text, html, to_text(html)


def test_document_tells_what_matters_first() -> None:
    subject, text, html, shown = render("document", letter())
    assert subject == "Invoice INV-1001 from Example Ltd: £299.99, due 1 December 2026"
    greeting, gist = [line for line in text.split("\n") if line][:2]
    assert greeting == "Hello Jane Smith,"
    assert gist == "Invoice INV-1001: £299.99, due 1 December 2026."
    (preview,) = re.findall(r'<div class="preheader"[^>]*>([^&<]*)', html)
    assert preview.startswith("£299.99, due 1 December 2026. ")
    lines = [line for line in shown.split("\n") if line]
    at = lines.index("Invoice INV-1001")
    assert lines[at + 1] == (
        "Hello Jane Smith, here is your invoice of £299.99, due 1 December 2026."
    )


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_text_and_html_of_a_document_agree(password: str | None) -> None:
    _, text, html, shown = render("document", letter(password=password))
    facts = ["£299.99", "INV-1001", "1 December 2026", LINK, "PO 77", "timesheet.pdf", "12345678"]
    facts += ["Support", "£83.33", "£50.00", "Bristol", "GB 123"]
    for fact in facts + ([password, LOGIN, "jane@acme.example", "72 hours"] if password else []):
        assert fact in text, fact
        assert fact in shown, fact
    assert f'href="{LINK}"' in html
    assert "answer this" in text.lower()
    assert "answer this email" in shown.lower()
    if not password:
        assert LOGIN not in text + html


@pytest.mark.parametrize("kind", ["document", "credentials"])
def test_password_stands_alone_on_its_line(kind: str) -> None:
    _, text, html, _ = render(kind, letter(password=PASSWORD))
    assert text.split("\n").count(PASSWORD) == 1
    assert text.count(PASSWORD) == 1
    assert len(re.findall(rf">{PASSWORD}<", html)) == html.count(PASSWORD) == 1


@pytest.mark.parametrize(
    ("stored", "ending"),
    [
        (document(paid=10_000), "£199.99, due 1 December 2026"),
        (document(paid=29_999, state="paid"), "£299.99, paid"),
        (document(state="void"), "£299.99, cancelled"),
        (document(due=None), "£299.99, now due"),
        (replace(document(), total_minor=-5_000), "-£50.00, nothing to pay"),
    ],
)
def test_subject_tells_how_the_invoice_stands(stored: StoredDocument, ending: str) -> None:
    subject, *_ = render("document", letter(document=stored))
    assert subject.endswith(ending)


@pytest.mark.parametrize(
    ("state", "ends", "ending"),
    [
        ("open", "2026-12-31", "valid until 31 December 2026"),
        ("open", None, "for your decision"),
        ("accepted", "2026-12-31", "accepted"),
    ],
)
def test_estimate_asks_for_no_money(state: str, ends: str | None, ending: str) -> None:
    estimate = document(type="estimate", due=None, valid_until=ends, state=state, number="EST-7")
    subject, text, html, _ = render("document", letter(document=estimate))
    assert subject == f"Estimate EST-7 from Example Ltd: £299.99, {ending}"
    assert "View estimate" in html
    assert "12345678" not in text + html


def test_document_sent_again_says_so() -> None:
    subject, text, _, shown = render("document", letter(again=True))
    assert subject.startswith("Sent again: invoice INV-1001 from Example Ltd: ")
    assert "Here it is again: invoice INV-1001" in text
    assert "here it is again: £299.99, due 1 December 2026." in shown


def test_no_password_is_promised_away_when_the_client_must_log_in() -> None:
    _, text, html, _ = render("document", letter(enforce_login=True))
    assert "no password needed" not in (text + html).lower()
    assert "no password needed" in "".join(render("document", letter())).lower()


def test_credentials_do_not_promise_a_way_past_the_log_in() -> None:
    _, text, _, _ = render("credentials", letter(enforce_login=True, password=PASSWORD))
    assert "once you have logged in" in text
    assert "at once" not in text


@pytest.mark.parametrize("asked", [True, False])
def test_credentials_with_a_document_offer_link_and_password(asked: bool) -> None:
    subject, text, html, shown = render("credentials", letter(password=PASSWORD, asked=asked))
    assert subject == "Your way in to invoice INV-1001 from Example Ltd"
    for fact in (LINK, LOGIN, PASSWORD, "jane@acme.example", "72 hours", "INV-1001"):
        assert fact in text
        assert fact in shown
    assert "still works" in " ".join(text.split())
    assert "still works" in shown
    assert ("could not get in" in text) == ("could not get in" in html) == asked


def test_credentials_without_a_document_offer_the_password_alone() -> None:
    context = letter(password=PASSWORD, link=None, document=None)
    subject, text, html, _ = render("credentials", context)
    assert subject == "Your new password for Example Ltd"
    assert PASSWORD in text
    assert LOGIN in text
    assert "/l/" not in text + html


def test_confirmation_of_an_acceptance_says_what_was_agreed() -> None:
    subject, text, html, shown = render("answer", letter())
    assert subject == "You accepted estimate INV-1001 from Example Ltd: £299.99"
    for fact in ("£299.99", "Jane Smith", "PO 77", "23 Nov 2026, 09:30", "Was this not you"):
        assert fact in text
        assert fact in shown
    assert "You wrote" not in text + html


def test_confirmation_of_a_refusal_quotes_the_reason_and_names_no_more_than_was_typed() -> None:
    given = answer("declined", name="", order_number="", reason="Too <dear>.\nAnd late.")
    subject, text, html, _ = render("answer", letter(answer=given))
    assert subject == "You declined estimate INV-1001 from Example Ltd: £299.99"
    assert "> Too <dear>.\n> And late.\n" in text
    assert "Too &lt;dear&gt;." in html
    assert "Name typed" not in text + html
    assert "order number" not in text + html


def test_a_fresh_link_stands_in_text_and_html_and_brings_no_password() -> None:
    subject, text, html, shown = render("fresh_link", letter())
    assert subject == "A fresh link to invoice INV-1001 from Example Ltd"
    assert f"\n{LINK}\n" in text
    assert f'href="{LINK}"' in html
    for words in (text, shown):
        assert "answer this email" in words.lower()
        assert "password" not in words.lower()


def test_a_fresh_link_behind_a_log_in_says_where_a_password_comes_from() -> None:
    _, text, html, _ = render("fresh_link", letter(enforce_login=True))
    assert "once you have logged in" in text
    assert "once you have logged in" in html
    assert f"\n{RECOVER}\n" in text
    assert f'href="{RECOVER}"' in html


def test_a_changed_password_is_told_with_its_time_and_what_to_do() -> None:
    subject, text, _, shown = render("password_changed", letter())
    assert subject == "Your password for Example Ltd was changed"
    for words in (text, shown):
        assert "23 Nov 2026, 09:30" in words
        assert "If that was not you, answer this email at once" in words


def test_operator_gets_facts_words_advice_and_commands() -> None:
    subject, text, html, shown = render("operator", letter())
    assert subject == "A reply needs you: INV-1001"
    for fact in ("jane@acme.example", "The original is attached.", "maild inbox show ak3v"):
        assert fact in text
        assert fact in shown
    assert "> I have a <question>." in text
    assert "I have a &lt;question&gt;." in html


def test_operator_alert_without_excerpt_or_advice_is_whole() -> None:
    context = letter(facts=(), excerpt="", advice=(), commands=())
    _, text, html, _ = render("operator", context)
    assert text.startswith(f"{DESK_MARKER}\n")
    assert "A reply needs you: INV-1001\n" in text
    assert "They wrote" not in text + html


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nasty", [LONG, RIGHT_TO_LEFT, MARKUP])
def test_nasty_names_are_shown_and_never_obeyed(kind: str, nasty: str) -> None:
    name = nasty[:200]
    context = letter(
        business=business(name=name, address=nasty, phone=name),
        greeting=nasty,
        password=PASSWORD,
        headline=nasty,
        facts=((nasty, nasty),),
        excerpt=nasty,
        advice=(nasty,),
        commands=(nasty,),
        address=nasty,
        words=nasty,
        subject=name,
        client=Client("c", "ACME", nasty, "default", False, "account", 0),
        attachment_names=(nasty,),
        document=document(reference=name, notes=nasty, number=nasty[:60]),
        notes=plain(nasty),
        notes_html=Markup(to_html(nasty)),
        answer=answer(name=nasty, order_number=nasty, reason=nasty),
    )
    subject, text, html, shown = render(kind, context)
    assert name[:60] in subject
    assert nasty in text
    assert "<script" not in html
    assert nasty in " ".join(shown.split())


@pytest.mark.parametrize("kind", KINDS)
def test_html_loads_nothing_and_follows_dark_mode(kind: str) -> None:
    _, _, html, _ = render(kind, letter(password=PASSWORD))
    assert not re.search(r"<(img|link|script|iframe|object)|url\(|@import|src=", html)
    assert not re.search(r"\son\w+=|javascript:", html)
    assert "prefers-color-scheme: dark" in html
    assert len(html.encode()) < 60_000


@pytest.mark.parametrize(("colour", "ink"), [("#1f4e79", "#ffffff"), ("#e67e22", "#000000")])
def test_button_stays_readable_in_any_colour(colour: str, ink: str) -> None:
    _, _, html, _ = render("document", letter(business=business(colour=colour)))
    (button,) = re.findall(r'<a [^>]*style="([^"]*)"[^>]*>View invoice', html)
    assert f"color: {ink}" in button


def test_business_with_nothing_but_a_name_and_an_address_looks_whole() -> None:
    bare = Business.model_validate({"name": "Example Ltd", "email": "billing@example.test"})
    _, text, html, _ = render("document", letter(business=bare))
    assert text.endswith("-- \nExample Ltd\nbilling@example.test\n")
    assert "How to pay" not in text + html
    assert "\n\n\n" not in text
