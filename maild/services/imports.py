"""Clients from a table: each row in a transaction of its own, many rows to a commit.

What was done stays done, and the same rows again find it there: a client is known by its
reference, or else by its name, and a contact by the address.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

from maild.address import address_key
from maild.errors import BadInput, NotFound, Refused
from maild.model import Client, Contact
from maild.office import Office
from maild.services.client_table import ClientRow
from maild.services.customers import (
    check_name,
    draft_client,
    keep_client,
    keep_contact,
    new_contact,
    save_changes,
    save_name,
)
from maild.services.rehearsal import rehearse
from maild.store import clients, events
from maild.store.database import Queries, Transaction

T = TypeVar("T")

# what the store commits at once; other writers have their turn in between
_AT_ONCE = 200


class Deed(StrEnum):
    """What a row or a file brought about."""

    CLIENT_ADDED = "client added"
    CONTACT_ADDED = "contact added"
    CLIENT_RENAMED = "client renamed"
    CONTACT_RENAMED = "contact renamed"
    DOCUMENT_KEPT = "document kept"
    DOCUMENT_PAID = "document paid"


@dataclass(frozen=True)
class Report(Generic[T]):
    """What became of a row or file: deeds, none if all of it was there, or why it was refused."""

    source: T
    deeds: tuple[Deed, ...] = ()
    refused: str = ""


async def import_clients(
    office: Office, rows: Iterable[ClientRow], *, update: bool, dry_run: bool, actor: str
) -> AsyncGenerator[Report[ClientRow], None]:
    """Keep the clients and contacts of rows, and yield a report of each, in their order.

    With `update` names are changed to those in the rows, without it such rows are refused. In a
    dry run all of it happens to a copy. Raises `StoreUnavailable`; what was reported stays done.
    """
    former = await _list_former(office.db)
    async with rehearse(office) if dry_run else nullcontext(office) as stage:
        clerk = _Clerk(stage, await _index_names(stage.db), former, update, actor)
        for batch in in_batches(rows, _AT_ONCE):
            works = [stage.db.transact(partial(clerk.take, row)) for row in batch]
            # all are handed in before the first is done, so that they share a commit
            done = await asyncio.gather(*works, return_exceptions=True)
            for row, outcome in zip(batch, done, strict=True):
                yield report(row, outcome)


def in_batches(things: Iterable[T], most: int) -> Iterator[list[T]]:
    """Yield things in lists of that many, the last of what is left."""
    iterator = iter(things)
    while batch := list(islice(iterator, most)):
        yield batch


def report(source: T, outcome: tuple[Deed, ...] | BaseException) -> Report[T]:
    """Return what became of a row or file; raises what is not its own fault."""
    if isinstance(outcome, Refused | NotFound | BadInput):
        return Report(source, refused=str(outcome))
    if isinstance(outcome, BaseException):
        raise outcome
    return Report(source, outcome)


@dataclass(frozen=True, slots=True)
class _Clerk:
    """Who takes rows: ids of clients by folded name, and former addresses of contacts.

    The names may be of clients whose row was undone; only the store tells who is there.
    """

    office: Office
    names: dict[str, list[str]]
    former: dict[tuple[str, str], Contact]
    update: bool
    actor: str

    async def take(self, row: ClientRow, tx: Transaction) -> tuple[Deed, ...]:
        """Keep what a row says; raises `Refused` or `BadInput`, and then nothing of it is kept."""
        if row.fault:
            raise BadInput(row.fault)
        if row.contact and not row.email:
            raise BadInput(f"{row.contact} has no email address: add it, or leave the contact out")
        client = await self._find(tx, row)
        deeds = []
        if client is None:
            client = await self._add(tx, row)
            deeds.append(Deed.CLIENT_ADDED)
        elif row.name and check_name(row.name, "a client's name") != client.name:
            client = await self._rename(tx, client, row)
            deeds.append(Deed.CLIENT_RENAMED)
        if row.email:
            deeds += await self._meet(tx, client, row)
        return tuple(deeds)

    async def _find(self, tx: Transaction, row: ClientRow) -> Client | None:
        if row.ref:
            return await clients.find_client(tx, row.ref)
        if not row.name:
            raise BadInput("names no client: its name and its reference are empty")
        found = [await clients.get_client(tx, one) for one in self.names.get(_fold(row.name), ())]
        known = [client for client in found if client]
        if len(known) > 1:
            refs = ", ".join(client.ref for client in known)
            raise Refused(f"{row.name} is the name of {refs}: say which, in a column ref")
        return known[0] if known else None

    async def _add(self, tx: Transaction, row: ClientRow) -> Client:
        if not row.name:
            raise BadInput(f"there is no client {row.ref} yet, and the row names none")
        client = draft_client(self.office, row.name, row.ref or None)
        if not row.ref:
            client = await _give_ref(tx, client)
        await keep_client(self.office, tx, client, self.actor)
        self.names.setdefault(_fold(client.name), []).append(client.id)
        return client

    async def _rename(self, tx: Transaction, client: Client, row: ClientRow) -> Client:
        name = check_name(row.name, "a client's name")
        self._check_update(f"{client.ref} is called {client.name} here, and {name} in the file")
        self.names.setdefault(_fold(name), []).append(client.id)
        return await save_changes(self.office, tx, client, {"name": name}, self.actor)

    async def _meet(self, tx: Transaction, client: Client, row: ClientRow) -> Sequence[Deed]:
        """Keep the row's contact; one who is known already, and called so, is left alone."""
        contact = new_contact(self.office, client, row.email, row.contact)
        known = await clients.find_contact(tx, client.id, contact.address)
        if known is None:
            self._refuse_former(client, contact)
            await keep_contact(self.office, tx, client, contact, self.actor)
            return (Deed.CONTACT_ADDED,)
        if known.disabled_at is not None:
            raise Refused(
                f"{known.address} was disabled as a contact of {client.ref}; "
                f"to bring it back: maild contact add {client.ref} {known.address}"
            )
        if not contact.name or contact.name == known.name:
            return ()
        here = f"is called {known.name}" if known.name else "has no name"
        self._check_update(f"{known.address} {here} here, and is {contact.name} in the file")
        await save_name(self.office, tx, client, known, contact.name, self.actor)
        return (Deed.CONTACT_RENAMED,)

    def _check_update(self, difference: str) -> None:
        if not self.update:
            raise Refused(f"{difference}; to take the file's word: --update")

    def _refuse_former(self, client: Client, contact: Contact) -> None:
        """Raise `Refused` for an address that somebody has left: an old table still tells of it."""
        now = self.former.get((client.id, address_key(contact.address)))
        if now:
            raise Refused(
                f"{contact.address} has been changed to {now.address} at {client.ref}; if it is "
                f"somebody's again: maild contact add {client.ref} {contact.address}"
            )


async def _give_ref(tx: Transaction, client: Client) -> Client:
    """Return a new client under a reference that is free: one word of its name, or all of them."""
    words = "-".join(re.findall(r"[^\W_]+", client.name)).upper()
    for ref in (client.ref, words[:40] or client.ref):
        taken = await clients.find_client(tx, ref)
        if taken is None:
            return replace(client, ref=ref)
        if _fold(taken.name) == _fold(client.name):
            raise Refused(f"{client.name} is being added elsewhere just now; import it once more")
    raise Refused(
        f"another client has the reference {ref}: give {client.name} one, in a column ref"
    )


async def _index_names(source: Queries) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for client in await clients.list_all_clients(source):
        names.setdefault(_fold(client.name), []).append(client.id)
    return names


async def _list_former(source: Queries) -> dict[tuple[str, str], Contact]:
    """Return, by client and address key, who bore an address there and bears another one now."""
    former = {}
    for row in await events.list_changed_addresses(source):
        contact = await clients.get_contact(source, row.contact_id)
        if contact and address_key(row.address) != address_key(contact.address):
            former[contact.client_id, address_key(row.address)] = contact
    return former


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()
