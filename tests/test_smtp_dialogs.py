"""The conversations in `dialogs/`, each with a real door over a socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from maild.smtpd import SmtpDoor
from tests.smtp_dialog import Actor, Dialog, Stage, read_dialog
from tests.smtp_peer import Intake, Peer, Tls, make_tls, poll, send_letter, standing_door
from tests.world import SocketWorld, open_socket_world

DIALOGS = sorted((Path(__file__).parent / "dialogs").glob("*.smtp"))


class DoorStage(Stage):
    """A door alone, with a reception that only remembers."""

    def __init__(self, door: SmtpDoor, intake: Intake, tls: Tls | None) -> None:
        self.door = door
        self.intake = intake
        self.tls = tls

    async def start_tls(self, peer: Peer) -> None:
        assert self.tls, "this door has no certificate"
        await self.tls.start(peer)

    async def until_gone(self) -> None:
        await poll(lambda: not self.door._guests)

    async def count(self, what: str) -> int:
        assert what == "taken"
        return len(self.intake.taken)


class HouseStage(Stage):
    """A whole daemon, from which one letter has gone out already."""

    def __init__(self, world: SocketWorld) -> None:
        self.world = world

    async def count(self, what: str) -> int:
        assert what == "answered"
        await self.world.settle()
        await self.world.deliver()
        return len(await self.world.mail()) - 1


@pytest.mark.parametrize("path", DIALOGS, ids=[path.stem for path in DIALOGS])
async def test_conversation(path: Path, tmp_path: Path) -> None:
    dialog = read_dialog(path)
    if dialog.door == "house":
        await play_in_house(dialog, tmp_path)
    else:
        await play_at_door(dialog, tmp_path)


async def play_at_door(dialog: Dialog, folder: Path) -> None:
    intake = Intake()
    tls = make_tls(folder) if dialog.door == "tls" else None
    lmtp = dialog.door == "lmtp"
    async with standing_door(intake, dialog.limits, tls=tls, lmtp=lmtp) as door:
        peer = Peer(*await asyncio.open_connection(door.host, door.port))
        await Actor(peer, DoorStage(door, intake, tls), (door.host, door.port)).play(dialog)
        assert await send_letter(door) == "250 2.6.0 Message taken"


async def play_in_house(dialog: Dialog, folder: Path) -> None:
    async with open_socket_world(folder) as world:
        await world.client("Acme Ltd", "jane@acme.example")
        await world.issue("INV-1")
        (letter,) = await world.mail_to("jane@acme.example")
        words = {
            "jane": letter.recipient,
            "reply": letter.reply_to,
            "id": str(letter.message["Message-ID"]),
        }
        where = ("127.0.0.1", world.smtp_port)
        peer = Peer(*await asyncio.open_connection(*where))
        await Actor(peer, HouseStage(world), where, words).play(dialog)
        await world.reply(letter, "Thank you.")
