"""The client area at a real browser: shut out and let in again, handed over, answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from maild.services.customers import change_client
from maild.services.handover import replace_contact
from tests.browser import open_chromium
from tests.world import OPERATOR, SocketWorld, open_socket_world

JANE = "jane@acme.example"
TOM = "tom@acme.example"
SECOND = 1000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SocketWorld]:
    """The daemon, with a client and its one contact."""
    async with open_socket_world(tmp_path) as world:
        await world.client("Acme Ltd", JANE)
        yield world


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A real browser."""
    async with open_chromium() as browser:
        yield browser


@pytest.fixture
async def page(chromium: Browser) -> Page:
    """A page in it."""
    return await chromium.new_page()


async def fill_login(page: Page, password: str) -> None:
    """Fill in the password, the address being there, and send the form."""
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Log in").click()


async def test_where_a_log_in_is_enforced_it_leads_to_the_very_document(
    world: SocketWorld, page: Page
) -> None:
    await world.issue("INV-1", password=True)
    (letter,) = await world.mail_to(JANE)
    await page.goto(letter.link)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("INV-1")
    # while the page is open, the operator asks for a log-in
    await change_client(world.office, "ACME", {"enforce_login": True}, actor="test")
    await page.get_by_role("link", name="Invoices", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    await page.goto(letter.link)
    assert await page.get_by_label("Email address").input_value() == JANE
    await fill_login(page, f"  {letter.password.upper()} ")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("INV-1")
    assert page.url == f"{world.office.config.web.base_url}/invoices/INV-1"


async def test_who_cannot_get_in_asks_is_written_to_and_gets_in(
    world: SocketWorld, page: Page
) -> None:
    await world.issue("INV-1")
    base = world.office.config.web.base_url
    await page.goto(f"{base}/login")
    await page.get_by_role("link", name="Have a new password emailed").click()
    await page.get_by_label("Email address").fill("  Jane@ACME.example ")
    await page.get_by_role("button", name="Email me a way in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Look in your inbox")
    await world.advance(seconds=10)
    letter = (await world.mail_to(JANE))[-1]
    await page.goto(f"{base}/login")
    await page.get_by_label("Email address").fill(JANE)
    await fill_login(page, letter.password)
    await expect(page.get_by_text("You owe £300.00")).to_be_visible()
    await page.goto(letter.link)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("INV-1")


async def test_a_hand_over_ends_the_old_browser_within_a_second(
    world: SocketWorld, page: Page
) -> None:
    await world.issue("INV-1", password=True)
    (letter,) = await world.mail_to(JANE)
    base = world.office.config.web.base_url
    await page.goto(f"{base}/login")
    await page.get_by_label("Email address").fill(JANE)
    await fill_login(page, letter.password)
    await expect(page.get_by_text("You owe £300.00")).to_be_visible()
    await replace_contact(world.office, "ACME", JANE, TOM, actor="test")
    await page.get_by_role("link", name="Invoices").click()
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Log in", timeout=SECOND)
    await page.goto(letter.link)
    await expect(page.get_by_text("£300.00")).to_have_count(0)
    await page.goto(f"{base}/login")
    await page.get_by_label("Email address").fill(JANE)
    await fill_login(page, letter.password)
    await expect(page.get_by_role("alert")).to_contain_text("do not go together")


async def test_a_hand_over_ends_a_link_that_is_open_in_a_browser(
    world: SocketWorld, page: Page
) -> None:
    await world.issue("INV-1")
    (letter,) = await world.mail_to(JANE)
    await page.goto(letter.link)
    await replace_contact(world.office, "ACME", JANE, TOM, actor="test")
    await page.get_by_role("link", name="Overview").click()
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("This link was switched off", timeout=SECOND)
    await expect(page.get_by_role("button", name="Email me a fresh link")).to_have_count(0)


async def test_an_estimate_is_accepted_by_keyboard_alone_and_both_sides_are_told(
    world: SocketWorld, page: Page
) -> None:
    await world.issue("EST-1", type="estimate", valid_until="2026-12-24")
    await page.goto((await world.mail_to(JANE))[0].link)
    await tab_to(page, "Accept or decline")
    await page.keyboard.press("Enter")
    await tab_to(page, "Your name")
    await page.keyboard.type("Jane Whitfield")
    await page.keyboard.press("Tab")
    await page.keyboard.type("PO 78")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("£300.00, accepted")).to_be_visible()
    await expect(page.get_by_role("button", name="Accept this estimate")).to_have_count(0)
    await world.deliver()
    (told,) = await world.mail_to(OPERATOR)
    assert "PO 78" in told.text
    assert "accepted" in (await world.mail_to(JANE))[-1].subject


async def test_on_a_phone_an_invoice_is_read_and_an_estimate_declined_without_scrolling_sideways(
    world: SocketWorld, chromium: Browser
) -> None:
    items = {"description": "Oak staircase, first floor", "quantity": "12.75", "unit": "hours"}
    await world.issue("INV-1", lines=[items | {"unit_price": "1249.99", "tax_rate": "12.5"}])
    await world.issue("EST-1", type="estimate", valid_until="2026-12-24")
    context = await chromium.new_context(
        viewport={"width": 320, "height": 568}, is_mobile=True, has_touch=True
    )
    page = await context.new_page()
    await page.goto((await world.mail_to(JANE))[0].link)
    amount = page.get_by_role("cell", name="£15,937.37")
    await amount.tap()
    await expect(page.get_by_role("cell", name="12.75 hours")).to_be_visible()
    await page.get_by_role("link", name="How to pay").tap()
    await expect(page.get_by_role("heading", name="How to pay")).to_be_in_viewport()
    await assert_fits(page)
    await page.get_by_role("navigation").get_by_role("link", name="Estimates").tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Estimates")
    await assert_fits(page)
    await page.get_by_role("link", name="EST-1").tap()
    await page.get_by_role("link", name="Accept or decline").tap()
    await page.get_by_text("Decline it instead").tap()
    await assert_fits(page)
    await page.get_by_label("Why not?").fill("Too dear for this year.")
    await page.get_by_role("button", name="Decline this estimate").tap()
    await expect(page.get_by_text("£300.00, declined")).to_be_visible()
    await page.get_by_role("button", name="Log out").tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You are logged out")


async def assert_fits(page: Page) -> None:
    """Check that nothing is wider than the screen."""
    wide, screen = await page.evaluate("[document.documentElement.scrollWidth, screen.width]")
    assert wide <= screen


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the link, button or field of that name has the focus."""
    script = """() => {
        const one = document.activeElement
        return [one.innerText, ...[...(one.labels ?? [])].map(label => label.innerText)]
    }"""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if name in await page.evaluate(script):
            return
    pytest.fail(f"the keyboard does not reach {name}")
