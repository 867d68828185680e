"""Every page in every look: accessible, and no wider than the screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Page

from maild.templating import templates_folder
from tests.axe import find_violations, load_axe
from tests.browser import open_chromium
from tests.screens.pages import SCREENS
from tests.screens.post import show_letters
from tests.screens.scene import Scene, furnish
from tests.screens.tour import LOOKS, Look, walk
from tests.world import open_house_world

PARTS = {"base", "parts", "answer"}
SHARES = 4
# landmarks belong to the mail program that shows a letter
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SMALLEST = Look(320, "light")


def test_every_page_template_has_a_screen() -> None:
    pages = {path.stem for path in (templates_folder() / "web").glob("*.html")}
    assert {screen.template for screen in SCREENS} == pages - PARTS


@pytest.mark.timeout(300)
@pytest.mark.parametrize("share", range(SHARES))
async def test_every_page_is_accessible_and_fits_in_every_look(tmp_path: Path, share: int) -> None:
    axe = load_axe()
    async with open_house_world(tmp_path) as world, open_chromium() as browser:
        scene = await furnish(world)
        faults: list[str] = []
        async for screen, page in walk(browser, scene, SCREENS[share::SHARES]):
            faults += [f"{screen.name} {fault}" for fault in await _examine(page, axe)]
        if share == 0:
            faults += await _examine_letters(await browser.new_page(), scene, axe)
    assert faults == []


async def _examine(page: Page, axe: str, rules: Sequence[str] = ()) -> list[str]:
    faults = []
    for look in LOOKS:
        await look.put_on(page)
        # the dark scheme changes colours and nothing else
        asked = rules if look.scheme == "light" else ("color-contrast",)
        faults += [f"{look}: {fault}" for fault in await find_violations(page, axe, asked)]
        faults += await _measure(page, look)
    await SMALLEST.put_on(page)
    return faults + await _measure(page, SMALLEST)


async def _measure(page: Page, look: Look) -> list[str]:
    wide = await page.evaluate("document.documentElement.scrollWidth")
    return [f"{wide} px wide on {look.width}"] if wide > look.width else []


async def _examine_letters(page: Page, scene: Scene, axe: str) -> list[str]:
    faults = []
    for name, html in show_letters(scene).items():
        await page.set_content(html)
        faults += [f"{name} {fault}" for fault in await _examine(page, axe, STANDARDS)]
    return faults
