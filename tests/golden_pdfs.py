"""The PDFs that are kept to compare with, in `golden_pdf/`, and what is in them.

`NAME.txt` is the text layer page by page, `NAME-PAGE.png` what poppler makes of each page.
"""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pypdf import PdfReader

from maild.config_sections import Business
from maild.document import Document
from maild.mail.pdf import document_data
from maild.mail.typeset import render_pdf
from maild.model import Client, StoredDocument
from maild.money import to_minor
from maild.services.printing import statement_data
from maild.services.statements import Entry, Period, Section, Statement
from maild.templating import Templates, templates_folder
from tests.pictures import Picture, read_pgm, write_png

FOLDER = Path(__file__).parent / "golden_pdf"
# the one way to write the files: look at what git says has changed, before you commit it
REWRITE = "REWRITE_GOLDEN"
LAYOUT = templates_folder() / "pdf" / "document.typ"
TEMPLATES = Templates(locale="en_GB", time_zone="Europe/London")
_DOTS_PER_INCH = 60
BUSINESS = Business.model_validate(
    {
        "name": "Example Ltd",
        "email": "billing@example.test",
        "phone": "+44 117 496 0000",
        "address": "1 High Street\nBristol BS1 4ST",
        "tax_id": "GB 123",
        "payment": "To **Example Ltd**\n\n- Sort code 12-34-56\n- Account 12345678",
    }
)
_LONG = "Moving the archive to the new building: packing, carrying, unpacking, labelling. " * 8
_HEBREW = "ייעוץ ופיתוח תוכנה עבור אתר החברה, כולל דוח מסכם (גרסה 2)"
_ARABIC = "خدمات الاستشارات وتطوير البرمجيات (الإصدار 2)"


def _lines(number: int, **changes: Any) -> list[dict[str, Any]]:
    return [
        {
            "description": f"Work package {n}",
            "quantity": f"{n % 5 + 1}",
            "unit": "hours",
            "unit_price": f"{85 + n}.50",
            "tax_rate": ("20", "5", "0")[n % 3],
            **changes,
        }
        for n in range(1, number + 1)
    ]


def _worded(*descriptions: str) -> list[dict[str, Any]]:
    return [{"description": words, "unit_price": "120.00"} for words in descriptions]


_STEEL = {
    "description": "A bridge across the strait, with its approaches",
    "quantity": "999999.125",
    "unit": "tonnes of steel, delivered",
    "unit_price": "99999999.99",
}
# by name: the fields of a document, and how it stands (`state`, `paid` in pence)
SAMPLES: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "1-line": {"lines": _lines(1)},
        "12-lines": {"lines": _lines(12)},
        "25-lines": {"lines": _lines(25)},
        "60-lines": {"lines": _lines(60), "paid": 100_000},
        "no-tax": {"lines": _lines(3, tax_rate="0"), "notes": ""},
        "long-words": {"lines": _worded(_LONG, "First line\nSecond line", "W" * 200)},
        "other-scripts": {
            "client": _HEBREW,
            "lines": _worded(_HEBREW, _ARABIC, "Договор № 5 от 1 ноября", "Ελληνικά", "Zażółć"),
            "notes": f"{_HEBREW}\n\nThank you.",
        },
        "huge": {"lines": [_STEEL, *_lines(2, tax_rate="20")], "currency": "IDR"},
        "credit": {"lines": _lines(2, quantity="-1")},
        "paid": {"lines": _lines(2, tax_rate="20"), "state": "paid", "paid": 52_260},
        "void": {"lines": _lines(30), "state": "void"},
        "estimate": {"type": "estimate", "number": "EST-207", "lines": _lines(4)},
    }
)

STATEMENT = "statement"
NAMES = (*SAMPLES, STATEMENT)


def make_sample(name: str) -> tuple[StoredDocument, Client]:
    """Return a sample as the store would hold it, and whom it is for."""
    fields = dict(SAMPLES[name])
    state, paid = fields.pop("state", "open"), fields.pop("paid", 0)
    client = Client("c", "ACME", fields.pop("client", "Acme & Sons"), "no", False, "account", 0)
    kind = fields.get("type", "invoice")
    ends = {"due" if kind == "invoice" else "valid_until": "2026-12-01"}
    document = Document.model_validate(
        {
            "type": kind,
            "number": "INV-1001",
            "client": "ACME",
            "issued": "2026-11-01",
            "currency": "GBP",
            "reference": "PO 77",
            "notes": "Thank you.\n\nSee you **soon**.",
        }
        | ends
        | fields
    )
    return store(document, state=state, paid=paid), client


def store(document: Document, *, state: str = "open", paid: int = 0) -> StoredDocument:
    """Return a document as the store would hold it; `paid` is in minor units."""
    ends = document.due or document.valid_until
    return StoredDocument(
        id="d",
        client_id="c",
        number=document.number,
        type=document.type,
        state=state,
        currency=document.currency,
        issued=document.issued.isoformat(),
        ends=ends.isoformat() if ends else None,
        total_minor=to_minor(document.totals().gross, document.currency),
        paid_minor=paid,
        canonical=document.canonical(),
        created_at=0,
        settled_at=None,
    )


def make_statement() -> Statement:
    """Return an account over two pages and in two currencies."""

    def section(currency: str, number: int) -> Section:
        entries, balance = [], Decimal(100)
        for n in range(1, number + 1):
            paid = n % 3 == 0
            amount = Decimal(-250 if paid else 120 + n)
            balance += amount
            kind, day = "payment" if paid else "invoice", date(2026, 9, 1) + timedelta(days=n)
            entries.append(Entry(day, kind, f"INV-{1000 + n - paid}", amount, balance))
        return Section(currency, Decimal(100), tuple(entries), balance)

    days = Period(date(2026, 9, 1), date(2026, 11, 30))
    sections = (section("EUR", 3), section("GBP", 40))
    return Statement(days, days.last, False, sections, "You owe €93.00 and £637.00.")


def print_sample(name: str) -> bytes:
    """Return the PDF of a sample, as today's layout makes it."""
    if name == STATEMENT:
        _, client = make_sample("1-line")
        data = statement_data(make_statement(), client, BUSINESS, TEMPLATES)
        return render_pdf(LAYOUT.with_name("statement.typ"), data)
    document, client = make_sample(name)
    return render_pdf(LAYOUT, document_data(document, client, BUSINESS, TEMPLATES))


def read_text(pdf: bytes) -> str:
    """Return the text layer, with a line between pages."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return "\n----\n".join(page.extract_text() for page in pages) + "\n"


def take_pictures(pdf: bytes, pdftoppm: str) -> list[Picture]:
    """Return what poppler makes of each page."""
    count = len(PdfReader(io.BytesIO(pdf)).pages)
    command = [pdftoppm, "-gray", "-r", str(_DOTS_PER_INCH)]
    return [
        read_pgm(
            subprocess.run(
                [*command, "-f", str(page), "-l", str(page)],
                input=pdf,
                capture_output=True,
                check=True,
            ).stdout
        )
        for page in range(1, count + 1)
    ]


def keep_text(name: str, text: str) -> None:
    """Keep what a sample says, to compare with."""
    (FOLDER / f"{name}.txt").write_text(text, "utf-8")


def keep_pictures(name: str, pictures: Sequence[Picture]) -> None:
    """Keep what a sample looks like, to compare with."""
    for old in find_pictures(name):
        old.unlink()
    for page, picture in enumerate(pictures, 1):
        (FOLDER / f"{name}-{page}.png").write_bytes(write_png(picture))


def find_pictures(name: str) -> list[Path]:
    """Return the kept pictures of a sample, one a page."""
    return sorted(FOLDER.glob(f"{name}-[0-9].png"))


def is_rewriting() -> bool:
    """Tell whether what is kept is to be written anew, and not to be compared with."""
    return bool(os.environ.get(REWRITE)) and not os.environ.get("CI")
