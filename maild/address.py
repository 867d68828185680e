"""Email addresses: taken strictly, compared without regard to case, shown masked."""

from __future__ import annotations

import re
import unicodedata

from maild.errors import BadInput

_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\\\]\x00-\x20\x7f]{1,64}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


def parse_address(text: str) -> str:
    """Return one bare address (RFC 5321 section 4.1.2, dot-string form), its domain lower-cased.

    Letters beyond ASCII are taken in both parts (RFC 6531). Raises `BadInput` naming the fault.
    """
    address = text.strip(" \t")
    shown = f'"{text}"' if text.isprintable() else ascii(text)
    local, at, domain = address.rpartition("@")
    if not at:
        raise BadInput(f"{shown} is not an email address: it has no @")
    if not address.isprintable() or not _LOCAL.fullmatch(local) or ".." in f".{local}.":
        raise BadInput(f"{shown} is not an email address: look at the part before the @")
    if len(address.encode()) > 254 or not _is_domain(domain):
        raise BadInput(f"{shown} is not an email address: look at the part after the @")
    return f"{local}@{domain.lower()}"


def address_key(address: str) -> str:
    """Return the form in which two spellings of the same address are equal.

    Only letter case, composition and the ASCII form of a domain (RFC 5890) are folded: ß and ss
    may be two people, so this is not `casefold`.
    """
    local, at, domain = address.strip().rpartition("@")
    plain = ".".join(map(_decode_label, domain.split(".")))
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local + at + plain).lower())


def encode_domain(domain: str) -> str:
    """Return a domain as the DNS writes it: lower case, ASCII (RFC 5891), without a final dot.

    Letters are encoded as they are, never replaced by others: ß and ss are two domains.
    """
    plain = unicodedata.normalize("NFC", domain.strip().rstrip(".")).lower()
    return ".".join(map(_encode_label, plain.split(".")))


def mask_address(address: str) -> str:
    """Return the address so that only its owner recognises it: j•••@a•••.example."""
    local, _, domain = address.rpartition("@")
    name, _, rest = domain.partition(".")
    return f"{local[:1]}•••@{name[:1]}•••{'.' if rest else ''}{rest}"


def split_tag(address: str) -> tuple[str, str, str]:
    """Return prefix, tag and lower-cased domain of `prefix+tag@domain`; the tag may be empty."""
    local, _, domain = address.rpartition("@")
    prefix, _, tag = local.partition("+")
    return prefix.lower(), tag, domain.lower()


def _is_domain(domain: str) -> bool:
    try:
        plain = domain.encode("idna").decode()
    except UnicodeError:
        return False
    labels = plain.split(".")
    return len(plain) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def _decode_label(label: str) -> str:
    if label[:4].lower() != "xn--":
        return label
    try:
        plain = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    # no domain has a space in it, which would not outlive the trimming of what is typed
    return plain if plain.isprintable() else label


def _encode_label(label: str) -> str:
    if label.isascii():
        return label
    return "xn--" + label.encode("punycode", "replace").decode("ascii")
