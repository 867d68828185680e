"""The operator's morning digest: what happened, what is owed, and what the day will bring.

One letter a business day at most, and none where there is nothing to say: that something is
still owed is no news by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from maild.almanac import parse_time
from maild.clock import DAY, HOUR, MINUTE, Instant
from maild.errors import StoreUnavailable
from maild.letters import Frozen, Order
from maild.mail.compose import Mailbox
from maild.money import from_minor
from maild.office import Office
from maild.services.forecast import forecast
from maild.services.mishaps import report_mishap
from maild.store import letters, news
from maild.store.appointments import Appointment, find_appointment, keep_appointment
from maild.store.database import Transaction
from maild.store.news import Owed, Seen

DIGEST = "digest"
# another node's clock may be ahead of ours by so much, and its digest is no mistake
_APART = 5 * MINUTE
# what nobody has read by then may have gone astray
_UNREAD = 3 * DAY
_SHOWN = 12
# one of a kind, and several
_KINDS = {
    "document": ("invoice or estimate", "invoices and estimates"),
    "reminder": ("reminder", "reminders"),
    "chase": ("estimate recalled", "estimates recalled"),
    "statement": ("statement", "statements"),
}
_OTHERS = ("other letter", "other letters")
_BOUNCED, _FAILED, _EXPIRED = "letter bounced", "letter failed", "expired"
_STAGES = ("Not due yet", "1–30 days late", "31–60 days late", "61–90 days late", "Over 90 days")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of the digest: a heading, its lines, how many more there are, and a command."""

    heading: str
    lines: tuple[str, ...]
    more: int = 0
    command: str = ""


@dataclass(frozen=True, slots=True)
class Ageing:
    """What is owed in one currency by age: rows of a name and a figure, the sum last."""

    currency: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest of a day: its chapters, what is owed in each currency, and all of it in a line."""

    day: date
    chapters: tuple[Chapter, ...]
    ageing: tuple[Ageing, ...]
    summary: str


async def write_digest(office: Office, most: int) -> int:
    """Write the digest if it is time, and something to say; return how many letters that made.

    Raises `StoreUnavailable`.
    """
    now = office.clock()
    if not office.config.operator.digest_at or not most:
        return 0
    known = await find_appointment(office.db, DIGEST)
    following = next_digest(office, now)
    if known is None or known.due_at > next_digest(office, now + _APART):
        # the first one tells of the day before it
        first = replace(known, due_at=following) if known else _begin(following)
        await office.db.transact(lambda tx: keep_appointment(tx, known, first))
        return 0
    if now < known.due_at:
        return 0
    return await _post(office, known, Appointment(DIGEST, following, str(now)))


def next_digest(office: Office, now: Instant) -> Instant:
    """Return when the next digest after an instant is due."""
    almanac, at = office.almanac, parse_time(office.config.operator.digest_at)
    today = almanac.day_of(now)
    days = (almanac.next_workday(today + timedelta(days=n)) for n in range(3))
    instants = (almanac.instant(day, at) for day in days)
    return next((one for one in instants if one > now), now + DAY)


async def draw_up_digest(office: Office, since: Instant) -> Digest | None:
    """Return what there is to tell since an instant, or None if that is nothing."""
    today = office.almanac.day_of(office.clock())
    found = [
        *await _tell_letters(office, since),
        *await _tell_readers(office, since),
        await _tell_overdue(office, since, today),
        await _tell_replies(office),
        await _tell_day(office, today),
    ]
    chapters = tuple(one for one in found if one.lines)
    if not chapters:
        return None
    owed = await news.sum_owed(office.db, _stages(today))
    summary = ", ".join(f"{one.heading.lower()}: {len(one.lines) + one.more}" for one in chapters)
    return Digest(today, chapters, tuple(_age(office, one) for one in owed), summary)


def letter_of(office: Office, digest: Digest) -> Frozen:
    """Return the digest as a letter to the operator."""
    order = Order(
        kind="digest",
        occurrence=f"digest {digest.day}",
        recipient=Mailbox("", office.config.operator.email),
        context={"digest": digest},
        reply_to="",
    )
    return office.letterhead.write(order, office.clock())


async def _post(office: Office, known: Appointment, after: Appointment) -> int:
    try:
        digest = await draw_up_digest(office, int(known.note))
        frozen = letter_of(office, digest) if digest else None
    except StoreUnavailable:
        raise
    except Exception as error:
        await report_mishap(
            office, error, occasion=f"digest {known.due_at}", what="the digest", command="maild log"
        )
        later = replace(known, due_at=office.clock() + HOUR)
        await office.db.transact(lambda tx: keep_appointment(tx, known, later))
        return 0

    async def work(tx: Transaction) -> int:
        if not await keep_appointment(tx, known, after) or frozen is None:
            return 0
        return await letters.add_letter(tx, frozen.letter, frozen.message, frozen.secrets)

    return await office.db.transact(work)


def _begin(due_at: Instant) -> Appointment:
    return Appointment(DIGEST, due_at, str(due_at - DAY))


async def _tell_letters(office: Office, since: Instant) -> list[Chapter]:
    sent = await news.count_sent(office.db, since)
    counts = [(sent.pop(kind, 0), words) for kind, words in _KINDS.items()]
    counts.append((sum(sent.values()), _OTHERS))
    lines = [f"{count} {words[count > 1]}" for count, words in counts if count]
    told = await news.list_events(office.db, since, (_BOUNCED, _FAILED, _EXPIRED))
    lost = [one.reason for one in told if one.verb != _EXPIRED]
    expired = [one.subject for one in told if one.verb == _EXPIRED]
    return [
        Chapter("Sent", tuple(lines)),
        _shorten("Came back, or were not taken", lost, "maild log"),
        _shorten("Estimates expired", expired, "maild document list"),
    ]


async def _tell_readers(office: Office, since: Instant) -> list[Chapter]:
    now = office.clock()
    read = await news.list_read(office.db, since)
    unread = await news.list_unread(office.db, since - _UNREAD, now - _UNREAD)
    return [
        _shorten("Probably read", map(_name, read), "maild log"),
        _shorten("Not read for three days", map(_name, unread), "maild document show NUMBER"),
    ]


async def _tell_overdue(office: Office, since: Instant, today: date) -> Chapter:
    first, last = office.almanac.day_of(since), today - timedelta(days=1)
    late = await news.list_overdue(office.db, first.isoformat(), last.isoformat())
    return _shorten("Newly overdue", map(_name, late), "maild calendar")


async def _tell_replies(office: Office) -> Chapter:
    count, named = await news.list_unsettled(office.db, _SHOWN)
    shown = tuple(named)
    return Chapter("Replies that wait for you", shown, count - len(shown), "maild inbox list")


async def _tell_day(office: Office, today: date) -> Chapter:
    coming = [one for one in await forecast(office, None, today) if not one.held]
    lines = [f"{one.what}: {one.about} ({one.client})" for one in coming]
    return _shorten("Goes out today by itself", lines, f"maild calendar --at {today}")


def _shorten(heading: str, lines: Iterable[str], command: str) -> Chapter:
    every = tuple(lines)
    return Chapter(heading, every[:_SHOWN], max(0, len(every) - _SHOWN), command)


def _name(one: Seen) -> str:
    return (
        f"{one.number}, {one.address} ({one.ref})" if one.address else f"{one.number} ({one.ref})"
    )


def _stages(today: date) -> tuple[str, str, str, str]:
    first, second, third = (str(today - timedelta(days=days)) for days in (30, 60, 90))
    return str(today), first, second, third


def _age(office: Office, owed: Owed) -> Ageing:
    """Return what is owed in one currency: a row for each stage of age, and their sum."""
    amounts = (owed.current, owed.to_30, owed.to_60, owed.to_90, owed.beyond)
    rows = zip((*_STAGES, "Owed in all"), (*amounts, sum(amounts)), strict=True)
    currency = owed.currency

    def write(minor: int) -> str:
        return office.templates.money(from_minor(minor, currency), currency)

    return Ageing(currency, tuple((name, write(minor)) for name, minor in rows))
