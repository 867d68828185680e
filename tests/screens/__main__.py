"""`python -m tests.screens [FOLDER [NAME]]`: every page and letter in every look, and on paper."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog
from playwright.async_api import Browser, Page

from tests.browser import open_chromium
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
from tests.screens.tour import LOOKS, Screen, walk
from tests.world import open_house_world

_FRAME_PATIENCE = 500  # ms
# what people print
_PRINTED = {"document", "home", "list", "statement"}


class Camera:
    """Takes pictures of what has a name that begins as wanted, and says how far it is."""

    def __init__(self, browser: Browser, folder: Path, wanted: str) -> None:
        self.browser = browser
        self._folder = folder
        self._wanted = wanted
        self._count = 0

    def wants(self, name: str) -> bool:
        """Whether a picture is to be taken."""
        return name.startswith(self._wanted)

    def wants_some(self, name: str) -> bool:
        """Whether there may be a picture to take among those whose names begin so."""
        return self.wants(name) or self._wanted.startswith(name)

    async def shoot(self, page: Page, name: str) -> None:
        """Write a picture of the page in each look."""
        self._count += 1
        print(f"{self._count:3}  {name}", flush=True)
        for look in LOOKS:
            await look.put_on(page)
            if len(page.frames) > 1:
                # nothing tells when a frame without scripts has been painted
                await page.wait_for_timeout(_FRAME_PATIENCE)
            path = self._folder / f"{name}.{look}.png"
            await page.screenshot(path=path, full_page=True, animations="disabled")

    async def print(self, page: Page, name: str) -> None:
        """Write the page as it comes out of the browser's printer, and the PDF it offers."""
        await page.emulate_media(color_scheme="light")
        await page.pdf(path=self._folder / f"{name}.paper.pdf", format="A4")
        offered = page.get_by_role("link", name="Download PDF")
        if await offered.count():
            answer = await page.request.get(await offered.evaluate("link => link.href"))
            (self._folder / f"{name}.offered.pdf").write_bytes(await answer.body())


async def take_pictures(camera: Camera) -> None:
    """Visit a plain business, a branded one, and the demo."""
    with tempfile.TemporaryDirectory() as place:
        async with open_house_world(Path(place)) as world:
            await _visit(camera, await furnish(world), SCREENS, LETTERS)
    with tempfile.TemporaryDirectory() as place:
        async with open_branded_world(Path(place)) as world:
            await _visit(camera, await furnish_branded(world), BRANDED, BRANDED_LETTERS)
    with tempfile.TemporaryDirectory() as place:
        async with open_branded_world(Path(place), "logo.png") as world:
            await _visit(camera, await furnish_branded(world), (), PICTURED_LETTERS)
    if camera.wants_some("demo"):
        with tempfile.TemporaryDirectory() as place:
            async for name, page in walk_demo(camera.browser, Path(place)):
                if camera.wants(name):
                    await camera.shoot(page, name)


async def _visit(
    camera: Camera, scene: Scene, screens: tuple[Screen, ...], letters: dict[str, str]
) -> None:
    wanted = [screen for screen in screens if camera.wants(screen.name)]
    async for screen, page in walk(camera.browser, scene, wanted):
        await camera.shoot(page, screen.name)
        if screen.template in _PRINTED:
            await camera.print(page, screen.name)
    page = await camera.browser.new_page()
    for name, html in show_letters(scene, letters).items():
        if camera.wants(name):
            await page.set_content(html)
            await camera.shoot(page, name)


async def run(folder: Path, wanted: str) -> None:
    """Write the pictures of everything whose name begins as wanted into a folder."""
    async with open_chromium() as browser:
        await take_pictures(Camera(browser, folder, wanted))


def main() -> None:
    """Read the arguments: a folder (default: `screens`), and how the names wanted begin."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "screens")
    folder.mkdir(parents=True, exist_ok=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(run(folder, sys.argv[2] if len(sys.argv) > 2 else ""))
    print(f"done: {folder.resolve()}")


if __name__ == "__main__":
    main()
