"""What stands in somebody's way, in one sentence, and the one command that would mend it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from maild.access.links import LinkState
from maild.address import address_key
from maild.model import Letter
from maild.services.diagnosis import Diagnosis, PasswordState, Place
from maild.services.sparing import say_remedy, why_spared
from maild.states import LetterState, LoginRule
from maild.store.refusals import RefusalReason


@dataclass(frozen=True, slots=True)
class Remedy:
    """What stands in the way, and the command that mends it."""

    finding: str
    command: str


_REFUSED: dict[str, str] = {
    RefusalReason.LINK_EXPIRED: "they followed a link that has expired",
    RefusalReason.LINK_REVOKED: "they followed a link that was revoked",
    RefusalReason.LOGIN_REQUIRED: "their link asked for the password first",
    RefusalReason.LOGIN_WRONG: "they typed a password that does not go with this address",
    RefusalReason.LOGIN_LAPSED: "they typed a password that had lapsed",
    RefusalReason.LOGIN_THROTTLED: "they typed too many wrong passwords and have to wait",
    RefusalReason.REISSUE_THROTTLED: "they asked for new credentials more often than is answered",
    RefusalReason.CONTACT_DISABLED: "they answered as somebody who is no longer a contact",
}
_STUCK = {
    LetterState.FAILED: ("did not arrive", "retry"),
    LetterState.HELD: ("is held back", "release"),
    LetterState.DEFERRED: ("was put off by the mail server and is tried again", "retry"),
    LetterState.QUEUED: ("is about to leave, if maild serves", "show"),
}


def prescribe(found: Diagnosis) -> Remedy:
    """Return what most likely stands in the way of an address, and what to do about it."""
    live = [place for place in found.places if place.live]
    reissue = _command("reissue", found.address)
    if not live:
        return _prescribe_entry(found)
    spared = [place for place in live if why_spared(place.contact)]
    if spared:
        return _explain_hold(spared[0])
    stuck = _find_stuck(found, live)
    if stuck:
        return stuck
    refused = _find_refusal(found)
    if refused:
        return Remedy(f"The last thing they met: {refused}.", reissue)
    shut = [place for place in live if not place.by_link and not place.by_password]
    if shut:
        return Remedy(_explain_shut(found, shut[0]), reissue)
    return Remedy("Nothing stands in the way. To mail a fresh way in all the same:", reissue)


def _prescribe_entry(found: Diagnosis) -> Remedy:
    moved = [place for place in found.places if place.left_at is not None]
    if moved:
        return _explain_move(found, moved[0])
    if found.places:
        ref = found.places[0].client.ref
        return Remedy(
            f"This person was disabled at {ref}, and may come back; old links stay dead.",
            _command("contact add", ref, found.address),
        )
    if found.similar:
        return Remedy(
            f"Nobody has this address on record. Is {' or '.join(found.similar)} meant?",
            _command("why", found.similar[0]),
        )
    return Remedy(
        "Nobody has this address on record, nor one like it.",
        _command("contact add", "CLIENT", found.address),
    )


def _explain_move(found: Diagnosis, place: Place) -> Remedy:
    """Say where the letters of an address go now, and what those that came here still open."""
    person, ref = place.contact, place.client.ref
    who = f"{person.name} ({ref})" if person.name else f"a contact of {ref}"
    still = f" Links that came here still open {_say_some(place.by_link)}." if place.by_link else ""
    return Remedy(
        f"This was the address of {who}, whose letters go to {person.address} now.{still}",
        _command("why", person.address),
    )


def _explain_hold(place: Place) -> Remedy:
    return Remedy(
        f"What this person did not ask for is held, for {why_spared(place.contact)}.",
        say_remedy(place.client, place.contact),
    )


def _find_stuck(found: Diagnosis, live: list[Place]) -> Remedy | None:
    """Return what keeps the latest letter from arriving, unless a later one has arrived."""
    places = {place.contact.id: place for place in live}
    written = [one for one in found.letters if one.contact_id in places]
    arrived = any(one.state == LetterState.SENT for one in written)
    letter = next((one for one in written if one.state != LetterState.DROPPED or not arrived), None)
    if letter is None:
        return None
    elsewhere = address_key(letter.recipient) != address_key(found.address)
    if elsewhere and not places[letter.contact_id or ""].client.dummy:
        return Remedy(
            f"The last letter went to {letter.recipient}, where this person was before.",
            _command("reissue", found.address),
        )
    return _explain_letter(found, letter)


def _explain_letter(found: Diagnosis, letter: Letter) -> Remedy | None:
    outcome = f": {letter.outcome}" if letter.outcome else ""
    if letter.state == LetterState.DROPPED:
        return Remedy(
            f'The last letter, "{letter.subject}", was dropped{outcome}, and none arrived.',
            _command("reissue", found.address),
        )
    if letter.state not in _STUCK:
        return None
    words, step = _STUCK[LetterState(letter.state)]
    return Remedy(
        f'The last letter, "{letter.subject}", {words}{outcome}.',
        _command(f"queue {step}", letter.id),
    )


def _find_refusal(found: Diagnosis) -> str:
    """Return what the latest refusal was, unless a letter or a log-in has mended it since."""
    if not found.refusals:
        return ""
    latest = found.refusals[0]
    mended = max((letter.sent_at or 0 for letter in found.letters), default=0)
    mended = max(mended, found.last_login or 0)
    return _REFUSED.get(latest.reason, "") if latest.at >= mended else ""


def _explain_shut(found: Diagnosis, place: Place) -> str:
    """Say why neither a link nor a password opens anything of a client."""
    ref, password = place.client.ref, _say_password(found)
    if place.enforce_login:
        return f"{ref} asks for a password{say_rule(place)}, and {password}."
    if not place.links:
        return f"No link to anything of {ref} was ever sent here; as for a password, {password}."
    if all(standing.state is not LinkState.LIVE for standing in place.links):
        dead = place.links[0].state
        return f"Every link to {ref} is dead ({dead}); as for a password, {password}."
    return f"There is nothing to see at {ref} yet."


def say_rule(place: Place) -> str:
    """Say by whose choice a client's links ask for the password."""
    if place.client.login == LoginRule.DEFAULT:
        return " as [links] enforce_login says"
    return " by a choice of its own"


def _say_password(found: Diagnosis) -> str:
    if not found.passwords:
        return "there is none"
    if found.passwords[0].state is PasswordState.UNDELIVERED:
        return "the one made last has not been delivered"
    return "the last one lapsed unused"


def _say_some(numbers: tuple[str, ...]) -> str:
    more = len(numbers) - 3
    return ", ".join(numbers[:3]) + (f" and {more} more" if more > 0 else "")


def _command(words: str, *arguments: str) -> str:
    """Return a command that can be pasted into a shell, whatever an address is made of."""
    return f"maild {words} {shlex.join(arguments)}"
