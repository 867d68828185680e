"""Clients and contacts as the operator keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from babel.core import Locale, UnknownLocaleError

from maild.address import address_key, parse_address
from maild.errors import BadInput, Refused
from maild.ladder import parse_ladder
from maild.model import Client, Contact
from maild.office import Office
from maild.services.lookup import need_client, need_contact
from maild.states import LoginRule
from maild.store import agenda, clients
from maild.store.database import Queries, Transaction

_REF = re.compile(r"[^\s/\x00-\x1f\x7f]{1,40}")


async def add_client(
    office: Office,
    name: str,
    *,
    ref: str | None = None,
    email: str | None = None,
    enforce_login: bool | None = None,
    shared: bool = False,
    link_scope: str = "account",
    actor: str,
    **switches: Any,
) -> Client:
    """Keep a new client and, with an email, its first contact; return the client.

    `switches` are other fields of `Client`. Without a word on `enforce_login` the business's
    default holds, now and later. Raises `BadInput` for a bad name, reference, address or locale,
    and `Refused` when the reference is taken.
    """
    if "locale" in switches:
        switches["locale"] = check_locale(switches["locale"])
    client = replace(
        draft_client(office, name, ref),
        login=_login_rule(enforce_login),
        shared=shared,
        link_scope=link_scope,
        **switches,
    )
    contact = new_contact(office, client, email, "") if email else None

    async def work(tx: Transaction) -> Client:
        await keep_client(office, tx, client, actor)
        if contact:
            await keep_contact(office, tx, client, contact, actor)
        return client

    return await office.db.transact(work)


async def change_client(
    office: Office, ref: str, changes: Mapping[str, str | bool | int | None], *, actor: str
) -> Client:
    """Change a client's name or switches and return it as it is now.

    `changes` are fields of `Client`, or `enforce_login`; None is the business's default.
    """
    wanted = dict(changes)
    if "enforce_login" in wanted:
        choice = wanted.pop("enforce_login")
        wanted["login"] = _login_rule(None if choice is None else bool(choice))
    if "reminders" in wanted:
        wanted["reminders"] = check_reminders(str(wanted["reminders"]))
    if "name" in wanted:
        wanted["name"] = check_name(str(wanted["name"]), "a client's name")
    if "locale" in wanted:
        wanted["locale"] = check_locale(str(wanted["locale"]))

    async def work(tx: Transaction) -> Client:
        return await save_changes(office, tx, await need_client(tx, ref), wanted, actor)

    return await office.db.transact(work)


async def add_contact(
    office: Office, ref: str, address: str, *, name: str = "", actor: str
) -> Contact:
    """Keep a new contact of a client, or bring a disabled one back; its old links stay dead.

    Raises `NotFound`, `BadInput` for a bad address, `Refused` for one that is a contact already.
    """
    client = await need_client(office.db, ref)
    contact = new_contact(office, client, address, name)

    async def work(tx: Transaction) -> Contact:
        known = await clients.find_contact(tx, client.id, contact.address)
        if known and known.disabled_at is None:
            raise Refused(f"{contact.address} is a contact of {client.ref} already")
        if known:
            back = replace(known, disabled_at=None, name=name or known.name)
            await check_dummy(tx, client, back.address)
            await clients.save_contact(tx, back)
            await _record(office, tx, client, back, "contact enabled", actor)
            return back
        await keep_contact(office, tx, client, contact, actor)
        return contact

    return await office.db.transact(work)


async def rename_contact(
    office: Office, client: Client, contact: Contact, name: str, *, actor: str
) -> Contact:
    """Give a contact another name; raises `BadInput` for one that is not one short line."""
    plain = check_name(name, "a contact's name")

    async def work(tx: Transaction) -> Contact:
        known = await need_contact(tx, client, contact.address)
        return await save_name(office, tx, client, known, plain, actor)

    return await office.db.transact(work)


def draft_client(office: Office, name: str, ref: str | None) -> Client:
    """Return a new client, kept nowhere yet, whose people get in as the business's do.

    Without a reference it gets the first word of its name. Raises `BadInput` for a bad one.
    """
    plain = check_name(name, "a client's name")
    return Client(
        id=office.ids.new(),
        ref=_check_ref(ref or _propose_ref(plain)),
        name=plain,
        login=LoginRule.DEFAULT,
        shared=False,
        link_scope="account",
        created_at=office.clock(),
    )


def new_contact(office: Office, client: Client, address: str, name: str) -> Contact:
    """Return a new contact, kept nowhere yet; raises `BadInput` for a bad address or name."""
    return Contact(
        id=office.ids.new(),
        client_id=client.id,
        address=parse_address(address),
        name=check_name(name, "a contact's name") if name else "",
        created_at=office.clock(),
        disabled_at=None,
    )


def check_name(name: str, what: str) -> str:
    """Return a name without surrounding spaces; raises `BadInput` unless it is one short line."""
    plain = name.strip()
    if not plain or len(plain) > 200 or not plain.replace("\u200d", "").isprintable():
        raise BadInput(f"{name!a} cannot be {what}: it must be one line of 1 to 200 letters")
    return plain


def check_locale(text: str) -> str:
    """Return a locale as babel spells it, de_DE for "de-de"; nothing stays nothing.

    Raises `BadInput` for one that babel does not know.
    """
    plain = text.strip().replace("-", "_")
    try:
        known = str(Locale.parse(plain)) if plain else ""
    except (ValueError, UnknownLocaleError):
        known = "root"
    # babel takes an unknown country for none, and the C of programmers for a language
    if known in ("root", "en_US_POSIX") or len(known.split("_")) < len(plain.split("_")):
        raise BadInput(f"{text!a} is not a locale; name language and country, such as de_DE")
    return known


def check_reminders(text: str) -> str:
    """Return what a client's reminders are to be: default, off, or a ladder as it is kept.

    Raises `BadInput` for a ladder that cannot be read.
    """
    plain = text.strip().lower()
    if plain in {"default", "off"}:
        return plain
    ladder = parse_ladder(plain)
    if not ladder:
        raise BadInput('say "default", "off", or the steps, such as "10 days after: firm"')
    return ", ".join(map(str, ladder))


def _check_ref(ref: str) -> str:
    if not _REF.fullmatch(ref) or not ref.isprintable():
        raise BadInput(f"{ref!a} cannot be a reference: at most 40 letters, no space or slash")
    return ref


def _propose_ref(name: str) -> str:
    """Return the first word of a name as a reference: "Acme Ltd" becomes ACME."""
    words = re.findall(r"[^\W_]+", name)
    return words[0].upper()[:40] if words else name


def _login_rule(enforce: bool | None) -> LoginRule:
    if enforce is None:
        return LoginRule.DEFAULT
    return LoginRule.YES if enforce else LoginRule.NO


async def check_dummy(source: Queries, client: Client, address: str) -> None:
    """Raise `Refused` where an address would belong to a real and to a dummy client at once.

    A password belongs to an address: one mailed to the operator would be a real person's.
    """
    for person in await clients.list_contacts_of_address(source, address_key(address)):
        other = await clients.get_client(source, person.client_id)
        if other and other.dummy != client.dummy:
            kind = "a dummy" if other.dummy else "a real"
            raise Refused(
                f"{address} is a contact of {other.ref}, {kind} client, and cannot be one of "
                f"{client.ref} too; use another address, such as one of your own"
            )


async def keep_client(office: Office, tx: Transaction, client: Client, actor: str) -> None:
    """Keep a new client, with its event; raises `Refused` when its reference is taken."""
    if await clients.find_client(tx, client.ref):
        raise Refused(f'the reference "{client.ref}" is taken; choose one with --ref')
    await clients.add_client(tx, client)
    said = f"{client.name}{', a dummy' if client.dummy else ''}"
    await office.record(
        tx, "client added", client.ref, actor=actor, reason=said, client_id=client.id
    )


async def save_changes(
    office: Office,
    tx: Transaction,
    client: Client,
    changes: Mapping[str, str | bool | int | None],
    actor: str,
) -> Client:
    """Write a client with other values in some of its fields, with its event; return it so."""
    changed = replace(client, **changes)  # type: ignore[arg-type]
    await clients.save_client(tx, changed)
    if "reminders" in changes:
        await agenda.wake(tx, client_id=changed.id)
    said = ", ".join(f"{key} {value}" for key, value in changes.items())
    await office.record(
        tx, "client changed", changed.ref, actor=actor, reason=said, client_id=changed.id
    )
    return changed


async def keep_contact(
    office: Office, tx: Transaction, client: Client, contact: Contact, actor: str
) -> None:
    """Keep a new contact, with its event; raises `Refused` as `check_dummy` does."""
    await check_dummy(tx, client, contact.address)
    await clients.add_contact(tx, contact)
    await _record(office, tx, client, contact, "contact added", actor)


async def save_name(
    office: Office, tx: Transaction, client: Client, contact: Contact, name: str, actor: str
) -> Contact:
    """Write a contact with another name, with its event; return it so."""
    renamed = replace(contact, name=name)
    await clients.save_contact(tx, renamed)
    said = f"from {contact.name} to {name}" if contact.name else f"to {name}"
    await _record(office, tx, client, renamed, "contact renamed", actor, said)
    return renamed


async def _record(
    office: Office,
    tx: Transaction,
    client: Client,
    contact: Contact,
    verb: str,
    actor: str,
    reason: str = "",
) -> None:
    await office.record(
        tx,
        verb,
        contact.address,
        actor=actor,
        reason=reason or contact.name,
        client_id=client.id,
        contact_id=contact.id,
    )
