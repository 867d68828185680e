"""Hands one letter to the business's own mail server, or puts it into a Maildir folder."""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

import aiosmtplib

from maild.address import parse_address
from maild.errors import BadInput

CONNECT_SECONDS = 30.0
COMMAND_SECONDS = 300.0
ANSWER_SECONDS = 600.0
QUIT_SECONDS = 2.0
IDLE_SECONDS = 60.0
LETTERS_PER_CONNECTION = 100
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
FORMS = "smtp://HOST:PORT, smtps://HOST, smtp+starttls://HOST or maildir:PATH"
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
# Answers that speak about our log-in, not about the letter (RFC 4954 section 6).
LOGIN_CODES = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a hand-over ended: `deferred` may be tried again, `failed` may not.

    `code` is the relay's answer, 0 if none came; `text` is one printable line, in its words.
    """

    state: Literal["sent", "deferred", "failed"]
    code: int
    text: str


class Relay(Protocol):
    """Where letters go."""

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over `message` (CRLF lines) with this envelope; `sender` may be empty. No raise."""

    async def close(self) -> None:
        """Let go of what is kept open; deliveries under way come to their end."""


def open_relay(
    url: str,
    *,
    username: str = "",
    password: str = "",
    ca_file: Path | None = None,
    connections: int = 2,
    hostname: str | None = None,
    base: Path = Path(),
    monotonic: Callable[[], float] = time.monotonic,
) -> Relay:
    """The relay that `url` names; nothing is connected to yet.

    A server (`smtps` and `smtp+starttls` never spoken to in the clear), or a folder under `base`.
    `ca_file` (PEM) is trusted besides the system's authorities; `hostname` is our name. Raises
    BadInput for a malformed URL, an unreadable `ca_file`, or a log-in in the clear.
    """
    if url.startswith("maildir:") and url != "maildir:":
        return MaildirRelay(base / url.removeprefix("maildir:"))
    scheme, host, port = _read_server(url)
    if username and scheme == "smtp" and host not in LOOPBACK:
        raise BadInput("the relay log-in would go over the network in the clear: use smtps://")
    trust = None if scheme == "smtp" else _load_trust(ca_file)
    dial = partial(
        aiosmtplib.SMTP,
        hostname=host,
        port=port,
        username=username or None,
        password=password or None,
        local_hostname=hostname,
        timeout=COMMAND_SECONDS,
        use_tls=scheme == "smtps",
        start_tls=scheme == "smtp+starttls",
        tls_context=trust,
    )
    return SmtpRelay(dial, connections, monotonic)


def _read_server(url: str) -> tuple[str, str, int]:
    with suppress(ValueError, KeyError):
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in url)
        if parts.scheme in PORTS and parts.hostname and bare:
            return parts.scheme, parts.hostname, port
    # The URL itself stays unsaid: it may hold a password.
    raise BadInput(f"the relay URL is malformed; write {FORMS}, and the log-in apart from it")


def _load_trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        trust = ssl.create_default_context()
        if ca_file is not None:
            trust.load_verify_locations(ca_file)
    except OSError as error:
        raise BadInput(f"no certificates can be read from {ca_file}: {error}") from error
    return trust


def _find_fault(sender: str, recipient: str) -> Outcome | None:
    try:
        for address in (sender, recipient) if sender else (recipient,):
            parse_address(address)
    except (BadInput, UnicodeError) as error:
        return Outcome("failed", 0, _clean(str(error)))
    return None


def _clean(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:500]


@dataclass
class _Line:
    """One connection to the relay; `letters` went over it, the last at `used`."""

    client: aiosmtplib.SMTP
    letters: int = 0
    used: float = 0.0
    refused: bool = False


class SmtpRelay:
    """A mail server, spoken to over a few kept connections, one letter at a time on each."""

    def __init__(
        self, dial: Callable[[], aiosmtplib.SMTP], connections: int, monotonic: Callable[[], float]
    ) -> None:
        self._dial = dial
        self._slots = asyncio.Semaphore(connections)
        self._monotonic = monotonic
        self._idle: list[_Line] = []
        self._closed = False

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over one letter; a letter whose answer got lost is deferred, never repeated here."""
        if fault := _find_fault(sender, recipient):
            return fault
        async with self._slots:
            if kept := await self._take_kept():
                # Closed by the other side meanwhile, and no letter on it yet: take a new one.
                with suppress(aiosmtplib.SMTPException, OSError):
                    return await self._use(kept, sender, recipient, message)
            try:
                client = self._dial()
                async with asyncio.timeout(CONNECT_SECONDS):
                    await client.connect()
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                return _explain(error)
            return await self._use(_Line(client), sender, recipient, message)

    async def close(self) -> None:
        """Say goodbye on every idle connection; the others end with their letter."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_hang_up(line.client) for line in idle))

    async def _take_kept(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            fresh = self._monotonic() - line.used <= IDLE_SECONDS
            if line.client.is_connected and fresh and line.letters < LETTERS_PER_CONNECTION:
                return line
            await _hang_up(line.client)
        return None

    async def _use(self, line: _Line, sender: str, recipient: str, message: bytes) -> Outcome:
        """Send over `line` and keep it, unless it broke or the relay is closed meanwhile."""
        try:
            outcome = await _converse(line, sender, recipient, message)
        except BaseException:
            line.client.close()
            raise
        line.letters, line.used = line.letters + 1, self._monotonic()
        if line.client.is_connected and not self._closed:
            self._idle.append(line)
        else:
            line.client.close()
        return outcome


async def _converse(line: _Line, sender: str, recipient: str, message: bytes) -> Outcome:
    client, begun = line.client, False
    try:
        if line.refused:
            await client.rset()
        options = await _choose_options(client, sender + recipient, message)
        await client.mail(sender, options=options, encoding="utf-8")
        await client.rcpt(recipient, encoding="utf-8")
        begun = True
        answer = await client.data(message, timeout=ANSWER_SECONDS)
    except aiosmtplib.SMTPResponseException as refusal:
        if refusal.code == 421 and line.letters and not begun:
            raise
        line.refused = True
        if refusal.code < 400:
            client.close()
        return _explain(refusal)
    except aiosmtplib.SMTPNotSupported as error:
        return Outcome("failed", 0, error.message)
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        if line.letters and not begun:
            raise
        return _explain(error)
    line.refused = False
    return Outcome("sent", answer.code, _clean(answer.message))


async def _choose_options(client: aiosmtplib.SMTP, addresses: str, message: bytes) -> list[str]:
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    options = [f"SIZE={len(message)}"] if client.supports_extension("size") else []
    if not message.isascii() and client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    if not addresses.isascii():
        if not client.supports_extension("smtputf8"):
            raise aiosmtplib.SMTPNotSupported("the relay takes no address outside ASCII")
        options.append("SMTPUTF8")
    return options


async def _hang_up(client: aiosmtplib.SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        async with asyncio.timeout(QUIT_SECONDS):
            await client.quit()
    client.close()


def _explain(error: Exception) -> Outcome:
    """What an error means: a refused recipient, message or size is final, the rest is mended."""
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    said = getattr(error, "message", "") or str(error) or "no answer in time"
    refused = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    final = code == 552 or (refused and 500 <= code <= 599 and code not in LOGIN_CODES)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        said = f"the relay refused our user name or password: {said}"
    elif isinstance(error, ssl.SSLError):
        said = f"TLS with the relay failed: {said}"
    return Outcome("failed" if final else "deferred", max(0, code), _clean(said))


class MaildirRelay:
    """A folder that keeps every letter as a file, envelope first (Return-Path, Delivered-To)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Write one letter durably; a full disk or any other trouble with the folder defers it."""
        if fault := _find_fault(sender, recipient):
            return fault
        envelope = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
        try:
            name = await asyncio.to_thread(self._write, envelope.encode() + message)
        except OSError as error:
            return Outcome("deferred", 451, _clean(f"cannot write to {self._folder}: {error}"))
        return Outcome("sent", 250, f"kept as {name}")

    async def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, content: bytes) -> str:
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{time.time_ns()}.{secrets.token_hex(8)}.maild"
        draft = self._folder / "tmp" / name
        try:
            with open(draft, "xb", opener=partial(os.open, mode=0o600)) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder / "new" / name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        folder = os.open(self._folder / "new", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name
