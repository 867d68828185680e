"""A house at work, to be killed: takes mail as fast as it can, settles it, sends what follows.

Each thing it promised to the outside is written to standard output at once, as a line.
"""

from __future__ import annotations

import asyncio
import os
import sys
from hashlib import sha256
from pathlib import Path

from maild import config, intake
from maild.delivery import run_delivery
from maild.intake import run_intake
from maild.model import Envelope
from maild.office import Office, open_office
from maild.relay import Outcome

PEERS = 8


class TellingRelay:
    """A relay that takes every letter and tells its Message-ID and the hash of its bytes."""

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Take the letter."""
        tell(describe(message))
        # the outcome is on its way back: the moment at which a crash costs a repeat
        await asyncio.sleep(0)
        return Outcome("sent", 250, "2.0.0 Ok")

    async def close(self) -> None:
        """Have nothing to close."""


def describe(message: bytes) -> str:
    """Return the line that tells of a letter that was sent."""
    head = message.partition(b"\r\n\r\n")[0].decode()
    (message_id,) = (line for line in head.split("\r\n") if line.startswith("Message-ID: "))
    return f"sent {message_id.split()[1]} {sha256(message).hexdigest()}"


def tell(line: str) -> None:
    """Write a line that survives this process."""
    os.write(1, f"{line}\n".encode())


async def take_mail(office: Office, peer: int) -> None:
    """Take mail from strangers without end; each is to reach the operator."""
    while True:
        number = office.ids.new()
        content = f"From: x@y.example\r\nMessage-ID: <{number}@y.example>\r\n\r\nHello {number}\r\n"
        recipients = ("billing@example.test",)
        envelope = Envelope(f"192.0.2.{peer}", "y", "x@y.example", recipients, content.encode())
        tell(f"accepted {await intake.accept(office, envelope)}")


async def work(path: Path) -> None:
    """Run until killed."""
    async with open_office(config.load(path, {})) as office:
        stop, owner = asyncio.Event(), office.ids.new()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run_intake(office, owner, stop))
            tasks.create_task(run_delivery(office, TellingRelay(), owner, stop))
            for peer in range(PEERS):
                tasks.create_task(take_mail(office, peer))


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
