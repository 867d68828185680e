"""A document's page and its PDF show the same figures, whatever the document is about."""

from __future__ import annotations

import html
import io
import re
from decimal import Decimal

import pytest
from pypdf import PdfReader

from maild.services.payments import pay, void
from tests.golden_pdfs import SAMPLES
from tests.web.area import JANE, last_link
from tests.world import HouseWorld

_FIGURE = re.compile(r"-?(?:£|IDR)[\d,]+(?:\.\d+)?|\d+%")
_CARRIED = re.compile(r"^(?:Carried|Brought) forward .*$", re.MULTILINE)


@pytest.mark.parametrize("name", SAMPLES)
async def test_page_and_pdf_show_the_same_figures(house: HouseWorld, name: str) -> None:
    fields = {k: v for k, v in SAMPLES[name].items() if k not in {"state", "paid", "client"}}
    number = fields.pop("number", "INV-1")
    await house.client("Acme Ltd", JANE)
    await house.issue(number, **fields)
    paid = Decimal(SAMPLES[name].get("paid", 0)) / 100
    if paid:
        await pay(house.office, number, on=None, amount=paid, actor="test")
    if SAMPLES[name].get("state") == "void":
        await void(house.office, number, actor="test")
    async with house.browser() as browser:
        page = await browser.get(await last_link(house, JANE))
        pdf = await browser.get(f"{page.path}.pdf")
    shown = set(_FIGURE.findall(html.unescape(re.sub(r"<[^>]+>", " ", page.text))))
    text = "\n".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf.body)).pages)
    printed = set(_FIGURE.findall(_CARRIED.sub("", text)))
    assert len(shown) >= 2
    # the page tells of a payment in a sentence, the paper in a line of the sums
    assert shown - printed <= {f"£{paid:,.2f}"}
    assert printed - shown <= {f"-£{paid:,.2f}", "£0.00"}
