"""Honest views: a fetch proves nothing, and only a page in view that was touched counts as read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from tests.browser import open_chromium
from tests.paper import without_ink
from tests.visitor import Browser
from tests.web.area import JANE, TOM, assert_guarded, last_link, last_password, send_invoice
from tests.world import HouseWorld, store_path

DEADLINE = 10
# more than a page needs to have been in view, in milliseconds of its own clock
LONG = 10_000
HIDE = """
    window.view = "hidden";
    Object.defineProperty(document, "visibilityState", { get: () => window.view });
"""
# all that a script can do to a page without a hand at the machine
PRETEND = """async () => {
    for (const name of ["pointermove", "pointerdown", "wheel", "touchstart", "scroll"])
        window.dispatchEvent(new Event(name, { bubbles: true }));
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
    document.querySelector("main").focus();
    document.querySelector("main").click();
    await new Promise((done) => {
        window.addEventListener("scroll", done, { once: true });
        window.scrollTo(0, window.scrollY ? 0 : document.body.scrollHeight);
    });
}"""
FEEL = """
    window.felt = 0;
    for (const name of ["pointermove", "keydown", "wheel"])
        window.addEventListener(name, () => { window.felt += 1; });
"""


@pytest.fixture
async def acme(house: HouseWorld) -> HouseWorld:
    """Jane of Acme with an invoice, and Tom of another client with one of his own."""
    without_ink(house)
    await house.client("Other Ltd", TOM)
    await house.issue("INV-9", client="OTHER")
    await send_invoice(house, password=True)
    return house


async def sightings(world: HouseWorld, least: int = 1) -> list[tuple[str, str, str, int]]:
    """Return document, contact, kind and times of all sightings, once there are that many."""
    async with asyncio.timeout(DEADLINE):
        while True:
            change = world.office.db.watch()
            rows = await world.office.db.rows(
                "SELECT d.number, c.address, s.kind, s.times FROM sightings s"
                " JOIN documents d ON d.id = s.document_id"
                " JOIN contacts c ON c.id = s.contact_id ORDER BY d.number, s.kind"
            )
            if sum(row["times"] for row in rows) >= least:
                return [(r["number"], r["address"], r["kind"], r["times"]) for r in rows]
            await change.wait()


async def test_scanners_that_fetch_in_any_way_count_as_fetches_once_a_minute(
    acme: HouseWorld,
) -> None:
    link = await last_link(acme, JANE)
    before = await acme.log()
    async with acme.browser() as browser:
        for _ in range(20):
            await browser.get(link)
            async with browser._session.head(link) as answer:
                assert answer.status == 303
        assert await sightings(acme) == [("INV-1", JANE, "fetched", 1)]
        acme.clock.advance(seconds=60)
        async with browser._session.head(browser.base + "/invoices/INV-1"):
            pass
        assert await sightings(acme, 2) == [("INV-1", JANE, "fetched", 2)]
    # the first fetch is told in the log, and no other
    assert await acme.log() == [*before, "fetched INV-1"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("what", ["link", "page"])
async def test_each_way_to_fetch_is_noted_by_itself(
    acme: HouseWorld, method: str, what: str
) -> None:
    link = await last_link(acme, JANE)
    async with acme.browser() as browser:
        if what == "page":
            await browser.log_in(JANE, await last_password(acme))
        where = link if what == "link" else f"{browser.base}/invoices/INV-1"
        async with browser._session.request(method, where, allow_redirects=False) as answer:
            assert answer.status == (303 if what == "link" else 200)
    assert await sightings(acme) == [("INV-1", JANE, "fetched", 1)]
    assert "probably read INV-1" not in await acme.log()


async def test_what_leads_nowhere_and_what_is_no_page_of_a_document_is_no_fetch(
    acme: HouseWorld,
) -> None:
    async with acme.browser() as browser:
        await browser.log_in(JANE, await last_password(acme))
        for path in ("/", "/invoices", "/invoices/INV-9", "/invoices/INV-1.pdf", "/l/none"):
            await browser.get(path)
        await browser.get("/invoices/INV-1")
    assert await sightings(acme) == [("INV-1", JANE, "fetched", 1)]


async def test_store_that_cannot_be_written_delays_no_page(acme: HouseWorld) -> None:
    link = await last_link(acme, JANE)
    other = sqlite3.connect(store_path(acme.office.config), isolation_level=None)
    async with acme.browser() as browser:
        other.execute("BEGIN EXCLUSIVE")
        try:
            async with asyncio.timeout(4):
                assert (await browser.get(link)).status == 200
                assert (await browser.get("/invoices/INV-1")).status == 200
        finally:
            other.execute("ROLLBACK")
            other.close()
    assert await sightings(acme) == [("INV-1", JANE, "fetched", 1)]


async def tell(browser: Browser, path: str, csrf: str) -> int:
    """Say that a document was looked at; return the status."""
    page = await browser.post("/seen", {"csrf": csrf, "path": path}, allow_redirects=False)
    return page.status


async def test_a_reader_is_noted_once_and_in_the_log(acme: HouseWorld) -> None:
    async with acme.browser() as browser:
        page = await browser.get(await last_link(acme, JANE))
        for _ in range(3):
            assert await tell(browser, "/invoices/INV-1", page.csrf) == 204
    assert ("INV-1", JANE, "read", 1) in await sightings(acme, 2)
    assert (await acme.log()).count("probably read INV-1") == 1


async def test_only_a_document_that_the_visitor_may_see_can_be_said_to_be_seen(
    acme: HouseWorld,
) -> None:
    async with acme.browser() as browser:
        csrf = (await browser.get(await last_link(acme, JANE))).csrf
        for path in ("/invoices/INV-9", "/estimates/INV-1", "/", "", "/invoices/", "INV-1", "/l/x"):
            assert (path, await tell(browser, path, csrf)) == (path, 404)
        assert await tell(browser, "/invoices/INV-1", "none") == 403
        assert (await browser.get("/seen")).status == 405
    async with acme.browser() as stranger:
        csrf = (await stranger.get("/login")).csrf
        assert await tell(stranger, "/invoices/INV-1", csrf) == 303
    assert await sightings(acme) == [("INV-1", JANE, "fetched", 1)]


async def test_number_with_a_slash_or_beyond_ascii_is_read_too(acme: HouseWorld) -> None:
    await acme.issue("Nº 7/é")
    async with acme.browser() as browser:
        page = await browser.get(await last_link(acme, JANE))
        path = page.text.partition('data-path="')[2].partition('"')[0]
        assert await tell(browser, path, page.csrf) == 204
    assert "probably read Nº 7/é" in await acme.log()


async def test_a_script_is_allowed_on_document_pages_alone(acme: HouseWorld) -> None:
    async with acme.browser() as browser:
        await browser.get(await last_link(acme, JANE))
        for path in ("/", "/invoices", "/login", "/invoices/NONE", "/invoices/INV-1"):
            page = await browser.get(path)
            scripted = path == "/invoices/INV-1"
            assert_guarded(page.headers, scripted=scripted)
            assert ("<script" in page.text) == scripted
        script = await browser.get("/static/seen.js")
        assert script.headers["Content-Type"].startswith("text/javascript")
        assert_guarded(script.headers)


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    """A tab of a real browser, whose clock goes when we say."""
    async with open_chromium() as chromium:
        page = await chromium.new_page(viewport={"width": 800, "height": 300})
        await page.clock.install(time=0)
        await page.clock.pause_at(1000)
        yield page


def listen(tab: Tab) -> tuple[list[str], list[str]]:
    """Collect what the tab sends, and what it complains of in the script or the policy."""
    sent: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    tab.on("console", lambda m: said.extend([m.text] if "Policy" in m.text else []))
    tab.on("pageerror", lambda error: said.append(str(error)))
    return sent, said


async def test_browser_of_a_scanner_that_runs_scripts_has_read_nothing(
    acme: HouseWorld, tab: Tab
) -> None:
    sent, said = listen(tab)
    await tab.goto(await last_link(acme, JANE) + "#pay")
    await tab.clock.run_for(LONG)
    await tab.evaluate(PRETEND)
    await tab.clock.run_for(LONG)
    assert [line for line in sent if "/static/seen.js" in line]
    assert not [line for line in sent if line.startswith("POST")]
    assert await sightings(acme) == [("INV-1", JANE, "fetched", 1)]
    # the same page would have told of a person
    async with tab.expect_response("**/seen") as answer:
        await tab.keyboard.press("Tab")
    assert (await answer.value).status == 204
    assert said == []


@pytest.mark.parametrize("touch", ["wheel", "pointer", "key"])
async def test_browser_of_a_person_has_read_after_two_seconds(
    acme: HouseWorld, tab: Tab, touch: str
) -> None:
    sent, said = listen(tab)
    await tab.add_init_script(FEEL)
    await tab.goto(await last_link(acme, JANE))
    await tab.clock.run_for(1900)
    if touch == "wheel":
        await tab.mouse.wheel(0, 200)
    elif touch == "pointer":
        await tab.mouse.move(200, 200)
    else:
        await tab.keyboard.press("PageDown")
    async with asyncio.timeout(DEADLINE):
        while not await tab.evaluate("felt"):
            pass
    assert not [line for line in sent if line.startswith("POST")]
    async with tab.expect_response("**/seen") as answer:
        await tab.clock.run_for(200)
    assert (await answer.value).status == 204
    assert ("INV-1", JANE, "read", 1) in await sightings(acme, 2)
    assert "probably read INV-1" in await acme.log()
    await tab.keyboard.press("PageUp")
    await tab.clock.run_for(LONG)
    assert len([line for line in sent if line.startswith("POST")]) == 1
    assert said == []


async def test_tab_in_the_background_is_not_looked_at(acme: HouseWorld, tab: Tab) -> None:
    sent, _ = listen(tab)
    await tab.add_init_script(HIDE)
    await tab.goto(await last_link(acme, JANE))
    await tab.keyboard.press("Tab")
    await tab.clock.run_for(LONG)
    await tab.evaluate(
        "() => { view = 'visible'; document.dispatchEvent(new Event('visibilitychange')); }"
    )
    await tab.clock.run_for(1500)
    assert not [line for line in sent if line.startswith("POST")]
    async with tab.expect_response("**/seen") as answer:
        await tab.clock.run_for(600)
    assert (await answer.value).status == 204


async def test_without_scripts_the_page_is_whole_and_only_fetched(acme: HouseWorld) -> None:
    async with open_chromium() as chromium:
        context = await chromium.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(await last_link(acme, JANE))
        await page.mouse.wheel(0, 200)
        await page.keyboard.press("PageDown")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("INV-1")
    assert await sightings(acme) == [("INV-1", JANE, "fetched", 1)]
