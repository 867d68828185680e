"""`python -m tests.screens [FOLDER]`: a picture of every page and letter, in every look."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog
from playwright.async_api import Browser, Page

from tests.browser import open_chromium
from tests.screens.pages import SCREENS
from tests.screens.post import show_letters
from tests.screens.scene import Scene, furnish
from tests.screens.tour import LOOKS, walk
from tests.world import open_house_world


async def take_pictures(folder: Path, wanted: str) -> None:
    """Write the pictures of all screens whose name begins as wanted, and say how far it is."""
    screens = [screen for screen in SCREENS if screen.name.startswith(wanted)]
    with tempfile.TemporaryDirectory() as place:
        async with open_house_world(Path(place)) as world, open_chromium() as browser:
            scene = await furnish(world)
            count = 0
            async for screen, page in walk(browser, scene, screens):
                count += 1
                print(f"{count:3} of {len(screens)}  {screen.name}", flush=True)
                await _shoot(page, folder, screen.name)
            await _shoot_letters(browser, scene, folder, wanted)


async def _shoot_letters(browser: Browser, scene: Scene, folder: Path, wanted: str) -> None:
    page = await browser.new_page()
    for name, html in show_letters(scene).items():
        if name.startswith(wanted):
            print(f"    letter  {name}", flush=True)
            await page.set_content(html)
            await _shoot(page, folder, name)


async def _shoot(page: Page, folder: Path, name: str) -> None:
    for look in LOOKS:
        await look.put_on(page)
        await page.screenshot(path=folder / f"{name}.{look}.png", full_page=True)


def main() -> None:
    """Read the arguments: a folder (default: `screens`), and how the names wanted begin."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "screens")
    folder.mkdir(parents=True, exist_ok=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(take_pictures(folder, sys.argv[2] if len(sys.argv) > 2 else ""))
    print(f"done: {folder.resolve()}")


if __name__ == "__main__":
    main()
