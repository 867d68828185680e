"""`maild queue`: letters on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.asking import agree
from maild.cli.facts import letter_facts
from maild.cli.lists import LETTER_HEADINGS, letter_row, moment
from maild.cli.pages import cut_page, limit_option, with_filter
from maild.cli.prefixes import resolve_letter
from maild.cli.running import actor, do_each, in_office
from maild.cli.showing import json_option, print_facts, print_json, print_table
from maild.cli.words import one_line

if TYPE_CHECKING:
    from maild.office import Office
    from maild.services.queue import Step

_STATES = ("waiting", "queued", "deferred", "held", "sent", "bounced", "failed", "dropped")
_EVERY_LETTER = 1_000_000
_ids_argument = click.argument("ids", nargs=-1, required=True, metavar="ID…")


@click.group("queue")
def queue() -> None:
    """Letters: list, show, retry, hold, release and drop them.

    An ID may be shortened to its first letters, at least four.

    \b
    Example:
      maild queue list --state failed
    """


@queue.command("list")
@click.option(
    "--state",
    type=click.Choice(_STATES),
    default=None,
    help="Only those in a state; waiting: queued or deferred.",
)
@click.option("--before", metavar="ID", help="Only those written before the letter ID.")
@limit_option
@json_option
@in_office
async def list_all(
    office: Office, state: str | None, before: str | None, limit: int, as_json: bool
) -> None:
    """List the latest letters, the newest first.

    \b
    Example:
      maild queue list --state deferred
    """
    from maild.store.database import LATEST
    from maild.store.letters import list_letters

    last = await resolve_letter(office.db, before) if before else None
    place = (last.created_at, last.id) if last else LATEST
    more = await list_letters(office.db, state or "", limit + 1, place)
    command = with_filter("maild queue list", "--state", state) + " --before"
    found = cut_page(more, limit, command, lambda letter: letter.id)
    if as_json:
        print_json([letter_facts(letter) for letter in found])
        return
    await _tell_outage(office)
    print_table(LETTER_HEADINGS, map(letter_row(office), found), empty="There is no such letter.")


@queue.command("show")
@click.argument("id_", metavar="ID")
@json_option
@in_office
async def show(office: Office, id_: str, as_json: bool) -> None:
    """Show the letter ID: to whom, about what, and what the mail server said.

    \b
    Example:
      maild queue show k3vq
    """
    letter = await resolve_letter(office.db, id_)
    if as_json:
        print_json(letter_facts(letter))
        return
    waits = letter.state in {"queued", "deferred"}
    print_facts(
        [
            ("Letter", letter.id),
            ("Kind", letter.kind),
            ("To", letter.recipient),
            ("Subject", letter.subject),
            ("State", letter.state),
            ("Written", moment(office, letter.created_at)),
            ("Attempts", str(letter.attempts)),
            ("Next attempt", moment(office, letter.next_at) if waits else ""),
            ("Sent", moment(office, letter.sent_at) if letter.sent_at is not None else ""),
            ("Mail server", letter.outcome),
        ]
    )


@queue.command("retry")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.option("--all", "all_", is_flag=True, help="All that are deferred or failed.")
@in_office
async def retry(office: Office, ids: tuple[str, ...], all_: bool) -> None:
    """Send deferred or failed letters now.

    Each ID may be shortened to its first letters.

    \b
    Examples:
      maild queue retry k3vq
      maild queue retry --all
    """
    from maild.services.queue import RETRY
    from maild.store.letters import list_letters

    if bool(ids) == all_:
        raise click.UsageError("Name the letters, or say --all.")
    if all_:
        found = [
            letter
            for state in RETRY.sources
            for letter in await list_letters(office.db, state, _EVERY_LETTER)
        ]
        ids = tuple(letter.id for letter in reversed(found))
    await _change(office, ids, RETRY)


@queue.command("hold")
@_ids_argument
@in_office
async def hold(office: Office, ids: tuple[str, ...]) -> None:
    """Keep waiting letters back until they are released.

    Each ID may be shortened to its first letters.

    \b
    Example:
      maild queue hold k3vq 7mbd
    """
    from maild.services.queue import HOLD

    await _change(office, ids, HOLD)


@queue.command("release")
@_ids_argument
@in_office
async def release(office: Office, ids: tuple[str, ...]) -> None:
    """Let held letters go out.

    Each ID may be shortened to its first letters.

    \b
    Example:
      maild queue release k3vq
    """
    from maild.services.queue import RELEASE

    await _change(office, ids, RELEASE)


@queue.command("drop")
@_ids_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_office
async def drop(office: Office, ids: tuple[str, ...], yes: bool) -> None:
    """Give letters up for good: they will never be sent.

    Each ID may be shortened to its first letters. It asks first, unless told --yes.

    \b
    Example:
      maild queue drop k3vq
    """
    from maild.services.queue import DROP

    if not yes:
        agree(f"Never send {', '.join(ids)}?")
    await _change(office, ids, DROP)


async def _tell_outage(office: Office) -> None:
    """Print what the mail server says while it takes no letters."""
    from maild.store.outages import find_outage

    outage = await find_outage(office.db, office.config.relay.url)
    if outage and outage.retry_at:
        since, again = moment(office, outage.since), moment(office, outage.retry_at)
        print(
            f"No letter has got through to the mail server since {since}: {one_line(outage.words)}"
        )
        print(f"Letters wait, and leave by themselves when it takes them; next try: {again}.\n")


async def _change(office: Office, ids: tuple[str, ...], step: Step) -> None:
    from maild.services.queue import change_letter

    async def change(start: str) -> None:
        letter = await resolve_letter(office.db, start)
        changed = await change_letter(office, letter.id, step, actor=actor())
        print(f"{changed.id} to {changed.recipient}: {step.verb}")

    await do_each(ids, change)
