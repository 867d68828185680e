"""Sample contexts for every page of the client area, in the states a client may meet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from markupsafe import Markup

from maild.document import Document, Line
from maild.model import StoredDocument
from maild.money import to_minor

TODAY = date(2026, 11, 23)
BUSINESS = SimpleNamespace(
    name="Kestrel & Sons Joinery",
    email="billing@kestrel.example",
    phone="+44 20 7946 0123",
    website="https://kestrel.example/",
    address="Unit 4, Old Maltings\nFore Street\nExeter EX4 3JQ",
    tax_id="GB 123 4567 89",
    payment="",
    logo="",
    colour="#1f6f5c",
)
VISITOR = SimpleNamespace(
    address="jane@acme.example",
    client_name="Acme <b>Ltd</b>",
    clients=(("c1", "Acme <b>Ltd</b>"), ("c2", "مؤسسة النور للتجارة")),
    by="password",
    scope="account",
)
GUEST = SimpleNamespace(
    **VISITOR.__dict__ | {"clients": VISITOR.clients[:1], "by": "link", "scope": "document"}
)
LINES = (
    Line(
        description="Oak staircase <first floor>\nWorkshop and fitting",
        quantity=Decimal("1"),
        unit="piece",
        unit_price=Decimal("200"),
        tax_rate=Decimal("20"),
    ),
    Line(description="Brass screws", quantity=Decimal("320"), unit_price=Decimal("0.0125")),
)


def make_document(
    kind: str = "invoice",
    *,
    state: str = "open",
    ends: str | None = "2026-12-01",
    paid: str = "0",
    lines: tuple[Line, ...] = LINES,
) -> StoredDocument:
    content = Document(
        type="invoice" if kind == "invoice" else "estimate",
        number="INV-1001" if kind == "invoice" else "EST-77",
        client="ACME",
        issued=date(2026, 11, 1),
        currency="GBP",
        reference="PO 77",
        lines=lines,
    )
    return StoredDocument(
        id="d1",
        client_id="c1",
        number=content.number,
        type=kind,
        state=state,
        currency="GBP",
        issued="2026-11-01",
        ends=ends,
        total_minor=to_minor(content.totals().gross, "GBP"),
        paid_minor=to_minor(Decimal(paid), "GBP"),
        canonical=content.canonical(),
        created_at=0,
        settled_at=None,
    )


def make_page(document: StoredDocument, **changes: object) -> dict[str, object]:
    """The context of document.html, as the web door makes it."""
    return {
        "document": document,
        "client": "Acme <b>Ltd</b>",
        "status": document.status(TODAY),
        "lines": list(zip(document.content.lines, document.totals.lines, strict=True)),
        "totals": document.totals,
        "notes_html": Markup("<p>Thank you for your <strong>custom</strong>.</p>"),
        "payment_html": Markup("<p>Bank transfer to 12-34-56, account 01234567.</p>"),
        "attachments": [SimpleNamespace(name="time <sheet>.pdf", size=48_200, url="/a/1")],
        "pdf_url": f"/{document.type}s/{document.number}.pdf",
        "back_url": "/invoices",
        "path": f"/{document.type}s/{document.number}",
        **changes,
    }


def make_row(number: str, status: str, balance: str = "240", **changes: object) -> SimpleNamespace:
    row = {
        "number": number,
        "url": f"/invoices/{number}",
        "issued": date(2026, 11, 1),
        "ends": date(2026, 12, 1),
        "status": status,
        "total": Decimal("240"),
        "balance": Decimal(balance),
        "currency": "GBP",
        "reference": "PO <77>",
    }
    return SimpleNamespace(**row | changes)


INVOICES = [
    make_row("INV-1003", "Overdue"),
    make_row("INV-1002", "Part paid", "100"),
    make_row("INV-1001", "Paid", "0", ends=None, reference=""),
    make_row("INV-1000", "Void", "0"),
]
ESTIMATES = [make_row("EST-78", "Open"), make_row("EST-77", "Expired")]
HOME = {"summary": "You owe £240.00 as of 23 November 2026", "path": "/"}
LOGIN = {
    "address": 'jane"@acme.example',
    "message": "That did not work.",
    "next": "/invoices/INV-1001",
    "csrf_login": "login-token",
    "path": "/login",
    "visitor": None,
}
MESSAGE = {"headline": "Too many attempts", "message": "Wait <a> minute.", "path": "/login"}

PAGES: dict[str, tuple[str, Mapping[str, object]]] = {
    "home": ("home.html", {**HOME, "invoices": INVOICES, "estimates": ESTIMATES}),
    "home-empty": ("home.html", {**HOME, "invoices": [], "estimates": []}),
    "invoices": (
        "list.html",
        {"title": "Invoices", "rows": INVOICES, "kind": "invoices", "path": "/invoices"},
    ),
    "estimates-empty": (
        "list.html",
        {"title": "Estimates", "rows": [], "kind": "estimates", "path": "/estimates"},
    ),
    "due": ("document.html", make_page(make_document())),
    "overdue": ("document.html", make_page(make_document(ends="2026-11-20", paid="44"))),
    "part-paid": ("document.html", make_page(make_document(paid="44"))),
    "paid": ("document.html", make_page(make_document(state="paid", paid="244"))),
    "void": ("document.html", make_page(make_document(state="void"))),
    "no-date": (
        "document.html",
        make_page(make_document(ends=None), attachments=[], notes_html="", payment_html=""),
    ),
    "guest": ("document.html", make_page(make_document(), back_url=None, visitor=GUEST)),
    "estimate": ("document.html", make_page(make_document("estimate"))),
    "accepted": ("document.html", make_page(make_document("estimate", state="accepted"))),
    "declined": ("document.html", make_page(make_document("estimate", state="declined"))),
    "expired": ("document.html", make_page(make_document("estimate", ends="2026-11-02"))),
    "login": ("login.html", LOGIN),
    "login-fresh": ("login.html", {**LOGIN, "address": "", "message": ""}),
    "gone-expired": ("gone.html", {"reason": "expired", "path": "/l/x", "visitor": None}),
    "gone-revoked": ("gone.html", {"reason": "revoked", "path": "/l/x", "visitor": None}),
    "missing": ("missing.html", {"path": "/nowhere"}),
    "missing-stranger": ("missing.html", {"path": "/nowhere", "visitor": None}),
    "refused": ("refused.html", {**MESSAGE, "visitor": None}),
    "trouble": ("trouble.html", {**MESSAGE, "visitor": None}),
    "signed-out": ("signed_out.html", {"path": "/logout", "visitor": None}),
}
