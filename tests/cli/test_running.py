"""Things are prepared before their turn, and handed out in order, each with its own fault."""

from __future__ import annotations

import pytest

from maild.cli.running import Ahead
from maild.errors import BadInput


async def test_what_is_ahead_is_begun_and_handed_out_in_order() -> None:
    begun: list[int] = []

    async def prepare(number: int) -> int:
        begun.append(number)
        return number

    ahead = Ahead(range(5), prepare, 3)
    assert await ahead.next() == 0
    assert begun == [0, 1, 2]
    assert [await ahead.next() for _ in range(4)] == [1, 2, 3, 4]


async def test_fault_is_raised_in_its_turn_and_stops_no_other() -> None:
    async def prepare(number: int) -> int:
        if number == 1:
            raise BadInput("broken")
        return number

    ahead = Ahead(range(3), prepare, 3)
    assert await ahead.next() == 0
    with pytest.raises(BadInput, match="broken"):
        await ahead.next()
    assert await ahead.next() == 2
