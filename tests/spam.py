"""SpamAssassin, as Debian ships it: its local rules alone, with nothing learnt and nobody asked."""

from __future__ import annotations

import asyncio
import os
import re
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mail_tools import find_tool

_DEADLINE = 90.0
_PLACE = re.compile(r"^X-Place: (\d+)$", re.MULTILINE)
_STATUS = re.compile(r"^X-Spam-Status: \w+, score=(-?[\d.]+)[^=]*=\S+ tests=(.*?) autolearn=", re.M)
_SEPARATOR = b"From maild Mon Nov 23 09:30:00 2026\n"


@dataclass(frozen=True)
class Verdict:
    """What it says of one message: the points, and the rules that gave them."""

    points: float
    rules: str


async def judge(messages: Sequence[bytes], folder: Path) -> list[Verdict]:
    """Return a verdict on each message; where the program is missing, fail in CI, else skip.

    It works in the folder, and asks no network (`-L`).
    """
    path = find_tool("spamassassin", "spamassassin")
    preferences = folder / "user_prefs"
    preferences.write_text("use_bayes 0\nuse_txrep 0\nfold_headers 0\n")
    process = await asyncio.create_subprocess_exec(
        *(path, "-t", "-L", "--mbox", "-p", str(preferences)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=os.environ | {"HOME": str(folder)},
    )
    # it takes them by their dates, and those of one moment in any order
    mailbox = b"".join(
        _SEPARATOR + f"X-Place: {place}\n".encode() + message.replace(b"\r\n", b"\n") + b"\n"
        for place, message in enumerate(messages)
    )
    async with asyncio.timeout(_DEADLINE):
        out, said = await process.communicate(mailbox)
    assert process.returncode == 0, said.decode(errors="replace")
    text = out.decode(errors="replace")
    found = [Verdict(float(points), rules) for points, rules in _STATUS.findall(text)]
    places = [int(place) for place in _PLACE.findall(text)]
    assert len(found) == len(places) == len(messages), said.decode(errors="replace")
    return [found[places.index(place)] for place in range(len(messages))]
