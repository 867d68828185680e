"""The bench's own logic: rounds in turn, medians, doubts, and no number without its check."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.bench.__main__ import main
from tests.bench.machine import Conditions, look_around
from tests.bench.report import keep, write_markdown, write_text
from tests.bench.rounds import Result, Spread, run_scenario
from tests.bench.scenario import (
    Contender,
    Goal,
    Mismatch,
    Opener,
    Outcome,
    Round,
    Scenario,
    need_equal,
    needs,
)
from tests.bench.scenarios import find_scenarios

QUIET = Conditions(background=0.02, steal=0.0, pressure=0.0, syncs=4000.0)
BUSY = Conditions(background=1.5, steal=0.0, pressure=0.3, syncs=300.0)


def contender(
    name: str,
    play: Callable[[int], Outcome] = lambda items: Outcome(items, 1.0, 0.5),
    *,
    lacks: str = "",
    count: Callable[[Path], Mapping[str, float]] | None = None,
) -> Contender:
    @contextmanager
    def opened(_: Path) -> Iterator[Round]:
        yield play

    opener: Opener = opened
    return Contender(name, opener, lambda: lacks, count=count)


def run(
    folder: Path, *contenders: Contender, goals: tuple[Goal, ...] = (), rounds: int = 3
) -> Result:
    scenario = Scenario("tiny", "next to nothing", 100, contenders, goals)
    weather = iter([QUIET, BUSY, QUIET])
    return run_scenario(scenario, folder, rounds, lambda: next(weather), lambda _: None)


def taking(*seconds: float) -> Callable[[int], Outcome]:
    """Return a round that takes so long each time, the warm-up first."""
    times = iter(seconds)
    return lambda items: Outcome(items, next(times), 0.1)


def failing_at(turn: int, fault: Exception) -> Callable[[int], Outcome]:
    turns = iter(range(100))

    def play(items: int) -> Outcome:
        if next(turns) == turn:
            raise fault
        return Outcome(items, 1.0, 0.1)

    return play


def test_all_warm_up_and_then_go_in_turn(tmp_path: Path) -> None:
    turns: list[tuple[str, int]] = []

    def noting(name: str) -> Contender:
        def play(items: int) -> Outcome:
            turns.append((name, items))
            return Outcome(items, 1.0, 0.1)

        return contender(name, play)

    run(tmp_path, noting("A"), noting("B"), rounds=2)
    assert turns == [("A", 10), ("B", 10), ("A", 100), ("B", 100), ("A", 100), ("B", 100)]


def test_a_ratio_is_taken_in_each_round_before_the_median(tmp_path: Path) -> None:
    goal = Goal("× B", "A", "B", least=2)
    slowing = contender("A", taking(1, 1, 2, 4))
    result = run(tmp_path, slowing, contender("B", taking(1, 3, 4, 20)), goals=(goal,))
    assert result.ratio(goal) == Spread(median=3, least=2, most=5)
    assert "× B ≥ 2: 3 (2 to 5), reached" in write_text(result)


def test_a_goal_may_be_a_number_that_must_stay_small(tmp_path: Path) -> None:
    goal = Goal("syncs a mail", "A", measure="syncs", most=0.25)
    counted = contender("A", count=lambda _: {"syncs": 0.5})
    assert "syncs a mail ≤ 0.25: 0.5, MISSED" in write_text(run(tmp_path, counted, goals=(goal,)))


def test_rounds_with_company_are_flagged(tmp_path: Path) -> None:
    result = run(tmp_path, contender("A"))
    assert [one.noisy for one in result.conditions] == [False, True, False]
    assert "3 rounds, 1 noisy" in write_text(result)


def test_a_round_whose_count_is_wrong_does_not_count(tmp_path: Path) -> None:
    short = contender("A", failing_at(2, Mismatch("rows: 99 arrived, 100 were sent")))
    result = run(tmp_path, short)
    assert [outcome is not None for outcome in result.outcomes["A"]] == [True, False, True]
    assert result.faults == ["A: rows: 99 arrived, 100 were sent"]
    assert "FAULT A: rows: 99 arrived" in write_text(result)


def test_who_does_fewer_items_than_asked_is_refused(tmp_path: Path) -> None:
    lazy = contender("A", lambda items: Outcome(items - 1, 1.0, 0.1))
    result = run(tmp_path, lazy)
    assert result.outcomes == {}
    assert result.faults == ["A: 9 of 10 items were done"]


def test_who_breaks_down_stops_no_other(tmp_path: Path) -> None:
    result = run(tmp_path, contender("A", failing_at(0, OSError("no port"))), contender("B"))
    assert list(result.outcomes) == ["B"]
    assert result.faults == ["A: OSError: no port"]


def test_who_is_missing_is_named(tmp_path: Path) -> None:
    goal = Goal("× B", "A", "B", least=2)
    result = run(tmp_path, contender("A"), contender("B", lacks="needs postfix"), goals=(goal,))
    text = write_text(result)
    assert "B  not here: needs postfix" in text
    assert "× B ≥ 2: not measured" in text


def test_programs_and_modules_are_looked_for() -> None:
    assert needs("sh", "module:json")() == ""
    assert needs("no-such-program", "module:no_such")() == "needs no-such-program, no_such"


def test_what_arrived_must_be_what_was_sent() -> None:
    need_equal("rows", 3, 3)
    with pytest.raises(Mismatch, match="rows: 2 arrived, 3 were sent"):
        need_equal("rows", 2, 3)


def test_the_file_keeps_other_scenarios_and_makes_the_table(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    file.write_text('{"other": {"goals": []}}')
    goal = Goal("× B", "A", "B", least=2)
    (tmp_path / "run").mkdir()
    keep(file, [run(tmp_path / "run", contender("A"), contender("B"), goals=(goal,))])
    kept = json.loads(file.read_text())
    assert list(kept) == ["other", "tiny"]
    assert kept["tiny"]["contenders"]["A"]["rounds"][0]["rate"] == 100
    row = "| `tiny` | × B | ≥ 2 | 1 | missed, 1 of 3 rounds noisy |"
    assert write_markdown(kept).splitlines()[-1] == row


def test_a_look_around_tries_the_disk(tmp_path: Path) -> None:
    seen = look_around(tmp_path)
    assert seen.syncs > 0
    assert seen.background >= 0
    assert not list(tmp_path.iterdir())


def test_every_scenario_has_its_contenders_and_goals_fit_them() -> None:
    for name, scenario in find_scenarios().items():
        contenders = {contender.name for contender in scenario.contenders}
        wanted = {goal.of for goal in scenario.goals} | {goal.to for goal in scenario.goals} - {""}
        assert wanted <= contenders, name


def test_a_real_scenario_runs_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    command = ["sign", "--rounds", "1", "--scale", "0.02", "--json", str(file)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert "CPU of dkimpy" in result.output
    assert set(json.loads(file.read_text())["sign"]["contenders"]) >= {"maild", "dkimpy"}


def test_an_unknown_scenario_is_refused() -> None:
    result = CliRunner().invoke(main, ["no-such"])
    assert result.exit_code == 2
    assert "no-such; there are" in result.output
