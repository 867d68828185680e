"""Letters that follow one another on a connection: announced behind a dot, each with its own fate.

The server is slow enough that what waits is announced; what goes wrong with a letter, or with the
connection behind it, must cost the next one nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from maild.errors import Busy
from maild.relay import Outcome, Patience, Relay, SmtpRelay, open_relay
from maild.relay.smtp import LETTERS_PER_CONNECTION
from tests.missteps import CUTS, NONSENSE, REFUSALS, Case
from tests.scripted_smarthost import CUT, HANG, Manners, Misstep, ScriptedSmarthost

PATIENCE = Patience(connect=20, command=20, data=20, block=20, letter=20, answer=20, quit=1)


@asynccontextmanager
async def opened(
    host: ScriptedSmarthost, *, connections: int = 1, patience: Patience = PATIENCE
) -> AsyncIterator[Relay]:
    relay = open_relay(host.url, connections=connections, patience=patience)
    try:
        yield relay
    finally:
        await relay.close()


def letter(number: int) -> bytes:
    return f"Subject: Letter {number}\r\n\r\nHello\r\n.\r\n".encode()


async def send(relay: Relay, count: int) -> list[Outcome]:
    """Hand so many letters over at once; return how each ended, in order."""
    async with asyncio.timeout(30):
        return await asyncio.gather(
            *(
                relay.deliver("bounce@ours.example", f"jane{n}@acme.example", letter(n))
                for n in range(count)
            )
        )


def taken(host: ScriptedSmarthost) -> Counter[bytes]:
    """Return how often each letter came to its final dot without being refused."""
    return Counter(one.content for one in host.messages if one.content and not one.refused)


async def test_what_waits_is_announced_behind_the_dot_of_the_letter_before() -> None:
    async with ScriptedSmarthost((), Manners(in_one_go=True)) as host, opened(host) as relay:
        outcomes = await send(relay, 5)
        assert [one.state for one in outcomes] == ["sent"] * 5
        assert taken(host) == Counter(letter(n) for n in range(5))
        assert host.connections == 1
    assert "RSET" not in host.heard


async def test_nothing_is_announced_where_the_server_does_not_offer_it() -> None:
    async with ScriptedSmarthost((), Manners(pipelining=False)) as host, opened(host) as relay:
        assert [one.state for one in await send(relay, 5)] == ["sent"] * 5
        assert (len(host.messages), host.connections) == (5, 1)


AFTER_GREETING = [
    case for case in (*REFUSALS, *CUTS, *NONSENSE) if case.step not in {"greeting", "ehlo"}
]


@pytest.mark.parametrize("case", AFTER_GREETING, ids=str)
async def test_misstep_towards_one_letter_costs_those_that_follow_nothing(case: Case) -> None:
    missteps = (Misstep(case.step, case.says),)
    async with ScriptedSmarthost(missteps) as host, opened(host) as relay:
        first, *others = await send(relay, 4)
    assert [one.state for one in others] == ["sent"] * 3
    assert all(taken(host)[letter(n)] == 1 for n in (1, 2, 3))
    assert (first.state == "sent") == (case.state == "sent")
    assert taken(host)[letter(0)] <= 1


@pytest.mark.parametrize("case", AFTER_GREETING, ids=str)
async def test_misstep_towards_a_letter_that_was_announced_is_its_own(case: Case) -> None:
    async with ScriptedSmarthost(()) as host, opened(host) as relay:
        # the step is taken by the second letter, which waits behind the first
        real = host._find
        seen: Counter[str] = Counter()

        def find(step: object) -> object:
            seen[str(step)] += 1
            misplaced = step == case.step and seen[str(step)] == 2
            return case.says if misplaced else real(step)  # type: ignore[arg-type]

        host._find = find  # type: ignore[method-assign, assignment]
        outcomes = await send(relay, 4)
    assert [outcomes[n].state for n in (0, 2, 3)] == ["sent"] * 3
    counts = taken(host)
    assert all(counts[letter(n)] == 1 for n in (0, 2, 3))
    assert counts[letter(1)] <= 1
    if outcomes[1].state == "sent":
        assert counts[letter(1)] == 1


@pytest.mark.parametrize("most", [1, 2, 3])
async def test_server_that_closes_after_so_many_letters_takes_each_of_them_once(most: int) -> None:
    manners = Manners(letters_per_connection=most)
    async with ScriptedSmarthost((), manners) as host, opened(host, connections=2) as relay:
        outcomes = await send(relay, 12)
    assert [one.state for one in outcomes] == ["sent"] * 12
    assert taken(host) == Counter(letter(n) for n in range(12))


async def test_connection_that_is_cut_before_an_answer_leaves_that_one_letter_unknown() -> None:
    async with (
        ScriptedSmarthost((Misstep("after_dot", CUT),)) as host,
        opened(host) as relay,
    ):
        outcomes = await send(relay, 4)
    assert [one.state for one in outcomes] == ["unknown", "sent", "sent", "sent"]
    assert taken(host) == Counter(letter(n) for n in range(4))


async def test_server_out_of_step_is_spoken_to_one_letter_at_a_time_from_then_on() -> None:
    missteps = (Misstep("after", b"250 2.0.0 Queued\r\n"),)
    async with ScriptedSmarthost(missteps) as host, opened(host) as relay:
        outcomes = await send(relay, 6)
        assert [one.state for one in outcomes] == ["sent"] * 6
        assert isinstance(relay, SmtpRelay)
        assert not relay._pipelines
    assert taken(host) == Counter(letter(n) for n in range(6))


async def test_worn_connection_is_not_handed_on() -> None:
    count = LETTERS_PER_CONNECTION + 5
    async with ScriptedSmarthost(()) as host, opened(host) as relay:
        assert {one.state for one in await send(relay, count)} == {"sent"}
        assert host.connections == 2
    assert len(taken(host)) == count


async def test_letter_for_which_no_connection_comes_free_is_not_begun() -> None:
    patience = replace(PATIENCE, turn=0.2, answer=2)
    async with (
        ScriptedSmarthost((Misstep("after_dot", HANG),)) as host,
        opened(host, patience=patience) as relay,
    ):
        first = asyncio.create_task(send(relay, 1))
        while not host.messages:
            await asyncio.sleep(0.01)
        with pytest.raises(Busy):
            await relay.deliver("bounce@ours.example", "tom@acme.example", letter(1))
        assert [one.state for one in await first] == ["unknown"]
        assert (await send(relay, 1))[0].state == "sent"
    assert letter(1) not in taken(host)


async def test_letter_that_is_given_up_while_announced_is_never_written() -> None:
    async with ScriptedSmarthost(()) as host, opened(host) as relay:
        first = asyncio.create_task(relay.deliver("b@ours.example", "a@acme.example", letter(0)))
        second = asyncio.create_task(relay.deliver("b@ours.example", "b@acme.example", letter(1)))
        while host.heard.count("DATA") < 2:
            await asyncio.sleep(0)
        second.cancel()
        assert (await first).state == "sent"
        with pytest.raises(asyncio.CancelledError):
            await second
        assert [one.state for one in await send(relay, 2)] == ["sent"] * 2
    assert taken(host)[letter(1)] == 1
