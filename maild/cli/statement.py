"""`maild statement`: what a client was charged, what it paid, and what it owes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.facts import statement_facts
from maild.cli.running import in_office
from maild.cli.showing import json_option, print_heading, print_json, print_table
from maild.clock import to_date

if TYPE_CHECKING:
    from maild.office import Office
    from maild.services.statements import Section, Statement

_EVERY = 10**9


@click.command("statement")
@click.argument("client")
@click.option("--from", "first", help="The first day; by default two months before the last month.")
@click.option("--to", "last", help="The last day; by default today.")
@json_option
@in_office
async def statement(
    office: Office, client: str, first: str | None, last: str | None, as_json: bool
) -> None:
    """Show CLIENT's invoices and payments in a period, and what it owes.

    It is the statement that the client sees, all its documents considered.

    \b
    Example:
      maild statement ACME --from 2026-11-01 --to 2026-11-30
    """
    from maild.services.lookup import need_client
    from maild.services.statements import draw_up, read_period
    from maild.store.reach import Reach

    owner = await need_client(office.db, client)
    period = read_period(first, last, to_date(office.clock(), office.zone))
    drawn = await draw_up(office, Reach(owner.id), period, most=_EVERY)
    if as_json:
        print_json(statement_facts(drawn, owner.ref))
    else:
        _print(office, drawn)


def _print(office: Office, drawn: Statement) -> None:
    print(drawn.summary)
    for section in drawn.sections:
        print_heading(section.currency)
        print_table(
            ("Date", "What", "Amount", "Balance"),
            _rows(office, section),
            right=("Amount", "Balance"),
            empty="none",
        )


def _rows(office: Office, section: Section) -> list[tuple[str, str, str, str]]:
    money, day = office.templates.money, office.templates.date
    entries = [
        (
            day(entry.dated),
            entry.what,
            money(entry.amount, section.currency),
            money(entry.balance, section.currency),
        )
        for entry in section.entries
    ]
    opening = ("", "Opening balance", "", money(section.opening, section.currency))
    closing = ("", "Closing balance", "", money(section.closing, section.currency))
    return [opening, *entries, closing]
