"""The language of `dialogs/*.smtp`: conversations with a mail door, line by line (README there)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from maild.smtpd import SmtpLimits
from tests.smtp_peer import SMALL, Peer

CROWD_ADDRESS = "127.0.0.2"


@dataclass(frozen=True)
class Dialog:
    """A file read: what it is for, what door it wants, and its lines as verb and text."""

    why: str
    door: str
    limits: SmtpLimits
    lines: tuple[tuple[str, str], ...]


def read_dialog(path: Path) -> Dialog:
    """Read a file; a head without a `why` is a mistake."""
    split = [line.partition(" ") for line in path.read_text("utf-8").splitlines()]
    lines = [(verb, text) for verb, _, text in split if verb not in ("", "#")]
    head = {verb: text for verb, text in lines if verb in ("why:", "door:", "limits:")}
    assert lines[0][0] == "why:", f"{path.name} does not begin with its why"
    assert lines[0][1], f"{path.name} does not tell why"
    return Dialog(
        head["why:"],
        head.get("door:", "smtp"),
        replace(SMALL, **_read_limits(head.get("limits:", ""))),
        tuple(line for line in lines if line[0] not in head),
    )


def _read_limits(text: str) -> dict[str, Any]:
    pairs = [pair.split("=") for pair in text.split()]
    return {name: float(value) if "." in value else int(value) for name, value in pairs}


class Stage:
    """What a conversation can see of the door beside its answers."""

    async def start_tls(self, peer: Peer) -> None:
        """Begin TLS as the client."""
        raise AssertionError("this door has no certificate")

    async def until_gone(self) -> None:
        """Wait until the door has noticed that everybody left."""

    async def count(self, what: str) -> int:
        """How many messages were taken, or letters sent in answer."""
        raise AssertionError(what)


@dataclass
class Actor:
    """The client of a conversation, going through its lines."""

    peer: Peer
    stage: Stage
    where: tuple[str, int]
    words: Mapping[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    crowd: list[Peer] = field(default_factory=list)
    dripping: asyncio.Future[None] | None = None

    async def play(self, dialog: Dialog) -> None:
        """Go through all lines; fails at the first that does not hold."""
        for verb, written in dialog.lines:
            text = self._fill_in(written)
            try:
                await self._do(verb, text)
            except (AssertionError, OSError, TimeoutError, EOFError) as error:
                raise AssertionError(f"at {verb} {text[:80]!r}: {error!r}, {self.heard}") from error
        if self.dripping:
            self.dripping.cancel()
        for peer in [self.peer, *self.crowd]:
            peer.writer.close()

    def _fill_in(self, text: str) -> str:
        for name, word in self.words.items():
            text = text.replace(f"{{{name}}}", word)
        return text

    async def _do(self, verb: str, text: str) -> None:
        if verb[0] == "C":
            await self._say(verb, text)
        elif verb[0] == "S":
            await self._hear(verb, text)
        elif verb in ("taken", "answered"):
            assert await self.stage.count(verb) == int(text)
        elif verb == "crowd":
            await self._gather(*map(int, text.split()))
        elif verb == "drip" and text:
            times, _, once = text.partition(" ")
            await self._drip(int(times), _spell(once))
        elif verb == "drip":
            self.dripping = asyncio.ensure_future(self._drip(10**6, b"x"))
        elif verb == "starttls":
            await self.stage.start_tls(self.peer)
        elif verb == "gone":
            self.peer.writer.close()
            await self.stage.until_gone()
        else:
            assert verb == "closed", "no such word"
            await self.peer.expect_close()

    async def _say(self, verb: str, text: str) -> None:
        if verb == "C:":
            data = text.encode() + b"\r\n"
        elif verb == "C>":
            data = _spell(text)
        else:
            assert verb == "C*", "no such word"
            times, _, once = text.partition(" ")
            data = _spell(once) * int(times)
        self.peer.writer.write(data)
        # a door that has heard enough closes on whoever goes on
        with suppress(ConnectionError):
            await self.peer.writer.drain()

    async def _hear(self, verb: str, text: str) -> None:
        if verb in ("S:", "S*"):
            times, _, start = text.partition(" ") if verb == "S*" else ("1", "", text)
            for _ in range(int(times)):
                self.heard = await self.peer.answer()
                assert self.heard[-1].startswith(start)
        else:
            assert verb in ("S+", "S-"), "no such word"
            assert (text in self.heard) is (verb == "S+")

    async def _gather(self, many: int, admitted: int) -> None:
        for _ in range(many):
            reader, writer = await asyncio.open_connection(
                *self.where, local_addr=(CROWD_ADDRESS, 0)
            )
            self.crowd.append(Peer(reader, writer))
        greetings = [(await peer.answer())[-1] for peer in self.crowd]
        assert sum(greeting.startswith("220") for greeting in greetings) == admitted
        assert sum(greeting.startswith("421 4.7.0") for greeting in greetings) == many - admitted

    async def _drip(self, times: int, data: bytes) -> None:
        for _ in range(times):
            self.peer.writer.write(data)
            await asyncio.sleep(0.01)


def _spell(text: str) -> bytes:
    return text.encode().decode("unicode_escape").encode("latin-1")
