"""Group commit, for every engine: all work that arrived while the last commit ran shares the next.

Many callers, one fsync. Work that fails takes nothing with it: the others of its group are done
again, each in a savepoint of its own. So work must bear being run twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from maild.errors import StoreUnavailable
from maild.store.database import Transaction, Work

T = TypeVar("T")

_GROUP = 200
_TRIES = 5


class Contention(StoreUnavailable):
    """Others were at the same rows, and the engine undid this work: it may be done again."""


class Session(Transaction, Protocol):
    """The connection that a group is written over."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    async def begin(self) -> None:
        """Open a transaction; raises `StoreUnavailable`."""

    async def commit(self) -> None:
        """Make it durable; raises `StoreUnavailable`, `StoreFull`."""

    async def rollback(self) -> None:
        """Undo it; raises nothing, as what cannot be undone is not kept either."""


@dataclass(eq=False)
class _Job:
    work: Work[Any]
    done: asyncio.Future[Any]
    tries: int = 0
    result: Any = None
    error: BaseException | None = None


class GroupWriter:
    """One writer over one session; `announce` is called after every commit."""

    def __init__(self, session: Session, announce: Callable[[], None]) -> None:
        self._session = session
        self._announce = announce
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._write())

    async def transact(self, work: Work[T]) -> T:
        """Run work as part of a group; return its result once that is durable."""
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._jobs.put_nowait(job)
        result: T = await job.done
        return result

    async def close(self) -> None:
        """Finish what was handed in."""
        self._jobs.put_nowait(None)
        await self._task

    async def _write(self) -> None:
        while (first := await self._jobs.get()) is not None:
            group = [first]
            while len(group) < _GROUP and not self._jobs.empty():
                job = self._jobs.get_nowait()
                if job is None:
                    self._jobs.put_nowait(None)
                    break
                group.append(job)
            await self._settle(group)

    async def _settle(self, group: list[_Job]) -> None:
        """Write a group until every job of it has come to its end."""
        await self._commit(group, guarded=False)
        if len(group) > 1 and _is_ours(group[0].error):
            await self._commit(group, guarded=True)
        again = [job for job in group if isinstance(job.error, Contention) and job.tries < _TRIES]
        for job in group:
            if job not in again:
                _answer(job)
        for job in again:
            await self._settle([job])

    async def _commit(self, group: list[_Job], *, guarded: bool) -> None:
        for job in group:
            job.error, job.tries = None, job.tries + 1
        try:
            await self._session.begin()
            for job in group:
                await (self._attempt(job) if guarded else self._run(job))
            await self._session.commit()
        except (Exception, asyncio.CancelledError) as error:
            # work may be cancelled from inside; only a cancelled writer stops writing
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            await self._session.rollback()
            for job in group:
                job.error = error
        else:
            self._announce()

    async def _run(self, job: _Job) -> None:
        job.result = await job.work(self._session)

    async def _attempt(self, job: _Job) -> None:
        await self._session.execute("SAVEPOINT work")
        try:
            await self._run(job)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            # a full disk makes SQLite undo the whole group by itself
            if not self._session.in_transaction:
                raise
            job.error = error
            await self._session.execute("ROLLBACK TO SAVEPOINT work")
        await self._session.execute("RELEASE SAVEPOINT work")


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _is_ours(error: BaseException | None) -> bool:
    """Tell whether work went wrong; what is wrong with the store is so for all of a group."""
    return error is not None and not isinstance(error, StoreUnavailable)


def _answer(job: _Job) -> None:
    if job.done.cancelled():
        return
    if job.error is not None:
        job.done.set_exception(job.error)
    else:
        job.done.set_result(job.result)
