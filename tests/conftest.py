"""Fixtures every test may use."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Cluster, run_cluster
from tests.world import STORE, HouseWorld, World, open_house_world, open_socket_world

# whose tests hold on both engines: wherever the store decides
TWICE = (
    "tests.access.",
    "tests.services.",
    "tests.test_delivery",
    "tests.test_intake",
    "tests.test_intake_faults",
    "tests.test_nodes",
    "tests.web.test_login",
    "tests.journeys.test_reply",
    "tests.journeys.test_area",
)

# how long one example takes says nothing on a busy machine; CI looks longer
settings.register_profile("here", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=300)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# whoever runs the tests in the background ignores interrupts, and so would all that they start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on both engines what holds on both."""
    if "engine" in metafunc.fixturenames and metafunc.module.__name__.startswith(TWICE):
        metafunc.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this process of tests."""
    with run_cluster() as running:
        yield running


@pytest.fixture
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The engine that keeps the stores of a test: SQLite, unless the test runs on both."""
    name: str = getattr(request, "param", "sqlite")
    if name == "sqlite":
        yield name
        return
    server: Cluster = request.getfixturevalue("cluster")
    monkeypatch.setenv(STORE, server.empty())
    yield name


@pytest.fixture
async def house(tmp_path: Path, engine: str) -> AsyncIterator[HouseWorld]:
    """A world in process."""
    async with open_house_world(tmp_path) as world:
        yield world


@pytest.fixture(params=["in process", "over sockets"])
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> AsyncIterator[World]:
    """A world in both its forms: what holds in one must hold in the other."""
    opened = open_house_world if request.param == "in process" else open_socket_world
    async with opened(tmp_path) as world:
        yield world
