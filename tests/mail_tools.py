"""Mail programs that others wrote: swaks, Postfix's smtp-source, and a Postfix of our own."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from maild import config as configuration
from maild.config import Config
from tests.ports import free_port

_PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/postfix/sbin"
_DEADLINE = 60.0
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mta.example
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
relay_domains = {domain}
relay_transport = lmtp:inet:{lmtp}
lmtp_tls_security_level = may
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n - 0 flush
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def find_tool(name: str, package: str) -> str:
    """Return the path of a program; where it is missing, fail in CI and skip elsewhere."""
    path = shutil.which(name, path=_PLACES)
    if path is None:
        _do_without(f"no {name} here: apt-get install {package}")
    assert path
    return path


async def find_swaks(*, tls: bool = False) -> str:
    """Return the path of swaks, one that can speak TLS if wanted; else as `find_tool`."""
    path = find_tool("swaks", "swaks")
    if tls and "TLS supported" not in await run_tool(path, "--support"):
        _do_without("this swaks knows no TLS: apt-get install libnet-ssleay-perl")
    return path


def _do_without(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"CI needs more: {reason}")
    pytest.skip(reason)


async def run_tool(*command: str) -> str:
    """Run a program to its good end and return what it wrote."""
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    async with asyncio.timeout(_DEADLINE):
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode(errors="replace")
    return out.decode(errors="replace")


def open_lmtp(config: Config, **options: str) -> Config:
    """Return the configuration with a port for LMTP, and more options in [smtp]."""
    lines = [f'{name} = "{value}"\n' for name, value in options.items()]
    lines.append(f'lmtp_listen = "127.0.0.1:{free_port()}"\n')
    text = config.path.read_text().replace("[smtp]\n", f"[smtp]\n{''.join(lines)}")
    config.path.write_text(text)
    return configuration.load(config.path, {})


@dataclass(frozen=True)
class Postfix:
    """A Postfix at work: its folder, and its port for SMTP."""

    folder: Path
    port: int

    async def flush(self) -> None:
        """Have it try everything that waits now, as its operator does when a host is back."""
        await run_tool(find_tool("postfix", "postfix"), "-c", str(self.folder), "flush")


@asynccontextmanager
async def open_postfix(lmtp: str, domain: str) -> AsyncIterator[Postfix]:
    """Run a Postfix that hands the domain's mail over by LMTP.

    It has folders of its own and listens on loopback alone; a Postfix of the system's is not
    touched. What it could not deliver it tries again every second.
    """
    postfix, master = find_tool("postfix", "postfix"), find_tool("master", "postfix")
    if os.geteuid() != 0:
        _do_without("only root can start a Postfix")
    # its processes run as another user, whom pytest's own folders shut out
    with TemporaryDirectory(prefix="postfix-") as name:
        folder, port = Path(name), free_port()
        _lay_out(folder, port, lmtp, domain)
        await run_tool(postfix, "-c", name, "check")
        process = await asyncio.create_subprocess_exec(
            master, "-c", name, "-d", stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            await _until_open(port)
            yield Postfix(folder, port)
        finally:
            process.terminate()
            await process.wait()
            # shown by pytest beside what failed
            print((folder / "log").read_text())


def _lay_out(folder: Path, port: int, lmtp: str, domain: str) -> None:
    folder.chmod(0o755)
    for part in ("queue", "data"):
        (folder / part).mkdir()
    shutil.chown(folder / "data", "postfix")
    main = _MAIN.format(folder=folder, lmtp=lmtp, domain=domain)
    (folder / "main.cf").write_text(main)
    (folder / "master.cf").write_text(_MASTER.format(port=port))


async def _until_open(port: int) -> None:
    async with asyncio.timeout(_DEADLINE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
