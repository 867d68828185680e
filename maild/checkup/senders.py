"""Who may send for our domains, as receivers judge it: SPF and DMARC.

Every function here asks questions and so blocks; an unanswered one is told as not seen.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from maild.address import encode_domain
from maild.checkup.verdicts import Verdict, fault, ok, unseen, warn
from maild.dns import Lookup, Outcome
from maild.mail.dmarc import find_policy, public_suffixes
from maild.mail.findings import Result, Unsure
from maild.mail.spf import check_spf

_SPF = re.compile(r"v=spf1( |\Z)", re.IGNORECASE)
_ALL = re.compile(r"(?<= )[-~?+]?all\b", re.IGNORECASE)
_DMARC = re.compile(r"v\s*=\s*DMARC1\s*(;|\Z)")


@dataclass(frozen=True, slots=True)
class Way:
    """How letters leave: by which relay (its host; empty: this machine), from which addresses.

    Of a provider's relay the addresses are those its name has; it may send from others.
    """

    relay: str
    addresses: tuple[str, ...]
    helo: str

    @property
    def mechanism(self) -> str:
        """What an SPF record must hold to let them."""
        if self.relay:
            return f"a:{self.relay}"
        named = " ".join(f"ip{ipaddress.ip_address(ip).version}:{ip}" for ip in self.addresses)
        return named or "a:YOUR-MAIL-SERVER"


def judge_spf(domain: str, way: Way, lookup: Lookup) -> Verdict:
    """Return whether the return path's domain lets the relay send for it (RFC 7208)."""
    domain = encode_domain(domain)
    answer = lookup(domain, "TXT")
    if answer.outcome is Outcome.UNKNOWN:
        return unseen("spf", f"the SPF record of {domain} could not be looked up")
    records = [record for record in answer.records if _SPF.match(record)]
    if not records:
        text = f"{domain}, which letters return to, does not say who sends for it (SPF)"
        return warn("spf", text, f'{domain}. TXT "v=spf1 {way.mechanism} ~all"')
    if len(records) > 1:
        text = f"{domain} has {len(records)} SPF records, and so none counts"
        return fault("spf", text, f"leave one of them: {' or '.join(records)}")
    if not way.addresses:
        text = "by which addresses letters leave cannot be seen from here"
        return unseen("spf", f"{domain} publishes {records[0]}, but {text}")
    return _evaluate(domain, records[0], way, lookup)


def judge_dmarc(sender: str, returns_to: str, signed_by: Sequence[str], lookup: Lookup) -> Verdict:
    """Return what the From domain wants done with mail that nothing speaks for (RFC 7489).

    `returns_to` is the domain of the return path, `signed_by` those of the signatures.
    """
    sender = encode_domain(sender)
    try:
        policy = find_policy(sender, lookup, public_suffixes())
    except Unsure:
        return unseen("dmarc", f"the DMARC record of {sender} could not be looked up")
    if policy is None:
        return _tell_missing(sender, lookup)
    spf = policy.aligns(encode_domain(returns_to), policy.record.aspf)
    dkim = any(policy.aligns(encode_domain(one), policy.record.adkim) for one in signed_by)
    speaks = " and ".join(name for name, speaks in (("SPF", spf), ("DKIM", dkim)) if speaks)
    wish = policy.wish
    if speaks:
        return ok("dmarc", f"{sender} has a DMARC record ({wish}), and {speaks} can satisfy it")
    signed = f"are signed by {', '.join(signed_by)}" if signed_by else "are not signed"
    text = f"letters from {sender} return to {returns_to} and {signed}: DMARC ({wish}) fails"
    remedy = f"sign letters as {sender}, or take an [inbound] domain below {policy.organisation}"
    return (warn if wish == "none" else fault)("dmarc", text, remedy)


def _evaluate(domain: str, record: str, way: Way, lookup: Lookup) -> Verdict:
    results = {ip: check_spf(ip, way.helo, f"bounce@{domain}", lookup) for ip in way.addresses}
    if any(one.result is Result.UNKNOWN for one in results.values()):
        return unseen("spf", f"the SPF record of {domain} could not be looked up in full")
    if any(one.reason == "permerror" for one in results.values()):
        text = f"the SPF record of {domain} is broken or asks too much, and does not count"
        return fault("spf", text, f"correct: {record}")
    left = ", ".join(ip for ip, one in results.items() if one.result is not Result.PASS)
    if not left:
        return ok("spf", f"{domain} lets {', '.join(way.addresses)} send for it (SPF)")
    text = f"{domain} does not let {left} send for it (SPF)"
    if way.relay:
        text += f"; {way.relay} may send from other addresses: ask its provider what to include"
    return warn("spf", text, f'{domain}. TXT "{_amend(record, way.mechanism)}"')


def _tell_missing(sender: str, lookup: Lookup) -> Verdict:
    found = [r for r in lookup(f"_dmarc.{sender}", "TXT").records if _DMARC.match(r)]
    line = f'_dmarc.{sender}. TXT "v=DMARC1; p=none"'
    if found:
        what = f"is misspelt ({found[0]})" if len(found) == 1 else f"is there {len(found)} times"
        text = f"the DMARC record of {sender} {what}, and does not count"
        return fault("dmarc", text, line)
    return warn("dmarc", f"{sender} has no DMARC record; large mail providers want one", line)


def _amend(record: str, mechanism: str) -> str:
    """Return an SPF record that names one more sender, before what it says of all others."""
    if _ALL.search(record):
        return _ALL.sub(lambda found: f"{mechanism} {found[0]}", record, count=1)
    return f"{record} {mechanism}"
