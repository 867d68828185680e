"""What the DNS says of a domain and of an address: who takes the mail, and what it is called.

Every function here asks questions and so blocks; an unanswered one is told as not seen.
"""

from __future__ import annotations

import ipaddress

from maild.address import encode_domain
from maild.checkup.verdicts import Verdict, fault, ok, unseen, warn
from maild.dns import Lookup, Outcome


def judge_mail_exchange(topic: str, domain: str, lookup: Lookup, remedy: str) -> Verdict:
    """Return who takes mail for a domain, and at which addresses (RFC 5321 section 5.1)."""
    domain = encode_domain(domain)
    answer = lookup(domain, "MX")
    if answer.outcome is Outcome.UNKNOWN:
        return unseen(topic, f"who takes mail for {domain} could not be looked up")
    records = sorted(answer.records, key=_preference)
    hosts = [record.partition(" ")[2].strip().rstrip(".") for record in records]
    if hosts and not any(hosts):
        # RFC 7505
        return fault(topic, f"{domain} says that it takes no mail (a null MX)", remedy)
    told = f"{domain}'s mail goes to"
    if not hosts:
        hosts, told = [domain], f"{domain} has no MX record; its mail goes to"
    found = {host: find_addresses(host, lookup) for host in hosts}
    if not any(found.values()):
        if None in found.values():
            return unseen(topic, f"{told} {hosts[0]}, whose address could not be looked up")
        lost = f"{told} {', '.join(hosts)}, which has no address"
        return fault(
            topic, lost if records else f"{domain} has no MX record, nor an address", remedy
        )
    text = f"{told} " + ", ".join(f"{h} ({', '.join(a)})" for h, a in found.items() if a)
    if not any(_is_public(address) for addresses in found.values() for address in addresses or ()):
        return warn(topic, f"{text}, which nobody on the internet can reach", remedy)
    return ok(topic, text)


def judge_pointer(address: str, lookup: Lookup) -> Verdict:
    """Return whether an address by which letters leave has a name that leads back to it."""
    pointer = ipaddress.ip_address(address).reverse_pointer
    answer = lookup(pointer, "PTR")
    if answer.outcome is Outcome.UNKNOWN:
        return unseen("ptr", f"the name of {address} could not be looked up")
    remedy = f"have the provider of {address} give it the name of your mail server"
    if not answer.records:
        text = f"{address}, by which letters leave, has no name (PTR): many servers refuse them"
        return fault("ptr", text, remedy)
    names = [name.rstrip(".") for name in answer.records]
    back = {name: find_addresses(name, lookup) for name in names}
    if any(address in (found or ()) for found in back.values()):
        return ok("ptr", f"{address} is {names[0]}, and {names[0]} is {address}")
    if None in back.values():
        return unseen("ptr", f"{address} is {names[0]}, which could not be looked up")
    return warn("ptr", f"{address} is {names[0]}, which has another address", remedy)


def find_addresses(host: str, lookup: Lookup) -> tuple[str, ...] | None:
    """Return the addresses of a host, none if it has none; None if that could not be seen."""
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        answers = [lookup(encode_domain(host), kind) for kind in ("A", "AAAA")]
    found = tuple(record for answer in answers for record in answer.records)
    if not found and any(answer.outcome is Outcome.UNKNOWN for answer in answers):
        return None
    return found


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address).is_global


def _preference(record: str) -> int:
    first = record.partition(" ")[0]
    return int(first) if first.isdigit() else 0
