"""The rounds: every contender in turn, again and again, so that all meet the same weather."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.machine import Conditions
from tests.bench.scenario import Contender, Goal, Mismatch, Outcome, Round, Scenario

_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Spread:
    """A median and the range around it."""

    median: float
    least: float
    most: float


@dataclass(slots=True)
class Result:
    """What came of a scenario.

    `outcomes` has one entry a round for each contender, None where the round did not count;
    `counted` what was counted once; `missing` why a contender is not there, `faults` what went
    wrong with one that is.
    """

    scenario: Scenario
    conditions: list[Conditions] = field(default_factory=list)
    outcomes: dict[str, list[Outcome | None]] = field(default_factory=dict)
    counted: dict[str, dict[str, float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def spread(self, name: str, measure: str) -> Spread | None:
        """Return a number of a contender over all rounds, or None if there is none."""
        if measure in self.counted.get(name, {}):
            return _spread([self.counted[name][measure]])
        return _spread([n for n in self._numbers(name, measure) if n is not None])

    def ratio(self, goal: Goal) -> Spread | None:
        """Return what a goal speaks of: a number, or its ratio to another's in the same round."""
        if not goal.to:
            return self.spread(goal.of, goal.measure)
        pairs = zip(
            self._numbers(goal.of, goal.measure),
            self._numbers(goal.to, goal.measure),
            strict=False,
        )
        return _spread([a / b for a, b in pairs if a is not None and b])

    def _numbers(self, name: str, measure: str) -> list[float | None]:
        outcomes = self.outcomes.get(name, [])
        return [outcome.numbers.get(measure) if outcome else None for outcome in outcomes]


def run_scenario(
    scenario: Scenario,
    folder: Path,
    rounds: int,
    look: Callable[[], Conditions],
    tell: Callable[[str], None],
    scale: float = 1.0,
) -> Result:
    """Take all contenders that are here through so many rounds, each warmed up before.

    `look` says what a round begins under, `tell` hears of the progress; `scale` makes a round
    larger or smaller.
    """
    result = Result(scenario)
    with ExitStack() as stack:
        ready = _make_ready(stack, result, folder, tell, scale)
        for number in range(1, rounds + 1):
            conditions = look()
            result.conditions.append(conditions)
            noise = f" (noisy: {conditions.background:.2f} cores)" if conditions.noisy else ""
            tell(f"{scenario.name}: round {number} of {rounds}{noise}")
            for contender, play in ready:
                outcome = _play(result, contender, play, _items(scenario, contender, scale))
                result.outcomes[contender.name].append(outcome)
                if outcome:
                    tell(f"  {contender.name}: {outcome.numbers['rate']:,.0f}/s")
    return result


def _make_ready(
    stack: ExitStack, result: Result, folder: Path, tell: Callable[[str], None], scale: float
) -> list[tuple[Contender, Round]]:
    """Open and warm up who is here; who is missing, or cannot begin, is named."""
    ready = []
    for number, contender in enumerate(result.scenario.contenders):
        if lack := contender.lacks():
            result.missing[contender.name] = lack
            tell(f"{result.scenario.name}: without {contender.name}, which {lack}")
            continue
        tell(f"{result.scenario.name}: warming up {contender.name}")
        own = folder / str(number)
        own.mkdir()
        try:
            if contender.count:
                result.counted[contender.name] = dict(contender.count(own))
            play = stack.enter_context(contender.open(own))
        except Exception as error:
            _note(result, contender, error)
            continue
        warm = max(1, _items(result.scenario, contender, scale) // _WARM_UP)
        if _play(result, contender, play, warm):
            result.outcomes[contender.name] = []
            ready.append((contender, play))
    return ready


def _items(scenario: Scenario, contender: Contender, scale: float) -> int:
    return max(1, round(scenario.items * contender.share * scale))


def _play(result: Result, contender: Contender, play: Round, items: int) -> Outcome | None:
    """Return what came of a round, or None where it does not count, with the fault noted."""
    try:
        outcome = play(items)
        if outcome.items != items:
            raise Mismatch(f"{outcome.items} of {items} items were done")
    except Exception as error:
        _note(result, contender, error)
        return None
    return outcome


def _note(result: Result, contender: Contender, error: Exception) -> None:
    kind = "" if isinstance(error, Mismatch) else f"{type(error).__name__}: "
    result.faults.append(f"{contender.name}: {kind}{error}")


def _spread(numbers: Sequence[float]) -> Spread | None:
    return Spread(median(numbers), min(numbers), max(numbers)) if numbers else None
