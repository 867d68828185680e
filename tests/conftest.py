"""Fixtures every test may use."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from maild.store.sqlite import SqliteDatabase, _Connection
from tests.plans import explain_sqlite
from tests.statements import Growth, overhear
from tests.world import HouseWorld, World, open_house_world, open_socket_world

# how long one example takes says nothing on a busy machine; CI looks longer
settings.register_profile("here", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=300)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# whoever runs the tests in the background ignores interrupts, and so would all that they start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Listen to what the store asks, and fail the run if any of it grows with the store."""
    growth = Growth({"SQLite": explain_sqlite})
    for kind in (SqliteDatabase, _Connection):
        overhear(kind, growth.heard)
    config.pluginmanager.register(growth, "growth")


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
