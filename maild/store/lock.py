"""Who has a store's file for himself: a lock on a file beside it, freed even by a crash."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maild.errors import Refused


@contextmanager
def hold_store(path: Path) -> Iterator[None]:
    """Hold off every daemon from a store's file; raises `Refused` if one has it."""
    beside = path.with_name(path.name + ".lock")
    beside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with beside.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                f"another maild is serving this store ({beside}); stop it first"
            ) from None
        yield
