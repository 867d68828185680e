"""Hands letters to the business's own mail server, over a few connections that are kept.

While every connection is busy letters wait in line. Where the server offers PIPELINING the next
one is announced behind the final dot of the letter before, and takes the connection over once that
has its answer: a letter costs one round trip.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import aiosmtplib
import structlog

from maild.address import encode_domain
from maild.relay.conversation import (
    Broken,
    Conversation,
    Envelope,
    Patience,
    Refused,
    Unanswered,
)
from maild.relay.outcome import Outcome, clean, find_fault
from maild.relay.turns import Turns, Waiting

log = structlog.get_logger(__name__)

LETTERS_PER_CONNECTION = 100
# answers that speak about our log-in, not about the letter (RFC 4954 section 6)
LOGIN_CODES = frozenset({530, 534, 535, 538})
_TOO_BIG = 552
_CLOSING = 421
_OUT_OF_ORDER = 503
_BEFORE_THE_LETTER = frozenset({"rset", "mail"})


class _Letter(NamedTuple):
    sender: str
    recipient: str
    message: bytes


@dataclass
class _Line:
    """One connection to the relay; `letters` went over it, the last at `used`.

    `next` is the letter that was announced behind the one under way.
    """

    talk: Conversation
    letters: int = 0
    used: float = 0.0
    next: Waiting[_Letter, _Line] | None = None


class SmtpRelay:
    """A mail server, spoken to over a few kept connections, one letter after the other on each."""

    def __init__(
        self,
        dial: Callable[[], aiosmtplib.SMTP],
        connections: int,
        monotonic: Callable[[], float],
        patience: Patience,
    ) -> None:
        self._dial = dial
        self._turns = Turns[_Letter, _Line](connections, patience.turn)
        self._monotonic = monotonic
        self._patience = patience
        self._idle: list[_Line] = []
        self._closed = False
        # until it shows that the server does not bear what it offers
        self._pipelines = True

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Hand over one letter; a letter whose answer got lost is never repeated here.

        Raises `Busy` if no connection came free for it in a minute.
        """
        if fault := find_fault(sender, recipient):
            return fault
        letter = _Letter(_spell(sender), _spell(recipient), message)
        line = await self._turns.take(letter)
        try:
            return await self._send(letter, line)
        finally:
            self._turns.give_back()

    async def _send(self, letter: _Letter, announced: _Line | None) -> Outcome:
        deadline = asyncio.get_running_loop().time() + self._patience.letter
        # closed by the other side meanwhile, and this letter not begun: take a new one
        with suppress(_Stale):
            if announced:
                return await self._use(announced, letter, deadline, announced=True)
            if kept := await self._take_kept():
                return await self._use(kept, letter, deadline)
        try:
            line = _Line(await self._connect())
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return _explain_connecting(error)
        return await self._use(line, letter, deadline)

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
        self, line: _Line, letter: _Letter, deadline: float, *, announced: bool = False
    ) -> Outcome:
        """Send over `line` and hand it on or keep it, unless it broke or the relay is closed."""
        try:
            outcome = await self._converse(line, letter, deadline, announced=announced)
            line.letters, line.used = line.letters + 1, self._monotonic()
        except BaseException:
            line.talk.abort()
            raise
        finally:
            await self._leave(line)
        return outcome

    async def _leave(self, line: _Line) -> None:
        usable = line.talk.usable
        following, line.next = line.next, None
        if following:
            taken = self._turns.hand(following, line if usable else None)
            if not (taken and usable):
                line.talk.abort()
        elif usable and not self._closed:
            self._idle.append(line)
        elif usable:
            await line.talk.quit()
        else:
            line.talk.abort()

    async def _converse(
        self, line: _Line, letter: _Letter, deadline: float, *, announced: bool
    ) -> Outcome:
        if fault := _find_lack(line.talk, letter):
            return Outcome("failed", 0, fault)
        try:
            answer = await line.talk.hand_over(
                _address(line.talk, letter),
                letter.message,
                deadline,
                announced=announced,
                follow=partial(self._announce_next, line),
            )
        except Refused as refusal:
            self._find_stale(line, refusal, announced)
            return _explain_refusal(refusal)
        except Broken as error:
            self._find_stale(line, error, announced)
            nobody = error.step in _BEFORE_THE_LETTER
            return Outcome("unreachable" if nobody else "deferred", 0, clean(str(error)))
        except Unanswered as error:
            # what was announced behind its dot may have cost the answer
            self._pipelines &= line.next is None
            return Outcome("unknown", 0, clean(f"{error}, after the letter had been handed over"))
        return Outcome("sent", answer.code, clean(answer.text))

    def _announce_next(self, line: _Line) -> Envelope | None:
        """Call the next letter to this line, if one waits and may be announced on it now."""
        letter = self._turns.first()
        worn = line.letters + 1 >= LETTERS_PER_CONNECTION
        offered = self._pipelines and "pipelining" in line.talk.features
        if letter is None or worn or not offered or _find_lack(line.talk, letter):
            return None
        line.next = self._turns.call()
        return _address(line.talk, letter)

    def _find_stale(self, line: _Line, error: Refused | Broken, announced: bool) -> None:
        """Raise `_Stale` if a connection ended, or got confused, before the letter was begun."""
        if error.step == "message":
            return
        cut = error.cut if isinstance(error, Broken) else error.answer.code == _CLOSING
        confused = announced and (
            error.answer.code == _OUT_OF_ORDER if isinstance(error, Refused) else not cut
        )
        if confused:
            log.warning("the mail server does not bear pipelining", relay=str(error))
            self._pipelines = False
        if confused or (line.letters and cut):
            raise _Stale from error


class _Stale(Exception):
    """A kept connection had ended before the letter was begun."""


def _spell(address: str) -> str:
    """Return an address with its domain as the DNS has it, if that makes it plain ASCII."""
    local, at, domain = address.rpartition("@")
    return f"{local}@{encode_domain(domain)}" if at and local.isascii() else address


def _needs_utf8(letter: _Letter) -> bool:
    """Tell whether envelope or header hold letters beyond ASCII (RFC 6531 section 3.4)."""
    if not (letter.sender.isascii() and letter.recipient.isascii()):
        return True
    return not letter.message[: letter.message.find(b"\r\n\r\n")].isascii()


def _find_lack(talk: Conversation, letter: _Letter) -> str:
    if "smtputf8" in talk.features or not _needs_utf8(letter):
        return ""
    return (
        "the mail server takes no address with letters beyond ASCII before the @ (it lacks "
        "SMTPUTF8); this person needs another address"
    )


def _address(talk: Conversation, letter: _Letter) -> Envelope:
    words = [f"<{letter.sender}>"]
    if "size" in talk.features:
        words.append(f"SIZE={len(letter.message)}")
    if "8bitmime" in talk.features and not letter.message.isascii():
        words.append("BODY=8BITMIME")
    if _needs_utf8(letter):
        words.append("SMTPUTF8")
    return Envelope(" ".join(words), letter.recipient)


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
