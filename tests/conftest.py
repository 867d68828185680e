"""Fixtures every test may use."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest
import uvloop
from hypothesis import settings

from maild.store.postgres import PostgresDatabase
from maild.store.postgres_session import PostgresSession
from maild.store.sqlite import SqliteDatabase, _Connection
from tests.plans import explain_postgres, explain_sqlite
from tests.postgres import Cluster, find_programs, run_cluster
from tests.statements import Growth, overhear
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

# how long one example takes says nothing on a busy machine; CI looks longer, and at the same
# examples each time, so that what it finds is of the change that it tests
settings.register_profile("here", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=300, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# whoever runs the tests in the background ignores interrupts, and so would all that they start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Listen to what the store asks, and fail the run if any of it grows with the store."""
    growth = Growth({"SQLite": explain_sqlite, "PostgreSQL": _explain_on_server})
    kinds: tuple[type, ...] = (SqliteDatabase, _Connection)
    for kind in kinds:
        overhear(kind, growth.heard["SQLite"])
    kinds = (PostgresDatabase, PostgresSession)
    for kind in kinds:
        overhear(kind, growth.heard["PostgreSQL"])
    config.pluginmanager.register(growth, "growth")


def _explain_on_server(statements: Iterable[str]) -> Mapping[str, list[str]]:
    with run_cluster() as cluster:
        return explain_postgres(cluster.empty(), statements)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on both engines what holds on both."""
    if "engine" in metafunc.fixturenames and metafunc.module.__name__.startswith(TWICE):
        metafunc.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this process of tests."""
    if find_programs() is None and not os.environ.get("CI"):
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with run_cluster() as running:
        yield running


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every test on the loop that the daemon runs on."""
    return {"uvloop": uvloop.new_event_loop}


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
