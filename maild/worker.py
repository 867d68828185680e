"""A worker: one process of our own that runs functions on input that may be hostile.

A function that takes too long is killed with its process, by the kernel if need be, and the next
call gets a new one. Nothing it does can keep the event loop waiting.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from maild.errors import MaildError

T = TypeVar("T")

_LENGTH_BYTES = 8


class WorkerDied(MaildError):
    """The process came to no answer: it was killed for taking too long, or died of its input."""


class Worker:
    """Runs one function at a time in a process that is started with the first.

    `cpu_seconds` is how long a call may compute, `seconds` how long it may take on a machine that
    is busy with other things.
    """

    def __init__(self, *, cpu_seconds: float = 2.0, seconds: float = 30.0) -> None:
        self._cpu_seconds = cpu_seconds
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Return what the function returns, or raise what it raises; raises `WorkerDied`.

        Function, arguments and result are pickled; the function is found by its name.
        """
        question = pickle.dumps((function, arguments))
        async with self._turn:
            process = self._process or await self._start()
            try:
                async with asyncio.timeout(self._seconds):
                    succeeded, value = pickle.loads(await _ask(process, question))  # noqa: S301
            except BaseException as error:
                await self._end()
                if isinstance(error, (TimeoutError, asyncio.IncompleteReadError, ConnectionError)):
                    raise WorkerDied(self._explain(process.returncode)) from error
                raise
        if succeeded:
            result: T = value
            return result
        raise value

    async def close(self) -> None:
        """End the process."""
        await self._end()

    async def _start(self) -> Process:
        """Start the process; a start that is called off comes to its end, and the process to its.

        Half started, it would outlive the event loop.
        """
        spawning = asyncio.create_task(self._spawn())
        try:
            self._process = await asyncio.shield(spawning)
        except asyncio.CancelledError:
            self._process = await spawning
            await self._end()
            raise
        return self._process

    async def _spawn(self) -> Process:
        # -P: what lies in the working directory must not stand in for a library
        return await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", __name__, str(self._cpu_seconds), stdin=PIPE, stdout=PIPE
        )

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        # to the end, or its pipes would outlive it
        await process.stdout.read()
        await process.wait()

    def _explain(self, returncode: int | None) -> str:
        if returncode == -signal.SIGPROF:
            return f"it took more than {self._cpu_seconds:g} seconds of computing"
        if returncode == -signal.SIGKILL:
            return f"it was not done within {self._seconds:g} seconds, or ran out of memory"
        return f"the process at work on it died ({returncode})"


async def _ask(process: Process, question: bytes) -> bytes:
    assert process.stdin
    assert process.stdout
    process.stdin.write(question)
    await process.stdin.drain()
    length = int.from_bytes(await process.stdout.readexactly(_LENGTH_BYTES), "big")
    return await process.stdout.readexactly(length)


def _serve(cpu_seconds: float) -> None:
    """Answer calls until the parent closes its end or is gone; runs in the worker's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    # whatever a library prints must not get between the answers
    os.dup2(2, 1)
    while True:
        try:
            function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our parent
        except EOFError:
            return
        # its signal is not handled: it ends the process even inside a call that never returns
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        answer = _call(function, arguments)
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(len(answer).to_bytes(_LENGTH_BYTES, "big") + answer)
        answers.flush()


def _call(function: Callable[..., Any], arguments: tuple[object, ...]) -> bytes:
    """Return (True, result) or (False, exception), pickled."""
    try:
        return pickle.dumps((True, function(*arguments)))
    except Exception as error:
        try:
            return pickle.dumps((False, error))
        except Exception:
            return pickle.dumps((False, RuntimeError(repr(error))))


if __name__ == "__main__":
    _serve(float(sys.argv[1]))
