"""Walking through a catalogue of pages in a real browser, each in every look it may have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal
from unittest import mock

from playwright.async_api import Browser, BrowserContext, Page, StorageState

from maild.web.shelf import Shelf
from tests.screens.scene import Scene


@dataclass(frozen=True)
class Look:
    """A width in pixels and a colour scheme."""

    width: int
    scheme: Literal["light", "dark"]

    def __str__(self) -> str:
        device = "phone" if self.width < 600 else "desktop"
        return f"{device}-{self.scheme}"

    async def put_on(self, page: Page) -> None:
        """Show a page in this look."""
        await page.emulate_media(color_scheme=self.scheme)
        await page.set_viewport_size({"width": self.width, "height": 800})
        await page.evaluate(_PAINTED)


LOOKS = tuple(Look(width, scheme) for width in (1280, 375) for scheme in ("light", "dark"))

_PATIENCE = 10_000  # ms
# what is laid out anew is on the screen two frames later
_PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

Enter = Callable[[Scene, Page], Awaitable[None]]


@dataclass(frozen=True)
class Screen:
    """A page of the client area: its template, who sees it, its path, and what they do there."""

    name: str
    template: str
    enter: Enter
    path: str = ""
    act: Enter | None = None


async def walk(
    browser: Browser, scene: Scene, screens: Iterable[Screen]
) -> AsyncIterator[tuple[Screen, Page]]:
    """Open each screen in a browser of its own; fail where its template does not come up."""
    entered: dict[Enter, StorageState] = {}
    for screen in screens:
        if screen.enter not in entered:
            entered[screen.enter] = await _enter(browser, scene, screen.enter)
        context = await browser.new_context(storage_state=entered[screen.enter])
        context.set_default_timeout(_PATIENCE)
        page = await context.new_page()
        templates = scene.world.office.templates
        with (
            # a page that was kept would not be written
            mock.patch.object(Shelf, "find", return_value=None),
            mock.patch.object(templates, "render", wraps=templates.render) as render,
        ):
            await _open(scene, page, screen)
        names = [call.args[0] for call in render.call_args_list]
        assert f"web/{screen.template}.html" in names, f"{screen.name} shows {names}"
        yield screen, page
        await context.close()


async def _enter(browser: Browser, scene: Scene, enter: Enter) -> StorageState:
    context: BrowserContext = await browser.new_context()
    await enter(scene, await context.new_page())
    state = await context.storage_state()
    await context.close()
    return state


async def _open(scene: Scene, page: Page, screen: Screen) -> None:
    if screen.path:
        await page.goto(scene.base + screen.path)
    if screen.act:
        await screen.act(scene, page)
