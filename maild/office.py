"""The office: everything a service works with, opened once by the daemon or by a command."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from maild.access.passwords import Hasher
from maild.almanac import WEEKDAYS, Almanac, parse_hours, parse_time
from maild.clock import Clock
from maild.config import Config
from maild.dns import Nobody, Resolver
from maild.ids import Ids, KeyRing, RandomBytes
from maild.letters import Letterhead
from maild.log import without_secrets
from maild.matching import Addresses
from maild.model import Event
from maild.press import Press
from maild.ring import open_ring
from maild.store import events
from maild.store.database import Database, Transaction
from maild.store.engine import Place, open_store
from maild.templating import Templates
from maild.timepiece import keep_time

if TYPE_CHECKING:
    from maild.mail.sign import Signer


@dataclass(frozen=True)
class Office:
    """The store, the clock, the keys, and the hands that write, print and hash."""

    config: Config
    db: Database
    clock: Clock
    ids: Ids
    keys: KeyRing
    random_bytes: RandomBytes
    templates: Templates
    letterhead: Letterhead
    addresses: Addresses
    hasher: Hasher
    press: Press
    resolver: Resolver
    signer: Signer | None

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        return ZoneInfo(self.config.business.time_zone)

    @cached_property
    def almanac(self) -> Almanac:
        """The business's days and hours."""
        rules = self.config.reminders
        return Almanac(
            zone=self.zone,
            weekdays=frozenset(map(WEEKDAYS.index, rules.business_days)),
            holidays=rules.holidays,
            quiet=parse_hours(rules.quiet_hours),
            opens=parse_time(rules.send_at),
        )

    async def record(
        self,
        tx: Transaction,
        verb: str,
        subject: str,
        *,
        actor: str,
        reason: str = "",
        client_id: str | None = None,
        document_id: str | None = None,
        contact_id: str | None = None,
    ) -> None:
        """Append an event to the log, as part of the transaction that it tells of.

        People and mail servers may put one of our secrets into a reason; the log keeps none.
        """
        now = self.clock()
        await events.add_event(
            tx,
            Event(
                id=self.ids.ordered(now),
                at=now,
                actor=actor,
                verb=verb,
                subject=subject,
                reason=without_secrets(reason),
                client_id=client_id,
                document_id=document_id,
                contact_id=contact_id,
            ),
        )


def open_templates(config: Config) -> Templates:
    """Return the templates as a configuration wants them."""
    override = config.resolve(config.templates.dir) if config.templates.dir else None
    return Templates(
        locale=config.business.locale,
        time_zone=config.business.time_zone,
        override=override,
        business=config.business,
    )


def find_store(config: Config) -> Place:
    """Return where a configuration has its store."""
    password = config.store.password
    secret = password.get_secret_value() if password else None
    return Place(config.store.url, config.base, secret)


def find_folder(config: Config) -> Path:
    """Return the folder of what maild makes itself: the store's file, else the key ring's."""
    return (find_store(config).path or config.resolve(config.keys.file)).parent


@asynccontextmanager
async def open_office(
    config: Config,
    *,
    clock: Clock | None = None,
    random_bytes: RandomBytes = secrets.token_bytes,
    resolver: Resolver | None = None,
    signer: Signer | None = None,
) -> AsyncIterator[Office]:
    """Open store and keys, and close them at the end.

    Without a clock it is the time that all nodes share; without a resolver nobody is asked about
    senders; without a signer letters leave unsigned. Raises `StoreUnavailable`, `BadInput`, and
    `Refused` for a key ring that is not the store's.
    """
    ids = Ids(random_bytes)
    templates = open_templates(config)
    hasher = Hasher()
    press = Press(config.limits.pdf_workers)
    db = await open_store(find_store(config))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_close, press, hasher, db)
        keys = await open_ring(db, config.resolve(config.keys.file), random_bytes)
        if clock is None:
            clock = await stack.enter_async_context(keep_time(db))
        yield Office(
            config=config,
            db=db,
            clock=clock,
            ids=ids,
            keys=keys,
            random_bytes=random_bytes,
            templates=templates,
            letterhead=Letterhead(config, templates, keys, ids),
            addresses=Addresses(config.inbound.domain, config.inbound.addresses, keys),
            hasher=hasher,
            press=press,
            resolver=resolver or Nobody(),
            signer=signer,
        )


async def _close(press: Press, hasher: Hasher, db: Database) -> None:
    await press.close()
    hasher.close()
    await db.close()
