"""What a client owes: an account statement of a period, and the one sentence said everywhere.

Void invoices are left out, together with what was paid on them: nobody ever has to pay them, and
whoever voids an invoice that was paid notes the payment again on the one that takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from maild.clock import from_datetime, to_date
from maild.errors import BadInput
from maild.money import from_minor
from maild.office import Office
from maild.store.ledger import Amounts, LedgerLine, Moment, read_ledger, sum_open
from maild.store.reach import Reach
from maild.templating import Templates

# more lines would hold up everybody else while they are written
LINES = 300

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """Days, the last included; without a first one it goes back to the beginning."""

    first: date | None
    last: date


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement: its own date, the change (a payment's is negative), what is owed."""

    dated: date
    kind: str
    number: str
    amount: Decimal
    balance: Decimal

    @property
    def name(self) -> str:
        """What the line is, in words that its document's number follows."""
        if self.kind == "invoice":
            return "Invoice"
        return "Payment of" if self.amount < 0 else "Refund of"

    @property
    def what(self) -> str:
        """What the line stands for, in words."""
        return f"{self.name} {self.number}"


@dataclass(frozen=True, slots=True)
class Section:
    """What happened in one currency, between an opening and a closing balance."""

    currency: str
    opening: Decimal
    entries: tuple[Entry, ...]
    closing: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """An account statement; `summary` is its one sentence, as of the period's end or today.

    One that is `shortened` shows the latest lines only, and opens with the balance before them.
    """

    period: Period
    as_of: date
    shortened: bool
    sections: tuple[Section, ...]
    summary: str


def read_period(first: str | None, last: str | None, today: date) -> Period:
    """Return the period of two days written YYYY-MM-DD; raises `BadInput` in words for a reader.

    Without a last day it ends today; without a first one it begins on the first of the month two
    months before its end; an empty first one stands for the beginning of all.
    """
    end = _read_day(last) if last else today
    start = None if first == "" else _read_day(first) if first else months_back(end, 2)
    if start and start > end:
        raise BadInput("The first day is after the last; give the earlier day first.")
    return Period(start, end)


def months_back(day: date, months: int) -> date:
    """Return the first of the month so many months before a day's; never before the year 1."""
    index = max(day.year * 12 + day.month - 1 - months, 12)
    return date(index // 12, index % 12 + 1, 1)


async def draw_up(
    office: Office, reach: Reach, period: Period, *, most: int = LINES, locale: str = ""
) -> Statement:
    """Return the statement of a period, of what is within reach, with at most so many lines.

    Its summary is written for a locale, without one as the business does.
    """
    today = to_date(office.clock(), office.zone)
    as_of = min(period.last, today)
    start = _moment(office, period.first) if period.first else Moment("", 0)
    end = _moment(office, as_of + timedelta(days=1))
    owed, found = await read_ledger(office.db, reach, start, end, most + 1)
    lines, shortened = found[:most], len(found) > most
    currencies = sorted({currency for currency, minor in owed.items() if minor} | _named(lines))
    sections = [_section(office, currency, owed.get(currency, 0), lines) for currency in currencies]
    summary = say_owed(office.templates.for_locale(locale), owed, as_of)
    return Statement(period, as_of, shortened, tuple(sections), summary)


async def sum_up(office: Office, reach: Reach, locale: str = "") -> str:
    """Return what is owed today, of what is within reach, in one sentence, for a locale."""
    today = to_date(office.clock(), office.zone)
    return say_owed(office.templates.for_locale(locale), await sum_open(office.db, reach), today)


def say_owed(templates: Templates, owed: Amounts, day: date) -> str:
    """Return in one sentence what is owed, in minor units per currency, as of a day."""
    debts = _write(templates, {c: minor for c, minor in owed.items() if minor > 0})
    credit = {c: -minor for c, minor in owed.items() if minor < 0}
    said = f"You owe {debts}" if debts else "Nothing is owed"
    verb = "are" if len(credit) > 1 else "is"
    favour = f"; {_write(templates, credit)} {verb} in your favour" if credit else ""
    return f"{said} as of {templates.date(day)}{favour}."


def _write(templates: Templates, amounts: Mapping[str, int]) -> str:
    return " and ".join(
        templates.money(from_minor(minor, currency), currency)
        for currency, minor in sorted(amounts.items())
    )


def _section(office: Office, currency: str, closing: int, lines: Sequence[LedgerLine]) -> Section:
    own = [line for line in lines if line.currency == currency]
    own.sort(key=lambda line: (_counted_from(office, line), line.created_at, line.kind))
    balance = opening = closing - sum(line.minor for line in own)
    entries = []
    for line in own:
        balance += line.minor
        entries.append(
            Entry(
                dated=date.fromisoformat(line.dated),
                kind=line.kind,
                number=line.number,
                amount=from_minor(line.minor, currency),
                balance=from_minor(balance, currency),
            )
        )
    return Section(
        currency, from_minor(opening, currency), tuple(entries), from_minor(closing, currency)
    )


def _counted_from(office: Office, line: LedgerLine) -> date:
    """Return the day from which a line counts (see `store/ledger.py`)."""
    return min(date.fromisoformat(line.dated), to_date(line.created_at, office.zone))


def _named(lines: Sequence[LedgerLine]) -> set[str]:
    return {line.currency for line in lines}


def _moment(office: Office, day: date) -> Moment:
    midnight = datetime.combine(day, time.min, office.zone)
    return Moment(day.isoformat(), from_datetime(midnight))


def _read_day(text: str) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            "That is not a date; write it as year, month and day, such as 2026-11-30."
        ) from None
