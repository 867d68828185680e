"""`maild log`: what happened, who did it, and why."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import click

from maild.cli.facts import event_facts
from maild.cli.lists import event_line
from maild.cli.running import in_office
from maild.cli.showing import json_option, print_json

if TYPE_CHECKING:
    from maild.model import Event
    from maild.office import Office


@click.command("log")
@click.option("--client", help="Only what concerns this client: its reference.")
@click.option("--follow", is_flag=True, help="Stay, and print what happens as it happens.")
@json_option
@in_office
async def log(office: Office, client: str | None, follow: bool, as_json: bool) -> None:
    """Print the latest events, oldest first.

    With --follow and --json there is one object to a line.

    \b
    Examples:
      maild log --client ACME
      maild log --follow
    """
    from maild.services.lookup import need_client

    client_id = (await need_client(office.db, client)).id if client else ""
    if follow:
        await _follow(office, client_id, as_json)
        return
    events = await _read(office, client_id, ())
    refs = await _refs(office)
    if as_json:
        print_json([event_facts(event, refs) for event in events])
        return
    for event in events:
        print(event_line(office, event, refs.get(event.client_id or "", "")))


async def _follow(office: Office, client_id: str, as_json: bool) -> None:
    seen: set[str] = set()
    while True:
        changed = office.db.watch()
        fresh = await _read(office, client_id, seen)
        refs = await _refs(office) if fresh else {}
        for event in fresh:
            seen.add(event.id)
            facts = event_facts(event, refs)
            line = event_line(office, event, facts["client"] or "")
            print(json.dumps(facts, ensure_ascii=False) if as_json else line, flush=True)
        await changed.wait()


async def _read(office: Office, client_id: str, seen: Collection[str]) -> Sequence[Event]:
    """Return the latest events that were not seen yet.

    Another process may commit an event that is older than the last one seen, so that the last
    one's id alone does not tell what is new.
    """
    from maild.store.events import list_events

    latest = await list_events(office.db, client_id=client_id)
    return [event for event in latest if event.id not in seen]


async def _refs(office: Office) -> dict[str, str]:
    from maild.store.clients import list_clients

    return {one.id: one.ref for one in await list_clients(office.db)}
