"""SPF (RFC 7208) by pyspf, which is handed its answers from the DNS and asks nobody itself."""

from __future__ import annotations

import warnings
from typing import Any

from maild.address import encode_domain
from maild.dns import Lookup, Outcome
from maild.mail.findings import Finding, Result

with warnings.catch_warnings():
    # its documentation holds escapes that newer Pythons warn of where it is not compiled yet
    warnings.simplefilter("ignore", SyntaxWarning)
    import spf

_RESULTS = {
    "pass": Result.PASS,
    "fail": Result.FAIL,
    "softfail": Result.FAIL,
    "permerror": Result.FAIL,
    "temperror": Result.UNKNOWN,
}
_LONGEST_LABEL = 63


def check_spf(ip: str, helo: str, sender: str, lookup: Lookup) -> Finding:
    """Return whether the sender's domain lets that address send for it.

    `ip` is the SMTP client's, `sender` the reverse-path; for the null one HELO's name is checked
    (section 2.4). The reason is SPF's own word: `softfail`, `neutral`, `permerror` and so on.
    """
    domain = sender_domain(helo, sender)
    local = sender.rpartition("@")[0]
    query = _Query(ip, f"{local}@{domain}" if sender else "", helo, lookup)
    word: str = query.check()[0] if domain else "none"
    return Finding(_RESULTS.get(word, Result.NONE), word, domain)


def sender_domain(helo: str, sender: str) -> str:
    """Return the domain that SPF speaks of: the sender's, else HELO's; ASCII, lower case."""
    return encode_domain(sender.rpartition("@")[2] if sender else helo)


class _Query(spf.query):  # type: ignore[misc]
    """One check. pyspf's own questions go through a hook of its module, which threads share."""

    def __init__(self, ip: str, sender: str, helo: str, lookup: Lookup) -> None:
        super().__init__(i=ip, s=sender, h=helo)
        self._lookup = lookup

    def dns(
        self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False
    ) -> list[Any]:
        """Return the records, counting the questions that find nothing (section 4.6.4)."""
        name = name.removesuffix(".").lower()
        if not all(0 < len(label) <= _LONGEST_LABEL for label in name.split(".")):
            return []
        answer = self._lookup(name, qtype)
        if answer.outcome is Outcome.UNKNOWN:
            raise spf.TempError("the DNS is in trouble")
        if not answer.records and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many questions found nothing")
        return [_shape(qtype, record) for record in answer.records]


def _shape(qtype: str, record: str) -> Any:
    if qtype == "TXT":
        return (record.encode("utf-8", "surrogateescape"),)
    if qtype == "MX":
        preference, _, host = record.partition(" ")
        return int(preference), host
    return record
