"""What a password that a person chooses must be: long enough, and not one everybody tries first.

No composition rules (NIST SP 800-63B section 5.1.1.2): they make passwords worse, and people
furious.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from maild.access.passwords import LONGEST, normalise_chosen

SHORTEST = 8


def find_fault(typed: str, again: str, names: Iterable[str]) -> str:
    """Return what is wrong with a password typed twice, in words for its owner, or "".

    `names` are those that a stranger would guess: the business's, the client's, the person's.
    """
    password = normalise_chosen(typed)
    if len(password) < SHORTEST:
        return f"This is too short: a password needs at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"This is too long: a password has at most {LONGEST} characters."
    if password != normalise_chosen(again):
        return "The two are not the same. Please type the new password twice."
    if _is_common(password):
        return "Too many people use this password, so it is tried first. Please choose another."
    if _is_name(password, names):
        return "A name is easily guessed, even with digits after it. Please choose another."
    return ""


def _is_common(password: str) -> bool:
    known = (files("maild.access") / "common_passwords.txt").read_text("utf-8").split()
    return not {password.casefold(), _squeeze(password)}.isdisjoint(known)


def _is_name(password: str, names: Iterable[str]) -> bool:
    """Tell whether a password is a name, however spaced, with nothing but digits around it."""
    bare = _squeeze(password).strip("0123456789")
    return bool(bare) and bare in {_squeeze(name).strip("0123456789") for name in names}


def _squeeze(text: str) -> str:
    """Return the letters and digits of a text alone, without regard to case."""
    return "".join(char for char in text.casefold() if char.isalnum())
