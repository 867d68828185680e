"""Processes of the bench's own, each asked by a line of JSON and answering by one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.bench.machine import list_family
from tests.bench.scenario import find_program

DEADLINE = 120.0
_ROOT = Path(__file__).parents[2]


class Child:
    """A process that runs; what it says on standard error is in `log`."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self.log = log

    @property
    def pid(self) -> int:
        """Its process id, or that of the strace around it."""
        return self._process.pid

    def ask(self, **order: object) -> dict[str, Any]:
        """Return the answer to an order; raises `ChildProcessError` with its log if it dies."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.read_line())
        return answer

    def read_line(self) -> str:
        """Return the next line that it says; raises `ChildProcessError` when there is none."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            raise ChildProcessError(f"it ended ({code}): {self.log.read_text()[-800:]}")
        return line.rstrip("\n")

    def kill(self) -> None:
        """End it and all it started at once, and wait for it."""
        # strace would leave behind what it traces
        for pid in list_family(self._process.pid) if self._process.poll() is None else ():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def start(
    *command: str, folder: Path, name: str = "child", trace: Path | None = None
) -> Iterator[Child]:
    """Run a program until the context ends; `trace` is a file for strace to count its syncs in."""
    log = folder / f"{name}.log"
    tracer = trace_command(trace) if trace else []
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*tracer, find_program(command[0]) or command[0], *command[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=_ROOT,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )
    child = Child(process, log)
    try:
        yield child
    finally:
        child.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def python(module: str, *arguments: object) -> Sequence[str]:
    """Return the command that runs one of our modules."""
    return (sys.executable, "-m", module, *map(str, arguments))


def serve_orders(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer orders until there are no more; runs in the child."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


def trace_command(file: Path) -> list[str]:
    """Return what runs a command under strace, which notes its syncs in a file as they happen."""
    calls = "trace=fsync,fdatasync"
    return ["strace", "-f", "-qq", "--seccomp-bpf", "-e", calls, "-o", str(file)]


def wait_until(true: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
    """Poll until something is true; raises TimeoutError."""
    end = time.monotonic() + deadline
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {deadline:g} s for {what}")
        time.sleep(0.005)
