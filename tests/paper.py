"""A press without ink: tests that do not look at a PDF need not wait for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from maild.errors import BadTemplate
from maild.press import Press
from tests.world import World

WorldT = TypeVar("WorldT", bound=World)
PAGE = b"%PDF-1.7\n%%EOF\n"


class PaperPress(Press):
    """Prints one and the same page at once, or fails as told."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False

    async def print(self, layout: Path, data: Mapping[str, object]) -> bytes:
        """Return the page."""
        if self.broken:
            raise BadTemplate("pdf/document.typ:3: unknown variable")
        return PAGE


def without_ink(world: WorldT) -> WorldT:
    """Give a world a press that costs nothing for what it issues."""
    world.office = replace(world.office, press=PaperPress())
    return world
