"""Every statement that the suite executes, gathered from all its workers and explained at the end.

Of the statements that the store's modules put to an engine each worker keeps a set, which it hands
to the controller when it is done. What the tests ask for themselves is not among them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.plans import Explain, list_explainable

# they pass on what others ask, and what they ask themselves is about the engine
_ENGINES = ("maild.store.sqlite", "maild.store.group", "maild.store.postgres")
# a copy is of everything, and goes along each table's key
_COPYING = ("maild.store.copying", "maild.store.pages", "maild.store.tables")
_STORE = "maild.store."


def overhear(kind: type, heard: set[str]) -> None:
    """Have statements that the store puts to connections of a kind added to a set."""
    for name in ("rows", "execute"):
        if hasattr(kind, name):
            setattr(kind, name, _listening(getattr(kind, name), heard))


def _listening(run: Callable[..., Any], heard: set[str]) -> Callable[..., Any]:
    # no coroutine, so that the frame before this one is the caller's
    def listening(self: object, sql: str, *values: object) -> Any:
        asker = sys._getframe(1).f_globals["__name__"]
        if asker.startswith(_STORE) and not asker.startswith(_ENGINES + _COPYING):
            heard.add(sql)
        return run(self, sql, *values)

    return listening


class Growth:
    """A plugin: the run fails if any statement that was executed reads all of what grows."""

    def __init__(self, explain: Mapping[str, Explain]) -> None:
        self.heard: dict[str, set[str]] = {engine: set() for engine in explain}
        self._explain = explain
        self._found: dict[str, Mapping[str, list[str]]] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker has heard."""
        told = getattr(node, "workeroutput", {}).get("statements", {})
        for engine, statements in told.items():
            self.heard[engine].update(statements)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over what was heard or, in the controller, explain all of it."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["statements"] = {name: sorted(heard) for name, heard in self.heard.items()}
            return
        for engine, heard in self.heard.items():
            if heard:
                self._found[engine] = self._explain[engine](list_explainable(heard))
        if any(self._found.values()) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name each statement that grows, and how each engine goes about it."""
        for engine, found in self._found.items():
            for sql, steps in found.items():
                terminalreporter.section(f"{engine} reads more as the store grows")
                terminalreporter.write_line(sql)
                for step in steps:
                    terminalreporter.write_line(f"    {step}", red=True)
