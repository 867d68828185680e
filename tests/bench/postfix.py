"""A Postfix of our own in a folder: durable smtpd in front, discarding or relaying behind."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.child import trace_command, wait_until
from tests.bench.machine import list_family
from tests.bench.mailtools import is_open
from tests.bench.scenario import find_program
from tests.ports import free_port

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
myhostname = mx.bench.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
default_transport = {transport}
relay_transport = {transport}
smtp_host_lookup = native
disable_dns_lookups = yes
default_destination_concurrency_limit = 10
initial_destination_concurrency = 10
smtp_connection_cache_destinations = 127.0.0.1
"""
# as shipped, but for the door's port and what needs the system's mail
_SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


@dataclass(frozen=True)
class Postfix:
    """A Postfix at work: its door, and the process that started all others."""

    port: int
    pid: int
    spool: Path

    @property
    def waiting(self) -> int:
        """How many messages are in its queue."""
        queues = (self.spool / name for name in ("maildrop", "incoming", "active", "deferred"))
        return sum(1 for queue in queues for path in queue.rglob("*") if path.is_file())


@contextmanager
def open_postfix(
    folder: Path, transport: str = "discard:", trace: Path | None = None
) -> Iterator[Postfix]:
    """Run it until the context ends; wants root, as Postfix does. `trace` counts its syncs."""
    port = free_port()
    _write(folder, port, transport)
    tool = find_program("postfix") or ""
    # makes the queue's folders, and puts their owners right
    subprocess.run([tool, "-c", folder, "check"], check=True, capture_output=True)
    tracer = trace_command(trace) if trace else []
    master = [*tracer, find_program("master") or "", "-c", str(folder), "-s"]
    with subprocess.Popen(master, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: is_open(port), "Postfix")
            yield Postfix(port, process.pid, folder / "spool")
        finally:
            for pid in list_family(process.pid)[::-1]:
                # its doors come and go by themselves
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)


def _write(folder: Path, port: int, transport: str) -> None:
    (folder / "main.cf").write_text(_MAIN.format(folder=folder, transport=transport))
    (folder / "master.cf").write_text(_SERVICES.format(port=port))
    (folder / "spool").mkdir()
    (folder / "data").mkdir()
    owner = pwd.getpwnam("postfix")
    os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
