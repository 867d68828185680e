"""The house is killed in the middle of its work, again and again: nothing it promised is lost."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

from maild.access.throttle import HANDOFFS_IN_ALL
from maild.clock import HOUR, system_clock
from maild.delivery import deliver_due
from maild.intake import settle_due
from maild.office import Office, open_office
from maild.store import letters, replies
from tests.fakes import FakeRelay
from tests.journeys import busy_house
from tests.world import write_config

KILLS = 5


async def test_nothing_accepted_or_queued_is_lost_when_the_house_is_killed(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=1)
    told: list[str] = []
    for _ in range(KILLS):
        told += work_until_killed(config.path, after=random.randint(1, 120))

    # everything that was under way has lost its lease by then
    async with open_office(config, clock=lambda: system_clock() + HOUR) as office:
        told += await finish(office)
        known = {reply.id: reply for reply in await replies.list_replies(office.db, most=10**6)}
        sent = await letters.list_letters(office.db, most=10**6)

    accepted = [line.split()[1] for line in told if line.startswith("accepted")]
    assert len(accepted) > KILLS
    assert len(set(accepted)) == len(accepted)
    assert set(accepted) <= known.keys()
    assert {reply.state for reply in known.values()} == {"held"}
    assert {letter.state for letter in sent} == {"sent"}
    check_told([letter.occurrence for letter in sent], set(known))
    check_wire([line for line in told if line.startswith("sent")], len(sent))


def check_told(occurrences: list[str], known: set[str]) -> None:
    """The operator got one letter for each reply, and for what is too many one in an hour."""
    assert len(set(occurrences)) == len(occurrences)
    alone = {one.removeprefix("operator reply ") for one in occurrences if "storm" not in one}
    assert alone <= known
    assert len(alone) >= min(len(known), HANDOFFS_IN_ALL[0].most)
    assert alone == known or len(alone) < len(occurrences)


def check_wire(lines: list[str], letters_sent: int) -> None:
    """Each letter went out, with the same bytes each time, at most once more for each kill."""
    hashes: dict[str, set[str]] = defaultdict(set)
    times: Counter[str] = Counter()
    for line in lines:
        _, message_id, digest = line.split()
        hashes[message_id].add(digest)
        times[message_id] += 1
    assert len(hashes) == letters_sent
    assert all(len(found) == 1 for found in hashes.values())
    # two connections were busy when a kill came
    assert sum(times.values()) - letters_sent <= 2 * KILLS


def work_until_killed(config: Path, *, after: int) -> list[str]:
    """Let a house work until it has told so many things, kill it, and return all it told."""
    command = [sys.executable, "-m", "tests.journeys.busy_house", str(config)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as house:
        assert house.stdout
        told = [house.stdout.readline() for _ in range(after)]
        house.kill()
        told += house.stdout.readlines()
    # the last line may be cut short
    return [line for line in told if line.endswith("\n")]


async def finish(office: Office) -> list[str]:
    """Do what is left to do; return what was sent."""
    relay = FakeRelay()
    while await settle_due(office, "after") or await deliver_due(office, relay, "after", 20):
        pass
    return [busy_house.describe(message) for _, _, message in relay.delivered]
