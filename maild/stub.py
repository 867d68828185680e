"""A stub resolver: one question at a time to the nameservers, in the words of dnspython.

It takes a while to load, so whoever has nothing to ask does without it (see `dns.py`).
"""

from __future__ import annotations

from dns.exception import DNSException
from dns.message import ChainTooLong
from dns.name import EmptyLabel, LabelTooLong, Name, NameTooLong
from dns.rdata import Rdata
from dns.rdtypes.ANY.TXT import TXT
from dns.resolver import NXDOMAIN, NoResolverConfiguration, Resolver

# no key and no policy is longer, and what is longer is not worth reading
_LONGEST_TEXT = 4096


class Unanswered(Exception):
    """No nameserver gave an answer in time, or none that can be used; says which trouble it is."""


class Stub:
    """Asks one nameserver, an address and a port, or where that is None those of the system."""

    def __init__(self, nameserver: tuple[str, int] | None) -> None:
        try:
            self._resolver = Resolver(configure=nameserver is None)
        except NoResolverConfiguration:
            self._resolver = Resolver(configure=False)
        if nameserver:
            self._resolver.nameservers, self._resolver.port = [nameserver[0]], nameserver[1]
        self._resolver.use_edns(0, 0, 1232)

    def ask(self, name: str, kind: str, seconds: float) -> tuple[tuple[str, ...], int | None]:
        """Return the records found, and for how many seconds they last; None: nobody said.

        A name that cannot be lasts no second. Raises `Unanswered`.
        """
        try:
            labels = [*(label.encode("ascii") for label in name.split(".")), b""]
            found = self._resolver.resolve(
                Name(labels), kind, lifetime=seconds, raise_on_no_answer=False
            )
        except (EmptyLabel, LabelTooLong, NameTooLong, UnicodeError):
            return (), 0
        except (NXDOMAIN, ChainTooLong):
            return (), None
        except (DNSException, OSError) as error:
            raise Unanswered(type(error).__name__) from error
        if found.rrset is None:
            return (), None
        return tuple(filter(None, map(_spell, found.rrset))), found.rrset.ttl


def _spell(record: Rdata) -> str:
    """Return a record as text; an empty one, or a text that is too long, as nothing."""
    if not isinstance(record, TXT):
        return record.to_text().removesuffix(".")
    text = b"".join(record.strings)
    return text.decode("utf-8", "surrogateescape") if len(text) <= _LONGEST_TEXT else ""
