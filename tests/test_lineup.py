"""Turns: who shares a name with one before waits for it, and nobody else does."""

from __future__ import annotations

import asyncio

from maild.lineup import Place, line_up


async def work(place: Place, name: str, gate: asyncio.Event, said: list[str]) -> None:
    try:
        had_to_wait = await place.come({name})
        await gate.wait()
        said.append(f"{name} {had_to_wait}")
    finally:
        place.end()


async def test_only_who_shares_a_name_waits() -> None:
    said: list[str] = []
    slow, quick = asyncio.Event(), asyncio.Event()
    quick.set()
    gates = {"a": slow, "b": quick}
    places = line_up(4)
    names = ("a", "b", "a", "b")
    tasks = [
        asyncio.create_task(work(place, name, gates[name], said))
        for place, name in zip(places, names, strict=True)
    ]
    await asyncio.gather(tasks[1], tasks[3])
    assert said == ["b False", "b True"]
    slow.set()
    await asyncio.gather(*tasks)
    assert said == ["b False", "b True", "a False", "a True"]


async def test_nobody_goes_before_those_ahead_have_told_their_names() -> None:
    first, second = line_up(2)
    waits = asyncio.create_task(second.come({"a"}))
    await asyncio.sleep(0)
    await first.come({"a"})
    await asyncio.sleep(0)
    assert not waits.done()
    first.end()
    assert await waits


async def test_one_that_ends_without_a_name_keeps_nobody_waiting() -> None:
    first, second = line_up(2)
    first.end()
    assert not await second.come({"a"})
