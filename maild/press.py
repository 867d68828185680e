"""The press: PDFs are made in a worker process, so that the event loop never waits for one."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path

from maild.errors import Busy
from maild.mail.pdf import render_pdf


class Press:
    """Prints documents, one at a time, in a process that is started with the first."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def print(self, layout: Path, data: Mapping[str, object]) -> bytes:
        """Return the PDF that a layout makes of data; a worker that dies costs one more try.

        Raises `BadTemplate` if the layout is broken, `Busy` if the second worker dies too.
        """
        loop = asyncio.get_running_loop()
        for _ in range(2):
            pool = self._pool = self._pool or self._open()
            try:
                return await loop.run_in_executor(pool, render_pdf, layout, dict(data))
            except BrokenProcessPool:
                # another caller may have opened the next one already
                self._pool = None if self._pool is pool else self._pool
        raise Busy("the PDF could not be made: its process died twice; try again in a moment")

    def _open(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_follow_parent)

    def close(self) -> None:
        """Let the worker go."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


def _follow_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
