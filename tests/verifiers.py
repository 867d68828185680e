"""Verifiers that others wrote: dkimpy, and Debian's opendkim."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import dkim as dkimpy
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from maild.mail.dkim_keys import Record
from tests.mail_tools import find_tool, run_tool


@contextmanager
def teach_ed25519() -> Iterator[None]:
    """Let dkimpy reckon with Ed25519 keys, for which it has no library here.

    All else (the tags, both canonical forms, what is hashed and compared) stays its own.
    """

    def read(material: bytes, encoder: Callable[[bytes], bytes]) -> SimpleNamespace:
        key = Ed25519PublicKey.from_public_bytes(encoder(material))
        return SimpleNamespace(verify=lambda digest, signature: key.verify(signature, digest))

    nacl = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=read),
        encoding=SimpleNamespace(Base64Encoder=b64decode),
        exceptions=SimpleNamespace(ValueError=ValueError, BadSignatureError=InvalidSignature),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dkimpy, "nacl", nacl, raising=False)
        yield


def ask_dkimpy(message: bytes, records: Sequence[Record]) -> list[bool]:
    """Return whether dkimpy finds each signature valid, topmost first."""
    zone = {f"{record.name}.": record.value for record in records}

    def find(name: bytes, timeout: int = 5) -> bytes | None:
        value = zone.get(name.decode())
        return value.encode() if value else None

    count = len(re.findall(rb"^DKIM-Signature:", message, re.MULTILINE))
    with teach_ed25519():
        return [_holds(message, index, find) for index in range(count)]


def _holds(message: bytes, index: int, find: Callable[..., bytes | None]) -> bool:
    try:
        return bool(dkimpy.DKIM(message).verify(idx=index, dnsfunc=find))
    except dkimpy.ValidationError:
        return False


async def ask_opendkim(message: bytes, records: Sequence[Record], folder: Path) -> list[str]:
    """Return what Debian's opendkim says of each signature, topmost first: pass, fail and so on.

    It finds the keys in a file and asks no DNS. Where it is missing this fails in CI, and skips
    elsewhere.
    """
    opendkim = find_tool("opendkim", "opendkim")
    lines = [f"{record.name} {record.value}\n" for record in records]
    (folder / "keys").write_text("".join(lines))
    (folder / "conf").write_text(f"Mode v\nTestPublicKeys {folder}/keys\n")
    (folder / "message").write_bytes(message)
    said = await run_tool(opendkim, "-x", f"{folder}/conf", "-vv", "-t", f"{folder}/message")
    return re.findall(r"\bdkim=(\w+)", said)
