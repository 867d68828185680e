"""`maild client`: the customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from maild.cli.facts import client_facts, contact_facts, document_facts, letter_facts
from maild.cli.lists import (
    CONTACT_HEADINGS,
    DOCUMENT_FIGURES,
    DOCUMENT_HEADINGS,
    LETTER_HEADINGS,
    contact_row,
    document_row,
    letter_row,
)
from maild.cli.pages import choose_limit, cut_page, whole_option
from maild.cli.running import actor, in_office
from maild.cli.showing import json_option, print_facts, print_heading, print_json, print_table
from maild.cli.words import count

if TYPE_CHECKING:
    from maild.cli.facts import Facts
    from maild.config_sections import Links
    from maild.model import Client, Contact, Letter, StoredDocument
    from maild.office import Office

_LAST_LETTERS = 10

_enforce_option = click.option(
    "--enforce-login/--no-enforce-login",
    default=None,
    help="Links ask for the password first, or never do.",
)
_default_option = click.option(
    "--default-login", is_flag=True, help="Links do as [links] enforce_login says."
)
_scope_option = click.option(
    "--link-scope",
    type=click.Choice(["account", "document"]),
    help="What a young link opens: the whole account (default), or its document alone.",
)
_days_option = click.option(
    "--link-days",
    type=click.IntRange(1, 36_500),
    metavar="DAYS",
    help="How long its links open their document; default: [links] expire_days.",
)
_locale_option = click.option(
    "--locale",
    help="How it writes amounts and dates, such as de_DE; default: [business] locale.",
)

_copies_option = click.option(
    "--copies",
    type=click.Choice(["individual", "cc"]),
    help="Several people get a letter each (default), or one that names all, in To and Cc.",
)
_pdf_option = click.option(
    "--pdf",
    type=click.Choice(["attach", "link"]),
    help="A document's PDF is attached to its letter (default), or only behind the link.",
)


@dataclass(frozen=True, slots=True)
class _Card:
    """What is shown of a client."""

    client: Client
    people: Sequence[Contact]
    documents: Sequence[StoredDocument]
    letters: Sequence[Letter]


@click.group("client")
def client() -> None:
    """Customers: add, list, show and change them.

    \b
    Example:
      maild client add "Acme Ltd" --email jane@acme.example
    """


@client.command("add")
@click.argument("name")
@click.option("--ref", help="The short name you type; default: the first word, in capitals.")
@click.option("--email", help="The address of the first contact.")
@_enforce_option
@_default_option
@click.option("--shared", is_flag=True, help="Several people share it: links open one document.")
@_scope_option
@_days_option
@_copies_option
@_pdf_option
@_locale_option
@click.option("--dummy", is_flag=True, help="For trying things out: its letters go to you.")
@in_office
async def add(
    office: Office,
    /,
    name: str,
    ref: str | None,
    email: str | None,
    enforce_login: bool | None,
    default_login: bool,
    dummy: bool,
    **switches: Any,
) -> None:
    """Add a client called NAME.

    \b
    Example:
      maild client add "Acme Ltd" --ref ACME --email jane@acme.example
    """
    from maild.services.customers import add_client

    _check_choice(enforce_login, default_login)
    chosen = {name: value for name, value in switches.items() if value is not None}
    added = await add_client(
        office,
        name,
        ref=ref,
        email=email,
        enforce_login=enforce_login,
        dummy=dummy,
        actor=actor(),
        **chosen,
    )
    print(f"{added.ref}: {added.name} was added")
    if dummy:
        print(f"It is a dummy: its letters go to {office.config.operator.email}")
    if not email:
        print(f"It has no contact yet; add one: maild contact add {added.ref} ADDRESS")


@client.command("list")
@click.option("--after", metavar="REF", help="Only those whose references come after REF.")
@whole_option
@json_option
@in_office
async def list_all(office: Office, after: str | None, limit: int | None, as_json: bool) -> None:
    """List clients by their references.

    \b
    Example:
      maild client list
    """
    from maild.store.clients import list_clients

    most = choose_limit(limit, as_json=as_json)
    more = await list_clients(office.db, after or "", most + 1)
    known = cut_page(more, most, "maild client list --after", lambda one: one.ref)
    if as_json:
        print_json([client_facts(one, office.config.links) for one in known])
        return
    print_table(
        ("Ref", "Name", "Access"),
        [(one.ref, one.name, _access(one, office.config.links)) for one in known],
        empty="There is no client yet; add one: maild client add NAME",
    )


@client.command("show")
@click.argument("ref")
@json_option
@in_office
async def show(office: Office, ref: str, as_json: bool) -> None:
    """Show a client with contacts, documents and last letters.

    REF is the client's reference, in any letter case.

    \b
    Example:
      maild client show ACME
    """
    from maild.services.lookup import need_client
    from maild.store import clients, documents, letters

    found = await need_client(office.db, ref)
    card = _Card(
        found,
        await clients.list_contacts(office.db, found.id),
        await documents.list_client_documents(office.db, found.id),
        await letters.list_client_letters(office.db, found.id, _LAST_LETTERS),
    )
    if as_json:
        print_json(_card_facts(office, card))
    else:
        _print_card(office, card)


@client.command("set")
@click.argument("ref")
@click.option("--name", help="The client's new name.")
@click.option(
    "--reminders",
    metavar="LADDER",
    help='Its own, such as "3 days after: friendly, 10 days after: firm"; or "off", "default".',
)
@_enforce_option
@_default_option
@click.option("--shared/--no-shared", default=None, help="Several people share it, or not.")
@_scope_option
@_days_option
@click.option("--default-link-days", is_flag=True, help="They live as [links] expire_days says.")
@_copies_option
@_pdf_option
@_locale_option
@click.option("--default-locale", is_flag=True, help="It writes as [business] locale says.")
@in_office
async def change(
    office: Office,
    /,
    ref: str,
    default_login: bool,
    default_link_days: bool,
    default_locale: bool,
    **wanted: str | bool | int | None,
) -> None:
    """Change a client's name, its reminders, how its people get in, or how they are written to.

    REF is the client's reference; what you do not name stays as it is.

    \b
    Examples:
      maild client set ACME --enforce-login
      maild client set ACME --copies cc --pdf link
      maild client set ACME --reminders off
    """
    from maild.services.customers import change_client

    _check_choice(wanted["enforce_login"], default_login)
    changes: dict[str, str | bool | int | None]
    changes = {name: value for name, value in wanted.items() if value is not None}
    if default_login:
        changes["enforce_login"] = None
    _reset(changes, "link_days", None, wanted=default_link_days)
    _reset(changes, "locale", "", wanted=default_locale)
    if not changes:
        raise click.UsageError("say what to change: --name, --enforce-login, --shared, …")
    changed = await change_client(office, ref, changes, actor=actor())
    print(f"{changed.ref}: {changed.name}, {_access(changed, office.config.links)}")
    print(f"Letters: {_letters(changed)}")
    if wanted["reminders"]:
        print(f"Reminders: {_say_reminders(changed)}")


def _reset(
    changes: dict[str, str | bool | int | None], name: str, value: str | None, *, wanted: bool
) -> None:
    """Change an option back to the business's; raises `UsageError` if it is set as well."""
    if not wanted:
        return
    if changes.get(name):
        option = name.replace("_", "-")
        raise click.UsageError(f"--default-{option} and --{option} do not go together")
    changes[name] = value


def _card_facts(office: Office, card: _Card) -> Facts:
    from maild.clock import to_date

    today = to_date(office.clock(), office.zone)
    ref = card.client.ref
    return client_facts(card.client, office.config.links) | {
        "contacts": [contact_facts(person) for person in card.people],
        "documents": [document_facts(one, ref, today) for one in card.documents],
        "letters": [letter_facts(letter) for letter in card.letters],
    }


def _print_card(office: Office, card: _Card) -> None:
    found = card.client
    access = _access(found, office.config.links)
    print_facts(
        [
            ("Client", found.ref),
            ("Name", found.name),
            ("Access", access),
            ("Letters", _letters(found)),
            ("Locale", found.locale or office.config.business.locale),
            ("Reminders", _say_reminders(found)),
        ]
    )
    print_heading("Contacts")
    print_table(CONTACT_HEADINGS, map(contact_row(office), card.people), empty="none")
    print_heading("Documents")
    print_table(
        DOCUMENT_HEADINGS,
        map(document_row(office, {found.id: found.ref}), card.documents),
        right=DOCUMENT_FIGURES,
        empty="none",
    )
    print_heading("Last letters")
    print_table(LETTER_HEADINGS, map(letter_row(office), card.letters), empty="none")


def _say_reminders(one: Client) -> str:
    return "as [reminders] ladder says" if one.reminders == "default" else one.reminders


def _check_choice(enforce_login: object, default_login: bool) -> None:
    if default_login and enforce_login is not None:
        raise click.UsageError("--default-login goes with neither --enforce-login nor its opposite")


def _letters(one: Client) -> str:
    """Say how the client's people are written to."""
    together = "one for all, To and Cc" if one.copies == "cc" else "one to each person"
    return f"{together}; the PDF {'behind the link' if one.pdf == 'link' else 'attached'}"


def _access(one: Client, rules: Links) -> str:
    """Say how the client's people get in, and whether it is a dummy."""
    from maild.access.links import enforces_login

    entry = "link, then password" if enforces_login(one, rules) else "link"
    narrow = one.shared or "document" in (one.link_scope, rules.scope)
    marks = ", shared" * one.shared + ", dummy: letters go to you" * one.dummy
    days = f" for {count(one.link_days, 'day')}" if one.link_days else ""
    return f"{entry}; opens {'the document' if narrow else 'the account'}{days}{marks}"
