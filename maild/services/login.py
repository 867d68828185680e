"""Logging in: throttled per address and network, the same answer for whatever is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maild.access.passwords import has_lapsed
from maild.access.sessions import hash_secret, new_secret, open_browser, seal_browser
from maild.access.throttle import browser_name, find_login_wait, login_name
from maild.address import address_key, parse_address
from maild.clock import SECOND
from maild.errors import BadInput, Busy, Throttled
from maild.model import Contact, Credential
from maild.office import Office
from maild.services.refusals import note_turned_away
from maild.services.reissue import Reissue, commit_reissue, prepare_reissue
from maild.store import clients, credentials, sessions, throttles
from maild.store.database import Transaction
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

    `browser` goes into the cookie by which the browser is known from now on.
    """

    result: LoginResult
    secret: str = ""
    browser: str = ""
    seconds: int = 0


async def log_in(
    office: Office,
    address: str,
    password: str,
    network: str,
    *,
    client_id: str | None = None,
    browser: str = "",
) -> Login:
    """Try an address and a password, seen from a network; raises `Busy` under a flood.

    The session looks at the client asked for, if the address belongs to it, else at the first. A
    generated password that lapsed unused mails a new one to its address. `browser` is the cookie
    of a browser that logged in before: whoever else tries this address does not hold it up.
    """
    key = address_key(address)
    if len(key) > _LONGEST_ADDRESS:
        return Login(LoginResult.WRONG)
    known = open_browser(office.keys, browser, key, office.clock())
    name = browser_name(key, known) if known else login_name(key, network)
    login = await _try(office, key, password, name, client_id)
    if login.result is not LoginResult.DONE:
        await _note_refusal(office, address, login.result)
    return login


async def _try(office: Office, key: str, password: str, name: str, client_id: str | None) -> Login:
    hit_id = office.ids.new()
    wait = await _count_try(office, hit_id, name)
    if wait:
        return Login(LoginResult.THROTTLED, seconds=-(-wait // SECOND))
    people = await clients.list_contacts_of_address(office.db, key)
    # False sorts before True, and what is equal stays in its order
    people.sort(key=lambda person: person.client_id != client_id)
    held = await credentials.list_credentials(office.db, key)
    try:
        found = await office.hasher.find_match(held if people else [], password)
        if found is None:
            return Login(LoginResult.WRONG)
        if has_lapsed(found, office.config.passwords.lapse_hours, office.clock()):
            await _replace_lapsed(office, people[0], found)
            return Login(LoginResult.LAPSED)
    except Busy:
        # nobody looked, so nobody failed
        await office.db.transact(lambda tx: throttles.remove_hit(tx, hit_id))
        raise
    secret = await _open_session(office, people[0], found, name)
    known = seal_browser(office.keys, key, office.random_bytes, office.clock())
    return Login(LoginResult.DONE, secret, known)


async def _count_try(office: Office, hit_id: str, name: str) -> int:
    """Count a try before it is made, so that many at once gain nothing; return the wait if any."""
    now = office.clock()

    async def work(tx: Transaction) -> int:
        wait = await find_login_wait(tx, name, now)
        if not wait:
            await throttles.add_hit(tx, hit_id, name, now)
        return wait

    return await office.db.transact(work)


async def _note_refusal(office: Office, typed: str, result: LoginResult) -> None:
    """Note a failed log-in, of an unknown address too: it must not take less time."""
    try:
        address = parse_address(typed)
    except BadInput:
        # not an address, and for all we know the password in the wrong field
        return
    await note_turned_away(office, address, _REFUSALS[result], "log-in")


async def _open_session(office: Office, contact: Contact, found: Credential, name: str) -> str:
    now = office.clock()
    secret = new_secret(office.random_bytes)
    session = SessionRow(hash_secret(secret), found.address_key, contact.client_id, now, now)

    async def work(tx: Transaction) -> None:
        await throttles.clear_hits(tx, name)
        await credentials.mark_used(tx, found, now)
        await sessions.add_session(tx, session)
        await office.record(
            tx,
            "logged in",
            contact.address,
            actor=f"contact {contact.address}",
            client_id=contact.client_id,
            contact_id=contact.id,
        )

    await office.db.transact(work)
    return secret


async def _replace_lapsed(office: Office, contact: Contact, lapsed: Credential) -> None:
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
    parcel = await prepare_reissue(office, wanted)

    async def work(tx: Transaction) -> None:
        await commit_reissue(office, tx, wanted, parcel)

    try:
        await office.db.transact(work)
    except Throttled:
        # a newer letter is on its way already; the page says the same either way
        return


async def log_out(office: Office, secret: str) -> None:
    """End a session on our side too."""

    async def work(tx: Transaction) -> None:
        await sessions.end_session(tx, hash_secret(secret))

    await office.db.transact(work)
