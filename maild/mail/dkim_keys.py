"""The keys of our DKIM signatures (RFC 6376, RFC 8463), and the DNS records that publish them."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from maild.address import encode_domain
from maild.errors import BadInput

Kind = Literal["rsa", "ed25519"]

_NAMES: dict[Kind, str] = {"rsa": "RSA", "ed25519": "Ed25519"}
_NEW_BITS = 2048
# verifiers need not take longer ones (RFC 8301 section 3.2)
_BITS = range(2048, 4097)
# of one character-string in a TXT record (RFC 1035 section 3.3.14)
_LONGEST_STRING = 255


@dataclass(frozen=True, slots=True)
class Record:
    """A TXT record: its full name without a final dot, and its value, all ASCII."""

    name: str
    value: str

    @property
    def strings(self) -> tuple[str, ...]:
        """The value in pieces of at most 255 characters, as a zone file must have it."""
        starts = range(0, len(self.value), _LONGEST_STRING)
        return tuple(self.value[at : at + _LONGEST_STRING] for at in starts)

    @property
    def zone_line(self) -> str:
        """The record as a statement of a zone file (RFC 1035 section 5.1)."""
        pieces = "\n  ".join(f'"{piece}"' for piece in self.strings)
        return f"{self.name}. IN TXT (\n  {pieces} )"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, and the selector under which its public half is published."""

    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def kind(self) -> Kind:
        """What kind of key it is, as DKIM spells it in k= and before the hash in a=."""
        return "rsa" if isinstance(self.private, RSAPrivateKey) else "ed25519"

    def sign(self, data: bytes) -> bytes:
        """Return the signature of the signed fields; the same data always give the same."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, PKCS1v15(), SHA256())
        # Ed25519 signs the hash (RFC 8463 section 3)
        return self.private.sign(sha256(data).digest())

    @property
    def public(self) -> bytes:
        """The public half as p= holds it: DER of an RSA key, the 32 bytes of an Ed25519 key."""
        public = self.private.public_key()
        if self.kind == "rsa":
            return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return public.public_bytes(Encoding.Raw, PublicFormat.Raw)

    def publish(self, domain: str) -> Record:
        """Return the record that a domain publishes for it (RFC 6376 section 3.6.1)."""
        return Record(
            f"{self.selector}._domainkey.{encode_domain(domain)}",
            f"v=DKIM1; k={self.kind}; p={b64encode(self.public).decode()}",
        )


def make_key(kind: Kind, selector: str) -> SigningKey:
    """Return a fresh key: RSA of 2048 bits, or Ed25519."""
    if kind == "rsa":
        return SigningKey(selector, generate_private_key(65537, _NEW_BITS))
    return SigningKey(selector, Ed25519PrivateKey.generate())


def write_pem(key: SigningKey) -> bytes:
    """Return the private key as PEM (PKCS #8), unencrypted."""
    return key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_pem(pem: bytes, kind: Kind, selector: str) -> SigningKey:
    """Return the key in a PEM file; raises `BadInput` if it is not one of that kind fit to sign."""
    try:
        private = load_pem_private_key(pem, None)
    except TypeError:
        raise BadInput("the key is encrypted, and nobody is there to type its passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadInput("there is no private key in PEM form in it") from None
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise BadInput("the key is neither RSA nor Ed25519")
    key = SigningKey(selector, private)
    if key.kind != kind:
        raise BadInput(f"the key is {_NAMES[key.kind]}, not {_NAMES[kind]}")
    if isinstance(private, RSAPrivateKey) and private.key_size not in _BITS:
        bits = f"{_BITS[0]} to {_BITS[-1]}"
        raise BadInput(f"an RSA key must have {bits} bits, and this one has {private.key_size}")
    return key
