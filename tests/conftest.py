"""Fixtures every test may use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import HouseWorld, World, open_house_world, open_socket_world


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HouseWorld]:
    """A world in process."""
    async with open_house_world(tmp_path) as world:
        yield world


@pytest.fixture(params=["in process", "over sockets"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A world in both its forms: what holds in one must hold in the other."""
    opened = open_house_world if request.param == "in process" else open_socket_world
    async with opened(tmp_path) as world:
        yield world
