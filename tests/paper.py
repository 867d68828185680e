"""A press without ink: tests that do not look at a PDF need not wait for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from maild.errors import BadTemplate
from maild.press import Press
from tests.world import HouseWorld

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


def without_ink(house: HouseWorld) -> HouseWorld:
    """Give a world in process a press that costs nothing."""
    house.office = replace(house.office, press=PaperPress())
    return house
