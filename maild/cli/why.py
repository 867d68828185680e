"""`maild why`: in plain words, what an address can reach, what it cannot, and what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.facts import letter_facts, reply_facts
from maild.cli.link import link_facts, link_row
from maild.cli.lists import LETTER_HEADINGS, letter_row, moment
from maild.cli.running import in_office
from maild.cli.showing import json_option, print_facts, print_heading, print_json, print_table
from maild.cli.words import iso, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from maild.cli.facts import Facts
    from maild.model import Reply
    from maild.office import Office
    from maild.services.diagnosis import Diagnosis, PasswordStanding, Place
    from maild.services.remedy import Remedy

_SHOWN = 5
_PASSWORDS = {
    "undelivered": "generated, its letter not delivered yet; made",
    "unused": "generated, not used yet; lapses",
    "lapsed": "generated, lapsed unused",
    "in use": "in use since",
}


@click.command("why")
@click.argument("email")
@json_option
@in_office
async def why(office: Office, email: str, as_json: bool) -> None:
    """Say why the person at EMAIL can, or cannot, get in.

    Clients and documents within reach, links, passwords, lock-outs, the last letters, replies and
    refusals, and the one command that would mend what stands in the way.

    \b
    Example:
      maild why jane@acme.example
    """
    from maild.address import parse_address
    from maild.services.diagnosis import diagnose
    from maild.services.remedy import prescribe

    found = await diagnose(office, parse_address(email))
    remedy = prescribe(found)
    if as_json:
        print_json(_facts(found, remedy))
    else:
        _tell(office, found, remedy)
    if not found.places:
        raise click.exceptions.Exit(1)


def _tell(office: Office, found: Diagnosis, remedy: Remedy) -> None:
    for place in found.places:
        print_facts(_describe_place(office, place))
        _list_links(office, place)
        print()
    if found.places:
        _tell_history(office, found)
    print(plain(remedy.finding))
    print(f"    {plain(remedy.command)}")


def _describe_place(office: Office, place: Place) -> Iterator[tuple[str, str]]:
    from maild.services.remedy import say_rule
    from maild.services.sparing import why_spared

    client, person = place.client, place.contact
    gone, left, history = person.disabled_at, place.left_at, person.history_from
    yield "Client", f"{client.name} ({client.ref}){', a dummy' if client.dummy else ''}"
    yield "Contact", person.name
    if left is not None:
        yield "Moved", f"{moment(office, left)}, to {person.address}"
    if gone is not None:
        yield "Disabled", moment(office, gone)
    elif history:
        yield "History", f"sees what was sent since {moment(office, history)}"
    if place.live and why_spared(person):
        yield "Letters", f"held, unless they ask for them: {why_spared(person)}"
    if place.live:
        rule = f"for the password first,{say_rule(place)}"
        yield "Links ask", rule if place.enforce_login else "for nothing"
    yield "By link", _say_numbers(place.by_link)
    yield "By password", _say_numbers(place.by_password)
    if place.reissue_at:
        yield "Reissue", f"asking again is answered from {moment(office, place.reissue_at)}"


def _list_links(office: Office, place: Place) -> None:
    if not place.links:
        return
    print_table(
        ("ID", "Client", "Contact", "Document", "Opens", "Made", "State"),
        [link_row(office, standing) for standing in place.links[:_SHOWN]],
        empty="",
    )
    more = len(place.links) - _SHOWN
    if more > 0:
        command = f"maild link list --client {place.client.ref} --contact {place.contact.address}"
        print(f"and {more} more: {command}")


def _say_numbers(numbers: tuple[str, ...]) -> str:
    if not numbers:
        return "nothing"
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"{', '.join(numbers[:_SHOWN])}{more}"


def _tell_history(office: Office, found: Diagnosis) -> None:
    passwords = "\n".join(_say_password(office, one) for one in found.passwords) or "none"
    waits = "\n".join(f"from {place} until {moment(office, at)}" for place, at in found.lockouts)
    last = found.last_login
    print_facts(
        [
            ("Password", passwords),
            ("Last log-in", moment(office, last) if last is not None else "none"),
            ("Log-in waits", waits or "none"),
        ]
    )
    print_heading("Last letters")
    print_table(LETTER_HEADINGS, map(letter_row(office), found.letters), empty="none")
    print_heading("Last replies")
    print_table(
        ("ID", "Received", "From", "Subject", "State", "Decision"),
        [_reply_row(office, one) for one in found.replies],
        empty="none",
    )
    print_heading("Last refusals")
    print_table(
        ("When", "Why", "What"),
        [(moment(office, one.at), one.reason, one.subject) for one in found.refusals],
        empty="none",
    )
    print()


def _reply_row(office: Office, reply: Reply) -> tuple[str, ...]:
    decision = f"{reply.action} ({reply.reason})" if reply.action else "not yet"
    received = moment(office, reply.received_at)
    return reply.id, received, reply.sender, reply.subject, reply.state, decision


def _say_password(office: Office, standing: PasswordStanding) -> str:
    chosen = "chosen by its owner, " if standing.chosen else ""
    return f"{chosen}{_PASSWORDS[standing.state]} {moment(office, standing.at)}"


def _facts(found: Diagnosis, remedy: Remedy) -> Facts:
    return {
        "address": found.address,
        "known": bool(found.places),
        "similar": list(found.similar),
        "clients": [_place_facts(place) for place in found.places],
        "passwords": [
            {"state": one.state.value, "chosen": one.chosen, "at": iso(one.at)}
            for one in found.passwords
        ],
        "last_login_at": iso(found.last_login),
        "login_waits": [{"from": place, "until": iso(at)} for place, at in found.lockouts],
        "letters": [letter_facts(letter) for letter in found.letters],
        "replies": [reply_facts(reply) for reply in found.replies],
        "refusals": [
            {"at": iso(one.at), "reason": one.reason, "subject": one.subject}
            for one in found.refusals
        ],
        "finding": remedy.finding,
        "command": remedy.command,
    }


def _place_facts(place: Place) -> Facts:
    from maild.services.sparing import why_spared

    return {
        "ref": place.client.ref,
        "name": place.client.name,
        "dummy": place.client.dummy,
        "contact": place.contact.address,
        "contact_name": place.contact.name,
        "moved_at": iso(place.left_at),
        "disabled_at": iso(place.contact.disabled_at),
        "history_from": iso(place.contact.history_from),
        "letters_held": why_spared(place.contact),
        "enforce_login": place.enforce_login,
        "by_link": list(place.by_link),
        "by_password": list(place.by_password),
        "reissue_at": iso(place.reissue_at),
        "links": [link_facts(standing) for standing in place.links],
    }
