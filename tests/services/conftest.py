"""A shop: the world in process, whose documents cost no ink, and its first customer."""

from __future__ import annotations

import pytest

from tests.paper import without_ink
from tests.world import HouseWorld


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """A world with the client ACME and its contact Jane."""
    without_ink(house)
    await house.client("Acme Ltd", "jane@acme.example")
    return house
