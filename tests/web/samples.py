"""Sample contexts for every page of the client area, in the states a client may meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

from markupsafe import Markup

from maild.document import Document, Line
from maild.model import Answer, StoredDocument
from maild.money import to_minor
from maild.services.estimates import Words
from maild.services.statements import Entry, Period, Section, Statement
from maild.states import DocumentState

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
    client=SimpleNamespace(dummy=False),
    clients=(("c1", "Acme <b>Ltd</b>"), ("c2", "مؤسسة النور للتجارة")),
    by="password",
    scope="account",
    sees_account=True,
)
GUEST = SimpleNamespace(
    **VISITOR.__dict__
    | {
        "clients": VISITOR.clients[:1],
        "by": "link",
        "scope": "document",
        "sees_account": False,
    }
)
TRIAL = SimpleNamespace(**VISITOR.__dict__ | {"client": SimpleNamespace(dummy=True)})
ONLOOKER = SimpleNamespace(visitor=VISITOR, until=datetime(2026, 11, 23, 9, 45, tzinfo=UTC))
EYES = SimpleNamespace(**VISITOR.__dict__ | {"clients": VISITOR.clients[:1], "by": "impersonation"})
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
CREDIT = (LINES[0].model_copy(update={"quantity": Decimal(-1)}),)


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
        "notice": "",
        "typed": Words(DocumentState.OPEN),
        "faults": {},
        "answer": None,
        "answered_at": datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
        "confirmation": "sent",
        "confirmed_at": datetime(2026, 11, 23, 9, 31, tzinfo=UTC),
        "url": f"/{document.type}s/{document.number}",
        "pdf_url": f"/{document.type}s/{document.number}.pdf",
        "back_url": "/invoices",
        "path": f"/{document.type}s/{document.number}",
        **changes,
    }


def make_answer(kind: str) -> Answer:
    """The answer that stands."""
    return Answer(
        id="a1",
        document_id="d1",
        contact_id="k1",
        address="jane@acme.example",
        kind=kind,
        name="Jane <b>Smith</b>",
        order_number="PO <77>" if kind == "accepted" else "",
        reason="" if kind == "accepted" else "Too dear.\nAnd <i>late</i>.",
        version="0123456789abcdef",
        at=0,
        undone_at=None,
    )


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


def make_groups(*rows: list[SimpleNamespace]) -> list[SimpleNamespace]:
    """The two kinds of documents on the overview, more of each than is shown there."""
    kinds = ("invoices", "estimates")
    return [
        SimpleNamespace(kind=kind, rows=some, more=bool(some))
        for kind, some in zip(kinds, rows, strict=True)
    ]


def make_list(kind: str, rows: list[SimpleNamespace], **changes: object) -> dict[str, object]:
    """The context of list.html, as the web door makes it."""
    return {
        "kind": kind,
        "rows": rows,
        "path": f"/{kind}",
        "status": "all",
        "statuses": [],
        "previous_url": "",
        "next_url": "",
        **changes,
    }


def make_statement(*sections: Section) -> dict[str, object]:
    """The context of statement.html, as the web door makes it."""
    period = Period(date(2026, 9, 1), TODAY)
    return {
        "path": "/statement",
        "form": PERIOD,
        "statement": Statement(
            period, TODAY, bool(sections), sections, "You owe £200.00 as of 23 November 2026."
        ),
        "paths": {"INV-1002": "/invoices/INV-1002"},
        "pdf_url": "/statement.pdf?from=2026-09-01&to=2026-11-23",
    }


INVOICES = [
    make_row("INV-1003", "Overdue"),
    make_row("INV-1002", "Part paid", "100"),
    make_row("INV-1001", "Paid", "0", ends=None, reference=""),
    make_row("INV-1000", "Void", "0"),
]
ESTIMATES = [make_row("EST-78", "Open"), make_row("EST-77", "Expired")]
FILES = [
    {"name": "price <list>.pdf", "url": "/files/f1", "size": 48_200, "added": date(2026, 11, 2)}
]
SECTION = Section(
    "GBP",
    opening=Decimal("100"),
    entries=(
        Entry(date(2026, 11, 1), "invoice", "INV-1002", Decimal("240"), Decimal("340")),
        Entry(date(2026, 11, 9), "payment", "INV-1002", Decimal("-140"), Decimal("200")),
    ),
    closing=Decimal("200"),
)
PERIOD = {
    "first": "2026-09-01",
    "last": "2026-11-23",
    "choices": [
        {"name": "This month", "url": "/statement?from=2026-11-01", "chosen": False},
        {"name": "All", "url": "/statement?from=", "chosen": True},
    ],
}
HOME = {"summary": "You owe £240.00 as of 23 November 2026", "path": "/", "chosen": False}
LOGIN = {
    "address": 'jane"@acme.example',
    "message": "That did not work.",
    "next": "/invoices/INV-1001",
    "csrf_login": "login-token",
    "path": "/login",
    "visitor": None,
}
RECOVER = {"path": "/recover", "visitor": None, "csrf_form": "token-1"}
GONE = {
    "path": "/l/x",
    "visitor": None,
    "masked": "j•••@a•••.example",
    "fresh_url": "/l/x/fresh",
    "csrf_form": "token-1",
}
MESSAGE = {"headline": "Too many attempts", "message": "Wait <a> minute.", "path": "/login"}

PAGES: dict[str, tuple[str, Mapping[str, object]]] = {
    "home": ("home.html", {**HOME, "groups": make_groups(INVOICES, ESTIMATES)}),
    "home-empty": ("home.html", {**HOME, "groups": make_groups([], [])}),
    "invoices": ("list.html", make_list("invoices", INVOICES)),
    "invoices-many": (
        "list.html",
        make_list(
            "invoices",
            INVOICES,
            status="unpaid",
            statuses=["all", "unpaid", "overdue", "paid", "void"],
            previous_url="/invoices?status=unpaid&before=1",
            next_url="/invoices?status=unpaid&after=2",
        ),
    ),
    "invoices-none-void": ("list.html", make_list("invoices", [], status="void", statuses=["all"])),
    "estimates-empty": ("list.html", make_list("estimates", [])),
    "files": ("files.html", {"files": FILES, "path": "/files"}),
    "files-empty": ("files.html", {"files": [], "path": "/files"}),
    "statement": ("statement.html", make_statement(SECTION)),
    "statement-two": ("statement.html", make_statement(SECTION, replace(SECTION, currency="EUR"))),
    "statement-empty": ("statement.html", make_statement()),
    "statement-refused": (
        "statement.html",
        {
            "path": "/statement",
            "form": PERIOD | {"first": "<2026>"},
            "statement": None,
            "fault": "That is not a <date>",
        },
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
    "watched": ("document.html", make_page(make_document(), seen="/invoices/INV-1001")),
    "onlooker": ("document.html", make_page(make_document(), visitor=EYES, onlooker=ONLOOKER)),
    "trial": ("document.html", make_page(make_document(), visitor=TRIAL)),
    "credit": ("document.html", make_page(make_document(lines=CREDIT, ends="2026-11-02"))),
    "impersonate": (
        "impersonate.html",
        {"token": "abc", "csrf_look": "token-1", "path": "/impersonate/abc", "visitor": None},
    ),
    "looked": ("looked.html", {"path": "/impersonation/end", "visitor": None}),
    "estimate": ("document.html", make_page(make_document("estimate"))),
    "accepted": (
        "document.html",
        make_page(make_document("estimate", state="accepted"), answer=make_answer("accepted")),
    ),
    "declined": (
        "document.html",
        make_page(make_document("estimate", state="declined"), answer=make_answer("declined")),
    ),
    "accepted-before": ("document.html", make_page(make_document("estimate", state="accepted"))),
    "not-taken": (
        "document.html",
        make_page(
            make_document("estimate"),
            notice="Please mend what is <marked> below.",
            typed=Words(DocumentState.DECLINED, "Jane <b>", reason='Too "dear"\n</textarea>'),
            faults={"name": "This <i>name</i> is too long.", "reason": "This is too long."},
        ),
    ),
    "expired": ("document.html", make_page(make_document("estimate", ends="2026-11-02"))),
    "login": ("login.html", LOGIN),
    "login-fresh": ("login.html", {**LOGIN, "address": "", "message": ""}),
    "gone-expired": ("gone.html", {**GONE, "reason": "expired"}),
    "gone-revoked": ("gone.html", {**GONE, "reason": "revoked"}),
    "gone-disabled": ("gone.html", {**GONE, "reason": "revoked", "masked": ""}),
    "recover": ("recover.html", {**RECOVER, "address": 'jane"@acme.example'}),
    "sent": ("sent.html", {**RECOVER, "masked": ""}),
    "sent-link": ("sent.html", {**RECOVER, "masked": "j•••@a•••.example"}),
    "password": ("password.html", {"path": "/password", "message": ""}),
    "password-wrong": ("password.html", {"path": "/password", "message": "This is too <short>."}),
    "password-guest": ("password.html", {"path": "/password", "message": "", "visitor": GUEST}),
    "password-changed": ("password_changed.html", {"path": "/password"}),
    "missing": ("missing.html", {"path": "/nowhere"}),
    "missing-stranger": ("missing.html", {"path": "/nowhere", "visitor": None}),
    "refused": ("refused.html", {**MESSAGE, "visitor": None}),
    "trouble": ("trouble.html", {**MESSAGE, "visitor": None}),
    "signed-out": ("signed_out.html", {"path": "/logout", "visitor": None}),
}
