"""Every page in every look: accessible, no wider than the screen, and open to the keyboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

import pytest
from playwright.async_api import Browser, Page

from maild.templating import templates_folder
from tests.axe import find_violations, load_axe
from tests.browser import open_chromium
from tests.keyboard import find_keyboard_faults
from tests.screens.branded import (
    BRANDED,
    BRANDED_LETTERS,
    PICTURED_LETTERS,
    furnish_branded,
    open_branded_world,
)
from tests.screens.demo import walk_demo
from tests.screens.pages import SCREENS
from tests.screens.post import LETTERS, show_letters
from tests.screens.scene import Scene, furnish
from tests.screens.tour import LOOKS, Look, Screen, walk
from tests.world import open_house_world

PARTS = {"base", "parts", "answer"}
SHARED = {"frame", "words", "nudge"}
SHARES = 6
# landmarks belong to the mail program that shows a letter
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# the smallest phone, 1280 px zoomed to 200 %, a small tablet, where columns are dropped
WIDTHS = (320, 640, 769, 900)
ZOOMED = Look(640, "light")
# px of a small phone's screen that a mail program leaves to the letter
FOLD = 480


def test_every_page_template_has_a_screen() -> None:
    pages = {path.stem for path in (templates_folder() / "web").glob("*.html")}
    assert {screen.template for screen in SCREENS} == pages - PARTS


@pytest.mark.parametrize("share", range(SHARES))
async def test_every_page_is_accessible_and_fits_in_every_look(tmp_path: Path, share: int) -> None:
    axe = load_axe()
    async with open_house_world(tmp_path) as world, open_chromium() as browser:
        scene = await furnish(world)
        assert await _tour(browser, scene, SCREENS[share::SHARES], axe) == []


async def test_every_letter_is_accessible_and_fits_in_every_look(tmp_path: Path) -> None:
    axe = load_axe()
    async with open_house_world(tmp_path) as world, open_chromium() as browser:
        templates = world.office.templates
        with mock.patch.object(templates, "render", wraps=templates.render) as render:
            scene = await furnish(world)
        kinds = {path.stem for path in (templates_folder() / "mail").glob("*.txt")} - SHARED
        assert {f"mail/{kind}.html" for kind in kinds} <= {c.args[0] for c in render.call_args_list}
        assert await _read(await browser.new_page(), scene, LETTERS, axe) == []


async def test_logo_and_colour_of_a_business_change_nothing_in_that(tmp_path: Path) -> None:
    axe = load_axe()
    async with open_branded_world(tmp_path) as world, open_chromium() as browser:
        scene = await furnish_branded(world)
        assert await _tour(browser, scene, BRANDED, axe) == []
        assert await _read(await browser.new_page(), scene, BRANDED_LETTERS, axe) == []


async def test_a_logo_in_a_letter_is_seen_and_has_its_name(tmp_path: Path) -> None:
    axe = load_axe()
    async with open_branded_world(tmp_path, "logo.png") as world, open_chromium() as browser:
        scene = await furnish_branded(world)
        page = await browser.new_page()
        assert await _read(page, scene, PICTURED_LETTERS, axe) == []
        logo = page.get_by_role("img", name="Example Ltd")
        assert await logo.evaluate("img => [img.naturalWidth, img.width]") == [1000, 240]


async def test_amount_due_date_and_button_are_seen_on_a_phone_before_anything_is_scrolled(
    tmp_path: Path,
) -> None:
    async with open_branded_world(tmp_path, "logo.png") as world, open_chromium() as browser:
        scene = await furnish_branded(world)
        page = await browser.new_page()
        for html in show_letters(scene, PICTURED_LETTERS).values():
            await page.set_content(html)
            for width in (320, 375):
                await Look(width, "light").put_on(page)
                for place in (".figure", ".figure + .small", ".button"):
                    box = await page.locator(place).bounding_box()
                    assert box
                    assert box["y"] + box["height"] < FOLD


async def test_the_demos_own_pages_are_accessible_and_fit_too(tmp_path: Path) -> None:
    axe = load_axe()
    faults = []
    async with open_chromium() as browser:
        async for name, page in walk_demo(browser, tmp_path):
            faults += [f"{name} {fault}" for fault in await _examine(page, axe)]
    assert faults == []


async def _tour(browser: Browser, scene: Scene, screens: Sequence[Screen], axe: str) -> list[str]:
    faults = []
    async for screen, page in walk(browser, scene, screens):
        found = await _examine(page, axe)
        await ZOOMED.put_on(page)
        found += await find_keyboard_faults(page)
        faults += [f"{screen.name} {fault}" for fault in found]
    return faults


async def _read(page: Page, scene: Scene, letters: Mapping[str, str], axe: str) -> list[str]:
    faults = []
    for name, html in show_letters(scene, letters).items():
        await page.set_content(html)
        faults += [f"{name} {fault}" for fault in await _examine(page, axe, STANDARDS)]
    return faults


async def _examine(page: Page, axe: str, rules: Sequence[str] = ()) -> list[str]:
    faults = []
    for look in LOOKS:
        await look.put_on(page)
        # the dark scheme changes colours and nothing else
        asked = rules if look.scheme == "light" else ("color-contrast",)
        faults += [f"{look}: {fault}" for fault in await find_violations(page, axe, asked)]
        faults += await _measure(page, look.width)
    for width in WIDTHS:
        await Look(width, "light").put_on(page)
        faults += await _measure(page, width)
    return faults


async def _measure(page: Page, width: int) -> list[str]:
    wide = await page.evaluate("document.documentElement.scrollWidth")
    return [f"{wide} px wide on {width}"] if wide > width else []
