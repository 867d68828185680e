"""A store as it is after years: written row by row beside maild, as issuing it all would take days.

Of each document there are the letter that brought it, a link, who read it and two events; most
were paid long ago. Ids are as random as maild's own.
"""

from __future__ import annotations

import sqlite3
from base64 import b32encode
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from maild.clock import DAY, HOUR, Instant, to_datetime
from tests.world import make_document

CLIENT = 5  # documents of each
YEARS = 3
_OPEN = 20  # one in so many is open still
_REPLY = 20  # one in so many was answered
_WAITING = 100  # letters that are due now, in a store of whatever size

Rows = Iterator[tuple[Any, ...]]


class Past:
    """What there is to write: so many documents until an instant, each after the other."""

    def __init__(self, documents: int, now: Instant) -> None:
        self.documents = documents
        self.now = now
        self.clients = documents // CLIENT
        random = Random(documents)
        self._client_ids = _make_ids(random, self.clients)
        self._contact_ids = _make_ids(random, self.clients)
        self._document_ids = _make_ids(random, documents)
        self._link_ids = _make_ids(random, documents)
        self._letter_ids = _make_ids(random, documents + _WAITING)

    def at(self, number: int) -> Instant:
        """Return when a document was issued."""
        span = YEARS * 365 * DAY
        return self.now - HOUR - span + span * number // self.documents

    def client_id(self, number: int) -> str:
        """Return the id of a client."""
        return self._client_ids[number]

    def link_id(self, number: int) -> str:
        """Return the id of a document's link."""
        return self._link_ids[number]

    def is_open(self, number: int) -> bool:
        """Tell whether a document is still open: late ones, for the most part."""
        return number % _OPEN == 0 and number > self.documents // 2

    def write(self, raw: sqlite3.Connection) -> None:
        """Write all of it into an empty store."""
        indexes = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}")
        for table, columns, rows in self.list_tables():
            marks = ", ".join("?" * (columns.count(",") + 1))
            raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        for _, sql in indexes:
            raw.execute(sql)
        raw.commit()

    def list_tables(self) -> list[tuple[str, str, Rows]]:
        """Return the tables with rows, their columns and these, in the order of what needs what."""
        return [
            ("clients", "id, ref, ref_key, name, created_at", self._clients()),
            ("contacts", "id, client_id, address, address_key, created_at", self._contacts()),
            (
                "documents",
                "id, client_id, number, type, state, currency, issued, ends, total_minor,"
                " paid_minor, canonical, created_at, settled_at, wake_at",
                self._documents(),
            ),
            ("links", "id, contact_id, document_id, scope, created_at", self._links()),
            (
                "letters",
                "id, kind, occurrence, client_id, document_id, contact_id, recipient, subject,"
                " secrets, state, attempts, created_at, next_at, sent_at, waiting_since,"
                " patient",
                self._letters(),
            ),
            ("letter_messages", "letter_id, content", self._messages()),
            (
                "replies",
                "id, received_at, peer, sender, recipients, size, state, next_at, kind,"
                " client_id, document_id, contact_id, settled_at",
                self._replies(),
            ),
            ("reply_bytes", "reply_id, content", self._contents()),
            (
                "events",
                "id, at, actor, verb, subject, reason, client_id, document_id, contact_id",
                self._events(),
            ),
            (
                "sightings",
                "document_id, contact_id, kind, first_at, last_at, times",
                self._sightings(),
            ),
        ]

    def _clients(self) -> Rows:
        for n in range(self.clients):
            yield self._client_ids[n], f"C{n:06}", f"c{n:06}", f"Client {n}", self.at(0)

    def _contacts(self) -> Rows:
        for n in range(self.clients):
            address = address_of(n)
            yield self._contact_ids[n], self._client_ids[n], address, address, self.at(0)

    def _documents(self) -> Rows:
        canonical = make_document("INV-NUMBER", client="C-CLIENT").canonical()
        for n in range(self.documents):
            at, client, is_open = self.at(n), n % self.clients, self.is_open(n)
            issued = to_datetime(at).date()
            yield (
                self._document_ids[n],
                self._client_ids[client],
                number_of(n),
                "invoice",
                "open" if is_open else "paid",
                "GBP",
                issued.isoformat(),
                date.fromordinal(issued.toordinal() + 30).isoformat(),
                30000,
                0 if is_open else 30000,
                canonical.replace("INV-NUMBER", number_of(n)).replace("C-CLIENT", f"C{client:06}"),
                at,
                None if is_open else at + 20 * DAY,
                self.now + (1 + n % 30) * DAY,
            )

    def _links(self) -> Rows:
        for n in range(self.documents):
            owner = self._contact_ids[n % self.clients]
            yield self._link_ids[n], owner, self._document_ids[n], "account", self.at(n)

    def _letters(self) -> Rows:
        for n in range(self.documents + _WAITING):
            at, waits = self.at(min(n, self.documents - 1)), n >= self.documents
            document, client = n % self.documents, n % self.documents % self.clients
            yield (
                self._letter_ids[n],
                "document",
                f"document {n}",
                self._client_ids[client],
                self._document_ids[document],
                self._contact_ids[client],
                address_of(client),
                f"Invoice {number_of(document)}",
                "[]",
                "queued" if waits else "sent",
                0 if waits else 1,
                at,
                at,
                None if waits else at + HOUR,
                at,
                1,
            )

    def _messages(self) -> Rows:
        return ((letter_id, b"x" * 200) for letter_id in self._letter_ids)

    def _contents(self) -> Rows:
        return ((f"r{n:015}", b"x" * 200) for n in range(0, self.documents, _REPLY))

    def _replies(self) -> Rows:
        for n in range(0, self.documents, _REPLY):
            at, client = self.at(n) + DAY, n % self.clients
            yield (
                f"r{n:015}",
                at,
                "127.0.0.1",
                address_of(client),
                "[]",
                200,
                "settled",
                at,
                "human",
                self._client_ids[client],
                self._document_ids[n],
                self._contact_ids[client],
                at,
            )

    def _events(self) -> Rows:
        for n in range(self.clients):
            at, ids = self.at(0), (self._client_ids[n], None, self._contact_ids[n])
            yield (f"{at:016x}c{n:07x}", at, "x", "contact added", "", "", *ids)
        for n in range(self.documents):
            at, client = self.at(n), n % self.clients
            about = (self._client_ids[client], self._document_ids[n], self._contact_ids[client])
            for verb, after in (("issued", 0), ("sent", HOUR)):
                key = f"{at + after:016x}{n:07x}"
                yield (key, at + after, "x", verb, number_of(n), "", *about)

    def _sightings(self) -> Rows:
        for n in range(self.documents):
            at = self.at(n) + DAY
            yield self._document_ids[n], self._contact_ids[n % self.clients], "read", at, at, 1


def _make_ids(random: Random, number: int) -> list[str]:
    return [b32encode(random.randbytes(10)).decode().lower() for _ in range(number)]


def number_of(document: int) -> str:
    """Return a document's number."""
    return f"INV-{document:07}"


def address_of(contact: int) -> str:
    """Return a contact's address."""
    return f"person{contact}@client{contact}.example"
