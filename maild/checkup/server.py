"""The server that keeps a store: its version, whether it keeps what it has, and its clock."""

from __future__ import annotations

from collections.abc import Iterator

from maild.checkup.verdicts import Verdict, fault, ok, warn
from maild.clock import SECOND, Clock
from maild.config import Config
from maild.errors import MaildError
from maild.office import find_store
from maild.store.database import Database
from maild.store.engine import open_store
from maild.store.postgres_server import ServerFacts, ask_server
from maild.timepiece import Timepiece

_TOPIC = "server"
# a machine whose clock is looked after is never so far off
_APART = 2 * SECOND


async def check_server(config: Config, clock: Clock) -> list[Verdict]:
    """Look at the server of a PostgreSQL store; a file of SQLite has none."""
    place = find_store(config)
    if place.path:
        return []
    try:
        db = await open_store(place)
    except MaildError:
        # told as the store's own fault
        return []
    try:
        facts = await ask_server(db)
        return [*judge_server(facts), *await _compare_clocks(db, clock)]
    except MaildError as error:
        return [fault(_TOPIC, str(error))]
    finally:
        await db.close()


def judge_server(facts: ServerFacts) -> Iterator[Verdict]:
    """Yield what a server's facts mean for a store."""
    lax = [
        f"{name} = {value}"
        for name, value in (
            ("fsync", facts.fsync),
            ("full_page_writes", facts.full_page_writes),
            ("synchronous_commit", facts.synchronous_commit),
        )
        if value == "off"
    ]
    if facts.is_standby:
        remedy = "let [store] url name the primary, or all of them and target_session_attrs=primary"
        yield fault(_TOPIC, f"PostgreSQL {facts.version} is a standby: it takes no writes", remedy)
    elif lax:
        remedy = "set it to on in postgresql.conf: maild says 250 to mail that must not be lost"
        text = f"{', '.join(lax)}: a crash of the server loses mail that was accepted"
        yield warn(_TOPIC, text, remedy)
    else:
        yield ok(_TOPIC, f"PostgreSQL {facts.version}, which keeps what it has committed")


async def _compare_clocks(db: Database, clock: Clock) -> list[Verdict]:
    timepiece = Timepiece(clock)
    await timepiece.set_by(db)
    off = timepiece.offset
    if abs(off) < _APART:
        return []
    way = "behind" if off > 0 else "ahead of"
    text = (
        f"this machine's clock is {abs(off) / SECOND:.0f} seconds {way} that of the store's "
        "server; maild goes by the server's"
    )
    return [warn(_TOPIC, text, "let NTP set the clock of every machine")]
