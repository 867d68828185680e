"""Every check there is, run side by side."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from maild.checkup import dkim, local
from maild.checkup.clock import judge_clock
from maild.checkup.domain import find_addresses, judge_mail_exchange, judge_pointer
from maild.checkup.mailbox import check_mailbox
from maild.checkup.relay import check_relay
from maild.checkup.senders import Way, judge_dmarc, judge_spf
from maild.checkup.server import check_server
from maild.checkup.verdicts import Checked, Patient, Verdict, ok, unseen
from maild.checkup.web import check_daemon, check_site
from maild.config import Config, ConfigError
from maild.dns import Lookup
from maild.mail.sign import Signer
from maild.signing import open_signer

Check = Callable[[Patient], Awaitable[Checked]]

_SECONDS = 20.0
_DNS_SECONDS = 12.0
# nobody is there: only the way there is looked up
_FAR_AWAY = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


def list_checks() -> Mapping[str, Check]:
    """Return all checks by name, in the order in which they are told."""
    return {
        "machine": _check_machine,
        "templates": _check_templates,
        "store": _check_store,
        "integrity": _check_integrity,
        "relay": check_relay,
        "imap": check_mailbox,
        "dns": _check_names,
        "web": check_site,
        "daemon": check_daemon,
    }


async def examine(
    patient: Patient, checks: Mapping[str, Check], done: Callable[[str], object]
) -> list[Verdict]:
    """Run checks side by side, calling `done` with the name of each, and return what they found.

    One that takes longer than 20 seconds is told as not seen.
    """

    async def run(name: str, check: Check) -> Checked:
        try:
            async with asyncio.timeout(_SECONDS):
                return await check(patient)
        except TimeoutError:
            return Checked((unseen(name, f"no answer within {_SECONDS:.0f} seconds"),))
        finally:
            done(name)

    found = await asyncio.gather(*(run(name, check) for name, check in checks.items()))
    readings = [reading for one in found for reading in one.readings]
    return [*(verdict for one in found for verdict in one.verdicts), judge_clock(readings)]


def find_own_addresses() -> tuple[str, ...]:
    """Return the public addresses by which this machine reaches the internet; sends nothing."""
    return tuple(filter(_is_public, _list_own_addresses()))


def judge_names(patient: Patient, lookup: Lookup) -> Iterator[Verdict]:
    """Yield what the DNS says of our domains, the relay and this machine; blocks."""
    config = patient.config
    inbound, sender = config.inbound.domain, config.business.email.rpartition("@")[2]
    if sender != inbound:
        line = f"{sender}. MX 10 YOUR-MAIL-SERVER."
        yield judge_mail_exchange("mx", sender, lookup, line)
    host = config.smtp.hostname
    line = f"{inbound}. MX 10 {host}.\nand let {host} have the address at which maild takes mail"
    yield judge_mail_exchange("inbound", inbound, lookup, line)
    signer = _find_signer(config)
    if signer:
        for key in signer.keys:
            yield dkim.judge_key(signer.domain, key.selector, key.public, lookup)
    else:
        yield dkim.tell_unsigned()
    yield judge_dmarc(sender, inbound, (signer.domain,) if signer else (), lookup)
    if not config.relay.url.startswith("maildir:"):
        yield from _judge_way(patient, lookup)


def _find_signer(config: Config) -> Signer | None:
    # a key that cannot be used is told as a fault of this machine
    with suppress(ConfigError):
        return open_signer(config)
    return None


def _judge_way(patient: Patient, lookup: Lookup) -> Iterator[Verdict]:
    config = patient.config
    host = urlsplit(config.relay.url).hostname or ""
    named = find_addresses(host, lookup) or ()
    near = host == "localhost" or (bool(named) and not any(map(_is_public, named)))
    way = Way("" if near else host, patient.addresses if near else named, config.smtp.hostname)
    yield judge_spf(config.inbound.domain, way, lookup)
    if near:
        # a relay beside us sends by the addresses that this machine has
        yield from (judge_pointer(address, lookup) for address in patient.addresses)


async def _check_machine(patient: Patient) -> Checked:
    config = patient.config
    found = [ok("config", str(config.path)), *local.check_keys(config)]
    found += local.check_signing(config)
    found += local.check_secrets(config)
    found += local.check_certificate(patient)
    found += local.check_disk(config)
    return Checked(tuple(found))


async def _check_templates(patient: Patient) -> Checked:
    return Checked(tuple(await local.check_templates(patient.config)))


async def _check_store(patient: Patient) -> Checked:
    found = await local.check_store(patient.config)
    return Checked((*found, *await check_server(patient.config, patient.clock)))


async def _check_integrity(patient: Patient) -> Checked:
    return Checked(tuple(await asyncio.to_thread(local.check_integrity, patient.config)))


async def _check_names(patient: Patient) -> Checked:
    if patient.resolver is None:
        text = '[inbound] dns is "none", so nobody was asked about our domains'
        return Checked((unseen("dns", text, 'set [inbound] dns = "system"'),))
    lookup = patient.resolver.within(_DNS_SECONDS)
    return Checked(tuple(await asyncio.to_thread(lambda: tuple(judge_names(patient, lookup)))))


def _list_own_addresses() -> Iterator[str]:
    for family, place in _FAR_AWAY.items():
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((place, 9))
            yield probe.getsockname()[0]


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address).is_global
