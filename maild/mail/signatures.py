"""Signatures over a message: the arithmetic that DKIM (RFC 6376) and ARC (RFC 8617) share.

dkimpy reads the tags, brings the fields into canonical form and picks the signed ones. Bodies are
hashed and keys are used here: its own way takes a time that grows with the square of a run of
blanks, takes keys of any size, and knows Ed25519 only with another library.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from dkim import select_headers
from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError
from dkim.util import InvalidTagValueList, parse_tag_value

from maild.address import encode_domain
from maild.dns import Lookup, Outcome
from maild.mail.fields import Field, RawMessage
from maild.mail.findings import Unsure

Tags = dict[bytes, bytes]

_KEY_TYPES = {b"rsa-sha256": b"rsa", b"ed25519-sha256": b"ed25519"}
_LONGEST_FIELD = 8 * 1024
_MOST_NAMES = 200
_RSA_BITS = range(1024, 8193)
_DOMAIN = re.compile(r"[a-z0-9_.-]{1,253}")
_DIGITS = re.compile(rb"[0-9]{1,15}")


class Worthless(Exception):
    """A signature that counts as nothing; `reason` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as its field states it: who signed (ASCII, lower case), and which fields."""

    field: Field
    tags: Tags
    domain: str
    names: tuple[bytes, ...]

    def number(self, tag: bytes) -> int | None:
        """Return the value of a tag that holds digits, or None."""
        found = _DIGITS.fullmatch(self.tags.get(tag, b""))
        return int(found[0]) if found else None


def read_signature(field: Field, *required: bytes) -> Signature:
    """Return the signature in a field that must have a, b, d, s and all of the `required` tags.

    Raises `Worthless` where it is malformed.
    """
    if len(field[1]) > _LONGEST_FIELD:
        raise Worthless("malformed")
    tags = _read_tags(field[1])
    names = tuple(name.strip().lower() for name in tags.get(b"h", b"").split(b":"))
    complete = all(tags.get(tag) for tag in (b"a", b"b", b"d", b"s")) and tags.keys() >= {*required}
    domain = encode_domain(_text(tags.get(b"d", b"")))
    if not complete or len(names) > _MOST_NAMES or not _DOMAIN.fullmatch(domain):
        raise Worthless("malformed")
    return Signature(field, tags, domain, names)


def verify_message(message: RawMessage, signature: Signature, lookup: Lookup, form: bytes) -> None:
    """Check a signature over body and fields, `form` being the canonical form if it names none.

    Raises `Worthless` if it does not hold, `Unsure` if the DNS is in trouble.
    """
    policy = _read_policy(signature, form)
    if _decode(signature.tags[b"bh"]) != message.hash_body(policy.body_algorithm.name):
        raise Worthless("body-changed")
    fields = select_headers(policy.canonicalize_headers(message.fields), signature.names)
    _verify(fields, signature, lookup, policy)


def verify_fields(fields: Sequence[Field], signature: Signature, lookup: Lookup) -> None:
    """Check a signature over fields alone, in the order given and in relaxed form."""
    policy = _read_policy(signature, b"relaxed")
    _verify(policy.canonicalize_headers(fields), signature, lookup, policy)


def _verify(fields: Sequence[Field], signature: Signature, lookup: Lookup, policy: Any) -> None:
    key = _find_key(signature, lookup)
    name, value = signature.field
    [(name, value)] = policy.canonicalize_headers([(name, _without_signature(value))])
    signed = b"".join(name + b":" + value for name, value in fields)
    signed += name + b":" + value.removesuffix(b"\r\n")
    written = _decode(signature.tags[b"b"])
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(written, signed, PKCS1v15(), SHA256())
        else:
            key.verify(written, sha256(signed).digest())
    except InvalidSignature:
        raise Worthless("signature-wrong") from None


def _find_key(signature: Signature, lookup: Lookup) -> RSAPublicKey | Ed25519PublicKey:
    """Return the key that a signature names, if it is fit for it (RFC 6376 section 3.6.1)."""
    selector = encode_domain(_text(signature.tags[b"s"]))
    answer = lookup(f"{selector}._domainkey.{signature.domain}", "TXT")
    if answer.outcome is Outcome.UNKNOWN:
        raise Unsure
    record = next((text for text in answer.records if "p=" in text.replace(" ", "")), None)
    if record is None:
        raise Worthless("key-missing")
    tags = _read_tags(record.encode("utf-8", "surrogateescape"))
    kind = tags.get(b"k", b"rsa")
    if not tags.get(b"p"):
        raise Worthless("key-revoked")
    if kind != _KEY_TYPES[signature.tags[b"a"]] or not _permits(tags, signature):
        raise Worthless("key-unfit")
    return _load_key(kind, _decode(tags[b"p"]))


def _permits(tags: Tags, signature: Signature) -> bool:
    """Tell whether a key is for mail, for SHA-256, and for the identity that is signed for."""
    identity = encode_domain(_text(signature.tags.get(b"i", b"")).rpartition("@")[2])
    exact = b"s" in tags.get(b"t", b"").split(b":") and signature.tags.get(b"i", b"").count(b"@")
    return (
        tags.get(b"v", b"DKIM1") == b"DKIM1"
        and bool({b"*", b"email"} & set(tags.get(b"s", b"*").replace(b" ", b"").split(b":")))
        and b"sha256" in tags.get(b"h", b"sha256").replace(b" ", b"").split(b":")
        and (not exact or identity == signature.domain)
    )


def _load_key(kind: bytes, material: bytes) -> RSAPublicKey | Ed25519PublicKey:
    with suppress(ValueError, UnsupportedAlgorithm):
        if kind == b"ed25519":
            return Ed25519PublicKey.from_public_bytes(material)
        key = load_der_public_key(material)
        if isinstance(key, RSAPublicKey):
            if key.key_size not in _RSA_BITS:
                raise Worthless("key-size")
            return key
    raise Worthless("key-unfit")


def _read_policy(signature: Signature, form: bytes) -> Any:
    if signature.tags[b"a"] not in _KEY_TYPES:
        # SHA-1 is not among them (RFC 8301)
        raise Worthless("algorithm")
    try:
        return CanonicalizationPolicy.from_c_value(signature.tags.get(b"c", form + b"/" + form))
    except InvalidCanonicalizationPolicyError:
        raise Worthless("malformed") from None


def _read_tags(text: bytes) -> Tags:
    try:
        tags: Tags = parse_tag_value(text)
    except InvalidTagValueList:
        raise Worthless("malformed") from None
    return tags


def _without_signature(value: bytes) -> bytes:
    """Return the field's value with its `b=` emptied, as it was when it was signed."""
    parts = value.split(b";")
    for at, part in enumerate(parts):
        if part.partition(b"=")[0].strip() == b"b":
            parts[at] = part[: part.index(b"=") + 1]
    return b";".join(parts)


def _decode(text: bytes) -> bytes:
    try:
        return b64decode(b"".join(text.split()), validate=True)
    except ValueError:
        raise Worthless("malformed") from None


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
