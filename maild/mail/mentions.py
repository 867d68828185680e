"""What the words of a reply name: documents by their numbers, a day, addresses."""

from __future__ import annotations

import re
from datetime import date

from maild.mail.days import find_days
from maild.mail.status import find_addresses

_MOST = 10
_LONGEST = 4_000
_DOCUMENT = (
    r"(?:invoices?|estimates?|quotes?|quotations?|bills?|rechnung|angebot|factures?|devis|facturas?"
    r"|fatture|fattura|factuur|offerte|faturas?)"
)
_NUMBER = rf"\b{_DOCUMENT}\s{{1,3}}(?:(?:no|nr|number)\.?\s{{1,3}})?#?([^\s,;!?()<>\"']{{1,60}})"


def find_numbers(words: str) -> tuple[str, ...]:
    """Return the document numbers that are named after a word such as "invoice", at most ten."""
    found = (match.rstrip(".:") for match in re.findall(_NUMBER, words[:_LONGEST], re.I))
    numbered = (number for number in found if any(char.isdigit() for char in number))
    return tuple(dict.fromkeys(numbered))[:_MOST]


def find_day(words: str, written: date) -> date | None:
    """Return the one day that is named, None if there is none, or more than one."""
    days = {named.day for named in find_days(words[:_LONGEST], written)}
    return next(iter(days)) if len(days) == 1 else None


def find_address(words: str) -> str:
    """Return the first email address that is named, in lower case, or nothing."""
    return next(iter(find_addresses(words[:_LONGEST])), "").lower()
