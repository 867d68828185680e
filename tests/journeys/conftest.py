"""The daemon that strangers are let loose on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.paper import without_ink
from tests.world import SocketWorld, open_socket_world


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[SocketWorld]:
    """The daemon, with nobody on record yet."""
    async with open_socket_world(tmp_path) as daemon:
        yield without_ink(daemon)
