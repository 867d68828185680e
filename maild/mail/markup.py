"""What an invoice is, for mail programs that show it beside a letter (schema.org Invoice)."""

from __future__ import annotations

from datetime import date
from typing import Any

from maild.config_sections import Business
from maild.model import Client, StoredDocument
from maild.states import DocumentState

_STATUS = {"Overdue": "PaymentPastDue", "Paid": "PaymentComplete"}


def invoice_markup(
    document: StoredDocument, client: Client, business: Business, url: str, today: date
) -> dict[str, Any] | None:
    """Return an invoice as schema.org's JSON-LD; None for what nobody has to pay or has paid.

    Amounts are plain numbers, days are ISO 8601; `paymentDue` is what Gmail still reads.
    """
    settled = document.state == DocumentState.PAID
    if document.type != "invoice" or not (settled or document.balance > 0):
        return None
    amount = document.total if settled else document.balance
    markup = {
        "@context": "https://schema.org",
        "@type": "Invoice",
        "identifier": document.number,
        "confirmationNumber": document.number,
        "accountId": client.ref,
        "description": f"Invoice {document.number}",
        "url": url,
        "customer": {"@type": "Organization", "name": client.name},
        "provider": {"@type": "Organization", "name": business.name, "email": business.email},
        "paymentStatus": f"https://schema.org/{_STATUS.get(document.status(today), 'PaymentDue')}",
        "totalPaymentDue": {
            "@type": "PriceSpecification",
            "price": f"{amount:f}",
            "priceCurrency": document.currency,
        },
    }
    if document.ends:
        markup |= {"paymentDueDate": document.ends, "paymentDue": document.ends}
    return markup
