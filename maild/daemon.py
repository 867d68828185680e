"""The wiring room: every part is built in one place, run, and drained on SIGTERM within 30 s."""

from __future__ import annotations

import asyncio
import ctypes
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog
from aiohttp import web

from maild import intake
from maild.clock import Clock
from maild.config import Config, Listen
from maild.delivery import run_delivery
from maild.dns import Resolver, open_resolver
from maild.errors import Refused
from maild.intake import run_intake
from maild.jobs import start_jobs
from maild.matching import Addresses
from maild.model import Envelope
from maild.office import Office, find_store, open_office
from maild.relay import Relay, open_relay
from maild.services.recovery import run_recovery
from maild.signing import open_signer
from maild.smtpd import (
    Certificate,
    LmtpSession,
    Place,
    Reception,
    SmtpDoor,
    SmtpLimits,
    open_door,
)
from maild.store.leases import end_leases
from maild.store.lock import hold_store
from maild.web.app import build_admin, build_site
from maild.web.door import open_site

log = structlog.get_logger(__name__)

# what is under way at the end gets this long: the web (8 s at most), the mail door, the loops
_DOOR_GRACE = 6.0
_LOOP_GRACE = 12.0
_M_MMAP_THRESHOLD = -3
_LARGE_BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Running:
    """A daemon at work: its office, and where its doors really listen; `lmtp` may be empty."""

    office: Office
    smtp_port: int
    web_port: int
    admin_port: int
    lmtp: str = ""


async def serve(config: Config, announce: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT, telling through `announce` when each door is open."""
    _give_memory_back()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with run_daemon(config, resolver=open_resolver(config.inbound.dns)) as running:
        announce(f"smtp  ready on {config.smtp.listen.host}:{running.smtp_port}")
        if running.lmtp:
            announce(f"lmtp  ready on {running.lmtp}")
        if config.imap.url:
            announce(f"imap  reads {config.imap.folder} of {config.imap.username}")
        announce(f"web   ready on {config.web.base_url}")
        announce(f"admin ready on {config.web.admin_listen.host}:{running.admin_port}")
        await stop.wait()
        announce("draining")
    announce("stopped")


def _give_memory_back() -> None:
    """Have glibc return large blocks to the system once they are free (`mallopt(3)`).

    By itself it keeps them after the first few, and one flood of big messages would stay for good.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


@asynccontextmanager
async def run_daemon(
    config: Config, *, clock: Clock | None = None, resolver: Resolver | None = None
) -> AsyncIterator[Running]:
    """Open every door, run the loops, and drain all of it at the end.

    Without a resolver nobody is asked about senders. Raises `Refused` when another daemon has
    this store or an address is taken, `ConfigError` for a key that cannot sign.
    """
    async with AsyncExitStack() as stack:
        path = find_store(config).path
        if path:
            stack.enter_context(hold_store(path))
        signer = open_signer(config)
        opened = open_office(config, clock=clock, resolver=resolver, signer=signer)
        office = await stack.enter_async_context(opened)
        # of several nodes on a server another may be at work; a file has one daemon
        if path and (ended := await end_leases(office.db)):
            log.info("work of a daemon that is no more is taken up", count=ended)
        relay = build_relay(config)
        stack.push_async_callback(relay.close)
        await stack.enter_async_context(_run_loops(office, relay))
        smtp_port, lmtp = await _open_mail(stack, office)
        url = config.web.base_url
        site = await _listen(stack, build_site(office), config.web.listen, url)
        admin = await _listen(stack, build_admin(office), config.web.admin_listen, url)
        scheduler = start_jobs(office)
        stack.callback(scheduler.shutdown, wait=False)
        yield Running(office, smtp_port, site, admin, lmtp)


def build_relay(config: Config) -> Relay:
    """Return the relay that a configuration names."""
    relay = config.relay
    return open_relay(
        relay.url,
        username=relay.username,
        password=relay.password.get_secret_value() if relay.password else "",
        ca_file=config.resolve(relay.ca_file) if relay.ca_file else None,
        connections=relay.connections,
        hostname=config.smtp.hostname,
        base=config.base,
    )


@asynccontextmanager
async def _run_loops(office: Office, relay: Relay) -> AsyncIterator[None]:
    """Run intake, recovery and delivery; at the end let each finish what it has in hand."""
    stop = asyncio.Event()
    owner = office.ids.new()
    tasks = [
        asyncio.create_task(run_intake(office, owner, stop), name="intake"),
        asyncio.create_task(run_recovery(office, owner, stop), name="recovery"),
        asyncio.create_task(run_delivery(office, relay, owner, stop), name="delivery"),
    ]
    if office.config.imap.url:
        tasks.append(asyncio.create_task(_fetch(office, stop), name="imap"))
    try:
        yield
    finally:
        stop.set()
        done, late = await asyncio.wait(tasks, timeout=_LOOP_GRACE)
        for task in late:
            log.warning("cut short; its lease will run out", loop=task.get_name())
            task.cancel()
        await asyncio.gather(*done, *late, return_exceptions=True)


async def _fetch(office: Office, stop: asyncio.Event) -> None:
    # loaded by those who fetch their mail: most have it brought
    from maild.imap import run_imap
    from maild.mailbox import find_login

    if login := find_login(office.config):
        await run_imap(office, login, stop)


async def _open_mail(stack: AsyncExitStack, office: Office) -> tuple[int, str]:
    """Open the doors for mail; return SMTP's port, and the place of LMTP if there is any."""
    reception = _build_reception(office)
    doors = [await open_door(office.config.smtp.listen, reception)]
    stack.push_async_callback(_close_mail, doors)
    if place := _find_lmtp(office.config):
        # all of it comes from one server, and that speaks for itself
        limits = replace(reception.limits, connections_per_address=reception.limits.connections)
        house = replace(reception, limits=limits, proxies=())
        doors.append(await open_door(place, house, LmtpSession))
    return doors[0].port, doors[1].place if place else ""


async def _close_mail(doors: list[SmtpDoor]) -> None:
    await asyncio.gather(*(door.close(_DOOR_GRACE) for door in doors))


def _build_reception(office: Office) -> Reception:
    config, limits = office.config, office.config.limits
    return Reception(
        hostname=config.smtp.hostname,
        knows=partial(_knows, office.addresses),
        accept=partial(_accept, office),
        limits=SmtpLimits(
            message_size=limits.message_size,
            recipients=limits.recipients,
            connections=limits.connections,
            connections_per_address=limits.connections_per_address,
        ),
        certificate=_load_certificate(config),
        proxies=config.smtp.trusted_proxies,
    )


def _find_lmtp(config: Config) -> Place | None:
    place = config.smtp.lmtp_listen
    if isinstance(place, Listen):
        return place
    return config.resolve(place.removeprefix("unix:")) if place else None


def _knows(addresses: Addresses, recipient: str) -> bool:
    return addresses.recognise(recipient) is not None


async def _accept(office: Office, envelope: Envelope) -> None:
    await intake.accept(office, envelope)


def _load_certificate(config: Config) -> Certificate | None:
    if not config.smtp.tls_certificate:
        return None
    return Certificate(
        config.resolve(config.smtp.tls_certificate), config.resolve(config.smtp.tls_key)
    )


async def _listen(stack: AsyncExitStack, site: web.Application, listen: Listen, url: str) -> int:
    try:
        return await stack.enter_async_context(open_site(site, listen, url))
    except OSError as error:
        raise Refused(
            f"cannot listen for the web on {listen.host}:{listen.port}: {error.strerror}"
        ) from error
