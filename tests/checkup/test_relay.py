"""The relay as the doctor finds it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from maild.checkup.relay import check_relay
from maild.checkup.verdicts import Checked, Grade
from maild.clock import from_datetime
from tests.fakes import FakeClock
from tests.smarthost import CUT, HANG, Rule, Smarthost

from .conftest import MakePatient

TAKES = "takes letters from bounce@reply.ours.example to owner@ours.example"


def grades(checked: Checked) -> list[Grade]:
    return [one.grade for one in checked.verdicts]


def present() -> FakeClock:
    """A clock that shows the real time, as certificates are made for."""
    return FakeClock(from_datetime(datetime.now(UTC)))


def options(host: Smarthost, folder: Path, more: str = "") -> str:
    text = f'[relay]\nurl = "{host.url}"\n{more}'
    if host.authority:
        host.authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        text += 'ca_file = "ca.pem"\n'
    return text


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_good_relay_is_found_good_and_gets_no_letter(
    tls: Any, patient: MakePatient, tmp_path: Path
) -> None:
    async with Smarthost(tls=tls, users={"billing": "secret"}) as host:
        more = options(host, tmp_path, 'username = "billing"\n')
        environ = {"MAILD_RELAY_PASSWORD": "secret"}
        found = await check_relay(patient(more, environ=environ, clock=present()))
        told = [one.text for one in found.verdicts]
        assert grades(found) == [Grade.OK] * 3
        assert "the certificate of 127.0.0.1 is good for" in told[0]
        assert "takes the log-in as billing" in told[1]
        assert TAKES in told[2]
        assert host.messages == []
        assert "QUIT" in host.heard[-1]
        assert any("RSET" in line for line in host.heard)
        assert not any("DATA" in line for line in host.heard)


async def test_relay_beside_us_need_not_encrypt(patient: MakePatient, tmp_path: Path) -> None:
    async with Smarthost() as host:
        found = await check_relay(patient(options(host, tmp_path)))
    assert [one.text.partition(" ")[2] for one in found.verdicts] == [TAKES]


@pytest.mark.parametrize(
    ("password", "words"), [("wrong", "refuses the log-in as billing: 535"), ("", "no password")]
)
async def test_log_in_that_fails_is_a_fault(
    password: str, words: str, patient: MakePatient, tmp_path: Path
) -> None:
    async with Smarthost(tls="implicit", users={"billing": "secret"}) as host:
        more = options(host, tmp_path, 'username = "billing"\n')
        environ = {"MAILD_RELAY_PASSWORD": password}
        found = await check_relay(patient(more, environ=environ, clock=present()))
    assert grades(found) == [Grade.OK, Grade.FAULT]
    assert words in found.verdicts[-1].text
    assert "password" in found.verdicts[-1].remedy


@pytest.mark.parametrize(
    ("rule", "grade", "words"),
    [
        (
            Rule("mail", "553 5.7.1 Not yours"),
            Grade.FAULT,
            "refuses bounce@reply.ours.example: 553",
        ),
        (Rule("rcpt", "550 5.7.1 No relaying"), Grade.FAULT, "refuses owner@ours.example: 550"),
        (Rule("rcpt", "450 4.2.0 Greylisted"), Grade.WARNING, "refuses owner@ours.example: 450"),
        (Rule("connect", "554 Go away"), Grade.FAULT, "says: 554 Go away"),
        (Rule("connect", "421 Busy"), Grade.WARNING, "says: 421 Busy"),
        (Rule("connect", CUT), Grade.UNSEEN, "could not be reached"),
    ],
)
async def test_relay_that_refuses_is_told_in_its_own_words(
    rule: Rule, grade: Grade, words: str, patient: MakePatient, tmp_path: Path
) -> None:
    async with Smarthost([rule]) as host:
        found = await check_relay(patient(options(host, tmp_path)))
    assert grades(found) == [grade]
    assert words in found.verdicts[0].text


async def test_relay_that_says_nothing_is_not_seen(
    patient: MakePatient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maild.checkup.relay._SECONDS", 0.2)
    async with Smarthost([Rule("connect", HANG)]) as host:
        found = await check_relay(patient(options(host, tmp_path)))
    assert grades(found) == [Grade.UNSEEN]


async def test_certificate_that_is_not_to_be_trusted_is_a_fault(
    patient: MakePatient, tmp_path: Path
) -> None:
    for tls in ("implicit", "starttls"):
        async with Smarthost(tls=tls, certificate_for="other.example") as host:
            found = await check_relay(patient(options(host, tmp_path), clock=present()))
        assert grades(found) == [Grade.FAULT]
        assert "is not to be trusted: IP address mismatch" in found.verdicts[0].text


async def test_relay_without_starttls_is_a_fault(patient: MakePatient) -> None:
    async with Smarthost() as host:
        url = f"smtp+starttls://127.0.0.1:{host.port}"
        found = await check_relay(patient(f'[relay]\nurl = "{url}"\n'))
    assert grades(found) == [Grade.FAULT]
    assert "offers no STARTTLS" in found.verdicts[0].text


async def test_nobody_listening_is_a_fault_and_an_unknown_name_is_not_seen(
    patient: MakePatient,
) -> None:
    with listening_nowhere() as port:
        found = await check_relay(patient(f'[relay]\nurl = "smtp://127.0.0.1:{port}"\n'))
    assert (grades(found), "does it run?" in found.verdicts[0].text) == ([Grade.FAULT], True)
    found = await check_relay(patient('[relay]\nurl = "smtp://relay.invalid"\n'))
    assert grades(found) == [Grade.UNSEEN]
    assert "could not be looked up" in found.verdicts[0].text


async def test_folder_as_relay_is_said_to_send_nothing(patient: MakePatient) -> None:
    found = await check_relay(patient())
    assert (grades(found), "nothing leaves" in found.verdicts[0].text) == ([Grade.WARNING], True)


async def test_relay_that_greets_with_the_time_is_believed_about_it(patient: MakePatient) -> None:
    greeting = b"220 mail.example ESMTP Exim; Mon, 23 Nov 2026 10:30:07 +0100\r\n"
    answers = iter([greeting, *[b"250 fine\r\n"] * 4, b"221 bye\r\n"])
    async with saying(answers) as port:
        found = await check_relay(patient(f'[relay]\nurl = "smtp://127.0.0.1:{port}"\n'))
    (reading,) = found.readings
    assert reading.told - reading.ours == 7_000_000


@asynccontextmanager
async def saying(answers: Iterator[bytes]) -> AsyncIterator[int]:
    """Run a server that says one thing after the other, whatever it hears, and then nothing."""
    over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(answer)
            await reader.readline()
        await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        over.set()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait_for(over.wait(), 10)


@contextmanager
def listening_nowhere() -> Iterator[int]:
    """Hold a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
