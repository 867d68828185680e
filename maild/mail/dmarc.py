"""DMARC (RFC 7489): whether a check that passed speaks for the domain in From, and its policy.

`dmarc` reads the record and compares domains. That two domains belong to one organisation is
settled by the public suffix list first: `dmarc` alone takes a suffix for the parent of its users.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import dmarc
from publicsuffixlist import PublicSuffixList

from maild.dns import Lookup, Outcome
from maild.mail.findings import Finding, Result, Unsure

_RECORD = re.compile(r"v\s*=\s*DMARC1\s*(?:;|\Z)")
_NP = re.compile(r";\s*np\s*=\s*(none|quarantine|reject)\s*(?:;|\Z)", re.IGNORECASE)

_MILDER = {"reject": "quarantine", "quarantine": "none", "none": "none"}


@cache
def public_suffixes() -> PublicSuffixList:
    """Return the public suffix list that ships with its library."""
    return PublicSuffixList()


def find_organisation(domain: str, suffixes: PublicSuffixList) -> str:
    """Return the organisational domain (section 3.2); a public suffix is its own."""
    return suffixes.privatesuffix(domain) or domain


@dataclass(frozen=True, slots=True)
class Policy:
    """What the owner of a From domain has published about mail in its name."""

    domain: str
    organisation: str
    record: dmarc.Policy
    suffixes: PublicSuffixList

    @property
    def wish(self) -> str:
        """What is to become of mail that fails: none, quarantine or reject (section 6.6.4)."""
        failed = dmarc.DMARC().get_result(self.record, auth_results=dmarc.AuthResults())
        published = str(failed.disposition.value)
        # on trial, the owner wishes one step less
        return _MILDER[published] if self.record.pct == 0 else published

    def aligns(self, domain: str, mode: dmarc.DMARCAlignment) -> bool:
        """Tell whether a checked domain speaks for the one in From (section 3.1)."""
        if not domain or find_organisation(domain, self.suffixes) != self.organisation:
            return False
        if mode is dmarc.DMARCAlignment.RELAXED:
            return True
        aligned: bool = dmarc.DMARC().check_alignment(self.domain, domain, mode)
        return aligned


def find_policy(domain: str, lookup: Lookup, suffixes: PublicSuffixList) -> Policy | None:
    """Return the policy for a From domain: its own, else its organisation's (section 6.6.3).

    Raises `Unsure` if the DNS is in trouble.
    """
    organisation = find_organisation(domain, suffixes)
    found = _find_records(domain, lookup)
    own = bool(found) or domain == organisation
    found = found if own else _find_records(organisation, lookup)
    if len(found) != 1:
        return None
    record = dmarc.Policy("DMARC1", domain, None if own else organisation)
    try:
        record.parse_record(found[0], strict=False)
    except dmarc.RecordSyntaxError:
        return None
    wish = _NP.search(found[0])
    if wish and not own and not _exists(domain, lookup):
        # RFC 9091: a policy of its own for subdomains that do not exist
        record.sp = dmarc.DMARCDisposition(wish[1].lower())
    return Policy(domain, organisation, record, suffixes)


def judge(policy: Policy, spf: Finding, signatures: Sequence[Finding]) -> Finding:
    """Return whether a check that passed is aligned; a fail's reason is what the owner wishes."""
    aligned = [s for s in signatures if policy.aligns(s.domain, policy.record.adkim)]
    if policy.aligns(spf.domain, policy.record.aspf):
        aligned.append(spf)
    passed = next((found for found in aligned if found.result is Result.PASS), None)
    if passed:
        return Finding(Result.PASS, "spf" if passed is spf else "dkim", policy.domain)
    if any(found.result is Result.UNKNOWN for found in aligned):
        return Finding(Result.UNKNOWN, "dns", policy.domain)
    if spf.reason == "relayed":
        return Finding(Result.NONE, "relayed", policy.domain)
    return Finding(Result.FAIL, policy.wish, policy.domain)


def _find_records(domain: str, lookup: Lookup) -> list[str]:
    answer = lookup(f"_dmarc.{domain}", "TXT")
    if answer.outcome is Outcome.UNKNOWN:
        raise Unsure
    return [record for record in answer.records if _RECORD.match(record)]


def _exists(domain: str, lookup: Lookup) -> bool:
    answers = (lookup(domain, kind) for kind in ("A", "AAAA", "MX"))
    return any(answer.outcome is not Outcome.NOT_FOUND for answer in answers)
