"""The statement as a page and as a PDF: the same figures, for a period that the visitor chooses."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pypdf import PdfReader

from maild.clock import from_datetime
from maild.services.payments import pay
from tests.visitor import Page
from tests.web.area import assert_guarded, send_invoice
from tests.world import HouseWorld


def words(page: Page) -> str:
    """Return a page's text without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


async def furnish(world: HouseWorld) -> str:
    """Let Acme have an invoice of July, one of November, and a payment; return a link."""
    link = await send_invoice(world)
    await world.issue("INV/№ 2", issued="2026-07-01", due=None)
    await pay(world.office, "INV-1", on=date(2026, 11, 20), amount=Decimal("120.50"), actor="test")
    return link


async def test_statement_shows_the_last_months_with_a_running_balance(house: HouseWorld) -> None:
    link = await furnish(house)
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.get("/statement")
        overview = await browser.get("/")
    assert_guarded(page.headers)
    told = words(page)
    assert "You owe £479.50 as of 23 November 2026. 1 September 2026 to 23 November 2026" in told
    assert "Opening balance £300.00 1 November 2026 Invoice INV-1 £300.00 £600.00" in told
    assert "20 November 2026 Payment of INV-1 -£120.50 £479.50 Closing balance £479.50" in told
    assert "You owe £479.50 as of 23 November 2026." in words(overview)


async def test_statement_ends_today_where_the_business_is(house: HouseWorld) -> None:
    # in London, where it is summer, the next day has begun
    house.clock.instant = from_datetime(datetime(2027, 6, 30, 23, 30, tzinfo=UTC))
    link = await send_invoice(house)
    async with house.browser() as browser:
        await browser.get(link)
        told = words(await browser.get("/statement"))
    assert "as of 1 July 2027. 1 May 2027 to 1 July 2027" in told


async def test_whole_history_begins_without_an_opening_balance(house: HouseWorld) -> None:
    link = await furnish(house)
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.get("/statement?from=&to=")
    assert "Everything until 23 November 2026" in words(page)
    assert "Opening balance" not in page.text
    assert 'href="/invoices/INV%2F%E2%84%96%202"' in page.text


async def test_ready_periods_lead_to_statements_and_the_chosen_one_is_marked(
    house: HouseWorld,
) -> None:
    link = await furnish(house)
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.get("/statement")
        offered = re.findall(r'<a href="(/statement\?[^"]+)">([^<]+)</a>', page.text)
        assert [name for _, name in offered] == ["This month", "Last month", "This year", "All"]
        for url, name in offered:
            chosen = await browser.get(url.replace("&amp;", "&"))
            assert chosen.status == 200
            assert f'aria-current="true">{name}</a>' in chosen.text


@pytest.mark.parametrize(
    ("query", "kept", "fault"),
    [
        ("from=2026-12-01&to=2026-11-01", "2026-12-01", "first day is after the last"),
        ("from=2026-02-30", "2026-02-30", "That is not a date"),
        ("from=%3Cb%3E&to=x", "&lt;b&gt;", "That is not a date"),
        ("from=%00", "\0", "That is not a date"),
    ],
)
async def test_bad_dates_are_explained_and_kept_as_typed(
    house: HouseWorld, query: str, kept: str, fault: str
) -> None:
    link = await furnish(house)
    async with house.browser() as browser:
        await browser.get(link)
        for path in ("/statement", "/statement.pdf"):
            page = await browser.get(f"{path}?{query}")
            assert page.status == 400
            assert fault in words(page)
            assert f'value="{kept}"' in page.text
            assert "Closing balance" not in page.text


async def test_pdf_says_what_the_page_says(house: HouseWorld) -> None:
    link = await furnish(house)
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.get("/statement?from=2026-11-01&to=2026-11-30")
        found = re.search(r'href="(/statement\.pdf[^"]+)"', page.text)
        assert found
        pdf = await browser.get(found[1].replace("&amp;", "&"))
    assert (pdf.status, pdf.headers["Content-Type"]) == (200, "application/pdf")
    assert "statement-2026-11-23.pdf" in pdf.headers["Content-Disposition"]
    (sheet,) = PdfReader(io.BytesIO(pdf.body)).pages
    told = " ".join(sheet.extract_text().split())
    for said in (
        "You owe £479.50 as of 23 November 2026.",
        "1 November 2026 to 30 November 2026",
        "Acme Ltd",
        "Opening balance £300.00",
        "Payment of INV-1 -£120.50 £479.50",
        "Closing balance £479.50",
        "12-34-56",
    ):
        assert said in told


async def test_pdf_of_nothing_says_so(house: HouseWorld) -> None:
    link = await furnish(house)
    async with house.browser() as browser:
        await browser.get(link)
        pdf = await browser.get("/statement.pdf?from=2020-01-01&to=2020-01-31")
        assert "Nothing happened" in (await browser.get("/statement?from=&to=2020-01-31")).text
    (sheet,) = PdfReader(io.BytesIO(pdf.body)).pages
    told = " ".join(sheet.extract_text().split())
    assert "Nothing is owed as of 31 January 2020." in told
    assert "How to pay" not in told
