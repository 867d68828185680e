"""A Mailman of our own in a folder, of which only the LMTP door runs: what it takes is queued."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.child import start, wait_until
from tests.bench.mailtools import is_open
from tests.ports import free_port

_CONFIG = """
[mailman]
layout: bench
[paths.bench]
var_dir: {folder}/var
[mta]
incoming: mailman.mta.null.NullMTA
lmtp_host: 127.0.0.1
lmtp_port: {port}
"""


@dataclass(frozen=True)
class Mailman:
    """A Mailman at work: its door, its process, and where it keeps what came."""

    port: int
    pid: int
    queue: Path

    def count(self) -> int:
        """Return how many messages it has taken in."""
        return sum(1 for path in self.queue.iterdir() if path.suffix == ".pck")


@contextmanager
def open_mailman(folder: Path, address: str, trace: Path | None = None) -> Iterator[Mailman]:
    """Run it until the context ends, with one list, of this address; `trace` counts its syncs."""
    port = free_port()
    config = folder / "mailman.cfg"
    config.write_text(_CONFIG.format(folder=folder, port=port))
    tool = ("mailman", "--run-as-root", "-C", str(config), "create", address)
    subprocess.run(tool, cwd=folder, check=True, capture_output=True)
    command = ("runner", "-C", str(config), "--runner=lmtp:0:1")
    with start(*command, folder=folder, name="mailman", trace=trace) as child:
        wait_until(lambda: is_open(port), "Mailman")
        yield Mailman(port, child.pid, folder / "var" / "queue" / "in")
