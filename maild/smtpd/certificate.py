"""The certificate that STARTTLS shows: read anew when its files change, without a restart."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import structlog

from maild.errors import Refused

log = structlog.get_logger(__name__)


class Certificate:
    """A certificate chain and its private key, both PEM files."""

    def __init__(self, chain: Path, key: Path) -> None:
        """Read both; raises Refused when they cannot be used."""
        self._chain = chain
        self._key = key
        try:
            self._seen = self._look()
            self._context = self._load()
        except OSError as error:
            raise Refused(
                f"cannot offer STARTTLS with {chain} and {key} ({_explain(error)}): they must be a"
                " certificate chain and its private key, in PEM, the key without a passphrase"
            ) from error

    async def renew(self) -> ssl.SSLContext:
        """What to speak TLS with now; while changed files cannot be used, the one before them."""
        try:
            seen = self._look()
            if seen != self._seen:
                self._seen = seen
                self._context = await asyncio.to_thread(self._load)
                log.info("certificate renewed", file=str(self._chain))
        except OSError as error:
            log.warning("certificate not renewed", file=str(self._chain), error=_explain(error))
        return self._context

    def _look(self) -> list[tuple[int, int, int]]:
        found = [path.stat() for path in (self._chain, self._key)]
        return [(stat.st_ino, stat.st_mtime_ns, stat.st_size) for stat in found]

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # without a password of its own the library would ask for one on the terminal
        context.load_cert_chain(self._chain, self._key, password="")
        return context


def _explain(error: OSError) -> str:
    return str(getattr(error, "reason", "") or error.strerror or error)
