"""Zones for a `FakeResolver`, in the several forms in which they are written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from maild.dns import NOT_FOUND, UNKNOWN, Answer, Lookup, Outcome
from tests.fakes import FakeResolver


def read_zone(text: str) -> FakeResolver:
    """Read a `.dns` file: `NAME TYPE RECORD` a line, `NAME TROUBLE` where the DNS is in trouble."""
    resolver = FakeResolver()
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, kind, *record = line.split(maxsplit=2)
        if kind == "TROUBLE":
            resolver.troubled.add(name)
        elif not line.startswith("#"):
            resolver.publish(name, kind, *record)
    return resolver


def suite_zone(data: Mapping[str, Sequence[Any]]) -> FakeResolver:
    """Read the zone of an SPF test suite, where SPF records stand for TXT unless that is given."""
    resolver = FakeResolver()
    for name, entries in data.items():
        records = [entry for entry in entries if isinstance(entry, dict)]
        if len(records) < len(entries):
            resolver.troubled.add(name.lower())
        texts = any("TXT" in record for record in records)
        for record in records:
            for kind, value in record.items():
                if kind != "SPF" or not texts:
                    resolver.publish(name, "TXT" if kind == "SPF" else kind, *_spell(kind, value))
    return resolver


def _spell(kind: str, value: Any) -> list[str]:
    if kind == "MX":
        return [f"{value[0]} {value[1]}"]
    text = "".join(value)
    if kind in ("SPF", "TXT"):
        return [] if text == "NONE" else [text.encode("latin-1").decode("utf-8", "surrogateescape")]
    return [text]


def pair_lookup(data: Mapping[tuple[str, str], Any]) -> Lookup:
    """Read `{(name, type): records, or "FAIL" where the DNS is in trouble}`."""

    def lookup(name: str, kind: str) -> Answer:
        found = data.get((name.rstrip(".").lower(), kind)) or ()
        if found == "FAIL":
            return UNKNOWN
        return Answer(Outcome.FOUND, tuple(found)) if found else NOT_FOUND

    return lookup


def text_lookup(find: Callable[[str], str | None]) -> Lookup:
    """Read a function from a name to its one text."""

    def lookup(name: str, kind: str) -> Answer:
        found = find(name) if kind == "TXT" else None
        return Answer(Outcome.FOUND, (found,)) if found else NOT_FOUND

    return lookup
