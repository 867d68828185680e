"""Signs messages as the world's mail servers do: DKIM (RFC 6376) and ARC (RFC 8617), by the book.

It shares nothing with the code that verifies; `dkimpy` agrees with it (tests/mail/test_dkim.py).
Any tag can be changed, so that it also makes what no honest server would.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1, sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Header = tuple[str, str]
USUAL = ("from", "to", "subject", "date", "message-id")


@cache
def rsa_key() -> RSAPrivateKey:
    """Return the one RSA key of this test run."""
    return generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Signer:
    """A domain's signing server, with a key under a selector."""

    domain: str
    selector: str = "key1"
    key: RSAPrivateKey | Ed25519PrivateKey | None = None

    @property
    def private(self) -> RSAPrivateKey | Ed25519PrivateKey:
        """The key it signs with."""
        return self.key or rsa_key()

    @property
    def record(self) -> str:
        """The TXT record of its key."""
        public = self.private.public_key()
        if isinstance(self.private, Ed25519PrivateKey):
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
            return f"v=DKIM1; k=ed25519; p={b64encode(raw).decode()}"
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={b64encode(der).decode()}"

    @property
    def place(self) -> str:
        """The name of that record."""
        return f"{self.selector}._domainkey.{self.domain}".lower()

    def sign(self, message: bytes, names: Sequence[str] = USUAL, **tags: str) -> bytes:
        """Return the message with a DKIM-Signature on top; `tags` are put in the place of ours."""
        headers, body = cut(message)
        length = tags.get("l")
        covered = canonical_body(body, tags.get("c", "relaxed/relaxed"))
        covered = covered if length is None else covered[: int(length)]
        digest = sha1 if tags.get("a") == "rsa-sha1" else sha256
        own = {
            "v": "1",
            "a": "ed25519-sha256" if isinstance(self.private, Ed25519PrivateKey) else "rsa-sha256",
            "c": "relaxed/relaxed",
            "d": self.domain,
            "s": self.selector,
            "h": ":".join(names),
            "bh": b64encode(digest(covered).digest()).decode(),
        }
        return self._put("DKIM-Signature", own | tags, pick(headers, names)) + message

    def seal(self, message: bytes, results: str, cv: str = "", **tags: str) -> bytes:
        """Return the message with one more ARC set on top, its results as given."""
        headers, body = cut(message)
        instance = 1 + sum(name.lower() == "arc-seal" for name, _ in headers)
        basic = {"i": str(instance), "a": "rsa-sha256", "d": self.domain, "s": self.selector}
        results_field = f"ARC-Authentication-Results: i={instance}; {results}\r\n".encode()
        body_hash = b64encode(sha256(canonical_body(body, "relaxed/relaxed")).digest()).decode()
        signed = basic | {"c": "relaxed/relaxed", "h": ":".join(USUAL), "bh": body_hash} | tags
        names = signed["h"].split(":")
        message_field = self._put("ARC-Message-Signature", signed, pick(headers, names))
        sets = [h for step in range(1, instance) for h in _set_of(headers, step)]
        sets += cut(results_field + message_field + b"\r\n")[0]
        seal_tags = basic | {"cv": cv or ("none" if instance == 1 else "pass")}
        seal_field = self._put("ARC-Seal", seal_tags, sets)
        return seal_field + message_field + results_field + message

    def _put(self, name: str, tags: dict[str, str], headers: Sequence[Header]) -> bytes:
        """Return a field whose `b=` signs the headers and the field itself."""
        value = " " + "; ".join(f"{tag}={text}" for tag, text in tags.items()) + "; b="
        simple = tags.get("c", "relaxed").startswith("simple")
        lines = [canonical_header(header, simple=simple) for header in headers]
        last = canonical_header((name, value + "\r\n"), simple=simple).removesuffix(b"\r\n")
        signature = self._make(b"".join(lines) + last, tags["a"])
        return f"{name}:{value}{b64encode(signature).decode()}\r\n".encode()

    def _make(self, data: bytes, algorithm: str) -> bytes:
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.sign(sha256(data).digest())
        return self.private.sign(data, PKCS1v15(), SHA1() if "sha1" in algorithm else SHA256())


def cut(message: bytes) -> tuple[list[Header], bytes]:
    """Return the headers (name, all that follows the colon) and the body of a CRLF message."""
    head, _, body = message.partition(b"\r\n\r\n")
    text = head.decode("utf-8", "surrogateescape").removesuffix("\r\n") + "\r\n"
    found = re.findall(r"^([^\s:]+):(.*?\r\n)(?![ \t])", text, re.DOTALL | re.MULTILINE)
    return found, body


def pick(headers: Sequence[Header], names: Sequence[str]) -> list[Header]:
    """Return the named headers, each name taking one more from below (section 5.4.2)."""
    left = list(headers)
    picked = []
    for name in names:
        at = [n for n, header in enumerate(left) if header[0].lower() == name.lower()]
        if at:
            picked.append(left.pop(at[-1]))
    return picked


def canonical_header(header: Header, *, simple: bool) -> bytes:
    """Return a header as it is signed (sections 3.4.1, 3.4.2)."""
    name, value = header
    if simple:
        return f"{name}:{value}".encode("utf-8", "surrogateescape")
    words = " ".join(value.split())
    return f"{name.lower()}:{words}\r\n".encode("utf-8", "surrogateescape")


def canonical_body(body: bytes, form: str) -> bytes:
    """Return the body as it is hashed (sections 3.4.3, 3.4.4)."""
    lines = body.split(b"\r\n")
    relaxed = form.endswith("/relaxed")
    if relaxed:
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return b"" if relaxed else b"\r\n"
    return b"\r\n".join(lines) + b"\r\n"


def _set_of(headers: Sequence[Header], step: int) -> list[Header]:
    kinds = ("arc-authentication-results", "arc-message-signature", "arc-seal")
    mine = [h for h in headers if re.match(rf"\s*i={step};", h[1])]
    return [next(h for h in mine if h[0].lower() == kind) for kind in kinds]
