"""What the bench has to say: a table to read, JSON to keep, and the table of the README."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.rounds import Result, Spread
from tests.bench.scenario import Goal


def write_text(result: Result) -> str:
    """Return a scenario's results as a table to read."""
    scenario = result.scenario
    width = max(len(contender.name) for contender in scenario.contenders)
    lines = [f"{scenario.name}: {scenario.about}", *_weather(result)]
    for contender in scenario.contenders:
        name = contender.name
        if name in result.missing:
            lines.append(f"  {name:<{width}}  not here: {result.missing[name]}")
        elif rate := result.spread(name, "rate"):
            lines.append(f"  {name:<{width}}  {_figures(result, name, rate)}")
    lines += [f"  goal: {_judge(result, goal)}" for goal in scenario.goals]
    lines += [f"  FAULT {fault}" for fault in result.faults]
    return "\n".join(lines)


def _weather(result: Result) -> Iterator[str]:
    if found := result.conditions:
        noisy = sum(one.noisy for one in found)
        yield (
            f"  {len(found)} rounds, {noisy} noisy; background "
            f"{median(one.background for one in found):.2f} cores, "
            f"F {median(one.syncs for one in found):,.0f} syncs/s"
        )


def _figures(result: Result, name: str, rate: Spread) -> str:
    words = f"{rate.median:>9,.0f}/s ({rate.least:,.0f} to {rate.most:,.0f})"
    if cpu := result.spread(name, "cpu_us"):
        words += f"  {cpu.median:,.0f} µs of CPU each"
    for measure in _others(result, name):
        if found := result.spread(name, measure):
            words += f"  {measure} {found.median:.3g}"
    return words


def _others(result: Result, name: str) -> list[str]:
    outcomes = [outcome for outcome in result.outcomes.get(name, []) if outcome]
    return [*result.counted.get(name, {}), *(outcomes[-1].more if outcomes else ())]


def _judge(result: Result, goal: Goal) -> str:
    found = result.ratio(goal)
    if found is None:
        return f"{goal.words} {goal.bound}: not measured"
    verdict = "reached" if goal.is_reached(found.median) else "MISSED"
    span = f" ({found.least:.3g} to {found.most:.3g})" if found.least != found.most else ""
    return f"{goal.words} {goal.bound}: {found.median:.3g}{span}, {verdict}"


def to_json(result: Result) -> dict[str, Any]:
    """Return a scenario's results ready for JSON, every round with its numbers."""
    return {
        "about": result.scenario.about,
        "commit": _commit(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "rounds": [asdict(one) | {"noisy": one.noisy} for one in result.conditions],
        "contenders": {
            name: {
                "rounds": [outcome and asdict(outcome) | outcome.numbers for outcome in outcomes],
                "counted": result.counted.get(name, {}),
            }
            for name, outcomes in result.outcomes.items()
        },
        "missing": result.missing,
        "faults": result.faults,
        "goals": [_goal_json(result, goal) for goal in result.scenario.goals],
    }


def _goal_json(result: Result, goal: Goal) -> dict[str, Any]:
    found = result.ratio(goal)
    return {
        "words": goal.words,
        "goal": goal.bound,
        "of": goal.of,
        "to": goal.to,
        "measure": goal.measure,
        "found": asdict(found) if found else None,
        "reached": goal.is_reached(found.median) if found else None,
    }


def keep(path: Path, results: Sequence[Result]) -> None:
    """Write results to a JSON file; what it has of other scenarios stays."""
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    known |= {result.scenario.name: to_json(result) for result in results}
    path.write_text(json.dumps(dict(sorted(known.items())), indent=1, ensure_ascii=False) + "\n")


def write_markdown(kept: Mapping[str, Any]) -> str:
    """Return the README's table of what a JSON file has kept."""
    lines = ["| scenario | what | goal | median (range) | |", "|---|---|--:|--:|---|"]
    for name, scenario in kept.items():
        lines += [_row(name, scenario, goal) for goal in scenario["goals"]]
    return "\n".join(lines)


def _row(name: str, scenario: Mapping[str, Any], goal: Mapping[str, Any]) -> str:
    found = goal["found"]
    if found is None:
        missing = scenario["missing"].get(goal["to"]) or scenario["missing"].get(goal["of"], "")
        return f"| `{name}` | {goal['words']} | {goal['goal']} | – | {missing or 'not measured'} |"
    figure = f"{found['median']:.3g}"
    if found["least"] != found["most"]:
        figure += f" ({found['least']:.3g} to {found['most']:.3g})"
    noisy = sum(one["noisy"] for one in scenario["rounds"])
    words = "reached" if goal["reached"] else "missed"
    words += f", {noisy} of {len(scenario['rounds'])} rounds noisy" if noisy else ""
    return f"| `{name}` | {goal['words']} | {goal['goal']} | {figure} | {words} |"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    here = Path(__file__).parent
    found = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    return found.stdout.strip()
