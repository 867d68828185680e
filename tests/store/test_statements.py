"""The run itself fails when anything that it asked of a store reads all of what grows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.plans import explain_sqlite
from tests.statements import Growth, overhear

SCAN = "SELECT id FROM letters WHERE subject = $1"


class _Engine:
    async def rows(self, sql: str, *values: object) -> list[object]:
        return [sql, *values]


def finish(plugin: Growth, **more: Any) -> int:
    """Let a session end, and return its exit status."""
    session: Any = SimpleNamespace(config=SimpleNamespace(**more), exitstatus=pytest.ExitCode.OK)
    plugin.pytest_sessionfinish(session)
    return int(session.exitstatus)


def test_run_fails_for_a_scan_that_any_worker_executed() -> None:
    worker, controller = (Growth({"SQLite": explain_sqlite}) for _ in range(2))
    worker.heard["SQLite"].add(SCAN)
    told: dict[str, Any] = {}
    assert finish(worker, workeroutput=told) == 0
    controller.pytest_testnodedown(SimpleNamespace(workeroutput=told))
    assert finish(controller) == 1


def test_run_succeeds_where_all_go_along_an_index() -> None:
    plugin = Growth({"SQLite": explain_sqlite})
    plugin.heard["SQLite"].add("SELECT id FROM letters WHERE id = $1")
    assert finish(plugin) == 0


def test_what_the_store_asks_is_heard_and_what_a_test_asks_is_not() -> None:
    heard: set[str] = set()

    class Engine(_Engine):
        pass

    overhear(Engine, heard)
    asked = {"__name__": "maild.store.letters", "engine": Engine()}
    for name, sql in (("maild.store.letters", "a"), ("maild.store.sqlite", "b"), (__name__, "c")):
        exec(f"engine.rows({sql!r}).close()", asked | {"__name__": name})
    assert heard == {"a"}


def test_this_very_run_listens(pytestconfig: pytest.Config) -> None:
    assert isinstance(pytestconfig.pluginmanager.get_plugin("growth"), Growth)
