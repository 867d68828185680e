"""Letters leave signed with the keys that the configuration names, or the daemon says why not."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from maild import config as configuration
from maild.config import Config, ConfigError
from maild.daemon import run_daemon
from maild.mail.dkim_keys import SigningKey, make_key, write_pem
from maild.services.issue import commit_issue, prepare_issue
from maild.signing import find_misalignment, open_signer
from tests.fakes import FakeClock, FakeRelay
from tests.mail.test_dkim import SMALL
from tests.paper import without_ink
from tests.ports import free_port
from tests.smarthost import Rule
from tests.verifiers import ask_dkimpy, ask_opendkim
from tests.world import (
    DEADLINE,
    HouseWorld,
    SocketWorld,
    make_document,
    open_house_world,
    open_socket_world,
    write_config,
)

JANE = "jane@acme.example"
RSA, ED25519 = make_key("rsa", "rsa1"), make_key("ed25519", "ed1")
RECORDS = [key.publish("example.test") for key in (RSA, ED25519)]
SECTION = """
[dkim]
selector = "rsa1"
key_file = "rsa.pem"
ed25519_selector = "ed1"
ed25519_key_file = "ed.pem"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with both keys, for their owner alone."""
    for name, key in (("rsa.pem", RSA), ("ed.pem", ED25519)):
        (tmp_path / name).write_bytes(write_pem(key))
        (tmp_path / name).chmod(0o600)
    return tmp_path


def configure(folder: Path, section: str = SECTION, **environ: str) -> Config:
    write_config(folder, port=free_port(), more=section)
    return configuration.load(folder / "config.toml", environ)


def faults(folder: Path, section: str) -> list[str]:
    """Return what is wrong, each with its line counted from [dkim]."""
    path = folder / "config.toml"
    with pytest.raises(ConfigError) as caught:
        open_signer(configure(folder, section))
    start = path.read_text().splitlines().index("[dkim]") + 1
    for fault in caught.value.faults:
        assert fault.path == path
    return [
        f"{fault.line - start}: {fault.message} {fault.remedy}".replace(f"{folder}/", "")
        for fault in caught.value.faults
    ]


def attempts(world: SocketWorld) -> list[str]:
    """Return each message that the relay heard, whatever it answered."""
    heard = "".join(world.smarthost.heard)
    return re.findall(r"^DATA\r\n(.*?\r\n)\.\r\n", heard, re.MULTILINE | re.DOTALL)


async def test_invoice_leaves_signed_and_with_the_same_bytes_at_the_second_attempt(
    folder: Path, tmp_path: Path
) -> None:
    async with open_socket_world(folder, more=SECTION) as world:
        without_ink(world)
        world.smarthost.script.append(Rule("after_dot", "451 4.3.0 Later", attempts=(1,)))
        await world.client("Acme Ltd", JANE)
        await world.issue("INV-1", password=True)
        assert not world.smarthost.messages
        await world.advance(days=1)
        [received] = world.smarthost.messages
        first, second = attempts(world)
    assert first == second
    assert received.content.count(b"DKIM-Signature:") == 2
    assert ask_dkimpy(received.content, RECORDS) == [True, True]
    assert await ask_opendkim(received.content, RECORDS, tmp_path) == ["pass", "pass"]
    forged = received.content.replace(b"300.00", b"900.00")
    assert forged != received.content
    assert ask_dkimpy(forged, RECORDS) == [False, False]


async def test_letter_into_a_folder_is_signed_too(folder: Path) -> None:
    config = configure(folder)
    async with run_daemon(config, clock=FakeClock()) as running:
        world = HouseWorld(running.office, FakeClock(), FakeRelay())
        await without_ink(world).client("Acme Ltd", JANE)
        shipment = await prepare_issue(world.office, make_document("INV-1"), ())
        await commit_issue(world.office, shipment, actor="test")
        async with asyncio.timeout(DEADLINE):
            while not (kept := list((folder / "sent").glob("new/*"))):
                await running.office.db.watch().wait()
    assert ask_dkimpy(kept[0].read_bytes(), RECORDS) == [True, True]


async def test_without_a_key_letters_leave_as_they_are(tmp_path: Path) -> None:
    async with open_house_world(tmp_path) as world:
        await without_ink(world).client("Acme Ltd", JANE)
        await world.issue("INV-1")
        [letter] = await world.mail()
    assert "DKIM-Signature" not in letter.message


async def test_letter_that_cannot_be_signed_waits_and_does_not_leave_unsigned(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError("out of luck")

    async with open_house_world(folder, more=SECTION) as world:
        await without_ink(world).client("Acme Ltd", JANE)
        with monkeypatch.context() as patch:
            patch.setattr(SigningKey, "sign", fail)
            await world.issue("INV-1")
            assert not world.relay.tried
        await world.advance(days=1)
        [letter] = await world.mail()
    assert ask_dkimpy(letter.raw, RECORDS) == [True, True]


def test_one_key_of_either_kind_is_enough(folder: Path) -> None:
    for lines in (SECTION.splitlines()[:4], [SECTION.splitlines()[1], *SECTION.splitlines()[4:]]):
        signer = open_signer(configure(folder, "\n".join(lines)))
        assert signer
        assert len(signer.keys) == 1
        assert signer.domain == "example.test"


def test_every_fault_of_the_keys_is_told_with_its_line(folder: Path) -> None:
    (folder / "short.pem").write_bytes(SMALL)
    (folder / "short.pem").chmod(0o600)
    section = '[dkim]\nselector = "s"\nkey_file = "short.pem"\ned25519_selector = "e"\n'
    assert faults(folder, section) == [
        "2: [dkim] key_file: short.pem: an RSA key must have 2048 to 4096 bits, and this one has "
        "768. Make one with: maild dkim new",
        """0: [dkim] ed25519_key_file: "e" has no key. Add the key's file, or take the selector """
        "out.",
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            'key_file = "rsa.pem"',
            "0: [dkim] selector: rsa.pem has no selector. Add the name under which its record is "
            "published.",
        ),
        (
            'selector = "s"\nkey_file = "ed.pem"',
            "2: [dkim] key_file: ed.pem: the key is Ed25519, not RSA. Make one with: maild dkim "
            "new",
        ),
        (
            SECTION.partition("]\n")[2].replace('"ed1"', '"RSA1"'),
            '3: [dkim] ed25519_selector: "RSA1" is the selector of the RSA key, too. Give each key '
            "one of its own.",
        ),
    ],
    ids=["no selector", "other kind", "one name for both"],
)
def test_key_and_selector_go_together(folder: Path, lines: str, told: str) -> None:
    assert faults(folder, f"[dkim]\n{lines}\n") == [told]


async def test_daemon_does_not_start_with_a_key_that_cannot_sign(folder: Path) -> None:
    (folder / "rsa.pem").write_text("nonsense")
    with pytest.raises(ConfigError, match=r"rsa\.pem: there is no private key in PEM form in it"):
        async with run_daemon(configure(folder)):
            pass


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_key_that_others_may_read_is_refused(folder: Path, mode: int) -> None:
    (folder / "ed.pem").chmod(mode)
    with pytest.raises(ConfigError, match=r"config\.toml:\d+: \[dkim\] ed25519_key_file: others"):
        configure(folder)
    with pytest.raises(
        ConfigError, match=rf"\(mode {mode:04o}\)\. Run: chmod 600 {folder}/ed\.pem"
    ):
        configure(folder)


def test_systemd_hands_keys_over_as_credentials(folder: Path) -> None:
    credentials = folder / "credentials"
    credentials.mkdir()
    for name, key in (("dkim_key", RSA), ("dkim_ed25519_key", ED25519)):
        (credentials / name).write_bytes(write_pem(key))
        # as systemd shows them: the group's bits stand for what its access list grants
        (credentials / name).chmod(0o440)
    section = '[dkim]\nselector = "rsa1"\ned25519_selector = "ed1"\n'
    signer = open_signer(configure(folder, section, CREDENTIALS_DIRECTORY=str(credentials)))
    assert signer
    assert [key.publish("example.test") for key in signer.keys] == RECORDS


@pytest.mark.parametrize(
    ("domain", "aligned"),
    [
        ("", True),
        ("example.test", True),
        ("mail.Example.test", True),
        ("example.org", False),
        ("test", False),
    ],
)
def test_signing_domain_must_belong_to_the_sender(folder: Path, domain: str, aligned: bool) -> None:
    fault = find_misalignment(configure(folder, f'[dkim]\ndomain = "{domain}"\n'))
    assert (fault is None) is aligned
    if fault:
        assert f"letters come from example.test, and a signature of {domain} says" in str(fault)
