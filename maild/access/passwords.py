"""Passwords: hashed with argon2id off the event loop, generated ones typed however people type.

Parameters: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet); at most four at
once, and a bounded queue before them, so that a flood of log-ins never stalls another page.
"""

from __future__ import annotations

import asyncio
import os
import threading
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from maild.clock import HOUR
from maild.errors import Busy
from maild.ids import PASSWORD_ALPHABET, KeyRing
from maild.model import Credential

T = TypeVar("T")

AT_ONCE = 4
QUEUE = 32
# how many hashes a try costs that matches none: see `pick_candidates`
CANDIDATES = 2
LONGEST = 128
_MEMORY = 19 * 1024
_PASSES = 2
# as costly to check as any other hash, and of no password: salt and digest are all zeros
_DUMMY = f"$argon2id$v=19$m={_MEMORY},t={_PASSES},p=1${'A' * 22}${'A' * 43}"
# more than anybody types, invisible characters and all
_LONGEST_TYPED = 8 * LONGEST
# of a thread's priority; Linux has one for each
_NICER = 10


class Hasher:
    """Makes and checks argon2id hashes in a few threads of its own."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY, parallelism=1)
        self._threads = ThreadPoolExecutor(
            AT_ONCE, thread_name_prefix="argon2", initializer=_stand_back
        )
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Return the hash of a password; raises `Busy` when too many wait."""
        return await self._run(lambda: self._argon2.hash(password))

    async def find_match(self, credentials: Sequence[Credential], typed: str) -> Credential | None:
        """Return which of the candidates a typed password belongs to, or None.

        What matches nothing costs the same for every address: as many checks as one can have
        candidates, the missing ones against a dummy, so that the time taken does not tell
        whether it is known. Raises `Busy` when too many wait.
        """
        return await self._run(lambda: self._match(credentials, typed[:_LONGEST_TYPED]))

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _match(self, credentials: Sequence[Credential], typed: str) -> Credential | None:
        generated, chosen = normalise_generated(typed), normalise_chosen(typed)
        for credential in credentials:
            if self._verify(credential.hash, generated if credential.generated else chosen):
                return credential
        for _ in range(CANDIDATES - len(credentials)):
            self._verify(_DUMMY, chosen)
        return None

    def _verify(self, hashed: str, typed: str) -> bool:
        said = typed[: LONGEST + 1].encode("utf-8", "surrogatepass")
        try:
            return self._argon2.verify(hashed, said)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= AT_ONCE + QUEUE:
            raise Busy("too many log-ins at once; try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _stand_back() -> None:
    """Let the loop go first where there are not cores for all: pages come before guesses."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICER)


def pick_candidates(keys: KeyRing, held: Sequence[Credential], typed: str) -> list[Credential]:
    """Return the credentials of an address that are worth a hash: two of them at most.

    They are the one in use, and of those never used the one whose very password was typed: the
    ring that derives them tells it at next to no cost. So however many letters with a password go
    out, the first of them is as good as the last, and a wrong guess costs no more.
    """
    said = normalise_generated(typed[:_LONGEST_TYPED])
    return [
        credential
        for credential in held
        if credential.first_used_at is not None
        or (credential.generated and keys.spells(credential.id, said))
    ]


def normalise_generated(typed: str) -> str:
    """Return a generated password as it was made, from what a person typed, pasted or heard.

    Case, spaces, hyphens of any kind and invisible characters are ignored; what is not in the
    alphabet after that stays, and so never matches.
    """
    plain = unicodedata.normalize("NFKC", typed).lower()
    letters = "".join(
        char
        for char in plain
        if not char.isspace()
        and unicodedata.category(char) not in {"Pd", "Cf", "Cc", "Pc"}
        and char not in "\N{MINUS SIGN}\N{HYPHEN BULLET}"
    )
    if len(letters) != 16 or not set(letters) <= set(PASSWORD_ALPHABET):
        return letters
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def normalise_chosen(typed: str) -> str:
    """Return a chosen password in the one form that every keyboard's spelling of it comes to.

    Letters are composed (NFKC), and spaces around it are dropped: a phone adds one after a word.
    """
    return unicodedata.normalize("NFKC", typed).strip()


def has_lapsed(credential: Credential, lapse_hours: int, now: int) -> bool:
    """Tell whether a generated password went unused too long after its letter was delivered."""
    return (
        credential.generated
        and credential.first_used_at is None
        and credential.delivered_at is not None
        and now >= credential.delivered_at + lapse_hours * HOUR
    )
