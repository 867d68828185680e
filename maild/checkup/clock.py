"""The clock: what other clocks said while we spoke to their servers."""

from __future__ import annotations

from collections.abc import Sequence

from maild.checkup.verdicts import Reading, Verdict, fault, ok, unseen, warn
from maild.clock import MINUTE, SECOND

# an answer may take so long, and is told in whole seconds
_SLACK = 10 * SECOND
_FAR = 5 * MINUTE


def judge_clock(readings: Sequence[Reading]) -> Verdict:
    """Return how far our clock is from those of others: links and passwords end by it."""
    if not readings:
        return unseen("clock", "no server told what time it is")
    worst = max(readings, key=lambda one: abs(one.ours - one.told))
    off = abs(worst.ours - worst.told)
    if off <= _SLACK:
        return ok("clock", f"the clock agrees with that of {worst.who}")
    way = "ahead of" if worst.ours > worst.told else "behind"
    text = f"the clock is {off // SECOND} seconds {way} that of {worst.who}"
    grade = fault if off >= _FAR else warn
    return grade("clock", text, "let the system keep time: timedatectl set-ntp true")
