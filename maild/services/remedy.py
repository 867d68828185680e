"""What stands in somebody's way, in one sentence, and the one command that would mend it."""

from __future__ import annotations

from dataclasses import dataclass

from maild.access.links import LinkState
from maild.model import Letter, LetterState
from maild.services.diagnosis import Diagnosis, PasswordState, Place
from maild.store.refusals import RefusalReason


@dataclass(frozen=True, slots=True)
class Remedy:
    """What stands in the way, and the command that mends it."""

    finding: str
    command: str


_REFUSED: dict[str, str] = {
    RefusalReason.LINK_EXPIRED: "they followed a link that has expired",
    RefusalReason.LINK_REVOKED: "they followed a link that was revoked",
    RefusalReason.LOGIN_WRONG: "they typed a password that does not go with this address",
    RefusalReason.LOGIN_LAPSED: "they typed a password that had lapsed",
    RefusalReason.LOGIN_THROTTLED: "they typed too many wrong passwords and have to wait",
    RefusalReason.REISSUE_THROTTLED: "they asked for new credentials more often than is answered",
}
_STUCK = {
    LetterState.FAILED: ("did not arrive", "retry"),
    LetterState.HELD: ("is held back", "release"),
    LetterState.DEFERRED: ("was put off by the mail server and is tried again", "retry"),
}


def prescribe(found: Diagnosis) -> Remedy:
    """Return what most likely stands in the way of an address, and what to do about it."""
    live = [place for place in found.places if place.live]
    reissue = f"maild reissue {found.address}"
    if not live:
        return _prescribe_entry(found)
    stuck = _find_stuck(found)
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
    if found.places:
        ref = found.places[0].client.ref
        return Remedy(
            f"This person was disabled at {ref}, and may come back; old links stay dead.",
            f"maild contact add {ref} {found.address}",
        )
    if found.similar:
        return Remedy(
            f"Nobody has this address on record. Is {' or '.join(found.similar)} meant?",
            f"maild why {found.similar[0]}",
        )
    return Remedy(
        "Nobody has this address on record, nor one like it.",
        f"maild contact add CLIENT {found.address}",
    )


def _find_stuck(found: Diagnosis) -> Remedy | None:
    """Return what keeps the latest letter from arriving, unless a later one has arrived."""
    letter: Letter | None = next(iter(found.letters), None)
    if letter is None:
        return None
    if letter.recipient != found.address and not any(p.client.dummy for p in found.places):
        return Remedy(
            f"The last letter went to {letter.recipient}, where this person was before.",
            f"maild reissue {found.address}",
        )
    if letter.state == LetterState.QUEUED:
        return Remedy("The last letter leaves in a moment.", f"maild queue show {letter.id}")
    if letter.state not in _STUCK:
        return None
    words, step = _STUCK[LetterState(letter.state)]
    outcome = f": {letter.outcome}" if letter.outcome else ""
    return Remedy(
        f'The last letter, "{letter.subject}", {words}{outcome}.',
        f"maild queue {step} {letter.id}",
    )


def _find_refusal(found: Diagnosis) -> str:
    """Return what the latest refusal was, unless a letter has gone out since."""
    if not found.refusals:
        return ""
    latest = found.refusals[0]
    mended = max((letter.sent_at or 0 for letter in found.letters), default=0)
    return _REFUSED.get(latest.reason, "") if latest.at >= mended else ""


def _explain_shut(found: Diagnosis, place: Place) -> str:
    """Say why neither a link nor a password opens anything of a client."""
    ref = place.client.ref
    if place.enforce_login:
        return f"{ref} asks for a password, and {_say_password(found)}."
    if not place.links:
        return f"No link to anything of {ref} was ever sent here, and {_say_password(found)}."
    if all(standing.state is not LinkState.LIVE for standing in place.links):
        return f"Every link to {ref} is dead ({place.links[0].state}), and {_say_password(found)}."
    return f"There is nothing to see at {ref} yet."


def _say_password(found: Diagnosis) -> str:
    if not found.passwords:
        return "there is none"
    if found.passwords[0].state is PasswordState.UNDELIVERED:
        return "the one made last has not been delivered"
    return "the last one lapsed unused"
