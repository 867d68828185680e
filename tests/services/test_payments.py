"""Money that came in, documents withdrawn, files added."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from maild.errors import BadInput, NotFound, Refused
from maild.mail.compose import Attached
from maild.model import StoredDocument
from maild.relay import Outcome
from maild.services.attachments import attach, load_attached
from maild.services.lookup import need_document
from maild.services.payments import pay, void
from maild.store.letters import list_letters
from tests.fakes import SENT
from tests.world import HouseWorld

PNG = Attached("scan.png", "image/png", b"png")


async def note(shop: HouseWorld, amount: str | None, number: str = "INV-1") -> StoredDocument:
    given = Decimal(amount) if amount else None
    return await pay(shop.office, number, on=date(2026, 11, 20), amount=given, actor="test")


async def test_payments_in_parts_settle_the_invoice_with_the_last(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    part = await note(shop, "100.5")
    assert (part.state, part.balance, part.settled_at) == ("open", Decimal("199.50"), None)
    rest = await note(shop, None)
    assert (rest.state, rest.balance) == ("paid", Decimal(0))
    assert rest.settled_at == shop.clock()
    rows = await shop.office.db.rows(
        "SELECT amount_minor, paid_on FROM payments ORDER BY amount_minor"
    )
    assert [(row["amount_minor"], row["paid_on"]) for row in rows] == [
        (10050, "2026-11-20"),
        (19950, "2026-11-20"),
    ]
    with pytest.raises(Refused, match="is paid"):
        await note(shop, "1")


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("300.01", Refused),
        ("1e30", Refused),
        ("1e300", Refused),
        ("0", BadInput),
        ("-5", BadInput),
        ("NaN", BadInput),
        ("sNaN", BadInput),
        ("Infinity", BadInput),
        ("0.001", BadInput),
    ],
)
async def test_amount_that_cannot_be_is_refused(
    shop: HouseWorld, amount: str, error: type[Exception]
) -> None:
    await shop.issue("INV-1")
    with pytest.raises(error):
        await note(shop, amount)
    assert (await need_document(shop.office.db, "INV-1")).paid_minor == 0
    assert not await shop.office.db.rows("SELECT 1 FROM payments")


async def test_same_money_noted_at_once_is_not_taken_twice(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    results = await asyncio.gather(*(note(shop, "300") for _ in "123"), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == [
        "Refused",
        "Refused",
        "StoredDocument",
    ]
    assert (await need_document(shop.office.db, "INV-1")).paid_minor == 30000


async def test_estimate_void_and_unknown_documents_are_not_paid(shop: HouseWorld) -> None:
    await shop.issue("EST-1", type="estimate")
    await shop.issue("INV-1")
    await void(shop.office, "INV-1", actor="test")
    with pytest.raises(Refused, match="estimate"):
        await note(shop, None, "EST-1")
    with pytest.raises(Refused, match="is void"):
        await note(shop, None)
    with pytest.raises(NotFound):
        await note(shop, None, "INV-9")


async def test_invoice_of_nothing_can_be_settled(shop: HouseWorld) -> None:
    line = {"description": "Gift", "unit_price": "0"}
    await shop.issue("INV-0", lines=[line])
    assert (await note(shop, None, "INV-0")).state == "paid"


async def test_voiding_twice_changes_nothing(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await note(shop, "300")
    gone = await void(shop.office, "INV-1", actor="test")
    assert (gone.state, gone.balance) == ("void", Decimal(0))
    log = await shop.log()
    shop.clock.advance(days=1)
    assert await void(shop.office, "INV-1", actor="test") == gone
    assert await shop.log() == log


async def test_same_file_again_is_nothing_new(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    assert await attach(shop.office, "INV-1", [PNG], actor="test") == 1
    log = await shop.log()
    assert await attach(shop.office, "INV-1", [PNG], actor="test") == 0
    assert await shop.log() == log
    both = [PNG, Attached("more.png", "image/png", b"png")]
    assert await attach(shop.office, "INV-1", both, actor="test") == 1
    assert len(await shop.office.db.rows("SELECT 1 FROM blobs")) == 1
    document = await need_document(shop.office.db, "INV-1")
    assert await load_attached(shop.office.db, document) == [both[1], PNG]


async def test_other_content_under_a_name_that_is_taken_is_refused_whole(shop: HouseWorld) -> None:
    await shop.issue("INV-1", files=[PNG])
    files = [Attached("new.png", "image/png", b"new"), Attached("scan.png", "image/png", b"other")]
    with pytest.raises(Refused, match=r"scan\.png"):
        await attach(shop.office, "INV-1", files, actor="test")
    assert len(await shop.office.db.rows("SELECT 1 FROM attachments")) == 1


async def test_file_is_kept_under_its_bare_name(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    named = ["../../etc/passwd", "C:\\scans\\page 1.png", "Zoë.png"]
    files = [Attached(name, "image/png", name.encode()) for name in named]
    assert await attach(shop.office, "INV-1", files, actor="test") == 3
    document = await need_document(shop.office.db, "INV-1")
    kept = {file.name for file in await load_attached(shop.office.db, document)}
    assert kept == {"passwd", "page 1.png", "Zoë.png"}


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/..", "/", "a\nb", "a\0b", "a\u202eb", "x" * 201]
)
async def test_name_that_could_be_misread_is_refused(shop: HouseWorld, name: str) -> None:
    await shop.issue("INV-1")
    with pytest.raises(BadInput, match="name"):
        await attach(shop.office, "INV-1", [Attached(name, "image/png", b"x")], actor="test")


async def test_nothing_is_added_to_a_void_document(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await void(shop.office, "INV-1", actor="test")
    with pytest.raises(Refused, match="is void"):
        await attach(shop.office, "INV-1", [PNG], actor="test")
    with pytest.raises(NotFound):
        await attach(shop.office, "INV-9", [PNG], actor="test")


async def test_voiding_drops_the_letters_that_still_wait(house: HouseWorld) -> None:
    house.relay.answer = lambda _: Outcome("deferred", 450, "busy")
    await house.client("Acme Ltd", "jane@acme.example")
    await house.issue("INV-1")

    await void(house.office, "INV-1", actor="test")

    (letter,) = await list_letters(house.office.db)
    assert (letter.state, letter.outcome) == ("dropped", "the document was voided")
    house.relay.answer = lambda _: SENT
    await house.advance(days=1)
    assert await house.mail() == []
