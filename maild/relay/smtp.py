"""Hands letters to the business's own mail server, over a few connections that are kept."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import aiosmtplib

from maild.address import encode_domain
from maild.relay.conversation import Broken, Conversation, Patience, Refused, Unanswered
from maild.relay.outcome import Outcome, clean, find_fault

LETTERS_PER_CONNECTION = 100
# answers that speak about our log-in, not about the letter (RFC 4954 section 6)
LOGIN_CODES = frozenset({530, 534, 535, 538})
_TOO_BIG = 552
_CLOSING = 421
_BEFORE_THE_LETTER = frozenset({"rset", "mail"})


@dataclass
class _Line:
    """One connection to the relay; `letters` went over it, the last at `used`."""

    talk: Conversation
    letters: int = 0
    used: float = 0.0


class SmtpRelay:
    """A mail server, spoken to over a few kept connections, one letter at a time on each."""

    def __init__(
        self,
        dial: Callable[[], aiosmtplib.SMTP],
        connections: int,
        monotonic: Callable[[], float],
        patience: Patience,
    ) -> None:
        self._dial = dial
        self._slots = asyncio.Semaphore(connections)
        self._monotonic = monotonic
        self._patience = patience
        self._idle: list[_Line] = []
        self._closed = False

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over one letter; a letter whose answer got lost is never repeated here."""
        if fault := find_fault(sender, recipient):
            return fault
        letter = (_spell(sender), _spell(recipient), message)
        async with self._slots:
            deadline = asyncio.get_running_loop().time() + self._patience.letter
            if kept := await self._take_kept():
                # closed by the other side meanwhile, and this letter not begun: take a new one
                with suppress(_Stale):
                    return await self._use(kept, *letter, deadline)
            try:
                line = _Line(await self._connect())
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                return _explain_connecting(error)
            return await self._use(line, *letter, deadline)

    async def close(self) -> None:
        """Say goodbye on every idle connection; the others end with their letter."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(line.talk.quit() for line in idle))

    async def _connect(self) -> Conversation:
        client = self._dial()
        try:
            async with asyncio.timeout(self._patience.connect):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
            if client.transport is None:
                raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        except BaseException:
            client.close()
            raise
        return Conversation(client.transport, client.esmtp_extensions, self._patience)

    async def _take_kept(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            fresh = self._monotonic() - line.used <= self._patience.idle
            if fresh and line.letters < LETTERS_PER_CONNECTION and await line.talk.is_quiet():
                return line
            await line.talk.quit()
        return None

    async def _use(
        self, line: _Line, sender: str, recipient: str, message: bytes, deadline: float
    ) -> Outcome:
        """Send over `line` and keep it, unless it broke or the relay is closed meanwhile."""
        try:
            outcome = await _converse(line, sender, recipient, message, deadline)
        except BaseException:
            line.talk.abort()
            raise
        line.letters, line.used = line.letters + 1, self._monotonic()
        if line.talk.usable and not self._closed:
            self._idle.append(line)
        elif line.talk.usable:
            await line.talk.quit()
        else:
            line.talk.abort()
        return outcome


class _Stale(Exception):
    """A kept connection had ended before the letter was begun."""


async def _converse(
    line: _Line, sender: str, recipient: str, message: bytes, deadline: float
) -> Outcome:
    if fault := _find_lack(line.talk, sender + recipient, message):
        return Outcome("failed", 0, fault)
    mail = _write_mail(line.talk, sender, recipient, message)
    try:
        answer = await line.talk.hand_over(mail, recipient, message, deadline)
    except Refused as refusal:
        if line.letters and refusal.answer.code == _CLOSING and refusal.step != "message":
            raise _Stale from refusal
        return _explain_refusal(refusal)
    except Broken as error:
        if line.letters and error.cut and error.step != "message":
            raise _Stale from error
        nobody = error.step in _BEFORE_THE_LETTER
        return Outcome("unreachable" if nobody else "deferred", 0, clean(str(error)))
    except Unanswered as error:
        return Outcome("unknown", 0, clean(f"{error}, after the letter had been handed over"))
    return Outcome("sent", answer.code, clean(answer.text))


def _spell(address: str) -> str:
    """Return an address with its domain as the DNS has it, if that makes it plain ASCII."""
    local, at, domain = address.rpartition("@")
    return f"{local}@{encode_domain(domain)}" if at and local.isascii() else address


def _needs_utf8(addresses: str, message: bytes) -> bool:
    """Tell whether envelope or header hold letters beyond ASCII (RFC 6531 section 3.4)."""
    return not (addresses.isascii() and message[: message.find(b"\r\n\r\n")].isascii())


def _find_lack(talk: Conversation, addresses: str, message: bytes) -> str:
    if "smtputf8" in talk.features or not _needs_utf8(addresses, message):
        return ""
    return (
        "the mail server takes no address with letters beyond ASCII before the @ (it lacks "
        "SMTPUTF8); this person needs another address"
    )


def _write_mail(talk: Conversation, sender: str, recipient: str, message: bytes) -> str:
    """Return what stands after `MAIL FROM:`."""
    words = [f"<{sender}>"]
    if "size" in talk.features:
        words.append(f"SIZE={len(message)}")
    if "8bitmime" in talk.features and not message.isascii():
        words.append("BODY=8BITMIME")
    if _needs_utf8(sender + recipient, message):
        words.append("SMTPUTF8")
    return " ".join(words)


def _explain_refusal(refusal: Refused) -> Outcome:
    """What a refusal means: of the letter or its recipient it is final, unless it is 4yz.

    Of MAIL only a size is: whatever else is said there is said of us and meets every letter.
    """
    step, (code, text) = refusal.step, refusal.answer
    ours = code in LOGIN_CODES or (step == "mail" and code != _TOO_BIG)
    if ours:
        return Outcome("unreachable", code, clean(text))
    return Outcome("failed" if code >= 500 else "deferred", code, clean(text))


def _explain_connecting(error: Exception) -> Outcome:
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    said = getattr(error, "message", "") or str(error) or "no answer in time"
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        said = f"the relay refused our user name or password: {said}"
    elif isinstance(error, ssl.SSLError):
        said = f"TLS with the relay failed: {said}"
    return Outcome("unreachable", max(0, code), clean(said))
