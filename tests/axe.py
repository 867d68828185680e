"""axe-core, the checker of accessible pages: fetched by npm once, kept outside the repository."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.async_api import Page

_RUN = """async (rules) => {
    // axe leaves out how large a thing is that must be hit (WCAG 2.2, 2.5.8) unless asked
    const asked = rules.length ? {runOnly: rules} : {rules: {'target-size': {enabled: true}}}
    const found = await axe.run(document, {resultTypes: ['violations'], ...asked})
    return found.violations.map(one => [one.id, ...one.nodes.map(node => node.html)].join(' | '))
}"""


def load_axe() -> str:
    """Return axe-core's source; where npm cannot bring it, fail in CI and skip elsewhere."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maild-tests"
    source = cache / "node_modules/axe-core/axe.min.js"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not source.exists():
            _install(cache)
    return source.read_text()


def _install(cache: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        _go_without("no npm here: apt-get install npm")
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(cache), "axe-core@4"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    if done.returncode:
        _go_without(f"npm could not install axe-core: {done.stderr[-500:]}")


def _go_without(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"CI needs axe-core: {reason}")
    pytest.skip(reason)


async def find_violations(page: Page, axe: str, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe-core finds wrong with a page as it is shown now, by all rules or by some."""
    if await page.evaluate("typeof axe") == "undefined":
        await page.evaluate(axe)
    violations: list[str] = await page.evaluate(_RUN, list(rules))
    return violations
