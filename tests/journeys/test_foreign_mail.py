"""The mail doors as programs meet them that others wrote: swaks, smtp-source, Postfix."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from maild.daemon import Running, run_daemon
from maild.store import replies
from tests.fakes import FakeClock
from tests.mail_tools import find_swaks, find_tool, open_lmtp, open_postfix, run_tool
from tests.mails import answer_to
from tests.ports import free_port
from tests.smarthost import Smarthost
from tests.smtp_peer import make_tls
from tests.world import SocketWorld, write_config

OURS = "billing@example.test"


@asynccontextmanager
async def open_doors(folder: Path) -> AsyncIterator[Running]:
    """Run a daemon that has both doors and a certificate."""
    tls = make_tls(folder)
    config = write_config(folder, port=free_port())
    config = open_lmtp(config, tls_certificate=str(tls.chain), tls_key=str(tls.key))
    async with run_daemon(config) as running:
        yield running


async def kept(running: Running) -> list[bytes]:
    """Return the bytes of all mail in the store, oldest first."""
    db = running.office.db
    known = await replies.list_replies(db, most=10**6)
    return [await replies.read_reply(db, reply.id) for reply in reversed(known)]


@pytest.mark.parametrize("way", ["smtp", "starttls", "lmtp", "pipelined"])
async def test_swaks_delivers(way: str, tmp_path: Path) -> None:
    swaks = await find_swaks(tls=way == "starttls")
    async with open_doors(tmp_path) as running:
        smtp = f"127.0.0.1:{running.smtp_port}"
        options = {
            "smtp": ["--server", smtp],
            "starttls": ["--server", smtp, "--tls"],
            "lmtp": ["--server", running.lmtp, "--protocol", "LMTP"],
            "pipelined": ["--server", smtp, "--pipeline"],
        }[way]
        said = await run_tool(
            swaks, *options, "--from", "x@y.example", "--to", OURS, "--body", "Hello\\n.\\nJane"
        )
        assert "250 2.6.0 Message taken" in said
        (content,) = await kept(running)
        assert b"\r\n\r\nHello\r\n.\r\nJane\r\n" in content


async def test_swaks_is_told_whom_we_do_not_know(tmp_path: Path) -> None:
    swaks = await find_swaks()
    async with open_doors(tmp_path) as running:
        process = await asyncio.create_subprocess_exec(
            *(swaks, "--server", f"127.0.0.1:{running.smtp_port}", "--to", "x@elsewhere.example"),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode
        assert b"550 5.1.1 No such recipient here" in said
        assert await kept(running) == []


@pytest.mark.parametrize("lmtp", [False, True])
async def test_smtp_source_sends_hundreds_over_many_connections(lmtp: bool, tmp_path: Path) -> None:
    source = find_tool("smtp-source", "postfix")
    async with open_doors(tmp_path) as running:
        where = running.lmtp if lmtp else f"127.0.0.1:{running.smtp_port}"
        addresses = ["-f", "x@y.example", "-t", OURS]
        load = ["-s", "10", "-m", "300", "-l", "5000"]
        await run_tool(source, *load, *addresses, *(["-L"] if lmtp else ["-d"]), where)
        contents = await kept(running)
        assert len(contents) == 300
        assert {len(content) > 5000 for content in contents} == {True}


@asynccontextmanager
async def open_world_behind_postfix(folder: Path) -> AsyncIterator[tuple[SocketWorld, int]]:
    """Run a daemon whose mail comes in by way of a Postfix; gives that one's port."""
    clock = FakeClock()
    async with Smarthost() as smarthost:
        tls = make_tls(folder)
        config = write_config(folder, port=free_port(), relay=smarthost.url)
        config = open_lmtp(config, tls_certificate=str(tls.chain), tls_key=str(tls.key))
        async with (
            run_daemon(config, clock=clock) as running,
            open_postfix(running.lmtp, config.inbound.domain) as postfix,
        ):
            yield SocketWorld(running.office, clock, smarthost, running.smtp_port), postfix.port


async def test_a_customers_answer_comes_by_way_of_postfix_and_is_answered(tmp_path: Path) -> None:
    async with open_world_behind_postfix(tmp_path) as (world, port):
        await world.client("Acme Ltd", "jane@acme.example")
        await world.issue("INV-1")
        (letter,) = await world.mail_to("jane@acme.example")
        await aiosmtplib.send(
            answer_to(letter, "It won't let me log in."),
            sender="jane@acme.example",
            recipients=[letter.reply_to, OURS, "nobody@example.test"],
            hostname="127.0.0.1",
            port=port,
        )
        got = await world.smarthost.received(2, 60)
        assert got[1].recipients == ("jane@acme.example",)

        # one message of which Postfix was told the fate per recipient: it bounces for one alone
        (reply,) = await replies.list_replies(world.office.db)
        row = await world.office.db.rows("SELECT recipients FROM replies WHERE id = $1", reply.id)
        assert "nobody" not in row[0]["recipients"]
        assert b"mta.example (Postfix)" in await replies.read_reply(world.office.db, reply.id)


async def test_postfix_brings_what_it_could_not_while_the_daemon_was_down(tmp_path: Path) -> None:
    config = open_lmtp(write_config(tmp_path, port=free_port()))
    place = str(config.smtp.lmtp_listen)
    async with open_postfix(place, config.inbound.domain) as postfix:
        for number in range(5):
            message = EmailMessage()
            message["From"], message["To"] = "x@y.example", OURS
            message["Message-ID"] = f"<{number}@y.example>"
            message.set_content("Hello")
            await aiosmtplib.send(message, hostname="127.0.0.1", port=postfix.port)
        async with run_daemon(config) as running:
            # what was on its way at the moment of a queue run may be passed over for long
            await postfix.flush()
            async with asyncio.timeout(60):
                change, contents = running.office.db.watch(), await kept(running)
                while len(contents) < 5:
                    await change.wait()
                    change, contents = running.office.db.watch(), await kept(running)
    for number in range(5):
        assert any(b"<%d@y.example>" % number in content for content in contents)
