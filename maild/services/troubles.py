"""Telling the operator of letters that do not arrive: the first trouble at once, then one an hour.

What failed, came back, is held or waits long is marked on the letter, and told in one letter that
gathers all there is. None is written while the last of its kind still waits itself: a relay that
is down for days leaves one behind, not a hundred. `queue list`, log and metrics tell it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from maild.access.throttle import TROUBLES, TROUBLES_TOLD, find_wait
from maild.clock import HOUR, to_datetime
from maild.errors import MaildError, StoreUnavailable
from maild.model import Letter
from maild.office import Office
from maild.services.handoff import Handoff, describe_failure, post_handoff, write_handoff
from maild.store import throttles, troubles
from maild.store.database import Queries, Transaction
from maild.store.outages import Outage, find_outage
from maild.store.troubles import Tally

log = structlog.get_logger(__name__)

WAITS_LONG = 4 * HOUR
_SHOWN = 5
_OCCASION = "troubles "
_NAMES = {
    "waiting": "waiting",
    "held": "held, as nobody knows whether they arrived",
    "failed": "not delivered",
    "bounced": "came back",
}
_WAITING = "waiting"
_ADVICE = {
    "waiting": "What waits is tried again by itself, until five days have passed.",
    "held": "A letter is held where the connection broke before the mail server's answer: ask "
    "whether it arrived, then release or drop it.",
    "failed": "What failed stays where it is. If an address is wrong, put the right one in its "
    "place; then send the letter again.",
    "bounced": "What came back is noted on its document, and nothing more goes to an address that "
    "takes no mail until you put the right one on record.",
}


@dataclass(frozen=True, slots=True)
class _Group:
    """The letters of one state: how many, since when, and the oldest of them."""

    tally: Tally
    oldest: Sequence[Letter]


async def note_late(office: Office) -> int:
    """Take note of letters that wait longer than four hours; return how many these are."""
    now = office.clock()
    before = now - WAITS_LONG
    if not await troubles.find_late(office.db, before):
        return 0

    async def work(tx: Transaction) -> int:
        return await troubles.note_late(tx, before, now)

    late = await office.db.transact(work)
    log.warning("letters wait for the mail server", letters=late)
    return late


async def tell_troubles(office: Office) -> bool:
    """Write to the operator of what they have not been told yet; return whether that was done.

    A template that is broken keeps the operator from being told, and nothing else: it is logged.
    """
    try:
        if await must_wait(office, office.db) or not await troubles.is_untold(office.db):
            return False
        return await office.db.transact(lambda tx: _tell(office, tx))
    except StoreUnavailable:
        # the next look tells it
        return False
    except MaildError as error:
        log.exception("the operator cannot be told of letters in trouble", error=str(error))
        return False


async def must_wait(office: Office, source: Queries) -> bool:
    """Tell whether the operator was told within the hour, or the last telling still waits."""
    if await find_wait(source, TROUBLES, TROUBLES_TOLD, office.clock()):
        return True
    return await troubles.waits(source, f"operator {_OCCASION}")


async def note_telling(office: Office, tx: Transaction, letter_id: str = "") -> None:
    """Note that the operator is being told of one letter, or of all trouble there is."""
    await troubles.mark_told(tx, office.clock(), letter_id)
    await throttles.add_hit(tx, office.ids.new(), TROUBLES, office.clock())


async def _tell(office: Office, tx: Transaction) -> bool:
    if await must_wait(office, tx):
        return False
    tallies = await troubles.count_untold(tx)
    groups = [
        _Group(tally, await troubles.list_untold(tx, tally.state, _SHOWN)) for tally in tallies
    ]
    if not groups:
        return False
    outage = await find_outage(tx, office.config.relay.url)
    handoff = _describe(office, groups, outage)
    await post_handoff(tx, write_handoff(office, handoff))
    await note_telling(office, tx)
    counts = {group.tally.state: group.tally.letters for group in groups}
    log.warning("the operator is told of letters in trouble", **counts)
    return True


def _describe(office: Office, groups: Sequence[_Group], outage: Outage | None) -> Handoff:
    occasion = f"{_OCCASION}{office.ids.new()}"
    first = groups[0].oldest[0]
    if len(groups) == 1 and groups[0].tally.letters == 1 and first.state == "failed":
        return describe_failure(first, occasion)
    return Handoff(
        occasion=occasion,
        headline=_headline(groups),
        facts=(*_name_outage(office, outage), *_list_letters(office, groups)),
        advice=tuple(_ADVICE[group.tally.state] for group in groups),
        commands=tuple(_propose(groups)),
    )


def _headline(groups: Sequence[_Group]) -> str:
    waiting = sum(group.tally.letters for group in groups if group.tally.state == _WAITING)
    lost = sum(group.tally.letters for group in groups) - waiting
    parts = [f"{lost:,} not delivered"] if lost else []
    parts += [f"{waiting:,} waiting for more than four hours"] if waiting else []
    return f"Letters in trouble: {', '.join(parts)}"


def _name_outage(office: Office, outage: Outage | None) -> tuple[tuple[str, str], ...]:
    if outage is None:
        return ()
    since = office.templates.moment(to_datetime(outage.since))
    return (
        ("No letter gets through since", f"{since} ({outage.failures:,} attempts)"),
        ("The mail server says", outage.words),
    )


def _list_letters(office: Office, groups: Sequence[_Group]) -> list[tuple[str, str]]:
    """Return a line for each group with its number, and one for each of its oldest letters."""
    facts: list[tuple[str, str]] = []
    for group in groups:
        name, number = _NAMES[group.tally.state], group.tally.letters
        since = office.templates.moment(to_datetime(group.tally.since))
        facts.append((f"{name[0].upper()}{name[1:]}", f"{number:,}, the oldest since {since}"))
        facts += [
            (office.templates.moment(to_datetime(letter.created_at)), _name_letter(letter))
            for letter in group.oldest
        ]
        if number > len(group.oldest):
            facts.append(("And", f"{number - len(group.oldest):,} more"))
    return facts


def _name_letter(letter: Letter) -> str:
    said = f" ({letter.outcome})" if letter.outcome else ""
    return f"{letter.recipient}: {letter.subject}{said}"


def _propose(groups: Sequence[_Group]) -> list[str]:
    commands = []
    for group in groups:
        state, letter = group.tally.state, group.oldest[0]
        commands.append(f"maild queue list --state {state}")
        if state == "failed":
            several = group.tally.letters > 1
            commands.append(f"maild queue retry {'--all' if several else letter.id}")
        if state == "held":
            commands += [f"maild queue release {letter.id}", f"maild queue drop {letter.id}"]
    return commands
