"""Documents and statements as PDFs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from maild.config_sections import Business
from maild.mail.markdown import to_paragraphs
from maild.mail.pdf import business_data, document_data
from maild.model import Client, StoredDocument
from maild.office import Office
from maild.services.statements import Section, Statement
from maild.templating import Templates


async def print_document(office: Office, client: Client, document: StoredDocument) -> bytes:
    """Return the PDF of a document as it stands now; raises `BadTemplate`."""
    templates = office.templates.for_locale(client.locale)
    data = document_data(document, client, _business(office), templates)
    return await office.press.print(office.templates.find("pdf/document.typ"), data)


async def print_enclosure(office: Office, client: Client, document: StoredDocument) -> bytes | None:
    """Return the PDF to go with a letter, or None where the client takes it from its page."""
    if client.pdf == "link":
        return None
    return await print_document(office, client, document)


async def print_statement(office: Office, client: Client, statement: Statement) -> bytes:
    """Return the PDF of a statement; raises `BadTemplate`."""
    templates = office.templates.for_locale(client.locale)
    data = statement_data(statement, client, _business(office), templates)
    return await office.press.print(office.templates.find("pdf/statement.typ"), data)


def statement_data(
    statement: Statement, client: Client, business: Business, templates: Templates
) -> dict[str, Any]:
    """Return everything the layout prints, already written as people write it, ready for JSON."""
    as_of = statement.as_of
    first = statement.period.first
    owed = any(section.closing > 0 for section in statement.sections)
    return {
        "business": business_data(business),
        "client": client.name,
        "as_of": [as_of.year, as_of.month, as_of.day],
        "period": [templates.date(first) if first else "", templates.date(statement.period.last)],
        "opened": first is not None or statement.shortened,
        "shortened": statement.shortened,
        "summary": statement.summary,
        "sections": [_section(section, templates) for section in statement.sections],
        "payment": to_paragraphs(business.payment) if owed else [],
    }


def _section(section: Section, templates: Templates) -> dict[str, Any]:
    def write(amount: Decimal) -> str:
        return templates.money(amount, section.currency)

    return {
        "currency": section.currency,
        "opening": write(section.opening),
        "entries": [
            [
                templates.date(entry.dated),
                entry.what,
                write(entry.amount),
                write(entry.balance),
            ]
            for entry in section.entries
        ],
        "closing": write(section.closing),
    }


def _business(office: Office) -> Business:
    """Return the business with its logo's path in full."""
    business = office.config.business
    if not business.logo:
        return business
    return business.model_copy(update={"logo": str(office.config.resolve(business.logo))})
