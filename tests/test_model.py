"""How a document stands on a day, in the words a client reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from maild.model import StoredDocument

TODAY = date(2026, 11, 23)
INVOICE = StoredDocument(
    id="d",
    client_id="c",
    number="INV-1",
    type="invoice",
    state="open",
    currency="GBP",
    issued="2026-11-01",
    ends="2026-11-23",
    total_minor=30_000,
    paid_minor=0,
    canonical="{}",
    created_at=0,
    settled_at=None,
)


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        ("Due", {}),
        ("Due", {"ends": None}),
        ("Overdue", {"ends": "2026-11-22"}),
        ("Overdue", {"ends": "2026-11-22", "paid_minor": 1}),
        ("Part paid", {"paid_minor": 29_999}),
        ("Credit", {"total_minor": -1}),
        ("Credit", {"total_minor": -1, "ends": "2026-11-22"}),
        ("Nothing due", {"total_minor": 0, "ends": "2026-11-22"}),
        ("Paid", {"state": "paid", "paid_minor": 30_000, "ends": "2026-11-22"}),
        ("Paid", {"state": "paid", "total_minor": -1, "paid_minor": -1}),
        ("Void", {"state": "void", "total_minor": -1}),
        ("Open", {"type": "estimate"}),
        ("Open", {"type": "estimate", "ends": None}),
        ("Open", {"type": "estimate", "total_minor": 0}),
        ("Expired", {"type": "estimate", "ends": "2026-11-22"}),
        ("Declined", {"type": "estimate", "state": "declined", "ends": "2026-11-22"}),
    ],
)
def test_status_says_how_a_document_stands(status: str, changes: dict[str, str | int]) -> None:
    assert replace(INVOICE, **changes).status(TODAY) == status  # type: ignore[arg-type]
