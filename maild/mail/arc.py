"""ARC (RFC 8617): what a forwarder found before it changed the message, if the chain holds."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from maild.dns import Lookup
from maild.mail.authserv import read_chained
from maild.mail.fields import Field, RawMessage
from maild.mail.findings import Finding, Result, Unsure
from maild.mail.signatures import (
    Signature,
    Worthless,
    read_signature,
    verify_fields,
    verify_message,
)

T = TypeVar("T")

_INSTANCE = re.compile(rb"\s*i\s*=\s*([0-9]{1,3})\s*;")
_MOST_SETS = 50


@dataclass(frozen=True, slots=True)
class _Set:
    """What one forwarder added: results, a signature over the message, a seal over all sets."""

    results: Field
    message: Signature
    seal: Signature

    @property
    def fields(self) -> tuple[Field, Field, Field]:
        return self.results, self.message.field, self.seal.field


def verify_arc(message: RawMessage, lookup: Lookup) -> Finding:
    """Return whether the chain holds (section 5.2), in the name of the newest seal's domain.

    None stands also for a chain that a forwarder has declared broken: nothing more is to be had
    from it.
    """
    try:
        sets = _read_sets(message)
        return _verify_chain(message, sets, lookup) if sets else Finding(Result.NONE, "unsealed")
    except Worthless as error:
        return Finding(Result.FAIL, error.reason)
    except Unsure:
        return Finding(Result.UNKNOWN, "dns")


def vouch(message: RawMessage, domain: str, trusted: Collection[str], lookup: Lookup) -> Finding:
    """Return whether a trusted forwarder found that DMARC passed for the domain in From.

    A chain whose newest seal is not a trusted forwarder's is not even verified.
    """
    try:
        sets = _read_sets(message)
    except Worthless as error:
        return Finding(Result.FAIL, error.reason)
    if not sets:
        return Finding(Result.NONE, "unsealed")
    if sets[-1].seal.domain not in trusted:
        return Finding(Result.NONE, "untrusted", sets[-1].seal.domain)
    if not message.sound or b"from" not in sets[-1].message.names:
        return Finding(Result.FAIL, "from-unsigned", sets[-1].seal.domain)
    chain = verify_arc(message, lookup)
    if chain.result is not Result.PASS:
        return chain
    for one in reversed(sets):
        if one.seal.domain not in trusted:
            break
        if read_chained(one.results[1], domain) == "pass":
            return Finding(Result.PASS, "forwarded", one.seal.domain)
    return Finding(Result.NONE, "not-vouched", sets[-1].seal.domain)


def _verify_chain(message: RawMessage, sets: list[_Set], lookup: Lookup) -> Finding:
    newest = sets[-1]
    verify_message(message, newest.message, lookup, b"relaxed")
    for at in range(len(sets), 0, -1):
        seal = sets[at - 1].seal
        state = seal.tags[b"cv"]
        if state == b"fail":
            return Finding(Result.NONE, "terminated", newest.seal.domain)
        if state != (b"none" if at == 1 else b"pass"):
            raise Worthless("chain-state")
        below = [field for one in sets[:at] for field in one.fields]
        verify_fields(below[:-1], seal, lookup)
    return Finding(Result.PASS, "valid", newest.seal.domain)


def _read_sets(message: RawMessage) -> list[_Set]:
    """Return the sets, the oldest first; raises `Worthless` where one is broken or missing."""
    results: dict[int, Field] = {}
    signed: dict[int, Signature] = {}
    sealed: dict[int, Signature] = {}
    for field in message.all(b"arc-authentication-results"):
        stated = _INSTANCE.match(field[1])
        _put(results, int(stated[1]) if stated else None, field)
    for field in message.all(b"arc-message-signature"):
        signature = read_signature(field, b"bh", b"h")
        _put(signed, signature.number(b"i"), signature)
    for field in message.all(b"arc-seal"):
        seal = read_signature(field, b"cv")
        _put(sealed, seal.number(b"i"), seal)
    steps = range(1, len(results) + 1)
    if any(sorted(found) != list(steps) for found in (results, signed, sealed)):
        raise Worthless("chain-broken")
    sets = [_Set(results[step], signed[step], sealed[step]) for step in steps]
    if any(b"arc-seal" in s.message.names or b"l" in s.message.tags for s in sets):
        raise Worthless("chain-broken")
    if any(b"h" in s.seal.tags for s in sets):
        raise Worthless("chain-broken")
    return sets


def _put(found: dict[int, T], instance: int | None, item: T) -> None:
    if instance is None or instance in found or instance > _MOST_SETS:
        raise Worthless("chain-broken")
    found[instance] = item
