"""What is known of a sender, what was found about them, and how that is told."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from maild.mail.findings import Finding, Result

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# a peer in one of these is a server of ours that hands mail on: SPF would judge us
_INSIDE = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
    "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip
_TOLD = {Result.PASS: "genuine", Result.FAIL: "forged", Result.NONE: "neither genuine nor forged"}
_UNASKED = Finding(Result.NONE, "not-asked")


def _public_suffixes() -> PublicSuffixList:
    from maild.mail.dmarc import public_suffixes

    return public_suffixes()


@dataclass(frozen=True, slots=True)
class Origin:
    """Who handed the message over: the SMTP client's address, its HELO, the reverse-path.

    `ip` is None where it is not known, because a server of ours stands between.
    """

    ip: str | None
    helo: str
    sender: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word is taken: servers of ours that write Authentication-Results, and forwarders."""

    authserv: Collection[str] = ()
    forwarders: Collection[str] = ()
    suffixes: PublicSuffixList = field(default_factory=_public_suffixes)


@dataclass(frozen=True, slots=True)
class Authentication:
    """What was found about the sender, a finding for each mechanism."""

    dmarc: Finding = _UNASKED
    spf: Finding = _UNASKED
    dkim: Finding = _UNASKED
    arc: Finding = _UNASKED

    @property
    def authenticated(self) -> bool | None:
        """Whether the domain in From stands by the message; None while the DNS is in trouble."""
        if Result.PASS in (self.dmarc.result, self.arc.result):
            return True
        return None if Result.UNKNOWN in (self.dmarc.result, self.arc.result) else False

    @property
    def contradiction(self) -> bool:
        """Whether the domain in From disowns the message."""
        return self.dmarc.result is Result.FAIL and self.authenticated is False

    def __str__(self) -> str:
        named = (("dmarc", self.dmarc), ("spf", self.spf), ("dkim", self.dkim), ("arc", self.arc))
        return ", ".join(f"{name}={found}" for name, found in named if found is not _UNASKED)


def explain(found: Authentication) -> str:
    """Return in plain words what the sender's domain says, or nothing where nobody asked."""
    dmarc, arc = found.dmarc, found.arc
    if arc.result is Result.PASS:
        return f"{arc.domain}, a forwarder you trust, found it genuine"
    words = {
        "authserv": f"{dmarc.domain} says that it is {_TOLD.get(dmarc.result, '')} (DMARC)",
        "no-policy": f"nothing can be said: {dmarc.domain} publishes no DMARC policy",
        "relayed": "nothing can be said: a mail server of yours handed it on",
    }
    if dmarc.reason in words:
        return words[dmarc.reason]
    if dmarc.result is Result.UNKNOWN:
        return "nothing can be said: the DNS did not answer"
    if dmarc.result is Result.PASS:
        return f"{dmarc.domain} stands by it (DMARC by {dmarc.reason.upper()})"
    if dmarc.domain:
        return f"{dmarc.domain} does not stand by it (DMARC, policy {dmarc.reason})"
    return ""


def find_client(peer: str) -> str | None:
    """Return a peer's address, or None if it is one of ours that hands on what others sent."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    inside = any(address in ipaddress.ip_network(network) for network in _INSIDE)
    return None if inside else str(address)
