"""`maild log`: what happened, who did it, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from maild.cli.facts import event_facts
from maild.cli.lists import event_line
from maild.cli.pages import cut_page, limit_option, with_filter
from maild.cli.running import in_office
from maild.cli.showing import json_option, print_json

if TYPE_CHECKING:
    from maild.model import Event
    from maild.office import Office


@click.command("log")
@click.option("--client", help="Only what concerns this client: its reference.")
@click.option("--before", metavar="ID", help="Only what happened before the event ID.")
@limit_option
@click.option("--follow", is_flag=True, help="Stay, and print what happens as it happens.")
@json_option
@in_office
async def log(
    office: Office,
    client: str | None,
    before: str | None,
    limit: int,
    follow: bool,
    as_json: bool,
) -> None:
    """Print the latest events, oldest first.

    With --follow and --json there is one object to a line.

    \b
    Examples:
      maild log --client ACME
      maild log --follow
    """
    from maild.services.lookup import need_client
    from maild.store.events import list_events

    client_id = (await need_client(office.db, client)).id if client else ""
    if follow and before:
        raise click.UsageError("--follow and --before do not go together")
    if follow:
        await _follow(office, client_id, as_json)
        return
    latest = await list_events(office.db, client_id=client_id, before=before or "", most=limit + 1)
    command = with_filter("maild log", "--client", client) + " --before"
    events = cut_page(latest[::-1], limit, command, lambda event: event.id)[::-1]
    refs = await list_names(office, events)
    if as_json:
        print_json([event_facts(event, refs) for event in events])
        return
    for event in events:
        print(_write(office, event, refs, as_json=False))


async def _follow(office: Office, client_id: str, as_json: bool) -> None:
    """Print new events until interrupted.

    What is new is told by all the latest ids and not by the last: another process may commit an
    event that is a little older than one already printed.
    """
    from asyncio import CancelledError

    seen: frozenset[str] | None = None
    with suppress(CancelledError):
        while True:
            changed = office.db.watch()
            latest = await _read_latest(office, client_id, seen)
            refs = await list_names(office, latest)
            for event in latest:
                if seen is None or event.id not in seen:
                    print(_write(office, event, refs, as_json=as_json), flush=True)
            seen = frozenset(event.id for event in latest)
            await changed.wait()


async def _read_latest(office: Office, client_id: str, seen: frozenset[str] | None) -> list[Event]:
    """Return the latest events, as far back as to one seen before: many may come at once."""
    from maild.store.events import list_events

    page = latest = await list_events(office.db, client_id=client_id)
    while seen is not None and page and seen.isdisjoint(event.id for event in page):
        page = await list_events(office.db, client_id=client_id, before=page[0].id)
        latest = page + latest
    return latest


def _write(office: Office, event: Event, refs: Mapping[str, str], *, as_json: bool) -> str:
    if as_json:
        return json.dumps(event_facts(event, refs), ensure_ascii=False)
    return event_line(office, event, refs)


async def list_names(office: Office, events: Sequence[Event]) -> dict[str, str]:
    """Return what events' clients and contacts are called, by id: references and addresses."""
    from maild.store.clients import list_addresses, list_refs

    refs = await list_refs(office.db, (event.client_id for event in events))
    return refs | await list_addresses(office.db, (event.contact_id for event in events))
