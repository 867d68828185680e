"""The scenarios, a file each for those that belong together."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.bench.scenario import Scenario


def find_scenarios() -> dict[str, Scenario]:
    """Return all scenarios by name: the `SCENARIOS` of every module in this folder."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return {scenario.name: scenario for module in modules for scenario in module.SCENARIOS}
