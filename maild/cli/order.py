"""`maild inbox act` and `maild inbox replay`: the operator's hand on a reply, and a look inside."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from maild.cli.asking import Terms, terms_options
from maild.cli.prefixes import resolve_reply
from maild.cli.running import actor, in_office
from maild.cli.showing import json_option, print_facts, print_heading, print_json
from maild.errors import BadInput, NotFound

if TYPE_CHECKING:
    from maild.model import Reply
    from maild.office import Office
    from maild.services.settlement import Case
    from maild.store.replies import RawReply

_ORDERS = ("reissue", "resend", "accept", "decline", "replace", "pause", "ignore")
_DONE = {
    "reissue": "a fresh link and password are on their way",
    "resend": "it is on its way again",
    "accept": "the estimate is accepted, and both sides are told",
    "decline": "the estimate is declined, and both sides are told",
    "replace": "the contact was replaced",
    "pause": "reminders are paused",
    "ignore": "nothing more is done about it",
}
_NO_ANSWER = (
    "there is nothing to be done about {}: it cannot be read, so do it by hand, then ignore"
)


@click.command("act")
@click.argument("id_", metavar="ID")
@click.argument("order", type=click.Choice(_ORDERS), metavar="ACTION")
@click.option("--document", "number", default="", help="The document meant: its number.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="With pause: the last day of it.")
@click.option("--email", "new", metavar="NEW", help="With replace: the new person's address.")
@click.option("--name", default="", help="With replace: what letters call the new person.")
@click.option("--no-history", is_flag=True, help="With replace: the new person sees no past.")
@terms_options
@in_office
async def act(
    office: Office,
    id_: str,
    order: str,
    number: str,
    until: datetime | None,
    new: str | None,
    name: str,
    no_history: bool,
    terms: Terms,
) -> None:
    """Do ACTION about the reply ID: what it asks for, on your word, whatever its evidence.

    ACTION is reissue (a fresh link and password), resend (the document, or a statement where one
    was asked for), accept or decline (the estimate it answers), replace (another person takes
    the writer's place), pause (no reminders) or ignore. Whatever goes out goes to the address on
    record.

    \b
    Examples:
      maild inbox act p4wz reissue
      maild inbox act p4wz pause --until 2026-12-31
      maild inbox act p4wz replace --email tom@acme.example --name "Tom Jones"
    """
    from maild.services import orders

    _check_options(order, until, new, terms)
    reply = await resolve_reply(office.db, id_)
    case = await _examine(office, reply)
    if new is not None:
        await _replace(office, case, new, terms, name=name, no_history=no_history)
        if terms.dry_run:
            return
    day = until.date() if until else None
    wanted = orders.Order(order)
    done = await orders.order(office, case, wanted, number=number, until=day, actor=actor())
    print(f"{done.id}: {_DONE[order]}")


def _check_options(order: str, until: datetime | None, new: str | None, terms: Terms) -> None:
    if (new is None) == (order == "replace"):
        raise click.UsageError("replace and --email NEW go together")
    if terms.given and new is None:
        raise click.UsageError("--letters, --dry-run and --yes go with replace")
    if until and order != "pause":
        raise click.UsageError("--until goes with pause")


async def _examine(office: Office, reply: Reply) -> Case:
    from maild.mail.parse import Unparseable
    from maild.services.examination import examine

    try:
        return await examine(office, await _need_raw(office, reply), "")
    except Unparseable as error:
        raise NotFound(f"{error}; {_NO_ANSWER.format(reply.id)}") from None


async def _need_raw(office: Office, reply: Reply) -> RawReply:
    from maild.store.replies import load_raw

    raw = await load_raw(office.db, reply.id)
    if raw is None:
        raise NotFound(f"reply {reply.id} is gone from the store")
    if reply.purged_at is not None:
        raise NotFound(
            f"the message of reply {reply.id} was let go of after [store] replies_days; "
            f"what was made of it: maild inbox show {reply.id}"
        )
    return raw


async def _replace(
    office: Office, case: Case, new: str, terms: Terms, *, name: str, no_history: bool
) -> None:
    from maild.cli.handover import replace_contact

    client, contact = case.match.client, case.match.contact
    if client is None or contact is None:
        raise NotFound(f"reply {case.reply.id} comes from nobody on record: nobody to replace")
    history = False if no_history else None
    await replace_contact(
        office, client.ref, contact.address, new, terms, name=name, history=history
    )


@click.command("replay")
@click.argument("what", metavar="ID|FILE")
@click.option("--to", metavar="ADDRESS", help="With FILE: the address it was sent to.")
@click.option(
    "--from", "sender", metavar="ADDRESS", help="With FILE: who sent it, by the envelope."
)
@json_option
@in_office
async def replay(
    office: Office, what: str, to: str | None, sender: str | None, as_json: bool
) -> None:
    """Show step by step how a message is read. Nothing is done about it.

    ID|FILE is a reply, by its id, or a message in a file. Without --to and --from a FILE is taken
    to be sent as its own headers say.

    \b
    Examples:
      maild inbox replay p4wz
      maild inbox replay message.eml --to billing@example.test
    """
    from dataclasses import replace

    from maild.dns import open_resolver
    from maild.mail.parse import Unparseable
    from maild.services.examination import examine

    raw = await _load(office, what, to, sender)
    asking = replace(office, resolver=open_resolver(office.config.inbound.dns))
    try:
        case = await examine(asking, raw, "")
    except Unparseable as error:
        print(f"{error}; it would be set aside for a person")
        return
    steps = list(_tell(office, raw, case))
    if as_json:
        print_json({name: dict(facts) for name, facts in steps})
        return
    for name, facts in steps:
        print_heading(name)
        print_facts([(key, value) for key, value in facts if value])


async def _load(office: Office, what: str, to: str | None, sender: str | None) -> RawReply:
    """Return a stored reply, or a file as if it had just come in."""
    import json

    from maild.store.replies import RawReply

    content = _read_file(Path(what))
    if content is None:
        return await _need_raw(office, await resolve_reply(office.db, what))
    heads = _heads(content)
    recipients = [to] if to else heads["to"]
    mail_from = heads["from"][0] if sender is None and heads["from"] else sender or ""
    now = office.clock()
    return RawReply(
        "replay", now, "replay", "", mail_from, json.dumps(recipients), 1, len(content), content
    )


def _read_file(path: Path) -> bytes | None:
    """Return a file's bytes, or None if there is no such file; raises `BadInput`."""
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from None


def _heads(content: bytes) -> dict[str, list[str]]:
    from maild.mail.mailboxes import parse_mailboxes
    from maild.mail.parse import Unparseable, parse

    try:
        message = parse(content)
    except Unparseable:
        return {"to": [], "from": []}
    found = {"from": [box.address for box in message.from_], "to": []}
    for value in (*message.all("to"), *message.all("cc")):
        found["to"] += [box.address for box in parse_mailboxes(value)]
    return found


def _tell(office: Office, raw: RawReply, case: Case) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each step of reading with what it found."""
    reading, match, decision = case.reading, case.match, case.decision
    bounce, absence = reading.bounce, reading.absence
    ours = [address for address in raw.addresses if office.addresses.recognise(address)]
    machine = [
        ("Kind", reading.kind.value),
        ("By", reading.classification.reason),
        ("Bounce", f"{bounce.outcome}, {bounce.status} {bounce.reason}".strip() if bounce else ""),
        ("About", ", ".join(bounce.recipients) if bounce else ""),
        ("Away until", _day(absence.until) if absence else ""),
    ]
    return [
        ("Envelope", [("From", raw.sender or "<>"), ("To", ", ".join(ours) or "none of ours")]),
        ("Who wrote it", machine),
        ("What is new in it", [("", reading.words)]),
        ("What it asks", [
            ("Request", case.intent.request.value),
            ("Words", ", ".join(case.intent.words)),
        ]),
        ("Whose it is", [
            ("Client", match.client.name if match.client else "unknown"),
            ("Contact", match.contact.address if match.contact else "none"),
            ("Document", match.document.number if match.document else "none"),
            ("Token (T)", "yes" if match.token else "no"),
            ("From (F)", "yes" if match.sender else "no"),
            ("Domain (A)", case.domain_says or "not asked"),
        ]),
        ("What follows", [
            ("Wait", "the DNS is in trouble: it is looked at again" if case.look_again else ""),
            ("Action", decision.action.value),
            ("Reason", decision.reason),
            ("Evidence", f"L{decision.level}"),
        ]),
    ]  # fmt: skip


def _day(day: date | None) -> str:
    return day.isoformat() if day else "no day named"
