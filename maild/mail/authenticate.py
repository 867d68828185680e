"""Whether a message comes from the domain in its From: SPF, DKIM, DMARC, ARC joined into one value.

What does not speak for that domain is not even asked about in the DNS: nobody who writes to us
can make us wait for nameservers of his own, or hide a forgery behind their trouble.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maild.address import encode_domain
from maild.clock import Instant
from maild.dns import Lookup
from maild.mail.arc import vouch
from maild.mail.authentication import Authentication, Origin, Trust
from maild.mail.authserv import read_results
from maild.mail.dkim import verify_dkim
from maild.mail.dmarc import find_organisation, find_policy, judge
from maild.mail.fields import RawMessage, read_raw
from maild.mail.findings import Finding, Result, Unsure, choose_best
from maild.mail.mailboxes import Mailbox
from maild.mail.spf import check_spf, sender_domain


def authenticate(
    content: bytes,
    senders: Sequence[Mailbox],
    origin: Origin,
    lookup: Lookup,
    trust: Trust,
    now: Instant,
) -> Authentication:
    """Return what speaks for and against the domain in From; `senders` are From's mailboxes.

    `now` is when the message was received. Raises `Unparseable` where `parse` does.
    """
    if len(senders) != 1 or not senders[0].address:
        reason = "two-senders" if len(senders) > 1 else "no-sender"
        return Authentication(dmarc=Finding(Result.FAIL, reason))
    domain = encode_domain(senders[0].address.rpartition("@")[2])
    message = read_raw(content)
    told = read_results(message, trust.authserv, domain)
    if told:
        found = Authentication(dmarc=told)
    else:
        found = _verify(message, domain, origin, lookup, trust, now)
    if found.dmarc.result is Result.PASS or not trust.forwarders:
        return found
    return replace(found, arc=vouch(message, domain, trust.forwarders, lookup))


def _verify(
    message: RawMessage,
    domain: str,
    origin: Origin,
    lookup: Lookup,
    trust: Trust,
    now: Instant,
) -> Authentication:
    organisation = find_organisation(domain, trust.suffixes)

    def concerns(other: str) -> bool:
        return find_organisation(other, trust.suffixes) == organisation

    try:
        policy = find_policy(domain, lookup, trust.suffixes)
    except Unsure:
        return Authentication(dmarc=Finding(Result.UNKNOWN, "dns", domain))
    signatures = verify_dkim(message, lookup, now, concerns)
    spf = _check_spf(origin, concerns(sender_domain(origin.helo, origin.sender)), lookup)
    silent = Finding(Result.NONE, "no-policy", domain)
    return Authentication(
        dmarc=judge(policy, spf, signatures) if policy else silent,
        spf=spf,
        dkim=choose_best(signatures, otherwise=Finding(Result.NONE, "unsigned")),
    )


def _check_spf(origin: Origin, concerned: bool, lookup: Lookup) -> Finding:
    if origin.ip is None:
        return Finding(Result.NONE, "relayed")
    if not concerned:
        return Finding(Result.NONE, "unaligned")
    return check_spf(origin.ip, origin.helo, origin.sender, lookup)
