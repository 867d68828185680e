"""A letter to ourselves, out and in again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from maild.checkup.probe import send_probe
from maild.checkup.verdicts import Grade
from maild.relay import Outcome
from maild.store import replies
from tests.fakes import FakeRelay
from tests.world import HouseWorld, SocketWorld, open_socket_world


class Loop(FakeRelay):
    """A relay whose mail comes in at the daemon's own door."""

    world: SocketWorld

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        outcome = await super().deliver(sender, recipient, message)
        await self.world.hand_in(message, to=recipient, sender=sender)
        return outcome


async def test_letter_to_ourselves_comes_back_and_nobody_is_bothered(tmp_path: Path) -> None:
    async with open_socket_world(tmp_path) as world:
        loop = Loop()
        loop.world = world
        found = await send_probe(world.office, loop, 15)
        await world.settle()
        await world.deliver()
        assert (found.grade, "came back" in found.text) == (Grade.OK, True)
        (reply,) = await replies.list_replies(world.office.db)
        assert (reply.state, reply.kind) == ("settled", "own")
        assert world.smarthost.messages == []


async def test_letter_that_does_not_come_back_is_a_fault(tmp_path: Path) -> None:
    async with open_socket_world(tmp_path) as world:
        found = await send_probe(world.office, FakeRelay(), 0.1)
    assert (found.grade, "did not arrive within" in found.text) == (Grade.FAULT, True)


async def test_letter_that_the_relay_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    relay = FakeRelay(lambda recipient: Outcome("failed", 550, "5.7.1 No relaying"))
    async with open_socket_world(tmp_path) as world:
        found = await asyncio.wait_for(send_probe(world.office, relay, 15), 10)
    assert (found.grade, "5.7.1 No relaying" in found.text) == (Grade.FAULT, True)


async def test_folder_as_relay_brings_no_letter_back(house: HouseWorld) -> None:
    assert (await send_probe(house.office, house.relay, 15)).grade == Grade.UNSEEN
