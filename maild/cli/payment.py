"""`maild paid`, `maild void`: money that came in, documents withdrawn."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from maild.cli.running import actor, in_office

if TYPE_CHECKING:
    from maild.office import Office


def _read_amount(context: click.Context, option: click.Parameter, text: str | None) -> object:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise click.BadParameter(f"{text!r} is not an amount such as 250.00") from None


@click.command("paid")
@click.argument("number")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day it was paid, as 2026-12-01; default: today.",
)
@click.option("--amount", callback=_read_amount, help="How much; default: all that is owed.")
@click.option("--quiet", is_flag=True, help="Thank nobody for it.")
@in_office
async def paid(
    office: Office, number: str, on: datetime | None, amount: Decimal | None, quiet: bool
) -> None:
    """Note that the invoice NUMBER was paid, whole or in part.

    With the payment that settles it, whoever it was sent to gets a word of thanks.

    \b
    Examples:
      maild paid INV-1001
      maild paid INV-1001 --on 2026-12-01 --amount 100.00
    """
    from maild.services.payments import pay
    from maild.services.thanks import list_thanked

    day = on.date() if on else None
    invoice = await pay(office, number, on=day, amount=amount, actor=actor(), quiet=quiet)
    owed = office.templates.money(invoice.balance, invoice.currency)
    print(f"{number}: {owed} is still owed" if invoice.balance else f"{number} is paid")
    if thanked := await list_thanked(office.db, invoice):
        print(f"thanks go to {', '.join(thanked)}")


@click.command("void")
@click.argument("number")
@in_office
async def void(office: Office, number: str) -> None:
    """Withdraw a document.

    NUMBER can still be read by those it went to, and says that it is void.

    \b
    Example:
      maild void INV-1001
    """
    from maild.services.payments import void as withdraw

    await withdraw(office, number, actor=actor())
    print(f"{number} is void")
