"""maild itself as a child process: the whole `maild serve`, with a hand on its levers."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maild.mail.dkim_keys import make_key, write_pem
from tests.bench.child import Child, python, start
from tests.ports import free_port

ADDRESS = "billing@example.test"
_CONFIG = """
[business]
name = "Example Ltd"
email = "{address}"
time_zone = "Europe/London"
address = "1 High Street\\nLondon"
payment = "To **12-34-56** 12345678"
[web]
listen = "127.0.0.1:{port}"
base_url = "http://127.0.0.1:{port}"
admin_listen = "127.0.0.1:{admin}"
[smtp]
listen = "127.0.0.1:0"
lmtp_listen = "127.0.0.1:0"
[inbound]
domain = "example.test"
addresses = ["{address}"]
dns = "none"
[relay]
url = "{relay}"
connections = 10
[dkim]
selector = "key1"
key_file = "dkim.pem"
[operator]
email = "owner@example.test"
[limits]
connections = 500
connections_per_address = 500
"""


@dataclass(frozen=True)
class House:
    """A daemon at work, and where everything of it is."""

    child: Child
    folder: Path
    smtp_port: int
    lmtp_port: int
    web_url: str
    admin_url: str

    @property
    def store(self) -> Path:
        """The database."""
        return self.folder / "data" / "maild.db"

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, read from the store's file."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as store:
            return store.execute(sql).fetchall()

    def contents(self) -> list[bytes]:
        """Return the bytes of all mail that was taken in."""
        return [bytes(row[0]) for row in self.query("SELECT content FROM reply_bytes")]


def write_house(folder: Path, *, relay: str = "maildir:sent", more: str = "") -> Path:
    """Write a configuration with a signing key, and return its path."""
    (folder / "dkim.pem").touch(mode=0o600)
    (folder / "dkim.pem").write_bytes(write_pem(make_key("rsa", "key1")))
    path = folder / "config.toml"
    path.write_text(
        _CONFIG.format(address=ADDRESS, port=free_port(), admin=free_port(), relay=relay) + more
    )
    return path


@contextmanager
def open_house(
    folder: Path,
    *,
    relay: str = "maildir:sent",
    more: str = "",
    held: Sequence[str] = (),
    trace: Path | None = None,
) -> Iterator[House]:
    """Run a daemon in a folder until the context ends, and kill it then.

    It takes the orders of `tests.bench.programs.house`; `held` are the loops that wait until they
    are released: intake, delivery. A folder that has a house already is lived in again.
    """
    path = folder / "config.toml"
    if not path.exists():
        write_house(folder, relay=relay, more=more)
    command = python("tests.bench.programs.house", path, *held)
    with start(*command, folder=folder, name="maild", trace=trace) as child:
        yield House(child, folder, **_read_doors(child))


def _read_doors(child: Child) -> dict[str, Any]:
    doors: dict[str, Any] = {}
    while "admin_url" not in doors:
        found = re.match(r"(\w+) +ready on (\S+)", child.read_line())
        assert found
        match found[1]:
            case "smtp":
                doors["smtp_port"] = int(found[2].rpartition(":")[2])
            case "lmtp":
                doors["lmtp_port"] = int(found[2].rpartition(":")[2])
            case "web":
                doors["web_url"] = found[2]
            case "admin":
                doors["admin_url"] = f"http://{found[2]}"
    return doors
