"""`maild inbox`: replies, and what was made of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from maild.cli.facts import reply_facts
from maild.cli.lists import moment
from maild.cli.order import act, replay
from maild.cli.pages import cut_page, limit_option, with_filter
from maild.cli.prefixes import resolve_reply
from maild.cli.running import in_office
from maild.cli.showing import json_option, print_facts, print_heading, print_json, print_table
from maild.errors import NotFound

if TYPE_CHECKING:
    from maild.model import Reply
    from maild.office import Office

_STATES = ("accepted", "settled", "held", "set_aside")


@click.group("inbox")
def inbox() -> None:
    """Replies: list, show, explain and settle them.

    An ID may be shortened to its first letters, at least four.

    \b
    Example:
      maild inbox list --state held
    """


inbox.add_command(act)
inbox.add_command(replay)


@inbox.command("list")
@click.option("--state", type=click.Choice(_STATES), default=None, help="Only those in a state.")
@click.option("--before", metavar="ID", help="Only those that came before the reply ID.")
@limit_option
@json_option
@in_office
async def list_all(
    office: Office, state: str | None, before: str | None, limit: int, as_json: bool
) -> None:
    """List the latest replies, the newest first.

    \b
    Example:
      maild inbox list
    """
    from maild.store.database import LATEST
    from maild.store.replies import list_replies

    last = await resolve_reply(office.db, before) if before else None
    place = (last.received_at, last.id) if last else LATEST
    more = await list_replies(office.db, state or "", limit + 1, place)
    command = with_filter("maild inbox list", "--state", state) + " --before"
    found = cut_page(more, limit, command, lambda reply: reply.id)
    if as_json:
        print_json([reply_facts(reply) for reply in found])
        return
    print_table(
        ("ID", "Received", "From", "Subject", "State", "Decision"),
        [
            (
                reply.id,
                moment(office, reply.received_at),
                reply.sender or "no sender",
                _title(reply),
                reply.state,
                _decision(reply),
            )
            for reply in found
        ],
        empty="There is no such reply.",
    )


@inbox.command("show")
@click.argument("id_", metavar="ID")
@click.option("--raw", is_flag=True, help="Write the message as it came, and nothing else.")
@json_option
@in_office
async def show(office: Office, id_: str, raw: bool, as_json: bool) -> None:
    """Show the reply ID: its headers, what it says, and what was decided.

    \b
    Examples:
      maild inbox show p4wz
      maild inbox show p4wz --raw > message.eml
    """
    from maild.store.replies import read_reply

    reply = await resolve_reply(office.db, id_)
    content = await read_reply(office.db, reply.id)
    if raw and reply.purged_at is not None:
        raise NotFound(f"the message of reply {reply.id} was let go of after [store] replies_days")
    if raw:
        sys.stdout.buffer.write(content)
        return
    headers = _headers(content)
    if as_json:
        print_json(reply_facts(reply) | {"headers": [list(pair) for pair in headers]})
        return
    _print(office, reply, headers)


def _print(office: Office, reply: Reply, headers: Iterable[tuple[str, str]]) -> None:
    settled = reply.settled_at
    print_facts(
        [
            ("Reply", reply.id),
            ("Received", f"{moment(office, reply.received_at)} from {reply.peer}"),
            ("State", reply.state),
            ("Kind", reply.kind),
            ("Request", reply.request),
            ("Words", reply.words),
            ("Decision", _decision(reply)),
            ("Evidence", "" if reply.level is None else f"L{reply.level}"),
            ("Sender check", reply.authentication),
            ("Let go of", moment(office, reply.purged_at) if reply.purged_at is not None else ""),
            ("Settled", moment(office, settled) if settled is not None else ""),
        ]
    )
    print_heading("Headers")
    print_facts(headers)
    print_heading("What it says")
    print_facts([("", reply.excerpt)])


def _decision(reply: Reply) -> str:
    return f"{reply.action} ({reply.reason})" if reply.action else ""


def _title(reply: Reply) -> str:
    """Return the subject, else how it begins: for one that was set aside, what is wrong with it."""
    return reply.subject or " ".join(reply.excerpt.split())[:80]


def _headers(content: bytes) -> tuple[tuple[str, str], ...]:
    from maild.mail.parse import Unparseable, parse, salvage

    try:
        return parse(content).headers
    except Unparseable:
        return salvage(content).headers
