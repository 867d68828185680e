"""A real IMAP server: Debian's Dovecot with a configuration, users and ports of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from imapclient import IMAPClient

from tests.ports import free_port

USER, PASSWORD = "billing", "correct horse"

_CONFIG = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%n
first_valid_uid = 1
imap_capability = {capability}
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A server at work: where it listens, and the certificate authority that vouches for it."""

    folder: Path
    port: int
    tls_port: int
    ca_file: Path

    @contextmanager
    def open(self) -> Iterator[IMAPClient]:
        """Log in as a mail program does, with the inbox selected."""
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10) as client:
            client.login(USER, PASSWORD)
            client.select_folder("INBOX")
            yield client

    def deliver(self, content: bytes) -> None:
        """Put a message into the inbox."""
        with self.open() as client:
            client.append("INBOX", content)

    def hang_up(self) -> None:
        """Cut every connection, as a server does that is restarted."""
        subprocess.run(
            ["doveadm", "-c", str(self.folder / "dovecot.conf"), "kick", USER],
            check=True,
            capture_output=True,
        )

    def renumber(self) -> None:
        """Give the inbox another UIDVALIDITY, as a server does whose index is lost."""
        inbox = self.folder / "mail" / USER
        uids = inbox / "dovecot-uidlist"
        head, rest = uids.read_text().split("\n", 1)
        fields = head.split()
        validity = int(fields[1].removeprefix("V")) + 1
        uids.write_text(f"{' '.join([fields[0], f'V{validity}', *fields[2:]])}\n{rest}")
        for path in inbox.glob("dovecot.index*"):
            path.unlink()


@contextmanager
def run_dovecot(*, idle: bool = True) -> Iterator[Dovecot]:
    """Start a server, or fail in CI and skip elsewhere where Dovecot is not installed."""
    program = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None and os.environ.get("CI"):
        pytest.fail("CI needs an IMAP server: apt-get install dovecot-imapd")
    if program is None:
        pytest.skip("no Dovecot here: apt-get install dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="maild-dovecot-"))
    server = _prepare(folder, idle=idle)
    with subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")]) as process:
        try:
            _wait_for(server.port)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)
    shutil.rmtree(folder, ignore_errors=True)


def _prepare(folder: Path, *, idle: bool) -> Dovecot:
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "server.pem")
    )
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    (folder / "users").chmod(0o644)
    server = Dovecot(folder, free_port(), free_port(), folder / "ca.pem")
    capability = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE LITERAL+ MOVE UIDPLUS"
    text = _CONFIG.format(
        folder=folder,
        port=server.port,
        tls_port=server.tls_port,
        capability="" if idle else capability,
        **_find_users(folder / "mail"),
    )
    (folder / "dovecot.conf").write_text(text.replace("imap_capability = \n", ""))
    return server


def _find_users(mail: Path) -> dict[str, object]:
    """Return who the server's processes are: Debian's users for root, else whoever runs this."""
    if os.geteuid():
        name = pwd.getpwuid(os.geteuid()).pw_name
        ids = {"uid": os.geteuid(), "gid": os.getegid()}
        return {"internal": name, "internal_group": name, "login": name, **ids}
    nobody = pwd.getpwnam("nobody")
    os.chown(mail, nobody.pw_uid, nobody.pw_gid)
    ids = {"uid": nobody.pw_uid, "gid": nobody.pw_gid}
    return {"internal": "dovecot", "internal_group": "dovecot", "login": "dovenull", **ids}


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise TimeoutError("Dovecot does not listen; see its log")
