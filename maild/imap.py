"""The door for an ordinary mailbox: replies are fetched by IMAP, and left where they are.

A message is taken once its bytes are durable in the store, together with how far the mailbox has
been read, in one transaction; only then is it marked, or moved to another folder. It is never
deleted. What is not for maild is passed over as it is. Of several nodes one reads, in its turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from maild import intake
from maild.clock import MINUTE, SECOND
from maild.errors import StoreUnavailable
from maild.mailbox import Head, Login, Mailbox, Trouble
from maild.model import Envelope
from maild.office import Office, find_store
from maild.services.collection import describe_too_large, find_recipients, find_sender
from maild.services.handoff import post_handoff, write_handoff
from maild.store import mailboxes
from maild.store.database import Transaction
from maild.store.mailboxes import Progress
from maild.turn import Turn, TurnLost

log = structlog.get_logger(__name__)

T = TypeVar("T")

# another node is looked at so often, and goes on reading after so long without a sign of the first
_LOOK_SECONDS = 10.0
_PATIENCE = 2 * MINUTE
_PAUSES = (1.0, 5.0, 30.0, 60.0, 300.0)


async def run_imap(office: Office, login: Login, stop: asyncio.Event) -> None:
    """Fetch replies until told to stop; a connection that is lost is made anew for ever."""
    name = _name(login)
    turn = _make_turn(office, name)
    reader = _Reader(office, Mailbox(login), ThreadPoolExecutor(1, "imap"), name, turn)
    ending = asyncio.create_task(_interrupt(reader.mailbox, stop))
    failures = 0
    try:
        while not stop.is_set():
            try:
                if not await turn.take():
                    await _rest(stop, _LOOK_SECONDS)
                    continue
                progress = await reader.open()
                failures = 0
                while not stop.is_set() and await turn.take():
                    progress = await reader.take_new(progress)
                    await reader.call(reader.mailbox.wait, float(office.config.imap.poll_seconds))
            except TurnLost as error:
                log.warning("the mailbox is left to another", error=str(error))
            except (Trouble, StoreUnavailable) as error:
                pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
                failures += 1
                log.warning("the mailbox is out of reach", error=str(error), seconds=pause)
                await _rest(stop, pause)
            except Exception:
                # one message that we stumble over must not end the fetching of all others
                log.exception("the mailbox stumbled")
                await _rest(stop, _PAUSES[-1])
    finally:
        ending.cancel()
        await reader.close()


@dataclass(frozen=True, slots=True)
class _Reader:
    """A mailbox, the thread it is read in, the name of its progress, and whose turn it is."""

    office: Office
    mailbox: Mailbox
    thread: ThreadPoolExecutor
    name: str
    turn: Turn

    async def call(self, function: Callable[..., T], *arguments: object) -> T:
        """Return what a function of the mailbox does, in its own thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.thread, function, *arguments)

    async def open(self) -> Progress:
        """Open the mailbox and return how far it has been read.

        A mailbox that is new to us is read from now on. After a change of UIDVALIDITY all that
        came since is looked at again; what was taken before is known by its fingerprint.
        """
        state = await self.call(self.mailbox.open)
        now = self.office.clock()
        progress = await mailboxes.find_progress(self.office.db, self.name)
        if progress is None:
            progress = Progress(self.name, state.validity, state.next_uid - 1, now)
        elif progress.validity != state.validity:
            log.warning("the mailbox was renumbered; it is read again", since=progress.since)
            progress = replace(progress, validity=state.validity, last_uid=0)
        await self._keep(progress)
        return progress

    async def take_new(self, progress: Progress) -> Progress:
        """Take what has come, one by one, and return how far the mailbox has been read."""
        uids = await self.call(self.mailbox.list_after, progress.last_uid, progress.since)
        for uid in uids:
            if not await self.turn.take():
                break
            progress = replace(progress, last_uid=uid)
            head = await self.call(self.mailbox.read_head, uid)
            wanted = head is not None and head.arrived_at >= _to_second(progress.since)
            recipients = find_recipients(self.office, head.header) if head and wanted else ()
            if head and recipients:
                await self._take(head, uid, recipients, progress)
            else:
                await self._keep(progress)
        return progress

    async def _keep(self, progress: Progress) -> None:
        await self.office.db.transact(lambda tx: self._advance(tx, progress))

    async def _advance(self, tx: Transaction, progress: Progress) -> None:
        await self.turn.keep(tx)
        await mailboxes.save_progress(tx, progress)

    async def _take(
        self, head: Head, uid: int, recipients: tuple[str, ...], progress: Progress
    ) -> None:
        if head.size > self.office.config.limits.message_size:
            await self._pass_over(head, uid, progress)
            return
        content = await self.call(self.mailbox.read, uid)
        if content is None:
            return

        async def advance(tx: Transaction) -> None:
            await self._advance(tx, progress)

        # nothing is known of who handed it over to the mailbox's server
        envelope = Envelope("", "", find_sender(head.header), recipients, content)
        await intake.accept(self.office, envelope, advance)
        await self.call(self.mailbox.put_away, uid)

    async def _pass_over(self, head: Head, uid: int, progress: Progress) -> None:
        """Leave a message that is too large to the operator, who finds it in the mailbox."""
        occasion = f"{self.name} {progress.validity} {uid}"
        letter = write_handoff(self.office, describe_too_large(head.header, head.size, occasion))

        async def tell(tx: Transaction) -> None:
            await post_handoff(tx, letter)
            await self._advance(tx, progress)

        await self.office.db.transact(tell)

    async def close(self) -> None:
        """Hang up, and leave the mailbox to others."""
        self.mailbox.interrupt()
        await self.call(self.mailbox.close)
        self.thread.shutdown()
        with suppress(StoreUnavailable):
            await self.turn.end()


def _make_turn(office: Office, name: str) -> Turn:
    alone = find_store(office.config).path is not None
    length = 2 * office.config.imap.poll_seconds * SECOND + _PATIENCE
    return Turn(office.db, office.clock, f"mailbox {name}", office.ids.new(), length, alone)


def _name(login: Login) -> str:
    return f"{login.username} {login.url} {login.folder}"


def _to_second(instant: int) -> int:
    """Return an instant without what is finer than a second, as mailboxes keep time."""
    return instant - instant % 1_000_000


async def _interrupt(mailbox: Mailbox, stop: asyncio.Event) -> None:
    await stop.wait()
    mailbox.interrupt()


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
