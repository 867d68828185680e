"""`maild recur`: documents that come again and again."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maild.cli.attachment import read_files
from maild.cli.prefixes import resolve_recurrence
from maild.cli.running import actor, in_office
from maild.cli.showing import json_option, print_json, print_table
from maild.cli.words import iso

if TYPE_CHECKING:
    from maild.model import Recurrence
    from maild.office import Office
    from maild.services.recurring import Prepared

_SHOWN = 4


@click.group("recur")
def recur() -> None:
    """Documents that recur: add, list and stop them.

    \b
    Example:
      maild recur add rent.json --every "1 month" --on last
    """


@recur.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--every", required=True, help='Such as "1 month", "2 weeks", "quarter", "1 year".')
@click.option("--on", default="", metavar="DAY", help='The day of the month, 1 to 31, or "last".')
@click.option(
    "--from",
    "start",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Where to begin; default: today.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day on which one may come; default: until: maild recur stop.",
)
@click.option("--dry-run", is_flag=True, help="Check everything and say what would come when.")
@in_office
async def add(
    office: Office,
    file: Path,
    every: str,
    on: str,
    start: datetime | None,
    until: datetime | None,
    dry_run: bool,
) -> None:
    """Issue a document again and again, each with the day it comes.

    FILE is a document file without dates: `due_days` (an estimate: `valid_days`) stands in the
    place of `due`, and `number`, `reference`, `notes` and descriptions may hold {year}, {month},
    {day} and {period} (the month in words). {seq} in `number` is the next number that is free,
    {seq:4} writes it with zeros. A month too short for its day has the document on its last.

    \b
    Examples:
      maild recur add rent.json --every "1 month" --on last
      maild recur add cleaning.toml --every "2 weeks" --from 2027-01-04 --until 2027-06-30
    """
    from maild.document import load_fields
    from maild.pattern import make_pattern
    from maild.rhythm import make_rhythm
    from maild.services.recurring import add_recurrence, prepare_recurrence

    pattern = make_pattern(load_fields(file), office.config.business.currency, str(file))
    today = office.almanac.day_of(office.clock())
    rhythm = make_rhythm(every, start.date() if start else today, on)
    names = pattern.fields.get("attachments", ())
    files = read_files(office, (file.parent / str(name) for name in names))
    last = until.date() if until else None
    prepared = await prepare_recurrence(office, pattern, rhythm, last, files)
    if not dry_run:
        await add_recurrence(office, prepared, actor=actor())
    _tell(office, prepared, dry_run=dry_run)


@recur.command("list")
@click.option("--client", help="Only this client's: its reference.")
@json_option
@in_office
async def list_all(office: Office, client: str | None, as_json: bool) -> None:
    """List what recurs, the next first.

    \b
    Example:
      maild recur list
    """
    from maild.services.lookup import need_client
    from maild.store.clients import list_refs
    from maild.store.recurrences import list_recurrences

    owner = await need_client(office.db, client) if client else None
    found = await list_recurrences(office.db, owner.id if owner else "")
    refs = await list_refs(office.db, (one.client_id for one in found))
    if as_json:
        print_json([_facts(one, refs[one.client_id]) for one in found])
        return
    print_table(
        ("ID", "Client", "Number", "Comes", "Next", "Until", "Issued"),
        [_row(office, one, refs[one.client_id]) for one in found],
        right=("Issued",),
        empty='Nothing recurs; add something: maild recur add FILE --every "1 month"',
    )


@recur.command("stop")
@click.argument("id_", metavar="ID")
@in_office
async def stop(office: Office, id_: str) -> None:
    """End the recurrence ID; what it has issued stays as it is.

    An ID may be shortened to its first letters, at least four.

    \b
    Example:
      maild recur stop k3vq
    """
    from maild.services.recurring import stop_recurrence

    found = await resolve_recurrence(office.db, id_)
    await stop_recurrence(office, found, actor=actor())
    print(f"{found.id} has ended; what it has issued stays")


def _tell(office: Office, prepared: Prepared, *, dry_run: bool) -> None:
    made, first = prepared.recurrence, prepared.first
    day, gross = office.templates.date, first.document.total
    people = ", ".join(parcel.contact.address for parcel in first.parcels)
    days = [day(one) for _, one in zip(range(_SHOWN), made.days(), strict=False)]
    verb = "would come" if dry_run else "comes"
    print(f"{_number(made)} {verb} {made.rhythm}, to {people}")
    print(
        f"  first {first.document.number}, {office.templates.money(gross, first.document.currency)}"
    )
    more = ", …" if len(days) == _SHOWN else ""
    print(f"  on {', '.join(days)}{more}")
    if not dry_run:
        print(f"  to end it: maild recur stop {made.id}")


def _number(one: Recurrence) -> str:
    from maild.pattern import read_pattern

    return read_pattern(one.template).number


def _row(office: Office, one: Recurrence, ref: str) -> tuple[str, ...]:
    day, coming = office.templates.date, one.next_day
    return (
        one.id,
        ref,
        _number(one),
        str(one.rhythm),
        day(coming) if coming else "",
        day(date.fromisoformat(one.last_on)) if one.last_on else "",
        str(one.turn),
    )


def _facts(one: Recurrence, ref: str) -> dict[str, Any]:
    coming = one.next_day
    return {
        "id": one.id,
        "client": ref,
        "number": _number(one),
        "every": one.count,
        "unit": one.unit,
        "day": one.day or None,
        "first": one.first_on,
        "next": coming.isoformat() if coming else None,
        "until": one.last_on or None,
        "issued": one.turn,
        "created_at": iso(one.created_at),
    }
