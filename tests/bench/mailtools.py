"""Postfix's own tools as source and sink of mail."""

from __future__ import annotations

import os
import pwd
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

from tests.bench.child import wait_until
from tests.bench.scenario import find_program
from tests.ports import free_port

SIZE = 8192
_COUNTER = re.compile(rb"mesg=(\d+)\r")


def pour(
    port: int,
    count: int,
    recipient: str,
    *,
    sessions: int = 20,
    reuse: bool = False,
    lmtp: bool = False,
    size: int = SIZE,
) -> float:
    """Send so many messages by smtp-source, and return the seconds that took.

    Raises `CalledProcessError` when one of them was not answered with 250.
    """
    options = ["-s", str(sessions), "-m", str(count), "-l", str(size), "-C", "10"]
    options += ["-d"] if reuse else []
    options += ["-L"] if lmtp else []
    options += ["-f", "someone@elsewhere.example", "-t", recipient, f"inet:127.0.0.1:{port}"]
    started = time.perf_counter()
    subprocess.run([find_program("smtp-source") or "", *options], check=True, capture_output=True)
    return time.perf_counter() - started


class Sink:
    """A smtp-sink that counts, and keeps what it gets in a folder if it was told to."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, kept: Path | None) -> None:
        self.port = port
        self.pid = process.pid
        self.count = 0
        self._kept = kept
        self._process = process
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @property
    def url(self) -> str:
        """The relay's URL."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[bytes]:
        """What it kept, each with the lines about its envelope on top."""
        assert self._kept
        return [path.read_bytes() for path in sorted(self._kept.iterdir())]

    def wait_for(self, count: int, deadline: float = 300.0) -> None:
        """Return once so many have arrived in all."""
        wait_until(lambda: self.count >= count, f"{count} messages, {self.count} came", deadline)

    def _read(self) -> None:
        assert self._process.stdout
        # the end of it, or of the process whose output it is
        with suppress(ValueError, OSError):
            while text := os.read(self._process.stdout.fileno(), 65536):
                if found := _COUNTER.findall(text):
                    self.count = int(found[-1])


@contextmanager
def open_sink(*, keep: Path | None = None, pipelining: bool = True) -> Iterator[Sink]:
    """Run a smtp-sink on a free port until the context ends."""
    port = free_port()
    command = [find_program("smtp-sink") or "", "-c"]
    if os.geteuid() == 0:
        command += ["-u", "nobody"]
    if not pipelining:
        command.append("-p")
    if keep:
        keep.mkdir()
        if os.geteuid() == 0:
            os.chown(keep, pwd.getpwnam("nobody").pw_uid, -1)
        command += ["-d", f"{keep}/%M."]
    command += [f"127.0.0.1:{port}", "1000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            wait_until(lambda: is_open(port), "smtp-sink")
            yield Sink(process, port, keep)
        finally:
            process.kill()


def is_open(port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def time_round_trip(port: int, times: int = 50) -> float:
    """Return the seconds from a command to a mail server's answer, half of the times."""
    found = []
    with socket.create_connection(("127.0.0.1", port)) as line, line.makefile("rb") as answers:
        answers.readline()
        for _ in range(times):
            started = time.perf_counter()
            line.sendall(b"NOOP\r\n")
            answers.readline()
            found.append(time.perf_counter() - started)
    return median(found)
