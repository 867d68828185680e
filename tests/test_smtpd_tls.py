"""STARTTLS at the mail door: what it protects, what it refuses, and a certificate that changes."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from structlog.testing import capture_logs

from maild.errors import Refused
from maild.smtpd import Certificate, SmtpDoor
from tests.smtp_peer import LETTER, Intake, Tls, make_tls, poll, standing_door, visit


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    return make_tls(tmp_path)


async def shown_certificate(door: SmtpDoor, tls: Tls) -> bytes:
    """The certificate that a new visitor is shown, after a letter went in under it."""
    async with visit(door) as peer:
        await peer.say("EHLO client.example", "STARTTLS")
        shown = (await tls.start(peer)).getpeercert(binary_form=True)
        await peer.begin_data()
        assert (await peer.send(LETTER)).startswith("250")
    assert shown
    return shown


async def test_the_envelope_says_that_tls_was_on(tls: Tls) -> None:
    intake = Intake()
    async with standing_door(intake, tls=tls) as door:
        await shown_certificate(door, tls)
        async with visit(door) as peer:
            await peer.begin_data()
            await peer.send(LETTER)
    assert [envelope.tls for envelope in intake.taken] == [True, False]


async def test_a_new_certificate_is_shown_without_a_restart(tls: Tls) -> None:
    async with standing_door(Intake(), tls=tls) as door:
        first = await shown_certificate(door, tls)
        assert await shown_certificate(door, tls) == first
        tls.issue()
        with capture_logs() as logs:
            second = await shown_certificate(door, tls)
            assert await shown_certificate(door, tls) == second
    assert second != first
    assert [entry["event"] for entry in logs] == ["certificate renewed"]


async def test_a_certificate_put_in_place_by_renaming_is_noticed(tls: Tls) -> None:
    async with standing_door(Intake(), tls=tls) as door:
        first = await shown_certificate(door, tls)
        times = [path.stat() for path in (tls.chain, tls.key)]
        for path in (tls.chain, tls.key):
            path.rename(path.with_suffix(".old"))
        tls.issue()
        for path, stat in zip((tls.chain, tls.key), times, strict=True):
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert await shown_certificate(door, tls) != first


async def test_a_half_changed_or_broken_certificate_leaves_the_one_before(tls: Tls) -> None:
    async with standing_door(Intake(), tls=tls) as door:
        first = await shown_certificate(door, tls)
        key = tls.key.read_bytes()
        tls.issue()
        tls.key.write_bytes(key)
        with capture_logs() as logs:
            assert await shown_certificate(door, tls) == first
            assert await shown_certificate(door, tls) == first
        assert [entry["event"] for entry in logs] == ["certificate not renewed"]
        tls.chain.unlink()
        assert await shown_certificate(door, tls) == first
        tls.issue()
        assert await shown_certificate(door, tls) != first


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_tls_older_than_1_2_is_refused(tls: Tls) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with capture_logs() as logs:
        async with standing_door(Intake(), tls=tls) as door, visit(door) as peer:
            await peer.say("EHLO client.example", "STARTTLS")
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await peer.writer.start_tls(context)
    assert [entry["event"] for entry in logs] == ["smtp_tls_failed"]
    offered = await Certificate(tls.chain, tls.key).renew()
    assert offered.minimum_version == ssl.TLSVersion.TLSv1_2


async def test_tls_1_2_is_spoken(tls: Tls) -> None:
    context = ssl.create_default_context()
    tls.authority.configure_trust(context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with standing_door(Intake(), tls=tls) as door, visit(door) as peer:
        await peer.say("EHLO client.example", "STARTTLS")
        await peer.writer.start_tls(context, server_hostname="mx.ours.example")
        assert peer.writer.get_extra_info("ssl_object").version() == "TLSv1.2"
        await peer.begin_data()


async def test_a_failed_tls_handshake_ends_the_connection_quietly(tls: Tls) -> None:
    with capture_logs() as logs:
        async with standing_door(Intake(), tls=tls) as door:
            async with visit(door) as peer:
                await peer.say("EHLO client.example", "STARTTLS")
                peer.writer.write(b"this is not TLS\r\n" * 10)
                await asyncio.wait_for(peer.reader.read(), 10)
            await poll(lambda: not door._guests)
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("smtp_tls_failed", "info")]


def test_a_certificate_that_cannot_be_used_is_refused_at_start(tls: Tls, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=re.escape(f"{tls.chain} and {tls.chain}")):
        Certificate(tls.chain, tls.chain)
    with pytest.raises(Refused, match="No such file"):
        Certificate(tmp_path / "none.pem", tls.key)


def test_a_key_with_a_passphrase_is_refused_and_nobody_is_asked_for_it(tls: Tls) -> None:
    key = load_pem_private_key(tls.key.read_bytes(), None)
    locked = BestAvailableEncryption(b"secret")
    tls.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    with pytest.raises(Refused, match="the key without a passphrase"):
        Certificate(tls.chain, tls.key)
