"""DKIM (RFC 6376): every signature is looked at, and what proves nothing counts as nothing."""

from __future__ import annotations

from collections.abc import Callable

from maild.address import encode_domain
from maild.clock import SECOND, Instant
from maild.dns import Lookup
from maild.mail.fields import Field, RawMessage
from maild.mail.findings import Finding, Result, Unsure
from maild.mail.signatures import Signature, Worthless, read_signature, verify_message

MOST_SIGNATURES = 20


def verify_dkim(
    message: RawMessage,
    lookup: Lookup,
    now: Instant,
    concerns: Callable[[str], bool] = lambda domain: True,
) -> tuple[Finding, ...]:
    """Return a finding for each signature of a domain that `concerns` us, topmost first.

    No more than `MOST_SIGNATURES` of those that can be read are checked. One that does not sign
    From, has a body length (l=), uses SHA-1 or a key below 1024 bits, or is past its end (x=) is
    a fail.
    """
    found: list[Finding] = []
    for field in message.all(b"dkim-signature"):
        finding = _verify(message, field, lookup, now, concerns)
        if finding:
            found.append(finding)
        if sum(bool(finding.domain) for finding in found) == MOST_SIGNATURES:
            break
    return tuple(found)


def _verify(
    message: RawMessage,
    field: Field,
    lookup: Lookup,
    now: Instant,
    concerns: Callable[[str], bool],
) -> Finding | None:
    domain = ""
    try:
        signature = read_signature(field, b"v", b"bh", b"h")
        domain = signature.domain
        if not concerns(domain):
            return None
        _check_worth(message, signature, now)
        verify_message(message, signature, lookup, b"simple")
    except Worthless as error:
        return Finding(Result.FAIL, error.reason, domain)
    except Unsure:
        return Finding(Result.UNKNOWN, "dns", domain)
    return Finding(Result.PASS, "valid", domain)


def _check_worth(message: RawMessage, signature: Signature, now: Instant) -> None:
    """Raise `Worthless` for a signature that proves nothing even where it holds."""
    tags = signature.tags
    identity = encode_domain(tags.get(b"i", b"").decode("utf-8", "replace").rpartition("@")[2])
    within = f".{identity or signature.domain}".endswith(f".{signature.domain}")
    if not message.sound or tags[b"v"] != b"1" or not within:
        raise Worthless("malformed")
    if tags.get(b"q", b"dns/txt") != b"dns/txt":
        raise Worthless("malformed")
    if b"l" in tags:
        raise Worthless("body-length")
    if b"from" not in signature.names:
        raise Worthless("from-unsigned")
    expires = signature.number(b"x")
    if b"x" in tags and (expires is None or expires * SECOND < now):
        raise Worthless("expired")
