"""Files that hold secrets: written whole or not at all, and readable by their owner alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def create_private(path: Path, content: bytes, random_bytes: Callable[[int], bytes]) -> None:
    """Write a new file of mode 0600, its folder too if need be, durably.

    `random_bytes` names the draft. Raises `FileExistsError` where there is such a file already:
    nothing is ever overwritten.
    """
    # where a file has the folder's name, what follows says so
    with suppress(FileExistsError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{random_bytes(8).hex()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # a link fails where a rename would replace what another process has just made
        os.link(draft, path)
    finally:
        draft.unlink()
        _sync_folder(path.parent)


def find_loose_mode(path: Path) -> str:
    """Return the mode of a file that others may use, such as "0644", else an empty text.

    Raises `OSError`.
    """
    mode = path.stat().st_mode & 0o777
    return f"{mode:04o}" if mode & 0o077 else ""


def _sync_folder(folder: Path) -> None:
    """Make a new name durable: a secret lost in a power cut takes all with it that it made."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
