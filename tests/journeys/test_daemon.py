"""The built daemon as a process of its own, met as the world meets it: SMTP, a browser, signals."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosmtplib
import pytest

from tests.browser import open_chromium
from tests.mails import answer_to, read_mail
from tests.nameserver import run_nameserver
from tests.ports import free_port
from tests.signer import Signer
from tests.smarthost import Smarthost
from tests.world import OPERATOR, write_config

INVOICE = {
    "type": "invoice",
    "number": "INV-1001",
    "client": "ACME",
    "issued": "2026-11-01",
    "due": "2099-12-01",
    "lines": [{"description": "Support", "unit_price": "250.00", "tax_rate": "20"}],
    "attachments": ["timesheet.csv"],
}
DEADLINE = 30.0


class Daemon:
    """A running `maild serve`, and the commands beside it."""

    def __init__(self, folder: Path, process: Process) -> None:
        self.folder = folder
        self.process = process
        self.smtp_port = 0

    async def until_ready(self) -> None:
        """Wait for a ready line from each door."""
        assert self.process.stdout
        said = ""
        async with asyncio.timeout(DEADLINE):
            while not re.search(r"^admin +ready", said, re.MULTILINE):
                line = await self.process.stdout.readline()
                assert line, said
                said += line.decode()
        found = re.search(r"^smtp +ready on \S+:(\d+)", said, re.MULTILINE)
        assert found, said
        assert re.search(r"^web +ready on http://", said, re.MULTILINE)
        self.smtp_port = int(found.group(1))

    async def command(self, *arguments: str) -> str:
        """Run a command on the daemon's store and return what it printed."""
        process = await start(self.folder, *arguments)
        out, err = await process.communicate()
        assert process.returncode == 0, out + err
        return out.decode()

    async def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE):
            return await self.process.wait()


@asynccontextmanager
async def running(folder: Path, relay: str, *, dns: str = "none") -> AsyncIterator[Daemon]:
    """Run the daemon on free ports; `dns` is the nameserver it asks about senders."""
    write_config(folder, port=free_port(), relay=relay)
    path = folder / "config.toml"
    path.write_text(path.read_text().replace('dns = "none"', f'dns = "{dns}"'))
    process = await start(folder, "serve")
    daemon = Daemon(folder, process)
    try:
        await daemon.until_ready()
        yield daemon
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def start(folder: Path, *arguments: str) -> Process:
    """Start the command as installed."""
    environ = os.environ | {"MAILD_CONFIG": str(folder / "config.toml")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "maild", *arguments, stdout=PIPE, stderr=PIPE, env=environ
    )


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """An invoice file with an attachment beside it."""
    (tmp_path / "timesheet.csv").write_text("day,hours\n2026-11-02,8\n")
    path = tmp_path / "INV-1001.json"
    path.write_text(json.dumps(INVOICE))
    return path


async def test_from_the_invoice_to_the_log_in(tmp_path: Path, document: Path) -> None:
    async with (
        Smarthost() as smarthost,
        running(tmp_path, smarthost.url) as daemon,
        open_chromium() as chromium,
    ):
        await daemon.command("client", "add", "Acme Ltd", "--email", "jane@acme.example")
        await daemon.command("send", str(document))
        sent = (await smarthost.received(1, DEADLINE))[0]
        letter = read_mail(sent.sender, sent.recipients[0], sent.content)
        assert set(letter.attached()) == {"INV-1001.pdf", "timesheet.csv"}

        page = await chromium.new_page()
        await page.goto(letter.link)
        assert page.url.endswith("/invoices/INV-1001")
        assert "£300.00" in await page.inner_text("main")

        await aiosmtplib.send(
            answer_to(letter, "Hello, it won't let me log in. Please help."),
            sender=letter.recipient,
            recipients=[letter.reply_to],
            hostname="127.0.0.1",
            port=daemon.smtp_port,
        )
        got = (await smarthost.received(2, DEADLINE))[1]
        answer = read_mail(got.sender, got.recipients[0], got.content)
        assert answer.recipient == "jane@acme.example"

        stranger = await chromium.new_page()
        await stranger.goto(_login_url(answer.text))
        await stranger.get_by_label("Email address").fill("jane@acme.example")
        await stranger.get_by_label("Password").fill(answer.password.upper())
        await stranger.get_by_role("button", name="Log in").click()
        await stranger.get_by_role("link", name="INV-1001").first.click()
        assert "£300.00" in await stranger.inner_text("main")

        assert await daemon.stop() == 0


async def test_no_secret_address_or_body_appears_in_the_log(tmp_path: Path, document: Path) -> None:
    async with Smarthost() as smarthost, running(tmp_path, smarthost.url) as daemon:
        await daemon.command("client", "add", "Acme Ltd", "--email", "jane@acme.example")
        await daemon.command("send", "--password", str(document))
        sent = (await smarthost.received(1, DEADLINE))[0]
        letter = read_mail(sent.sender, sent.recipients[0], sent.content)
        await aiosmtplib.send(
            answer_to(letter, "What is the rhubarb on line two?"),
            sender=letter.recipient,
            recipients=[letter.reply_to],
            hostname="127.0.0.1",
            port=daemon.smtp_port,
        )
        handed = (await smarthost.received(2, DEADLINE))[1]
        assert handed.recipients == (OPERATOR,)
        assert await daemon.stop() == 0
        assert daemon.process.stdout
        assert daemon.process.stderr
        said = (await daemon.process.stdout.read() + await daemon.process.stderr.read()).decode()

    assert "reply settled" in said
    token = letter.link.rpartition("/")[2]
    secrets = [token, letter.password, letter.reply_to, "rhubarb", "jane@acme.example"]
    assert [secret for secret in secrets if secret in said] == []


async def test_senders_are_checked_and_a_dead_nameserver_keeps_nobody_out(
    tmp_path: Path, document: Path
) -> None:
    acme = Signer("acme.example")
    key = " ".join(f'"{acme.record[at : at + 200]}"' for at in range(0, len(acme.record), 200))
    zone = ('_dmarc.acme.example. 0 TXT "v=DMARC1; p=reject"', f"{acme.place}. 0 TXT {key}")
    with run_nameserver(*zone) as nameserver:
        async with (
            Smarthost() as smarthost,
            running(tmp_path, smarthost.url, dns=f"127.0.0.1:{nameserver.port}") as daemon,
        ):
            await daemon.command("client", "add", "Acme Ltd", "--email", "jane@acme.example")
            await daemon.command("send", str(document))
            sent = (await smarthost.received(1, DEADLINE))[0]
            letter = read_mail(sent.sender, sent.recipients[0], sent.content)
            for count, words in ((2, "What is this for?"), (3, "I can't log in")):
                await aiosmtplib.send(
                    acme.sign(answer_to(letter, words)),
                    sender=letter.recipient,
                    recipients=[letter.reply_to],
                    hostname="127.0.0.1",
                    port=daemon.smtp_port,
                )
                await smarthost.received(count, DEADLINE)
                nameserver.trouble = "SERVFAIL"
            helped, held = json.loads(await daemon.command("inbox", "list", "--json"))
            assert held["authentication"].startswith("dmarc=pass (dkim acme.example)")
            assert helped["authentication"] == "dmarc=unknown (dns acme.example)"
            assert [reply["level"] for reply in (held, helped)] == [3, 2]
            assert helped["action"] == "reissue"


async def test_a_second_daemon_on_the_same_store_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, "maildir:sent"):
        second = await start(tmp_path, "serve")
        out, err = await second.communicate()
        assert second.returncode == 1
        assert b"another maild is serving this store" in err
        assert b"Traceback" not in out + err


async def test_letters_queued_while_the_daemon_was_down_leave_when_it_starts(
    tmp_path: Path, document: Path
) -> None:
    async with Smarthost() as smarthost:
        write_config(tmp_path, port=free_port(), relay=smarthost.url)
        for arguments in (
            ("client", "add", "Acme Ltd", "--email", "jane@acme.example"),
            ("send", str(document)),
        ):
            process = await start(tmp_path, *arguments)
            await process.communicate()
            assert process.returncode == 0
        assert smarthost.messages == []

        async with running(tmp_path, smarthost.url) as daemon:
            await smarthost.received(1, DEADLINE)
            assert await daemon.stop() == 0


def _login_url(text: str) -> str:
    found = re.search(r"http://\S+/login", text)
    assert found, text
    return found.group()
