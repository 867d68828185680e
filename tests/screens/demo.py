"""The demo's own pages: everybody's mail, a letter in its three views, what became of answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.demo.stage import Stage, open_stage

JANE = "jane@acme.example"


async def walk_demo(browser: Browser, folder: Path) -> AsyncIterator[tuple[str, Page]]:
    """Run a demo and show its pages, each with its name."""
    async with open_stage(folder) as stage:
        page = await browser.new_page()
        letter = await stage.path_of(JANE)
        yield await _open(page, stage, "/"), page
        yield await _open(page, stage, letter, "demo-letter"), page
        yield await _open(page, stage, f"{letter}?view=text", "demo-letter-text"), page
        yield await _open(page, stage, f"{letter}?view=source", "demo-letter-source"), page
        for words in ("I can't log in", "Is this for me?"):
            await stage.answer(letter, text=words)
        await stage.until(_all_settled)
        yield await _open(page, stage, "/", "demo-answers"), page
        yield await _open(page, stage, await stage.path_of(JANE), "demo-way-in"), page
        yield await _open(page, stage, "/letters/none", "demo-refused"), page


async def _open(page: Page, stage: Stage, path: str, name: str = "demo-mailbox") -> str:
    await page.goto(stage.url + path)
    return name


def _all_settled(mailbox: dict[str, object]) -> bool:
    found = mailbox["replies"]
    assert isinstance(found, list)
    return len(found) == 2 and all(reply["did"] for reply in found)
