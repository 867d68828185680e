"""On a phone: a document's number stays in one piece, and no page is wider than the screen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from maild.services.payments import pay
from tests.browser import open_chromium
from tests.paper import without_ink
from tests.web.area import JANE, last_link
from tests.world import HouseWorld

# the longest that a number may be, without a space
LONG = "INV" + "-0123456789" * 5 + "-XYZ"
PATHS = (
    "/",
    "/invoices",
    "/estimates",
    "/statement",
    "/invoices/INV-2026-00042",
    f"/invoices/{LONG}",
)
BROKEN = """number => [...document.querySelectorAll("main bdi")]
    .filter(one => one.innerText === number)
    .map(one => new Set([...one.getClientRects()].map(rect => Math.round(rect.top))).size)
    .filter(lines => lines > 1).length"""
HELD = "number => document.querySelector('main').innerText.includes(number)"
WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.mark.parametrize("width", [320, 375])
async def test_no_number_is_broken_at_its_hyphen(house: HouseWorld, width: int) -> None:
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    lines = [{"description": "Support", "unit_price": "123456.78"}]
    for number in ("INV-1001", "INV-2026-00042", LONG):
        await house.issue(number, lines=lines)
        amount = Decimal("4120.50")
        await pay(house.office, number, on=date(2026, 11, 20), amount=amount, actor="test")
    await house.issue("EST-2026-00043", type="estimate", lines=lines)
    async with open_chromium() as chromium:
        page = await chromium.new_page(viewport={"width": width, "height": 800})
        await page.goto(await last_link(house, JANE))
        shown = 0
        for path in PATHS:
            await page.goto(house.office.config.web.base_url + path)
            assert not await page.evaluate(WIDER), path
            for number in ("INV-1001", "INV-2026-00042", "EST-2026-00043"):
                shown += await page.evaluate(HELD, number)
                assert not await page.evaluate(BROKEN, number), (path, number)
        assert shown == 3 + 2 + 1 + 2 + 1
