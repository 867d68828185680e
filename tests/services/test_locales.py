"""Amounts and dates as the client writes them, wherever its people read; the operator's stay."""

from __future__ import annotations

from datetime import date
from html import unescape
from io import BytesIO
from unittest import mock

import pytest
from pypdf import PdfReader

from maild.errors import BadInput
from maild.letters import Letterhead, Order
from maild.services.customers import add_client, change_client
from maild.services.payments import pay
from maild.services.printing import print_document
from tests.web.test_estimates import fields_of
from tests.world import OPERATOR, HouseWorld

JANE = "jane@acme.example"
KINDS = {"document", "credentials", "statement", "confirm", "paid", "answer", "fresh_link"}


@pytest.fixture
async def abroad(house: HouseWorld) -> HouseWorld:
    """A world whose one client is in Germany."""
    await house.client("Acme GmbH", JANE, locale="de_DE")
    return house


async def test_letter_page_and_paper_write_numbers_and_dates_as_the_client_does(
    abroad: HouseWorld,
) -> None:
    shipment = await abroad.issue(
        "INV-1", currency="EUR", lines=[{"description": "x", "unit_price": "1234.5"}]
    )
    (letter,) = await abroad.mail()
    wanted = ("1.234,50\xa0€", "1. Dezember 2026")
    async with abroad.browser() as browser:
        page = (await browser.get(letter.link)).text
        home = (await browser.get("/")).text
    pdf = await print_document(abroad.office, shipment.client, shipment.document)
    paper = PdfReader(BytesIO(pdf)).pages[0].extract_text()
    for words in (letter.subject, letter.text, unescape(letter.html), page, paper):
        for fact in wanted:
            assert fact.replace("\xa0", " ") in words.replace("\xa0", " ")
    assert "You owe 1.234,50" in home
    assert "Amount due" in letter.html


async def test_every_letter_to_the_client_is_written_so_and_none_to_the_operator(
    abroad: HouseWorld,
) -> None:
    written: list[Order] = []
    real = Letterhead.write

    def write(letterhead: Letterhead, order: Order, now: int) -> object:
        written.append(order)
        return real(letterhead, order, now)

    with mock.patch.object(Letterhead, "write", write):
        await _correspond(abroad)
    theirs = [order for order in written if order.recipient.address != OPERATOR]
    assert {order.kind for order in theirs} >= KINDS
    assert {order.locale for order in theirs} == {"de_DE"}
    assert {order.locale for order in written if order not in theirs} == {""}


async def _correspond(world: HouseWorld) -> None:
    """Have a letter of most kinds written."""
    await world.issue("INV-1")
    await world.issue("EST-1", type="estimate")
    invoice, estimate = await world.mail_to(JANE)
    await world.reply(invoice, "It won't let me log in.")
    await world.reply(invoice, "Could you send me a statement of account please?")
    await world.reply(estimate, "Yes, I accept your estimate.")
    async with world.browser() as browser:
        form = await browser.get(estimate.link)
        await browser.post("/estimates/EST-1/accept", fields_of(form))
    await pay(world.office, "INV-1", on=date(2026, 11, 20), amount=None, actor="test")
    world.clock.advance(days=200)
    async with world.browser() as browser:
        form = await browser.get("/recover")
        path = f"/l/{invoice.link.rpartition('/')[2]}/fresh"
        await browser.post(path, {"csrf": form.csrf})
    await world.advance(seconds=10)


@pytest.mark.parametrize(
    ("typed", "kept"), [("de-de", "de_DE"), ("pt_BR", "pt_BR"), (" fr ", "fr"), ("", "")]
)
async def test_locale_is_kept_as_babel_spells_it(house: HouseWorld, typed: str, kept: str) -> None:
    client = await add_client(house.office, "Acme", locale=typed, actor="test")
    assert client.locale == kept
    back = await change_client(house.office, "ACME", {"locale": "ja_JP"}, actor="test")
    assert back.locale == "ja_JP"


@pytest.mark.parametrize("typed", ["de_XX", "root", "C", "../etc", "German"])
async def test_what_is_no_locale_is_refused(house: HouseWorld, typed: str) -> None:
    with pytest.raises(BadInput, match="is not a locale"):
        await add_client(house.office, "Acme", locale=typed, actor="test")
