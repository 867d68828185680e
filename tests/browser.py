"""A real browser: Debian's Chromium, driven by playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

_QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    """Start Chromium; where there is none, fail in CI and skip elsewhere."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None and os.environ.get("CI"):
        pytest.fail("CI needs a browser: apt-get install chromium")
    if path is None:
        pytest.skip("no chromium here: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_QUIET)
        try:
            yield browser
        finally:
            await browser.close()
