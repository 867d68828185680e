"""The press: PDFs are made in worker processes, so that the event loop never waits for one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog

from maild.errors import Busy
from maild.mail.typeset import render_pdf
from maild.worker import Worker, WorkerDied

log = structlog.get_logger(__name__)

_TRIES = 2


class Press:
    """Prints up to `workers` documents at a time, each in a process that starts when needed.

    A document may take so many seconds of computing, and so many in all on a busy machine; one
    of a thousand lines takes less than two.
    """

    def __init__(
        self, workers: int = 1, *, cpu_seconds: float = 10.0, seconds: float = 60.0
    ) -> None:
        self._turns = asyncio.Semaphore(workers)
        self._idle = [Worker(cpu_seconds=cpu_seconds, seconds=seconds) for _ in range(workers)]

    async def print(self, layout: Path, data: Mapping[str, object]) -> bytes:
        """Return the PDF that a layout makes of data; a worker that dies or hangs costs one retry.

        Raises `BadTemplate` if the layout is broken, `Busy` if the second worker dies too.
        """
        async with self._turns:
            # the one used last has its fonts in memory; the others start only when they must
            worker = self._idle.pop()
            try:
                return await _render(worker, layout, dict(data))
            finally:
                self._idle.append(worker)

    async def close(self) -> None:
        """End the processes."""
        for worker in self._idle:
            await worker.close()


async def _render(worker: Worker, layout: Path, data: dict[str, object]) -> bytes:
    for attempt in range(1, _TRIES + 1):
        try:
            return await worker.run(render_pdf, layout, data)
        except WorkerDied as error:
            log.warning("a PDF was not made", layout=layout.name, attempt=attempt, error=str(error))
            reason = str(error)
    raise Busy(f"the PDF could not be made ({reason}), twice; try again in a moment")
