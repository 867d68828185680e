"""The client area as customers reach it, and the daemon behind it."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from maild.checkup.tls import explain, judge_shown, open_trust
from maild.checkup.verdicts import Checked, Patient, Reading, Verdict, fault, ok, unseen, warn
from maild.clock import from_datetime

_TIMES = ClientTimeout(total=10)
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to look, not where to listen


async def check_site(patient: Patient) -> Checked:
    """Ask for the log-in page at the base URL, as a customer's browser does."""
    base = patient.config.web.base_url
    trust = open_trust()
    try:
        found = await _look_at_certificate(patient, trust)
        async with (
            ClientSession(timeout=_TIMES, connector=TCPConnector(ssl=trust)) as session,
            session.get(f"{base}/login", allow_redirects=False) as answer,
        ):
            ours = patient.clock()
            # a page on this very machine is dated by our own clock
            date = answer.headers.get("Date", "") if base.startswith("https:") else ""
            verdicts = (*found, _judge_answer(base, answer.status))
            return Checked(verdicts, _read_clock(date, ours))
    except (ClientError, OSError, TimeoutError) as error:
        return Checked((explain("web", base, error),))


async def check_daemon(patient: Patient) -> Checked:
    """Ask the daemon on this machine whether it is well."""
    place = patient.config.web.admin_listen
    if not place.port:
        return Checked((unseen("daemon", "[web] admin_listen has port 0: nobody knows where"),))
    host = _ANY.get(place.host, place.host)
    url = f"http://{f'[{host}]' if ':' in host else host}:{place.port}"
    try:
        async with ClientSession(timeout=_TIMES) as session:
            async with session.get(f"{url}/healthz") as health:
                if health.status != 200:
                    return Checked((_not_ours(url, health.status),))
            async with session.get(f"{url}/readyz") as ready:
                told = await ready.json(content_type=None)
    except (ClientError, OSError, TimeoutError, ValueError):
        return Checked((warn("daemon", f"no daemon answers at {url}/healthz", "maild serve"),))
    if ready.status != 200:
        return Checked((fault("daemon", f"the daemon waits: {told.get('reason', 'not ready')}"),))
    return Checked((ok("daemon", f"the daemon is well ({url}/healthz)"),))


def _not_ours(url: str, status: int) -> Verdict:
    text = f"{url}/healthz answers {status}: another program listens there"
    return fault("daemon", text, "give [web] admin_listen an address of its own")


async def _look_at_certificate(patient: Patient, trust: ssl.SSLContext) -> list[Verdict]:
    base = patient.config.web.base_url
    url = urlsplit(base)
    if url.scheme == "http":
        text = f"[web] base_url is {base}: links open on this host only"
        remedy = "put a proxy with a certificate before it, and set [web] base_url to its address"
        return [warn("web", text, remedy)]
    async with asyncio.timeout(_TIMES.total):
        _, writer = await asyncio.open_connection(url.hostname, url.port or 443, ssl=trust)
    try:
        shown = writer.get_extra_info("peercert")
    finally:
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
    return [judge_shown("web", url.netloc, shown, patient.clock())]


def _judge_answer(base: str, status: int) -> Verdict:
    if status == 200:
        return ok("web", f"{base} shows the log-in page")
    text = f"{base}/login answers {status} and not with the log-in page"
    if status in {502, 503, 504}:
        return fault("web", text, "start the daemon, and let the proxy pass on to [web] listen")
    return fault("web", text, "let the proxy pass every path on to [web] listen as it is")


def _read_clock(date: str, ours: int) -> tuple[Reading, ...]:
    try:
        told = parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        return ()
    return (Reading("the base URL", from_datetime(told), ours),)
