"""A customer who cannot get in: from their reply to the answer at the relay, in an idle daemon."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.bench.house import House, open_house
from tests.bench.machine import cpu_seconds
from tests.bench.people import LIFTED, Correspondents, TimedSink, open_timed_sink
from tests.bench.scenario import Contender, Goal, Outcome, Round, Scenario, need_equal
from tests.mails import Mail, answer_to

_WORDS = "I can't log in, it won't take my password."
_REST = 0.05
_DECIDED = "SELECT count(*) FROM replies WHERE state = 'settled' AND action = 'reissue'"


def _open(folder: Path) -> AbstractContextManager[Round]:
    return _rounds(folder)


@contextmanager
def _rounds(folder: Path) -> Iterator[Round]:
    with open_timed_sink(folder) as sink, open_house(folder, relay=sink.url) as house:
        people = Correspondents(house, sink)
        house.child.ask(do="lift")

        def play(items: int) -> Outcome:
            return _ask_all(house, sink, people.meet(items))

        yield play


def _ask_all(house: House, sink: TimedSink, letters: list[Mail]) -> Outcome:
    decided, computed = house.query(_DECIDED)[0][0], cpu_seconds(house.child.pid)
    waits = sorted(_ask(house, sink, letter) for letter in letters)
    cpu = cpu_seconds(house.child.pid) - computed
    need_equal("replies answered", house.query(_DECIDED)[0][0] - decided, len(letters))
    more = {"p50_ms": waits[len(waits) // 2], "p99_ms": waits[int(0.99 * len(waits))]}
    return Outcome(len(letters), sum(waits) / 1e3, cpu, more)


def _ask(house: House, sink: TimedSink, letter: Mail) -> float:
    """Return the milliseconds from connecting with the reply to the last dot of the answer."""
    content = answer_to(letter, _WORDS, message_id=f"<{letter.reply_to}>")
    before = sink.count
    # the daemon is to be idle again when the next one comes
    time.sleep(_REST)
    started = time.monotonic()
    with smtplib.SMTP("127.0.0.1", house.smtp_port) as door:
        door.sendmail(letter.recipient, [letter.reply_to], content)
        sink.wait_for(before + 1)
    answer = sink.arrivals(before)[0]
    need_equal("the answer's recipient", answer.mail.recipient, letter.recipient)
    need_equal("a password in it", bool(answer.mail.password), True)
    house.child.ask(do="rest")
    return 1e3 * (answer.at - started)


SCENARIOS = (
    Scenario(
        name="reply",
        about=f'"can\'t log in", from the reply to the answer at the relay, one by one; {LIFTED}',
        items=40,
        contenders=(Contender("maild", _open),),
        goals=(
            Goal("ms, half of them", "maild", measure="p50_ms", most=150),
            Goal("ms, all but 1 %", "maild", measure="p99_ms", most=400),
        ),
    ),
)
