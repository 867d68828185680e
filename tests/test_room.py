"""Room in memory: what is brought in waits for what came before it, in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from maild.room import Room


def loading(content: bytes, loaded: list[bytes]) -> Callable[[], Awaitable[bytes]]:
    async def load() -> bytes:
        loaded.append(content)
        return content

    return load


async def settle() -> None:
    """Let every task go on as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


class Stay:
    """Somebody who holds room until told to go."""

    def __init__(self, room: Room, content: bytes, loaded: list[bytes]) -> None:
        self.inside = False
        self._leave = asyncio.Event()
        self._task = asyncio.create_task(self._stay(room, loading(content, loaded)))

    async def _stay(self, room: Room, load: Callable[[], Awaitable[bytes]]) -> None:
        async with room.hold(load):
            self.inside = True
            await self._leave.wait()
        self.inside = False

    async def go(self) -> None:
        self._leave.set()
        await self._task

    def give_up(self) -> None:
        self._task.cancel()


async def test_who_fits_comes_in_and_who_does_not_waits_in_turn() -> None:
    room, loaded = Room(10), list[bytes]()
    first, second, third, fourth = (Stay(room, b"x" * n, loaded) for n in (6, 4, 5, 1))
    await settle()
    assert [first.inside, second.inside, third.inside, fourth.inside] == [True, True, False, False]
    # the next is loaded already, nobody behind it
    assert [len(content) for content in loaded] == [6, 4, 5]
    await second.go()
    await settle()
    assert [third.inside, fourth.inside] == [False, False]
    await first.go()
    await settle()
    assert [third.inside, fourth.inside] == [True, True]
    await third.go()
    await fourth.go()


async def test_what_is_larger_than_the_room_has_it_to_itself() -> None:
    room, loaded = Room(10), list[bytes]()
    small, large, next_one = (Stay(room, b"x" * n, loaded) for n in (1, 50, 1))
    await settle()
    assert [small.inside, large.inside, next_one.inside] == [True, False, False]
    await small.go()
    await settle()
    assert [large.inside, next_one.inside] == [True, False]
    await large.go()
    await settle()
    assert next_one.inside
    await next_one.go()


async def test_who_gives_up_waiting_leaves_the_way_free() -> None:
    room, loaded = Room(10), list[bytes]()
    first, second, third = (Stay(room, b"x" * n, loaded) for n in (6, 5, 4))
    await settle()
    assert [first.inside, second.inside, third.inside] == [True, False, False]
    second.give_up()
    await settle()
    assert third.inside
    await first.go()
    await third.go()


async def test_what_cannot_be_loaded_takes_no_room() -> None:
    async def fail() -> bytes:
        raise OSError("no disk")

    room, loaded = Room(10), list[bytes]()
    with pytest.raises(OSError, match="no disk"):
        async with room.hold(fail):
            pytest.fail("it came in")
    whole = Stay(room, b"x" * 10, loaded)
    await settle()
    assert whole.inside
    await whole.go()
