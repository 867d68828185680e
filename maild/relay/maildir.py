"""A folder in the place of a mail server: what is handed over is kept there as files."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from functools import partial
from pathlib import Path

from maild.relay.outcome import Outcome, clean, find_fault


class MaildirRelay:
    """A folder that keeps every letter as a file, envelope first (Return-Path, Delivered-To)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Write one letter durably; while the folder cannot be written to no letter goes there."""
        if fault := find_fault(sender, recipient):
            return fault
        envelope = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
        try:
            name = await asyncio.to_thread(self._write, envelope.encode() + message)
        except OSError as error:
            return Outcome("unreachable", 451, clean(f"cannot write to {self._folder}: {error}"))
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
