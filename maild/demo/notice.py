"""The note by which a second terminal finds the running demo: one small private file."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from maild.errors import Refused

NO_DEMO = "no demo is running; start one: maild demo"


@dataclass(frozen=True, slots=True)
class Notice:
    """Where the viewer is, and the token that shows it who may write through it."""

    url: str
    token: str


@contextmanager
def put_up(notice: Notice) -> Iterator[None]:
    """Keep the notice up meanwhile, in place of an earlier one; raises `Refused`."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_private(folder.lstat()):
        raise Refused(f"{folder} can be written by others; remove it and try again")
    draft = folder / f"{os.getpid()}.new"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(notice)))
    draft.replace(_file())
    try:
        yield
    finally:
        _take_down(notice)


def find_notice() -> Notice:
    """Return the latest demo's notice; raises `Refused` if there is none that can be trusted."""
    with suppress(OSError, ValueError, TypeError):
        if _is_private(_folder().lstat()) and _is_private(_file().lstat()):
            return Notice(**json.loads(_file().read_text()))
    raise Refused(NO_DEMO)


def _take_down(notice: Notice) -> None:
    """Remove the notice unless a later demo has put up its own, and the folder once empty."""
    with suppress(Refused, OSError):
        if find_notice() == notice:
            _file().unlink()
        _folder().rmdir()


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"maild-demo-of-{os.getuid()}"


def _file() -> Path:
    return _folder() / "running.json"


def _is_private(status: os.stat_result) -> bool:
    kind = stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)
    return kind and status.st_uid == os.getuid() and not status.st_mode & 0o077
