"""Why a person can, or cannot, get in: everything that is known of one address, in one value."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from maild.access.links import LinkState, Scope, enforces_login, reach_of
from maild.access.passwords import has_lapsed
from maild.access.throttle import (
    AUTOMATIC_PER_CONTACT,
    REISSUE,
    automatic_name,
    describe_place,
    find_login_wait,
    find_wait,
    login_name,
    reissue_name,
)
from maild.access.visitors import list_numbers
from maild.address import address_key
from maild.clock import DAY, HOUR
from maild.model import Client, Contact, Credential, Letter, Reply
from maild.office import Office
from maild.services.former import Former, find_former
from maild.services.links import Standing, list_standings
from maild.store import clients, credentials, events, letters, refusals, replies, throttles
from maild.store.refusals import RefusalRow

MOST = 5
# a letter left out, doubled or swapped in a short name still counts
_ALIKE = 0.6


class PasswordState(StrEnum):
    """How far a password has come: on its way, unused until a day, lapsed on one, or in use."""

    UNDELIVERED = "undelivered"
    UNUSED = "unused"
    LAPSED = "lapsed"
    IN_USE = "in use"


@dataclass(frozen=True, slots=True)
class PasswordStanding:
    """How a password stands; `at` is when it was made, lapses, lapsed or was first used."""

    state: PasswordState
    chosen: bool
    at: int

    @property
    def usable(self) -> bool:
        """Whether its owner can log in with it."""
        return self.state in {PasswordState.UNUSED, PasswordState.IN_USE}


@dataclass(frozen=True, slots=True)
class Place:
    """One client that an address is, or was, a contact of, and what it can reach there.

    `by_link` and `by_password` are the numbers of what opens at this moment; `reissue_at` is when
    the person may ask for new credentials again, None for at once. `left_at` is since when the
    contact bears another address; the links are those that came to the one asked about.
    """

    client: Client
    contact: Contact
    enforce_login: bool
    links: tuple[Standing, ...]
    by_link: tuple[str, ...]
    by_password: tuple[str, ...]
    reissue_at: int | None = None
    left_at: int | None = None

    @property
    def live(self) -> bool:
        """Whether the address is that of a contact who has not been disabled."""
        return self.contact.disabled_at is None and self.left_at is None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that is known of an address; the latest of each kind come first.

    `lockouts` are (where from, until when) of log-ins that must wait.
    """

    address: str
    places: tuple[Place, ...]
    similar: tuple[str, ...]
    passwords: tuple[PasswordStanding, ...]
    last_login: int | None
    lockouts: tuple[tuple[str, int], ...]
    letters: tuple[Letter, ...]
    replies: tuple[Reply, ...]
    refusals: tuple[RefusalRow, ...]

    @property
    def has_password(self) -> bool:
        """Whether any password would let the address in."""
        return any(standing.usable for standing in self.passwords)


async def diagnose(office: Office, address: str) -> Diagnosis:
    """Return what is known of an address, on record now, before, or never."""
    db, key = office.db, address_key(address)
    people = await clients.list_everyone_of_address(db, key)
    former = await find_former(db, key)
    held = [judge_password(office, one) for one in await credentials.list_credentials(db, key)]
    usable = any(standing.usable for standing in held)
    places = [await _look_at(office, person, password=usable) for person in people]
    places += [await _look_back(office, one) for one in former]
    return Diagnosis(
        address=address,
        places=tuple(place for place in places if place),
        similar=() if people or former else await _find_similar(office, key),
        passwords=tuple(held),
        last_login=await events.last_login(db, key),
        lockouts=await _list_lockouts(office, key),
        letters=await _list_letters(office, people, former),
        replies=await _list_replies(office, people, former, address),
        refusals=tuple(await refusals.list_refusals(db, key, MOST)),
    )


def judge_password(office: Office, held: Credential) -> PasswordStanding:
    """Return how a password that was not retired stands at this moment."""
    lapse = office.config.passwords.lapse_hours
    if not held.generated or held.first_used_at is not None:
        since = held.first_used_at or held.created_at
        return PasswordStanding(PasswordState.IN_USE, not held.generated, since)
    if held.delivered_at is None:
        return PasswordStanding(PasswordState.UNDELIVERED, False, held.created_at)
    lapsed = has_lapsed(held, lapse, office.clock())
    state = PasswordState.LAPSED if lapsed else PasswordState.UNUSED
    return PasswordStanding(state, False, held.delivered_at + lapse * HOUR)


async def _look_at(office: Office, person: Contact, *, password: bool) -> Place | None:
    client = await clients.get_client(office.db, person.client_id)
    if client is None:
        return None
    key = address_key(person.address)
    standings = await list_standings(office, client_id=client.id, key=key)
    enforced = enforces_login(client, office.config.links)
    live = person.disabled_at is None
    everything = await list_numbers(office.db, person, client) if live else ()
    by_password = everything if password else ()
    by_link = () if enforced and not password else _reach(office, standings, everything)
    return Place(
        client=client,
        contact=person,
        enforce_login=enforced,
        links=standings,
        by_link=by_link,
        by_password=by_password,
        reissue_at=await _find_reissue(office, person),
    )


async def _look_back(office: Office, former: Former) -> Place | None:
    """Return what the links still open that came to an address while it was the contact's."""
    person = former.contact
    client = await clients.get_client(office.db, person.client_id)
    if client is None:
        return None
    everything = await list_standings(office, client_id=client.id, key=address_key(person.address))
    standings = tuple(one for one in everything if former.covers(one.visit.link.created_at))
    enforced = enforces_login(client, office.config.links)
    seen = () if enforced else await list_numbers(office.db, person, client)
    return Place(
        client=client,
        contact=person,
        enforce_login=enforced,
        links=standings,
        by_link=() if enforced else _reach(office, standings, seen),
        by_password=(),
        left_at=former.left_at,
    )


async def _list_letters(
    office: Office, people: Sequence[Contact], former: Sequence[Former]
) -> tuple[Letter, ...]:
    found = [
        letter
        for person in people
        for letter in await letters.list_contact_letters(office.db, person.id, MOST)
    ]
    for one in former:
        found += await letters.list_contact_letters(
            office.db, one.contact.id, MOST, recipient=one.spelling
        )
    found.sort(key=lambda letter: letter.created_at, reverse=True)
    return tuple(found[:MOST])


async def _list_replies(
    office: Office, people: Sequence[Contact], former: Sequence[Former], address: str
) -> tuple[Reply, ...]:
    found = await replies.list_stray_replies(office.db, address, MOST)
    for person in people:
        found += await replies.list_contact_replies(office.db, person.id, MOST)
    for one in former:
        found += await replies.list_contact_replies(
            office.db, one.contact.id, MOST, sender=one.spelling
        )
    found.sort(key=lambda reply: reply.received_at, reverse=True)
    return tuple(found[:MOST])


def _reach(
    office: Office, standings: tuple[Standing, ...], everything: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what the live links open: one young account link opens everything."""
    live = [standing.visit for standing in standings if standing.state is LinkState.LIVE]
    rules, now = office.config.links, office.clock()
    if any(reach_of(visit, rules, now) is Scope.ACCOUNT for visit in live):
        return everything
    return tuple(dict.fromkeys(visit.document.number for visit in live))


async def _find_reissue(office: Office, person: Contact) -> int | None:
    now = office.clock()
    limits = {
        reissue_name(person.id): REISSUE,
        automatic_name(person.id): AUTOMATIC_PER_CONTACT,
    }
    waits = [await find_wait(office.db, name, limit, now) for name, limit in limits.items()]
    return now + max(waits) if max(waits) else None


async def _list_lockouts(office: Office, key: str) -> tuple[tuple[str, int], ...]:
    start, now = login_name(key, ""), office.clock()
    found = []
    for name in await throttles.list_names(office.db, start, now - DAY):
        wait = await find_login_wait(office.db, name, now)
        if wait:
            found.append((describe_place(name.removeprefix(start)), now + wait))
    return tuple(found)


async def _find_similar(office: Office, key: str) -> tuple[str, ...]:
    alike: list[tuple[float, str]] = []
    page = await clients.list_address_keys(office.db)
    while page:
        alike += ((_likeness(key, other), other) for other in page)
        alike = sorted((one for one in alike if one[0] >= _ALIKE), reverse=True)[:3]
        page = await clients.list_address_keys(office.db, page[-1])
    return tuple(other for _, other in alike)


def _likeness(one: str, other: str) -> float:
    """Return how alike two addresses are, from 0 to 1: as much as name and domain both are."""
    (name, domain), (other_name, other_domain) = one.rsplit("@", 1), other.rsplit("@", 1)
    likeness = difflib.SequenceMatcher(None, name, other_name).ratio()
    if likeness < _ALIKE:
        return likeness
    return min(likeness, difflib.SequenceMatcher(None, domain, other_domain).ratio())
