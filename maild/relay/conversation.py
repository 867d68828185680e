"""What is said to a mail server once it listens: one letter at a time (RFC 5321 section 3.3).

Where the server offers it (RFC 2920), all commands of a letter go in one write, behind the final
dot of the letter before if there is one: one round trip takes the place of four. Whatever it
answers, a message itself is only written after the 354 to its own DATA.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple

Step = Literal["rset", "mail", "rcpt", "data", "message", "quit"]

_LONGEST_LINE = 4096
_MOST_LINES = 100
_BLOCK = 64 * 1024
_LARGE = 1024 * 1024
_GO_ON = 354
_CLOSING = 421


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for each step, in seconds (RFC 5321 section 4.5.3.2).

    `turn` is how long a letter waits for a connection; `connect` is all up to the log-in, shorter
    than there: nobody waits behind a relay that is down. `letter` is all of one letter before its
    final dot, and bounds what `block` adds up to. `idle` is how long an unused connection is kept.
    """

    turn: float = 60.0
    connect: float = 30.0
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    letter: float = 900.0
    answer: float = 600.0
    quit: float = 2.0
    idle: float = 60.0

    @property
    def longest(self) -> float:
        """How long one letter may take in all."""
        return self.turn + self.connect + self.letter + self.block + self.answer

    def of(self, step: Step) -> float:
        """How long to wait for the answer to a step."""
        special = {"data": self.data, "message": self.answer, "quit": self.quit}
        return special.get(step, self.command)


class Envelope(NamedTuple):
    """From whom and to whom a letter goes: `mail` is what stands after `MAIL FROM:`."""

    mail: str
    recipient: str

    @property
    def steps(self) -> list[tuple[Step, str]]:
        """What is said before the message, step by step."""
        rcpt = f"RCPT TO:<{self.recipient}>"
        return [("mail", f"MAIL FROM:{self.mail}"), ("rcpt", rcpt), ("data", "DATA")]


def nobody() -> Envelope | None:
    """Return no envelope: no letter follows."""
    return None


class Answer(NamedTuple):
    """What the server says: its code and its words, of all lines, as they came."""

    code: int
    text: str


class Refused(Exception):
    """The server says no, for now or for good, to one step; the connection may be used further."""

    def __init__(self, step: Step, answer: Answer) -> None:
        super().__init__(answer.text)
        self.step = step
        self.answer = answer


class Broken(Exception):
    """The conversation cannot go on from a step; no letter was handed over. `cut` if by them."""

    def __init__(self, step: Step, words: str, *, cut: bool = False) -> None:
        super().__init__(words)
        self.step = step
        self.cut = cut


class Unanswered(Exception):
    """All of the letter was handed over, its final dot too, and no answer came that is one."""


class Conversation:
    """A connection to a server that has said hello and knows who we are; `features` are in EHLO.

    It takes the connection over from whoever opened it. `usable` tells whether another letter may
    go over it.
    """

    def __init__(
        self, transport: asyncio.BaseTransport, features: Collection[str], patience: Patience
    ) -> None:
        reader = asyncio.StreamReader(limit=_LONGEST_LINE)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        self._reader = reader
        self._writer = asyncio.StreamWriter(
            transport,  # type: ignore[arg-type]  # a WriteTransport, as asyncio's own streams say
            protocol,
            reader,
            asyncio.get_running_loop(),
        )
        self.features = features
        self._patience = patience
        self._unfinished = False
        self._spoilt = False

    @property
    def usable(self) -> bool:
        """Whether the two sides still understand each other."""
        return not (self._spoilt or self._writer.is_closing())

    async def is_quiet(self) -> bool:
        """Whether nothing was said unasked: a server that is about to close says so, or closes."""
        try:
            async with asyncio.timeout(0):
                await self._reader.read(1)
        except TimeoutError:
            return self.usable
        except OSError:
            pass
        return False

    async def hand_over(
        self,
        envelope: Envelope,
        message: bytes,
        deadline: float,
        *,
        announced: bool = False,
        follow: Callable[[], Envelope | None] = nobody,
    ) -> Answer:
        """Send one letter and return the answer to it.

        All but the end of the letter has to be said by the `deadline` (seconds, the loop's time).
        Raises `Refused`, `Broken` or `Unanswered`; after the last two, and when cancelled, the
        connection is of no more use.

        `follow` is asked with the final dot for the letter that follows, which is `announced`
        behind it; only where the server offers PIPELINING (RFC 2920 section 3.1).
        """
        rset: list[tuple[Step, str]] = [("rset", "RSET")] if self._unfinished else []
        steps = envelope.steps if announced else [*rset, *envelope.steps]
        self._unfinished = self._spoilt = True
        try:
            async with asyncio.timeout_at(deadline):
                await self._announce(steps, said=announced)
                last = await self._write_blocks(message)
        except TimeoutError:
            raise Broken("message", "the mail server takes too long over one letter") from None
        except Refused as refusal:
            self._spoilt = refusal.answer.code == _CLOSING
            raise
        follower = follow()
        answer = await self._finish(last + _spell(follower.steps if follower else []))
        self._spoilt = answer.code == _CLOSING
        if answer.code >= 400:
            raise Refused("message", answer)
        self._unfinished = False
        return answer

    async def quit(self) -> None:
        """Say goodbye, not waiting long for the answer, and close."""
        with suppress(Broken, TimeoutError):
            async with asyncio.timeout(self._patience.quit):
                self._say(("quit", "QUIT"))
                await self._read("quit")
        self.abort()

    def abort(self) -> None:
        """Close at once, throwing away what is still to be written."""
        self._writer.transport.abort()

    async def _announce(self, steps: list[tuple[Step, str]], *, said: bool) -> None:
        """Say all that comes before the message, unless that was `said`; raises `Refused`."""
        pipelined = "pipelining" in self.features
        if pipelined and not said:
            self._say(*steps)
        refusal: Refused | None = None
        for step, line in steps:
            if refusal and not pipelined:
                break
            if not pipelined:
                self._say((step, line))
            try:
                answer = await self._read(step)
            except Broken:
                # the server may close after a refusal, and that says more
                if refusal is None:
                    raise
                self._writer.close()
                break
            if refusal is None:
                refusal = _judge(step, answer)
            elif step == "data" and answer.code == _GO_ON:
                await self._take_back()
        if refusal:
            raise refusal

    async def _take_back(self) -> None:
        """End a message that has no recipient (RFC 2920 section 3.1): it must be refused."""
        self._writer.write(b".\r\n")
        if (await self._read("data")).code < 400:
            self._writer.close()

    async def _write_blocks(self, message: bytes) -> bytes:
        """Write a message but for its last block, and return that with the final dot."""
        large = len(message) > _LARGE
        *blocks, last = await asyncio.to_thread(_split, message) if large else _split(message)
        for block in blocks:
            await self._write(block)
        return last + b".\r\n"

    async def _finish(self, last: bytes) -> Answer:
        try:
            await self._write(last)
            answer = await self._read("message")
        except Broken as error:
            raise Unanswered(str(error)) from error
        if not (200 <= answer.code < 300 or answer.code >= 400):
            raise Unanswered(f"it answered {answer.code} {answer.text}")
        return answer

    def _say(self, *steps: tuple[Step, str]) -> None:
        self._writer.write(_spell(steps))

    async def _write(self, block: bytes) -> None:
        self._writer.write(block)
        try:
            async with asyncio.timeout(self._patience.block):
                await self._writer.drain()
        except TimeoutError:
            raise Broken("message", "the mail server stopped taking the letter") from None
        except OSError as error:
            raise Broken("message", _describe_cut(error), cut=True) from error

    async def _read(self, step: Step) -> Answer:
        """Return the answer to a step, of at most a hundred lines; raises `Broken`."""
        seconds = self._patience.of(step)
        try:
            async with asyncio.timeout(seconds):
                return await self._read_lines(step)
        except TimeoutError:
            raise Broken(step, f"no answer within {seconds:g} seconds") from None
        except asyncio.IncompleteReadError:
            raise Broken(step, "the mail server closed the connection", cut=True) from None
        except asyncio.LimitOverrunError:
            raise Broken(step, "the mail server's answer has no end") from None
        except OSError as error:
            raise Broken(step, _describe_cut(error), cut=True) from error

    async def _read_lines(self, step: Step) -> Answer:
        words: list[str] = []
        for _ in range(_MOST_LINES):
            line = (await self._reader.readuntil(b"\n")).rstrip(b"\r\n")
            code, mark, rest = line[:3], line[3:4], line[4:]
            if not (code.isdigit() and b"200" <= code < b"600" and mark in (b"", b" ", b"-")):
                shown = line[:80].decode("utf-8", "replace")
                raise Broken(step, f"the mail server answered nonsense: {shown}")
            words.append(rest.decode("utf-8", "replace"))
            if mark != b"-":
                return Answer(int(code), "\n".join(words))
        raise Broken(step, "the mail server's answer has no end")


def _spell(steps: Iterable[tuple[Step, str]]) -> bytes:
    return "".join(f"{line}\r\n" for _, line in steps).encode()


def _judge(step: Step, answer: Answer) -> Refused | None:
    """Return the refusal that an answer is, if it is one; raises `Broken` for one out of place."""
    if answer.code >= 400 and step != "rset":
        return Refused(step, answer)
    if (answer.code == _GO_ON) if step == "data" else answer.code < 300:
        return None
    said = f"{answer.code} {answer.text}"
    raise Broken(step, f"the mail server answered {said} to {step.upper()}")


def _split(message: bytes) -> list[bytes]:
    """Return a message as it goes over the wire, dots doubled (RFC 5321 section 4.5.2), in blocks.

    A CR or LF that stands alone would be a line's end to some servers only: it becomes one to all.
    """
    wire = message
    if not wire.count(b"\r\n") == wire.count(b"\n") == wire.count(b"\r"):
        wire = b"\r\n".join(wire.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
    if not wire.endswith(b"\r\n"):
        wire += b"\r\n"
    wire = wire.replace(b"\r\n.", b"\r\n..")
    if wire.startswith(b"."):
        wire = b"." + wire
    return [wire[start : start + _BLOCK] for start in range(0, len(wire), _BLOCK)]


def _describe_cut(error: OSError) -> str:
    return f"the connection to the mail server broke: {error.strerror or error}"
