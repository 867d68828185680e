"""Logging in: throttled per address and place, the same answer for whatever is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maild.access.links import LinkedVisit, LinkState, judge_link
from maild.access.passwords import has_lapsed, pick_candidates
from maild.access.sessions import hash_secret, new_secret, open_browser, open_link, seal_browser
from maild.access.throttle import (
    browser_place,
    describe_place,
    find_login_wait,
    link_place,
    login_name,
)
from maild.address import address_key, parse_address
from maild.clock import SECOND
from maild.errors import BadInput, Busy, Refused, Throttled
from maild.model import Contact, Credential
from maild.office import Office
from maild.services.refusals import note_turned_away
from maild.services.reissue import Reissue, check_reissue, commit_reissue, prepare_reissue
from maild.services.stopped import post_news, write_news
from maild.store import clients, credentials, sessions, throttles
from maild.store.database import Queries, Transaction
from maild.store.refusals import RefusalReason
from maild.store.sessions import SessionRow

# RFC 5321 section 4.5.3.1.3, in characters; nothing longer is worth a row in the throttle
_LONGEST_ADDRESS = 254


class LoginResult(StrEnum):
    """What became of a log-in."""

    DONE = "done"
    WRONG = "wrong"
    LAPSED = "lapsed"
    THROTTLED = "throttled"


_REFUSALS = {
    LoginResult.WRONG: RefusalReason.LOGIN_WRONG,
    LoginResult.LAPSED: RefusalReason.LOGIN_LAPSED,
    LoginResult.THROTTLED: RefusalReason.LOGIN_THROTTLED,
}


@dataclass(frozen=True, slots=True)
class Login:
    """The result; `secret` goes into the session cookie, `seconds` is how long to wait.

    `browser` goes into the cookie by which the browser is known from now on. `mailed` tells
    whether a new password has left for a lapsed one, or the operator was told instead.
    """

    result: LoginResult
    secret: str = ""
    browser: str = ""
    seconds: int = 0
    mailed: bool = False


@dataclass(frozen=True, slots=True)
class _Try:
    """A log-in under way: the address, the client asked for first, and where it comes from."""

    key: str
    client_id: str | None
    place: str

    @property
    def limit(self) -> str:
        """The name of the limit that it counts against."""
        return login_name(self.key, self.place)


def find_place(
    office: Office, address: str, network: str, *, browser: str, visit: LinkedVisit | None
) -> str:
    """Return what a log-in with an address counts as coming from.

    A browser that logged in before has its cookie's name, one that came by a live link of that
    address the link's, any other its network's: whoever else tries the address, from wherever,
    holds up neither of the first two.
    """
    key, now = address_key(address), office.clock()
    known = open_browser(office.keys, browser, key, now)
    if known:
        return browser_place(known)
    theirs = visit is not None and address_key(visit.contact.address) == key
    if visit and theirs and judge_link(visit, office.config.links, now) is LinkState.LIVE:
        return link_place(visit.link.id)
    return network


async def log_in(
    office: Office, address: str, password: str, place: str, *, client_id: str | None = None
) -> Login:
    """Try an address and a password from a place (see `find_place`); raises `Busy` under a flood.

    The session looks at the client asked for, if the address belongs to it, else at the first. A
    generated password that lapsed unused mails a new one to its address.
    """
    key = address_key(address)
    if len(key) > _LONGEST_ADDRESS:
        return Login(LoginResult.WRONG)
    login = await _count_and_check(office, _Try(key, client_id, place), password)
    if login.result is not LoginResult.DONE:
        await _note_refusal(office, address, login.result)
    return login


async def _count_and_check(office: Office, this: _Try, password: str) -> Login:
    hit_id = office.ids.new()
    wait = await _count_try(office, hit_id, this.limit)
    if wait:
        return Login(LoginResult.THROTTLED, seconds=-(-wait // SECOND))
    try:
        return await _check(office, this, password)
    except Busy:
        # nobody looked, so nobody failed
        await office.db.transact(lambda tx: throttles.remove_hit(tx, hit_id))
        raise


async def _count_try(office: Office, hit_id: str, name: str) -> int:
    """Count a try before it is made, so that many at once gain nothing; return the wait if any."""
    now = office.clock()

    async def work(tx: Transaction) -> int:
        wait = await find_login_wait(tx, name, now)
        if not wait:
            await throttles.add_hit(tx, hit_id, name, now)
        return wait

    return await office.db.transact(work)


async def _check(office: Office, this: _Try, password: str) -> Login:
    people = await _list_people(office.db, this)
    held = await credentials.list_credentials(office.db, this.key, credentials.EVERY_LIVE_ONE)
    candidates = pick_candidates(office.keys, held if people else [], password)
    found = await office.hasher.find_match(candidates, password)
    if found is None:
        return Login(LoginResult.WRONG)
    if has_lapsed(found, office.config.passwords.lapse_hours, office.clock()):
        return await _replace_lapsed(office, this, people[0], found)
    return await _open_session(office, this, found)


async def _list_people(source: Queries, this: _Try) -> list[Contact]:
    """Return the live contacts of an address, the one of the client asked for first."""
    people = await clients.list_contacts_of_address(source, this.key)
    # False sorts before True, and what is equal stays in its order
    return sorted(people, key=lambda person: person.client_id != this.client_id)


async def _note_refusal(office: Office, typed: str, result: LoginResult) -> None:
    """Note a failed log-in, of an unknown address too: it must not take less time."""
    try:
        address = parse_address(typed)
    except BadInput:
        # not an address, and for all we know the password in the wrong field
        return
    await note_turned_away(office, address, _REFUSALS[result], "log-in")


async def _open_session(office: Office, this: _Try, found: Credential) -> Login:
    """Open a session, unless the password or the last contact has ended since it was found."""
    now, secret = office.clock(), new_secret(office.random_bytes)

    async def work(tx: Transaction) -> bool:
        people = await _list_people(tx, this)
        if not people or not await credentials.mark_used(tx, found, now):
            return False
        contact = people[0]
        await throttles.clear_hits(tx, this.limit)
        await sessions.add_session(
            tx, SessionRow(hash_secret(secret), this.key, contact.client_id, now, now)
        )
        await office.record(
            tx,
            "logged in",
            contact.address,
            actor=f"contact {contact.address}",
            client_id=contact.client_id,
            contact_id=contact.id,
        )
        return True

    if not await office.db.transact(work):
        return Login(LoginResult.WRONG)
    return Login(
        LoginResult.DONE, secret, seal_browser(office.keys, this.key, office.random_bytes, now)
    )


async def _replace_lapsed(
    office: Office, this: _Try, contact: Contact, lapsed: Credential
) -> Login:
    client = await clients.get_client(office.db, contact.client_id)
    assert client
    wanted = Reissue(
        client=client,
        contact=contact,
        document=None,
        # the same old password may be typed again when the newer one has lapsed too
        occasion=f"lapsed {lapsed.id} {office.clock()}",
        asked=True,
        actor=f"contact {contact.address}",
        reason="lapsed",
    )
    try:
        await check_reissue(office, office.db, contact)
        parcel = await prepare_reissue(office, wanted)
        await office.db.transact(lambda tx: commit_reissue(office, tx, wanted, parcel))
    except Throttled:
        asked, place = "with a password that had lapsed", describe_place(this.place)
        letter = write_news(office, wanted, asked, place)
        await office.db.transact(lambda tx: post_news(office, tx, wanted, letter))
        return Login(LoginResult.LAPSED)
    except Refused:
        # they left while the letter was written
        return Login(LoginResult.WRONG)
    return Login(LoginResult.LAPSED, mailed=True)


async def log_out(office: Office, *, session: str, visit: str) -> None:
    """End on our side what the cookies of a log-in and of a visit by a link stand for, if any."""
    now = office.clock()
    by_link = bool(visit) and open_link(office.keys, visit, now) is not None

    async def work(tx: Transaction) -> None:
        await sessions.end_session(tx, hash_secret(session))
        if by_link:
            await sessions.end_visit(tx, hash_secret(visit), now)

    if session or by_link:
        await office.db.transact(work)
