"""Whether the key that letters are signed with is the one that the domain publishes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping

from dkim.util import InvalidTagValueList, parse_tag_value

from maild.address import encode_domain
from maild.checkup.verdicts import Verdict, fault, ok, unseen, warn
from maild.dns import Lookup, Outcome

_TOPIC = "dkim"
_ED25519_BYTES = 32


def tell_unsigned() -> Verdict:
    """Return what it means that no key is configured."""
    return warn(_TOPIC, "letters are not signed: many servers trust them less")


def judge_key(domain: str, selector: str, public: bytes, lookup: Lookup) -> Verdict:
    """Return whether a domain publishes a key under a selector; blocks.

    `public` is what p= holds (RFC 6376 section 3.6.1): DER of an RSA key, or the 32 bytes of an
    Ed25519 key (RFC 8463 section 4).
    """
    name = f"{encode_domain(selector)}._domainkey.{encode_domain(domain)}"
    kind = "ed25519" if len(public) == _ED25519_BYTES else "rsa"
    line = f'{name}. TXT "v=DKIM1; k={kind}; p={b64encode(public).decode()}"'
    answer = lookup(name, "TXT")
    if answer.outcome is Outcome.UNKNOWN:
        return unseen(_TOPIC, f"{name} could not be looked up")
    if len(answer.records) > 1:
        text = f"{name} has {len(answer.records)} TXT records, and only one may be there"
        return fault(_TOPIC, text, line)
    if not answer.records:
        return fault(_TOPIC, f"letters are signed, and their key {name} is not published", line)
    tags = _read_tags(answer.records[0])
    fit = tags.get("k", "rsa") == kind and tags.get("v", "DKIM1") == "DKIM1"
    if not tags.get("p"):
        return fault(_TOPIC, f"the record at {name} holds no key", line)
    if not fit or _decode(tags["p"]) != public:
        return fault(_TOPIC, f"the key at {name} is not the one that letters are signed with", line)
    if "y" in tags.get("t", "").split(":"):
        text = f"{name} says t=y, that signing is only tried out: some servers ignore it"
        return warn(_TOPIC, text, line)
    return ok(_TOPIC, f"{name} publishes the key that letters are signed with")


def _read_tags(record: str) -> Mapping[str, str]:
    try:
        tags = parse_tag_value(record.encode("utf-8", "surrogateescape"))
    except InvalidTagValueList:
        return {}
    return {name.decode("ascii", "replace"): _text(value) for name, value in tags.items()}


def _text(value: bytes) -> str:
    return "".join(value.decode("ascii", "replace").split())


def _decode(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
