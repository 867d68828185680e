"""The program as a process: what only shows there."""

from __future__ import annotations

import json
import os
import pty
import pwd
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from maild.office import Office
from maild.store.database import Transaction

from .conftest import Business

PROGRAM = [sys.executable, "-m", "maild"]


def environ(**more: str) -> Mapping[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAILD_")}
    return kept | more


def run(business: Business, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, "--config", str(business.config), *arguments],
        capture_output=True,
        text=True,
        env=environ(**more),
        timeout=60,
        check=False,
    )


@contextmanager
def following(business: Business) -> Iterator[subprocess.Popen[str]]:
    command = [*PROGRAM, "--config", str(business.config), "log", "--follow", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ()) as process:
        try:
            yield process
        finally:
            process.kill()


def test_document_is_printed_and_sent_by_the_real_program(acme: Business) -> None:
    folder = acme.folder / "out"
    previewed = run(acme, "send", "--preview", str(folder), acme.invoice())
    assert previewed.returncode == 0, previewed.stderr
    assert (folder / "INV-1001.pdf").read_bytes().startswith(b"%PDF-")
    sent = run(acme, "send", acme.invoice())
    assert (sent.returncode, sent.stderr) == (0, "")
    assert sent.stdout.startswith("INV-1001 → jane@acme.example (queued)\n")


def test_log_follows_what_other_commands_do_until_interrupted(acme: Business) -> None:
    with following(acme) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["verb"] == "client added"
        assert json.loads(process.stdout.readline())["verb"] == "contact added"
        acme.did("client", "add", "Beta")
        assert json.loads(process.stdout.readline())["subject"] == "BETA"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


def test_log_follows_however_much_happens_at_once(acme: Business) -> None:
    async def burst(office: Office) -> None:
        async def work(tx: Transaction) -> None:
            for n in range(2500):
                await office.record(tx, "done", str(n), actor="test")

        await office.db.transact(work)

    with following(acme) as process:
        assert process.stdout
        for _ in range(2):
            process.stdout.readline()
        acme.in_office(burst)
        told = [json.loads(process.stdout.readline())["subject"] for _ in range(2500)]
        assert told == [str(n) for n in range(2500)]


def test_events_name_who_gave_the_order_even_where_nobody_logged_in(acme: Business) -> None:
    assert run(acme, "client", "add", "Beta", USER="").returncode == 0
    account = pwd.getpwuid(os.getuid()).pw_name
    assert acme.json("log")[-1]["actor"] == f"operator:{account}"


def test_question_is_broken_off_by_one_interrupt_and_nothing_done(acme: Business) -> None:
    hand_over = ("contact", "replace", "ACME", "jane@acme.example", "tom@acme.example")
    command = [*PROGRAM, "--config", str(acme.config), *hand_over]
    master, terminal = pty.openpty()
    with subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=environ(), text=True
    ) as process:
        try:
            read_until(master, b"before today? [Y/n]")
            wait_until_asleep(process.pid)
            process.send_signal(signal.SIGINT)
            assert b"maild: stopped" in read_until(master, b"stopped")
            assert process.wait(timeout=30) == 1
        finally:
            process.kill()
            os.close(terminal)
            os.close(master)
    assert [one["disabled_at"] for one in acme.json("contact", "list", "ACME")] == [None]


def wait_until_asleep(pid: int) -> None:
    """Return once a process waits for somebody to type: what is sent before may be overlooked."""
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
        assert time.monotonic() < deadline


def read_until(descriptor: int, words: bytes) -> bytes:
    """Return what a terminal shows, up to these words."""
    shown = b""
    while words not in shown:
        ready, _, _ = select.select([descriptor], [], [], 30)
        assert ready, shown
        shown += os.read(descriptor, 4096)
    return shown


@pytest.mark.parametrize("debug", ["", "1"])
def test_fault_of_our_own_shows_its_traceback_only_when_asked(
    maild: Business, debug: str, tmp_path: Path
) -> None:
    broken = tmp_path / "sitecustomize.py"
    broken.write_text("import maild.store.clients as c\nc.list_clients = None\n")
    result = run(maild, "client", "list", MAILD_DEBUG=debug, PYTHONPATH=f"{tmp_path}:{os.getcwd()}")
    assert result.returncode == 1
    assert ("Traceback" in result.stderr) is bool(debug)
    assert ("set MAILD_DEBUG=1" in result.stderr) is not bool(debug)


def test_name_that_the_terminal_cannot_show_does_not_end_a_command(acme: Business) -> None:
    result = run(acme, "send", "--dry-run", acme.invoice(), PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "\\xa3300.00" in result.stdout


def test_help_is_there_at_once() -> None:
    command = [*PROGRAM, "--help"]

    def measure() -> float:
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        return time.perf_counter() - start

    modules = "import maild.cli.root, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", modules], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pydantic", "rich", "aiosqlite", "asyncio", "structlog", "typst"} & set(loaded)
    assert min(measure() for _ in range(3)) < 5
