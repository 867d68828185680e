"""Which relay a URL names."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import aiosmtplib

from maild.errors import BadInput
from maild.relay.conversation import Patience
from maild.relay.maildir import MaildirRelay
from maild.relay.outcome import Relay
from maild.relay.smtp import SmtpRelay

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
FORMS = "smtp://HOST:PORT, smtps://HOST, smtp+starttls://HOST or maildir:PATH"
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


def open_relay(
    url: str,
    *,
    username: str = "",
    password: str = "",
    ca_file: Path | None = None,
    connections: int = 2,
    hostname: str | None = None,
    base: Path = Path(),
    monotonic: Callable[[], float] = time.monotonic,
    patience: Patience | None = None,
) -> Relay:
    """The relay that `url` names; nothing is connected to yet.

    A server (`smtps` and `smtp+starttls` never spoken to in the clear), or a folder under `base`.
    `ca_file` (PEM) is trusted besides the system's authorities; `hostname` is our name. Raises
    BadInput for a malformed URL, an unreadable `ca_file`, or a log-in in the clear.
    """
    if url.startswith("maildir:") and url != "maildir:":
        return MaildirRelay(base / url.removeprefix("maildir:"))
    scheme, host, port = _read_server(url)
    if username and scheme == "smtp" and host not in LOOPBACK:
        raise BadInput("the relay log-in would go over the network in the clear: use smtps://")
    patience = patience or Patience()
    dial = partial(
        aiosmtplib.SMTP,
        hostname=host,
        port=port,
        username=username or None,
        password=password or None,
        local_hostname=hostname,
        timeout=patience.connect,
        use_tls=scheme == "smtps",
        start_tls=scheme == "smtp+starttls",
        tls_context=None if scheme == "smtp" else _load_trust(ca_file),
    )
    return SmtpRelay(dial, connections, monotonic, patience)


def _read_server(url: str) -> tuple[str, str, int]:
    with suppress(ValueError, KeyError):
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in url)
        if parts.scheme in PORTS and parts.hostname and bare:
            return parts.scheme, parts.hostname, port
    # The URL itself stays unsaid: it may hold a password.
    raise BadInput(f"the relay URL is malformed; write {FORMS}, and the log-in apart from it")


def _load_trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        trust = ssl.create_default_context()
        if ca_file is not None:
            trust.load_verify_locations(ca_file)
    except OSError as error:
        raise BadInput(f"no certificates can be read from {ca_file}: {error}") from error
    return trust
