"""The LMTP door on a local socket, and in a whole daemon beside the SMTP door."""

from __future__ import annotations

import asyncio
import socket
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from maild import config as configuration
from maild.daemon import run_daemon
from maild.errors import Refused, StoreFull
from maild.smtpd import open_door
from maild.store import replies
from tests.ports import free_port
from tests.smtp_peer import LETTER, SMALL, Intake, Peer, make_reception, standing_door
from tests.world import write_config


async def knock(path: Path) -> Peer:
    peer = Peer(*await asyncio.open_unix_connection(path))
    peer.greeting = (await peer.answer())[0]
    return peer


async def test_mail_comes_in_by_a_local_socket(tmp_path: Path) -> None:
    intake, path = Intake(), tmp_path / "lmtp"
    limits = replace(SMALL, connections_per_address=1)
    async with standing_door(intake, limits, lmtp=True, place=path) as door:
        assert door.place == f"unix:{path}"
        # any user's mail server may speak to it, as far as the folder lets it
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        peers = [await knock(path) for _ in range(3)]
        for peer in peers:
            await peer.begin_data("LHLO")
            assert (await peer.send(LETTER)).startswith("250 2.6.0")
            peer.writer.close()
    assert [envelope.peer for envelope in intake.taken] == [""] * 3
    assert not path.exists()


async def test_a_socket_left_by_a_crash_is_taken_over_a_living_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        inode = path.stat().st_ino
        with pytest.raises(Refused, match=f"{path}: another server answers there"):
            await open_door(path, make_reception(Intake()))
    assert path.stat().st_ino == inode
    async with standing_door(Intake(), lmtp=True, place=path):
        (await knock(path)).writer.close()


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none" / "lmtp"
    with pytest.raises(Refused, match=f"{path}: No such file"):
        await open_door(path, make_reception(Intake()))
    long = tmp_path / ("x" * 200)
    with pytest.raises(Refused, match="too long"):
        await open_door(long, make_reception(Intake()))


@pytest.mark.parametrize(
    ("trouble", "answer"), [(StoreFull(""), "452 4.3.1"), (OSError(), "451 4.3.0")]
)
async def test_trouble_is_told_for_each_recipient(trouble: Exception, answer: str) -> None:
    async with standing_door(Intake(trouble=trouble), lmtp=True) as door:
        peer = Peer(*await asyncio.open_connection(door.host, door.port))
        await peer.answer()
        await peer.say("LHLO mta.example", "MAIL FROM:<>", "RCPT TO:<bounce+good@ours.example>")
        await peer.say("RCPT TO:<billing@ours.example>", "DATA")
        answers = [await peer.send(LETTER), (await peer.answer())[0]]
        assert [heard.startswith(answer) for heard in answers] == [True, True]
        assert (await peer.say("NOOP")).startswith("250")
        peer.writer.close()


async def test_a_daemon_opens_it_when_configured(tmp_path: Path) -> None:
    path = write_config(tmp_path, port=free_port()).path
    path.write_text(path.read_text().replace("[smtp]\n", '[smtp]\nlmtp_listen = "unix:lmtp"\n'))
    config = configuration.load(path, {})
    async with run_daemon(config) as running:
        assert running.lmtp == f"unix:{tmp_path}/lmtp"
        peer = await knock(tmp_path / "lmtp")
        await peer.say("LHLO mta.example", "MAIL FROM:<x@y.example>")
        await peer.say("RCPT TO:<billing@example.test>", "DATA")
        assert (await peer.send(LETTER)).startswith("250")
        peer.writer.close()
        (reply,) = await replies.list_replies(running.office.db)
        assert reply.sender == "x@y.example"
    assert not (tmp_path / "lmtp").exists()
