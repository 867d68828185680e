"""Which relay a URL names, the folder that can stand in for a server, and addresses that lie."""

from __future__ import annotations

import asyncio
import errno
import os
from email import message_from_bytes
from pathlib import Path

import pytest

from maild.errors import BadInput
from maild.relay import SmtpRelay, open_relay
from tests.smarthost import Smarthost

FROM = "bounce+x@ours.example"
TO = "jane@client.example"
LETTER = b"Subject: Invoice\r\n\r\nHello.\r\n.\r\n..\r\nBye.\r\n"


BAD_ADDRESSES = [
    "jane@client.example\r\nRCPT TO:<evil@x.example>",
    "jane@client.example>\nBcc: evil@x.example",
    "jane@client.example\0",
    "jane@client.example> NOTIFY=NEVER",
    "<jane@client.example>",
    "jane@client.example,evil@x.example",
    "Jane <jane@client.example>",
    "jane",
    "",
    "jane\udcff@client.example",
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
@pytest.mark.parametrize("kind", ["smtp", "maildir"])
async def test_injection_through_an_address_is_refused(
    kind: str, address: str, tmp_path: Path
) -> None:
    async with Smarthost() as host:
        url = host.url if kind == "smtp" else "maildir:sent"
        relay = open_relay(url, base=tmp_path)
        outcomes = [await relay.deliver(FROM, address, LETTER)]
        if address:
            outcomes.append(await relay.deliver(address, TO, LETTER))
        await relay.close()
        assert host.connections == 0
    assert {outcome.state for outcome in outcomes} == {"failed"}
    assert all(outcome.text.isprintable() for outcome in outcomes)
    assert list(tmp_path.rglob("*.maild")) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp:",
        "smtp://",
        "smtp://:25",
        "smtp://mail.example:99999",
        "smtp://mail.example:x",
        "smtp://mail.example/path",
        "smtp://mail.example?x=1",
        "smtp://[::1",
        "maildir:",
        "smtp://user:secret@mail.example",
    ],
)
def test_malformed_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(BadInput) as refusal:
        open_relay(url)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "port", "implicit", "starttls"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtps://mail.example/", 465, True, False),
        ("smtp+starttls://mail.example", 587, False, True),
        ("SMTPS://mail.example", 465, True, False),
        ("SMTP+StartTLS://mail.example:26", 26, False, True),
        (" smtps://[::1]:4650", 4650, True, False),
    ],
)
def test_url_names_port_and_protection(url: str, port: int, implicit: bool, starttls: bool) -> None:
    relay = open_relay(url)
    assert isinstance(relay, SmtpRelay)
    client = relay._dial()
    assert (client.port, client.use_tls) == (port, implicit)
    assert client._start_tls_on_connect is starttls


@pytest.mark.parametrize("scheme", ["smtp", "SMTP"])
def test_log_in_over_a_clear_network_is_refused(scheme: str) -> None:
    with pytest.raises(BadInput, match="in the clear"):
        open_relay(f"{scheme}://mail.example", username="maild", password="x")
    for host in ("localhost", "127.0.0.1", "[::1]"):
        open_relay(f"{scheme}://{host}", username="maild", password="x")


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_unreadable_ca_file_is_refused(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadInput, match=r"ca\.pem"):
        open_relay("smtps://mail.example", ca_file=path)


async def test_maildir_keeps_letter_and_envelope(tmp_path: Path) -> None:
    relay = open_relay("maildir:data/sent", base=tmp_path)
    outcomes = await asyncio.gather(*(relay.deliver(FROM, TO, LETTER) for _ in range(20)))
    await relay.deliver("", "jürgen@client.example", LETTER)
    await relay.close()
    folder = tmp_path / "data" / "sent"
    files = sorted((folder / "new").iterdir())
    assert {(outcome.state, outcome.code) for outcome in outcomes} == {("sent", 250)}
    assert len(files) == 21
    assert list((folder / "tmp").iterdir()) == []
    assert (folder / "cur").is_dir()
    assert all(file.read_bytes().endswith(b"\r\n" + LETTER) for file in files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    envelopes = [message_from_bytes(file.read_bytes()) for file in files]
    assert [envelope["Return-Path"] for envelope in envelopes] == [f"<{FROM}>"] * 20 + ["<>"]
    assert envelopes[0]["Delivered-To"] == TO
    assert files[-1].read_bytes().splitlines()[1].decode() == "Delivered-To: jürgen@client.example"


async def test_full_disk_stops_it_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    relay = open_relay(f"maildir:{tmp_path}/sent")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        outcome = await relay.deliver(FROM, TO, LETTER)
    assert (outcome.state, outcome.code) == ("unreachable", 451)
    assert "No space left" in outcome.text
    assert list(tmp_path.rglob("*.maild")) == []
    assert (await relay.deliver(FROM, TO, LETTER)).state == "sent"


async def test_maildir_is_durable_before_it_says_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def note_fsync(handle: int) -> None:
        steps.append("fsync " + Path(os.readlink(f"/proc/self/fd/{handle}")).parent.name)
        fsync(handle)

    def note_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "rename", note_rename)
    await open_relay(f"maildir:{tmp_path}/sent").deliver(FROM, TO, LETTER)
    assert steps == ["fsync tmp", "rename", "fsync sent"]
