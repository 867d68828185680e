"""The mail server that letters leave by: spoken to as for a letter, up to the letter itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

import aiosmtplib

from maild.checkup.tls import explain, judge_shown, open_trust
from maild.checkup.verdicts import Checked, Patient, Reading, Verdict, fault, ok, warn
from maild.clock import from_datetime
from maild.relay.opening import LOOPBACK, PORTS

_SECONDS = 8.0
_TOPIC = "relay"
# as sendmail and Exim greet: "...; Mon, 23 Nov 2026 09:30:00 +0000"
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")


class _Stop(Exception):
    """There is nothing more to learn, for the reason given."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.text)
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class _Talk:
    """A conversation: with whom, as what, and what was found so far."""

    client: aiosmtplib.SMTP
    url: SplitResult
    patient: Patient
    found: list[Verdict]

    @property
    def name(self) -> str:
        """The relay, as verdicts call it."""
        return self.url.geturl()


async def check_relay(patient: Patient) -> Checked:
    """Connect, greet, secure, log in, and name a sender and a recipient; no letter is sent."""
    config = patient.config.relay
    if config.url.startswith("maildir:"):
        text = f"letters are laid into {config.url}, and nothing leaves this machine"
        remedy = "set [relay] url to your mail server once customers are to get them"
        return Checked((warn(_TOPIC, text, remedy),))
    readings: list[Reading] = []
    found: list[Verdict] = []
    try:
        async with _connect(patient, found) as talk:
            readings += await _greet(talk)
            await _secure(talk)
            await _log_in(talk)
            await _try_envelope(talk)
    except _Stop as stop:
        found.append(stop.verdict)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        found.append(_tell_end(config.url, error))
    return Checked(tuple(found), tuple(readings))


@asynccontextmanager
async def _connect(patient: Patient, found: list[Verdict]) -> AsyncIterator[_Talk]:
    config = patient.config
    url = urlsplit(config.relay.url)
    trust = open_trust(config.resolve(config.relay.ca_file) if config.relay.ca_file else None)
    client = aiosmtplib.SMTP(
        hostname=url.hostname,
        port=url.port or PORTS[url.scheme],
        local_hostname=config.smtp.hostname,
        timeout=_SECONDS,
        use_tls=url.scheme == "smtps",
        start_tls=False,
        tls_context=trust,
    )
    try:
        yield _Talk(client, url, patient, found)
    finally:
        with suppress(aiosmtplib.SMTPException, OSError):
            if client.is_connected:
                await client.quit()
        client.close()


async def _greet(talk: _Talk) -> list[Reading]:
    greeting = await talk.client.connect()
    await talk.client.ehlo()
    told = _DATE.search(greeting.message)
    if not told:
        return []
    moment = parsedate_to_datetime(told[0]).astimezone(UTC)
    return [Reading("the relay", from_datetime(moment), talk.patient.clock())]


async def _secure(talk: _Talk) -> None:
    """Begin TLS where that is asked for, and look at the certificate."""
    client, url = talk.client, talk.url
    if url.scheme == "smtp":
        if url.hostname not in LOOPBACK:
            offers = client.supports_extension("starttls")
            remedy = f"set [relay] url to smtp+starttls://{url.netloc}" if offers else ""
            talk.found.append(warn(_TOPIC, f"letters go to {talk.name} unencrypted", remedy))
        return
    if url.scheme == "smtp+starttls":
        if not client.supports_extension("starttls"):
            remedy = "ask its provider for the address that does; often it is smtps://, port 465"
            raise _Stop(fault(_TOPIC, f"{talk.name} offers no STARTTLS", remedy))
        await client.starttls()
        await client.ehlo()
    shown = client.get_transport_info("peercert")
    host = url.hostname or ""
    talk.found.append(judge_shown(_TOPIC, host, shown, talk.patient.clock()))


async def _log_in(talk: _Talk) -> None:
    config = talk.patient.config.relay
    if not config.username:
        return
    if config.password is None:
        remedy = "name a file in [relay] password_file, or set MAILD_RELAY_PASSWORD"
        raise _Stop(fault(_TOPIC, f"there is no password for {config.username}", remedy))
    try:
        await talk.client.login(config.username, config.password.get_secret_value())
    except aiosmtplib.SMTPNotSupported:
        raise _Stop(fault(_TOPIC, f"{talk.name} offers no way to log in")) from None
    except aiosmtplib.SMTPResponseException as error:
        text = f"{talk.name} refuses the log-in as {config.username}: {_said(error)}"
        remedy = "correct [relay] username, or the password" if error.code >= 500 else ""
        raise _Stop((fault if error.code >= 500 else warn)(_TOPIC, text, remedy)) from None
    talk.found.append(ok(_TOPIC, f"{talk.name} takes the log-in as {config.username}"))


async def _try_envelope(talk: _Talk) -> None:
    """Name a sender as letters have it and the operator as recipient, and take both back."""
    config = talk.patient.config
    sender, recipient = f"bounce@{config.inbound.domain}", config.operator.email
    for address, name in ((sender, talk.client.mail), (recipient, talk.client.rcpt)):
        try:
            await name(address, encoding="utf-8")
        except aiosmtplib.SMTPResponseException as error:
            text = f"{talk.name} refuses {address}: {_said(error)}"
            grade = fault if error.code >= 500 else warn
            raise _Stop(grade(_TOPIC, text, _envelope_remedy(error.code, address))) from None
    await talk.client.rset()
    talk.found.append(ok(_TOPIC, f"{talk.name} takes letters from {sender} to {recipient}"))


def _tell_end(url: str, error: Exception) -> Verdict:
    """Return what it means that a conversation ended before its time."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 400:
        return (fault if error.code >= 500 else warn)(_TOPIC, f"{url} says: {_said(error)}")
    return explain(_TOPIC, url, error)


def _envelope_remedy(code: int, address: str) -> str:
    if code in {530, 550, 553, 554}:
        return f"log in ([relay] username), or have it allow {address} as it stands there"
    return "" if code >= 500 else "try again later; letters wait by themselves"


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {' '.join(error.message.split())}"
