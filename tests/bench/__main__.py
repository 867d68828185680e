"""Measures maild beside what people would use instead.

python -m tests.bench in-new out-text --rounds 5 --json tests/bench/latest.json
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import click

from tests.bench.machine import look_around
from tests.bench.report import keep, write_markdown, write_text
from tests.bench.rounds import Result, run_scenario
from tests.bench.scenario import Scenario
from tests.bench.scenarios import find_scenarios


@click.command()
@click.argument("names", metavar="SCENARIO…", nargs=-1)
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--scale", default=1.0, show_default=True, help="Make every round so much larger.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Keep the results in a file.")
@click.option("--list", "listing", is_flag=True, help="Name all scenarios and their contenders.")
@click.option("--table", type=click.Path(path_type=Path, exists=True), help="Show a file as table.")
def main(
    names: tuple[str, ...],
    rounds: int,
    scale: float,
    file: Path | None,
    listing: bool,
    table: Path | None,
) -> None:
    """Measure the scenarios named, or all of them."""
    known = find_scenarios()
    if table:
        print(write_markdown(json.loads(table.read_text())))
    elif listing:
        print("\n".join(_describe(scenario) for scenario in known.values()))
    else:
        results = _measure(_choose(known, names), rounds, scale, file)
        sys.exit(1 if any(result.faults for result in results) else 0)


def _choose(known: Mapping[str, Scenario], names: Sequence[str]) -> list[Scenario]:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in names or known]


def _measure(
    scenarios: Sequence[Scenario], rounds: int, scale: float, file: Path | None
) -> list[Result]:
    """Measure one after the other; each is told and kept as soon as it is done."""
    results = []
    for scenario in scenarios:
        with tempfile.TemporaryDirectory(prefix="maild-bench-") as name:
            folder = Path(name)
            # a mail server's processes give up their rights, and have to get through
            folder.chmod(0o755)
            look = partial(look_around, folder)
            result = run_scenario(scenario, folder, rounds, look, _tell, scale)
        print(write_text(result), end="\n\n", flush=True)
        results.append(result)
        if file:
            keep(file, results)
    return results


def _describe(scenario: Scenario) -> str:
    lines = [f"{scenario.name}: {scenario.about}"]
    for contender in scenario.contenders:
        lack = contender.lacks()
        lines.append(f"  {contender.name}" + (f" ({lack})" if lack else ""))
    return "\n".join(lines)


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    # so that everything started is ended, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
