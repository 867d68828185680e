"""A customer at a real browser: by link, by password, on a phone, by keyboard, without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from maild.mail.compose import Attached
from tests.browser import open_chromium
from tests.web.area import log_with
from tests.world import SocketWorld, open_socket_world

JANE = "jane@acme.example"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SocketWorld]:
    """The daemon, with two invoices and an estimate for Jane."""
    async with open_socket_world(tmp_path) as world:
        await world.client("Acme Ltd", JANE)
        await world.issue("EST-7", type="estimate", due=None, valid_until="2026-12-24")
        await world.issue("INV-1", password=True)
        sheet = Attached("time sheet – November.csv", "text/csv", b"hours,7\n")
        await world.issue("INV-2", files=[sheet], notes="Thank you.")
        yield world


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A real browser; see `open_chromium` for where there is none."""
    async with open_chromium() as browser:
        yield browser


async def open_page(browser: Browser, **options: object) -> tuple[Page, list[str]]:
    """Open a page of its own; what the console complains of is collected."""
    context = await browser.new_context(**options)  # type: ignore[arg-type]
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(f"failed {request.url}"))
    return page, said


async def letters_of(world: SocketWorld) -> tuple[str, str, str]:
    """Return the link to INV-2, its base URL, and Jane's password."""
    letters = await world.mail_to(JANE)
    link = next(letter.link for letter in letters if "INV-2" in letter.subject)
    password = next(letter.password for letter in letters if "INV-1" in letter.subject)
    return link, world.office.config.web.base_url, password


async def test_by_link_to_the_document_its_files_the_overview_and_out(
    world: SocketWorld, chromium: Browser
) -> None:
    link, base, _ = await letters_of(world)
    page, said = await open_page(chromium)
    await page.goto(link)
    assert page.url == f"{base}/invoices/INV-2"
    await expect(page.get_by_role("heading", level=1)).to_contain_text("INV-2")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Download PDF").click()
    pdf = await (await waiting.value).path()
    assert pdf.read_bytes().startswith(b"%PDF-")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="time sheet – November.csv").click()
    file = await waiting.value
    assert file.suggested_filename == "time sheet – November.csv"
    assert (await file.path()).read_bytes() == b"hours,7\n"
    await page.get_by_role("link", name="Overview").click()
    await expect(page.get_by_text("You owe £600.00")).to_be_visible()
    await page.get_by_role("link", name="EST-7").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("EST-7")
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You are logged out")
    await page.goto(f"{base}/invoices/INV-2")
    assert page.url == f"{base}/login?next=/invoices/INV-2"
    # the style sheet, the forms and the downloads are all within the page's own policy
    assert [line for line in said if "Content Security Policy" in line] == []


async def test_by_keyboard_alone_with_a_wrong_password_and_then_the_right_one(
    world: SocketWorld, chromium: Browser
) -> None:
    _, base, password = await letters_of(world)
    page, _ = await open_page(chromium)
    await page.goto(f"{base}/invoices/INV-2")
    await _tab_to(page, "address")
    await page.keyboard.type(JANE)
    await page.keyboard.press("Tab")
    await page.keyboard.type("not my password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("do not go together")
    assert await page.locator("#address").input_value() == JANE
    await _tab_to(page, "password")
    await page.keyboard.type(password.upper().replace("-", " "))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("INV-2")
    assert page.url == f"{base}/invoices/INV-2"
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


async def _tab_to(page: Page, field: str) -> None:
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == field:
            return
    pytest.fail(f"the keyboard does not reach {field}")


async def test_without_scripts_everything_works(world: SocketWorld, chromium: Browser) -> None:
    link, base, password = await letters_of(world)
    page, _ = await open_page(chromium, java_script_enabled=False)
    await page.goto(link)
    await page.get_by_role("button", name="Log out").click()
    await page.get_by_role("link", name="log in with your password").click()
    await page.get_by_label("Email address").fill(JANE)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Log in").click()
    assert page.url == f"{base}/"
    await page.get_by_role("link", name="INV-2").click()
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Download PDF").click()
    assert (await (await waiting.value).path()).read_bytes().startswith(b"%PDF-")


async def test_a_browser_left_open_on_a_link_changes_nothing(
    world: SocketWorld, chromium: Browser
) -> None:
    link, _, _ = await letters_of(world)
    before = await world.log()
    page, _ = await open_page(chromium)
    for _ in range(3):
        await page.goto(link)
        await page.wait_for_load_state("networkidle")
    assert await log_with(world, "fetched INV-2") == [*before, "fetched INV-2"]


async def test_back_after_logging_out_shows_nothing_kept(
    world: SocketWorld, chromium: Browser
) -> None:
    link, base, _ = await letters_of(world)
    page, _ = await open_page(chromium)
    await page.goto(link)
    await page.goto(f"{base}/invoices")
    await page.get_by_role("button", name="Log out").click()
    # not go_back(), which asks the page that is being left
    await page.evaluate("setTimeout(() => history.back())")
    await expect(page.get_by_label("Password")).to_be_visible()
    assert "INV-2" not in await page.locator("main").inner_text()
