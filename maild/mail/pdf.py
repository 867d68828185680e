"""What a document says on paper, as plain strings for the layout that sets them in type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maild.config_sections import Business
from maild.mail.markdown import to_paragraphs
from maild.model import Client, StoredDocument
from maild.states import DocumentState
from maild.templating import Templates


def document_data(
    document: StoredDocument, client: Client, business: Business, templates: Templates
) -> dict[str, Any]:
    """Return everything the layout prints, already written as people write it, ready for JSON."""
    taxed = any(tax.rate for tax in document.totals.taxes)
    return {
        "title": document.type.capitalize(),
        "number": document.number,
        "issued": [document.issued_on.year, document.issued_on.month, document.issued_on.day],
        "business": business_data(business),
        "client": client.name,
        "meta": _meta(document, client, templates),
        "taxed": taxed,
        "lines": _lines(document, templates),
        "sums": _sums(document, templates, taxed),
        "due": _due(document, templates),
        "stamp": "" if document.state == DocumentState.OPEN else document.state.capitalize(),
        "notes": to_paragraphs(document.content.notes),
        "payment": to_paragraphs(business.payment) if document.balance > 0 else [],
    }


def business_data(business: Business) -> dict[str, Any]:
    """Return what every layout's letterhead prints of the business; its logo is a path."""
    contact = (business.email, business.phone, business.website)
    return {
        "name": business.name,
        "address": business.address.splitlines(),
        "contact": [text for text in contact if text],
        "tax_id": business.tax_id,
        "colour": business.colour,
        # typst takes a picture as bytes, and JSON knows no bytes but a list of numbers
        "logo": list(Path(business.logo).read_bytes()) if business.logo else [],
    }


def _meta(document: StoredDocument, client: Client, templates: Templates) -> list[list[str]]:
    ends = "Valid until" if document.type == "estimate" else "Due"
    rows = [
        ["Number", document.number],
        ["Issued", templates.date(document.issued_on)],
        [ends, templates.date(document.ends_on) if document.ends_on else ""],
        ["Your reference", document.content.reference],
    ]
    return [row for row in rows if row[1]]


def _lines(document: StoredDocument, templates: Templates) -> list[dict[str, str]]:
    return [
        {
            "description": line.description,
            "quantity": f"{templates.number(line.quantity)} {line.unit}".strip(),
            "price": templates.price(line.unit_price, document.currency),
            "tax": f"{templates.number(line.tax_rate)}%",
            "amount": templates.money(amount, document.currency),
            "carried": templates.money(carried, document.currency),
        }
        for line, amount, carried in zip(
            document.content.lines, document.totals.lines, document.totals.carried, strict=True
        )
    ]


def _sums(document: StoredDocument, templates: Templates, taxed: bool) -> list[list[str]]:
    totals, currency = document.totals, document.currency
    sums = [["Net", templates.money(totals.net, currency)]] if taxed else []
    for tax in totals.taxes if taxed else ():
        name = f"Tax {templates.number(tax.rate)}% on {templates.money(tax.net, currency)}"
        sums.append([name, templates.money(tax.amount, currency)])
    if document.type == "invoice":
        sums.append(["Total", templates.money(document.total, currency)])
    if document.paid:
        sums.append(["Paid", templates.money(-document.paid, currency)])
    return sums


def _due(document: StoredDocument, templates: Templates) -> list[str]:
    """Return the last line of the sums: what it is called and how much it is."""
    if document.type == "estimate":
        return ["Estimated total", templates.money(document.total, document.currency)]
    if document.state == DocumentState.VOID:
        return ["Void, nothing is due", templates.money(document.balance, document.currency)]
    if document.balance < 0:
        return ["In your favour", templates.money(-document.balance, document.currency)]
    return ["Balance due", templates.money(document.balance, document.currency)]
