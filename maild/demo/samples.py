"""The throw-away business's customers, and what it sends them, through the real services."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from maild.clock import to_date
from maild.document import Document, Line
from maild.mail.compose import Attached, Mailbox
from maild.office import Office
from maild.services.customers import add_client, add_contact
from maild.services.issue import commit_issue, prepare_issue
from maild.services.payments import pay

JANE = Mailbox("Jane Whitfield", "jane@acme.example")
_TOM = Mailbox("Tom Okafor", "tom.okafor@lindenschool.example")
_ZOE = Mailbox("Zoë Brennan", "zoe@cafemora.example")
_ACTOR = "operator:demo"
_PART_PAYMENT = Decimal(500)


@dataclass(frozen=True, slots=True)
class _Sale:
    """A customer, its contact, and the one document it is sent."""

    ref: str
    name: str
    contact: Mailbox
    document: Document
    files: tuple[Attached, ...] = ()


async def send_samples(office: Office) -> int:
    """Send every sample, the first client's last, so that it is on top; return how many."""
    today = to_date(office.clock(), office.zone)
    sales = (_sell_overdue(today), _sell_estimate(today), _sell_invoice(today))
    for sale in sales:
        await add_client(office, sale.name, ref=sale.ref, actor=_ACTOR)
        await add_contact(
            office, sale.ref, sale.contact.address, name=sale.contact.name, actor=_ACTOR
        )
        shipment = await prepare_issue(office, sale.document, sale.files)
        await commit_issue(office, shipment, actor=_ACTOR)
    overdue = sales[0].document.number
    await pay(office, overdue, on=today - timedelta(20), amount=_PART_PAYMENT, actor=_ACTOR)
    return len(sales)


def _sell_invoice(today: date) -> _Sale:
    lines = (
        _line("Reception desk in ash\nMade to drawing 4B, oiled, two cable outlets", "1", "2480"),
        _line("Fitting on site", "14.5", "46.50", unit="hours"),
        _line("Care guide for oiled wood (printed)", "2", "9.50", rate="0"),
        _line("Energy-saving LED strip, fitted", "6", "31.20", unit="m", rate="5"),
        _line("Credit: shelf returned undamaged (invoice INV-1036)", "-1", "145"),
    )
    invoice = Document(
        type="invoice",
        number="INV-1042",
        client="ACME",
        issued=today,
        due=today + timedelta(30),
        currency="GBP",
        reference="PO 77-2213",
        lines=lines,
        notes="Thank you, it was a pleasure to work in the old theatre.\n\n"
        "- The **timesheet** of the fitting days is attached.\n"
        "- The desk may be wiped with a *damp* cloth after ten days.",
    )
    return _Sale("ACME", "Acme Theatre Ltd", JANE, invoice, (_write_timesheet(today),))


def _sell_estimate(today: date) -> _Sale:
    lines = (
        _line("Library shelving, birch plywood", "18", "164", unit="m"),
        _line("Window seat with storage", "3", "420"),
        _line("Draught-proofing of the bay window", "1", "310", unit="lot", rate="5"),
        _line(
            "Story corner, child-safe corners\nZero-rated aid, form on file", "1", "275", rate="0"
        ),
        _line("School discount", "-1", "250"),
    )
    estimate = Document(
        type="estimate",
        number="EST-207",
        client="LINDEN",
        issued=today,
        valid_until=today + timedelta(45),
        currency="GBP",
        reference="Library, room 12",
        lines=lines,
        notes="We can fit everything **in the half-term week**. Prices hold until the date above.",
    )
    return _Sale("LINDEN", "Linden Primary School", _TOM, estimate)


def _sell_overdue(today: date) -> _Sale:
    lines = (
        _line("Counter in reclaimed pine, delivered and fitted", "1", "1350"),
        _line("Bar stools", "6", "118"),
        _line("Food-safe oil", "2", "17.40", unit="l"),
    )
    invoice = Document(
        type="invoice",
        number="INV-1017",
        client="MORA",
        issued=today - timedelta(45),
        due=today - timedelta(15),
        currency="GBP",
        lines=lines,
        notes="If a payment is on its way already, please ignore the date.",
    )
    return _Sale("MORA", "Café Móra", _ZOE, invoice)


def _line(description: str, quantity: str, price: str, *, unit: str = "", rate: str = "20") -> Line:
    return Line(
        description=description,
        quantity=Decimal(quantity),
        unit=unit,
        unit_price=Decimal(price),
        tax_rate=Decimal(rate),
    )


def _write_timesheet(today: date) -> Attached:
    rows: Sequence[tuple[object, ...]] = (
        ("Date", "Who", "What", "Hours"),
        (today - timedelta(6), "Sam", "Delivery, first fixing", "6.5"),
        (today - timedelta(5), "Sam", "Levelling, cable outlets", "5"),
        (today - timedelta(4), "Ines", "LED strip, finishing", "3"),
    )
    sheet = io.StringIO()
    csv.writer(sheet).writerows(rows)
    return Attached("timesheet.csv", "text/csv", sheet.getvalue().encode())
