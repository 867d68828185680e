"""Replies that came in while nobody looked: decided and answered, until none waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.bench.child import wait_until
from tests.bench.house import House, open_house
from tests.bench.machine import cpu_seconds
from tests.bench.people import LIFTED, Correspondents, TimedSink, open_timed_sink, send_replies
from tests.bench.scenario import Contender, Goal, Outcome, Round, Scenario, need_equal
from tests.mails import Mail

# what each person writes, what is to come of it, and how many letters leave for it
_ASKED = (
    ("I can't log in, it won't take my password.", "settled", "reissue", 1),
    ("Could you please send me the invoice again?", "settled", "resend", 1),
    ("We paid this invoice last week.", "settled", "pause_reminders", 1),
    ("When will the spare parts be delivered, and by whom?", "held", "hold", 1),
)
_CAME = "SELECT count(*) FROM replies"
_WAITING = "SELECT 1 FROM replies WHERE settled_at IS NULL LIMIT 1"
_STANDS = "SELECT state, action, count(*) FROM replies GROUP BY state, action"
_DEADLINE = 600.0
# seldom enough to take nothing from what is measured, which lasts many seconds
_LOOK_SECONDS = 0.05
_Stand = dict[tuple[str, str], int]


def _open(folder: Path) -> AbstractContextManager[Round]:
    return _rounds(folder)


@contextmanager
def _rounds(folder: Path) -> Iterator[Round]:
    with open_timed_sink(folder) as sink, open_house(folder, relay=sink.url) as house:
        people = Correspondents(house, sink)
        house.child.ask(do="lift")

        def play(items: int) -> Outcome:
            letters = people.meet(-(-items // len(_ASKED)))
            return _work_off(house, sink, letters, items)

        yield play


def _work_off(house: House, sink: TimedSink, letters: list[Mail], items: int) -> Outcome:
    house.child.ask(do="hold", loop="intake")
    asked = [(letter, words) for letter in letters for words, *_ in _ASKED][:items]
    came, stood, answered = house.query(_CAME)[0][0], _read_stand(house), sink.count
    send_replies(house.smtp_port, asked)
    need_equal("replies that wait", house.query(_CAME)[0][0] - came, items)
    started, computed = time.perf_counter(), cpu_seconds(house.child.pid)
    house.child.ask(do="release", loop="intake")
    wait_until(lambda: _is_done(house), "the last reply", _DEADLINE)
    seconds = time.perf_counter() - started
    house.child.ask(do="rest")
    cpu = cpu_seconds(house.child.pid) - computed
    _check(house, sink, stood, items, answered)
    whole = time.perf_counter() - started
    return Outcome(items, seconds, cpu, {"answered_per_s": items / whole})


def _is_done(house: House) -> bool:
    time.sleep(_LOOK_SECONDS)
    return not house.query(_WAITING)


def _check(house: House, sink: TimedSink, stood: _Stand, items: int, answered: int) -> None:
    """Raise `Mismatch` unless each reply led to what it asks for, and each letter left."""
    expected, leaving = dict(stood), answered
    for number in range(items):
        _, state, action, letters = _ASKED[number % len(_ASKED)]
        expected[state, action] = expected.get((state, action), 0) + 1
        leaving += letters
    need_equal("what was decided", _read_stand(house), expected)
    sink.wait_for(leaving)
    need_equal("letters at the relay", sink.count, leaving)


def _read_stand(house: House) -> _Stand:
    return {(state, action): count for state, action, count in house.query(_STANDS)}


SCENARIOS = (
    Scenario(
        name="backlog",
        about="replies that wait, four kinds of request in turn, until the last is settled and "
        f"its letter queued; {LIFTED}",
        items=2000,
        contenders=(Contender("maild", _open),),
        goals=(
            Goal("decided a second", "maild", least=100),
            Goal("answered a second, at the relay", "maild", measure="answered_per_s", least=100),
        ),
    ),
)
