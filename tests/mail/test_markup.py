"""An invoice as mail programs read it: number, amount, due date, how it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from maild.mail.markup import invoice_markup
from maild.model import Client, StoredDocument
from tests.mail.test_letter_templates import business, document

CLIENT = Client("c", "ACME", "Acme & Sons", "default", False, "account", 0)
TODAY = date(2026, 11, 23)
URL = "https://clients.example.test/l/x"


def test_invoice_tells_all_that_its_reader_wants_to_know() -> None:
    assert invoice_markup(document(paid=10_000), CLIENT, business(), URL, TODAY) == {
        "@context": "https://schema.org",
        "@type": "Invoice",
        "identifier": "INV-1001",
        "confirmationNumber": "INV-1001",
        "accountId": "ACME",
        "description": "Invoice INV-1001",
        "url": URL,
        "customer": {"@type": "Organization", "name": "Acme & Sons"},
        "provider": {
            "@type": "Organization",
            "name": "Example Ltd",
            "email": "billing@example.test",
        },
        "paymentStatus": "https://schema.org/PaymentDue",
        "totalPaymentDue": {
            "@type": "PriceSpecification",
            "price": "199.99",
            "priceCurrency": "GBP",
        },
        "paymentDueDate": "2026-12-01",
        "paymentDue": "2026-12-01",
    }


@pytest.mark.parametrize(
    ("stored", "day", "status", "price"),
    [
        (document(), date(2026, 12, 1), "PaymentDue", "299.99"),
        (document(), date(2026, 12, 2), "PaymentPastDue", "299.99"),
        (document(paid=29_999, state="paid"), TODAY, "PaymentComplete", "299.99"),
        (document(due=None), date(2027, 1, 1), "PaymentDue", "299.99"),
    ],
)
def test_invoice_tells_how_it_stands(
    stored: StoredDocument, day: date, status: str, price: str
) -> None:
    markup = invoice_markup(stored, CLIENT, business(), URL, day)
    assert markup
    assert markup["paymentStatus"] == f"https://schema.org/{status}"
    assert markup["totalPaymentDue"]["price"] == price
    assert ("paymentDueDate" in markup) == bool(stored.ends)


@pytest.mark.parametrize(
    "stored",
    [
        document(type="estimate", due=None, valid_until="2026-12-31"),
        document(state="void"),
        replace(document(), total_minor=-5_000),
        replace(document(), total_minor=0),
    ],
)
def test_what_asks_for_no_money_is_no_invoice(stored: StoredDocument) -> None:
    assert invoice_markup(stored, CLIENT, business(), URL, TODAY) is None
