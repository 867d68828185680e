"""Imported documents in the client area."""

from __future__ import annotations

import json
from pathlib import Path

from maild.services.archive import Terms, import_documents
from maild.services.handover import replace_contact
from maild.services.issue import resend
from maild.services.outlook import look_ahead
from maild.store.agenda import list_waking
from maild.store.reach import NEVER
from tests.letterbox import JANE
from tests.world import HouseWorld


async def import_old_invoice(house: HouseWorld, folder: Path) -> None:
    path = folder / "old.json"
    line = {"description": "Wall", "unit_price": "250.00", "tax_rate": "20"}
    path.write_text(
        json.dumps(
            {"type": "invoice", "number": "OLD-1", "client": "ACME", "issued": "2024-01-02"}
            | {"due": "2024-02-01", "lines": [line]}
        )
    )
    work = import_documents(house.office, [path], lambda paths: (), Terms(), actor="test")
    assert [one.refused async for one in work] == [""]


async def test_imported_invoice_is_in_the_account_and_counts_as_owed(
    house: HouseWorld, tmp_path: Path
) -> None:
    await house.client("Acme Ltd", "jane@acme.example")
    await import_old_invoice(house, tmp_path)
    assert await house.mail() == []
    await house.issue("INV-1")
    letter = (await house.mail_to("jane@acme.example"))[0]
    async with house.browser() as browser:
        await browser.get(letter.link)
        assert (await browser.get("/invoices/OLD-1")).status == 200
        assert "600.00" in (await browser.get("/statement")).text
        assert "OLD-1" in (await browser.get("/invoices")).text


async def test_nobody_is_reminded_of_what_was_imported_until_it_is_sent(
    house: HouseWorld, tmp_path: Path
) -> None:
    await house.client("Acme Ltd", JANE)
    await import_old_invoice(house, tmp_path)
    house.clock.advance(days=2)
    await house.round()
    assert await house.mail_to(JANE) == []
    (entry,) = await list_waking(house.office.db, NEVER, 10)
    outlook = await look_ahead(house.office, house.office.db, entry, house.clock())
    assert outlook.hold
    assert "to begin: maild resend OLD-1" in outlook.hold.why
    await resend(house.office, "OLD-1", actor="test")
    await house.deliver()
    for _ in range(7):
        house.clock.advance(days=1)
        await house.round()
    assert [mail.subject.partition(",")[0] for mail in await house.mail_to(JANE)][1:] == [
        "Final reminder: invoice OLD-1 from Example Ltd"
    ]


async def test_who_is_not_to_see_the_past_sees_nothing_that_is_imported_of_it(
    house: HouseWorld, tmp_path: Path
) -> None:
    await house.client("Acme Ltd", "jane@acme.example")
    await replace_contact(
        *(house.office, "ACME", "jane@acme.example", "tom@acme.example"),
        history=False,
        actor="test",
    )
    await import_old_invoice(house, tmp_path)
    await house.issue("INV-1")
    letter = (await house.mail_to("tom@acme.example"))[0]
    async with house.browser() as browser:
        await browser.get(letter.link)
        assert (await browser.get("/invoices/INV-1")).status == 200
        assert (await browser.get("/invoices/OLD-1")).status == 404
