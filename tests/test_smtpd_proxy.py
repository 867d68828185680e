"""The PROXY protocol at the SMTP door: believed from listed peers, and asked of them."""

from __future__ import annotations

import asyncio
import ipaddress
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from maild.smtpd import SmtpDoor, SmtpLimits
from tests.smtp_peer import LETTER, SMALL, Intake, Peer, make_tls, poll, standing_door, visit

LOOPBACK = ["127.0.0.0/8"]
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def spell_v1(address: str) -> bytes:
    kind, here = ("TCP6", "::1") if ":" in address else ("TCP4", "127.0.0.1")
    return f"PROXY {kind} {address} {here} 40000 25\r\n".encode()


def spell_v2(address: str, command: int = 1) -> bytes:
    there = ipaddress.ip_address(address).packed
    kind = 0x11 if len(there) == 4 else 0x21
    body = there + bytes(len(there)) + struct.pack("!HH", 40000, 25) + b"\x04\0\2xx"
    return SIGNATURE + struct.pack("!BBH", 0x20 | command, kind, len(body)) + body


V1 = spell_v1("192.0.2.7")


@asynccontextmanager
async def proxied(door: SmtpDoor, header: bytes) -> AsyncIterator[Peer]:
    peer = Peer(*await asyncio.open_connection(door.host, door.port))
    peer.writer.write(header)
    try:
        yield peer
    finally:
        peer.writer.close()


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (spell_v1("192.0.2.7"), "192.0.2.7"),
        (spell_v1("2001:db8::7"), "2001:db8::7"),
        (spell_v2("192.0.2.7"), "192.0.2.7"),
        (spell_v2("2001:db8::7"), "2001:db8::7"),
        (spell_v2("::ffff:192.0.2.7"), "192.0.2.7"),
        # what the proxy asks for itself, to see whether we live
        (spell_v2("192.0.2.7", command=0), "127.0.0.1"),
        (SIGNATURE + b"\x20\0\0\0", "127.0.0.1"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    ],
)
async def test_a_listed_proxy_is_believed(header: bytes, address: str) -> None:
    intake = Intake()
    async with standing_door(intake, proxies=LOOPBACK) as door, proxied(door, header) as peer:
        assert (await peer.answer())[0].startswith("220 mx.ours.example")
        await peer.begin_data()
        assert (await peer.send(LETTER)).startswith("250")
    assert intake.taken[0].peer == address


async def test_the_address_told_outlasts_starttls(tmp_path_factory: pytest.TempPathFactory) -> None:
    intake, tls = Intake(), make_tls(tmp_path_factory.mktemp("tls"))
    async with (
        standing_door(intake, tls=tls, proxies=LOOPBACK) as door,
        proxied(door, spell_v1("192.0.2.7")) as peer,
    ):
        await peer.answer()
        await peer.say("EHLO client.example", "STARTTLS")
        await tls.start(peer)
        await peer.begin_data()
        assert (await peer.send(LETTER)).startswith("250")
    assert (intake.taken[0].peer, intake.taken[0].tls) == ("192.0.2.7", True)


async def test_a_peer_that_is_not_listed_cannot_speak_for_others() -> None:
    intake = Intake()
    async with (
        standing_door(intake, proxies=["192.0.2.0/24"]) as door,
        proxied(door, spell_v1("192.0.2.7")) as peer,
    ):
        assert (await peer.answer())[0].startswith("220")
        assert (await peer.answer())[0].startswith("500 5.5.2")
        await peer.begin_data()
        await peer.send(LETTER)
    assert intake.taken[0].peer == "127.0.0.1"


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO client.example\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 99999 25\r\n",
        b"PROXY TCP4 mx.example 127.0.0.1 40000 25\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 25\n",
        b"PROXY " + b"x" * 200 + b"\r\n",
        b"PROXY\r\n",
        SIGNATURE + b"\x31\x11\0\x0c" + bytes(12),
        SIGNATURE + b"\x21\x11\0\4" + bytes(4),
    ],
)
async def test_a_listed_peer_without_a_proper_header_is_not_talked_to(header: bytes) -> None:
    intake = Intake()
    with capture_logs() as logs:
        async with standing_door(intake, proxies=LOOPBACK) as door:
            async with proxied(door, header) as peer:
                await peer.expect_close()
            await poll(lambda: not door._guests)
    assert [(e["event"], e["log_level"], e["peer"]) for e in logs] == [
        ("a trusted proxy sent no PROXY header", "warning", "127.0.0.1")
    ]


async def test_a_listed_peer_that_says_nothing_is_cut_off() -> None:
    limits = replace(SMALL, proxy_seconds=0.2)
    async with (
        standing_door(Intake(), limits, proxies=LOOPBACK) as door,
        proxied(door, b"PROXY TCP4 ") as peer,
    ):
        assert (await peer.answer())[0].startswith("421 4.4.2")
        await peer.expect_close()


async def test_connections_are_counted_by_the_address_behind_the_proxy() -> None:
    limits = replace(SMALL, connections=5, connections_per_address=2)
    with capture_logs() as logs:
        await crowd_in(limits)
    assert logs == []


async def crowd_in(limits: SmtpLimits) -> None:
    async with standing_door(Intake(), limits, proxies=LOOPBACK) as door:
        crowd = [spell_v1("192.0.2.7")] * 3 + [spell_v2("192.0.2.8")] * 2
        peers = [Peer(*await asyncio.open_connection(door.host, door.port)) for _ in crowd]
        for peer, header in zip(peers, crowd, strict=True):
            peer.writer.write(header)
        greetings = [(await peer.answer())[0][:3] for peer in peers]
        assert greetings == ["220", "220", "421", "220", "220"]
        await peers[2].expect_close()
        await poll(lambda: len(door._guests) == 4)
        async with proxied(door, spell_v1("192.0.2.9")) as last, visit(door, "421 4.7.0"):
            assert (await last.answer())[0].startswith("220")
        for peer in peers:
            peer.writer.close()
