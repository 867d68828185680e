"""DKIM signatures on our own letters (RFC 6376, RFC 8463), relaxed/relaxed.

A letter gets the same signature at every attempt: both algorithms are deterministic, and there is
no time stamp (t=).
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap

from maild.address import encode_domain
from maild.mail.dkim_keys import SigningKey
from maild.mail.fields import Field, RawMessage, read_raw

# listed once more than they occur: whoever adds another breaks the signature (section 8.15)
_SEALED = (
    b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to",
    b"mime-version", b"content-type", b"content-transfer-encoding",
)  # fmt: skip
_SIGNED = (*_SEALED, b"in-reply-to", b"references", b"auto-submitted")
_BLANKS = re.compile(rb"[ \t]+")
_WIDTH = 72


@dataclass(frozen=True, slots=True)
class Signer:
    """The domain that stands by our letters, and its keys: one signature is made with each."""

    domain: str
    keys: tuple[SigningKey, ...]

    def sign(self, message: bytes) -> bytes:
        """Return the message (CRLF line ends) with a DKIM-Signature for each key on top.

        Raises `Unparseable` when the header is longer than 64 KiB.
        """
        raw = read_raw(message)
        signed = b"".join(
            _relax(field) + b"\r\n" for name in _SIGNED for field in reversed(raw.all(name))
        )
        return b"".join([*(self._write(key, raw, signed) for key in self.keys), message])

    def _write(self, key: SigningKey, raw: RawMessage, signed: bytes) -> bytes:
        """Return the field of one signature over the signed fields and itself (section 3.7)."""
        tags = (
            f" v=1; a={key.kind}-sha256; c=relaxed/relaxed",
            f"d={encode_domain(self.domain)}; s={key.selector}",
            f"h={_list_names(raw)}",
            f"bh={b64encode(raw.hash_body(b'relaxed')).decode()}",
            "b=",
        )
        name, value = b"DKIM-Signature", ";\r\n ".join(tags).encode()
        signature = b64encode(key.sign(signed + _relax((name, value))))
        pieces = (signature[at : at + _WIDTH] for at in range(0, len(signature), _WIDTH))
        return b"%s:%s%s\r\n" % (name, value, b"\r\n ".join(pieces))


def _list_names(raw: RawMessage) -> str:
    """Return h=, folded: each name as often as it is signed."""
    return _fold_names(tuple(len(raw.all(name)) + (name in _SEALED) for name in _SIGNED))


# the letters of one kind have the same fields
@lru_cache(64)
def _fold_names(times: tuple[int, ...]) -> str:
    names = [name.decode() for name, n in zip(_SIGNED, times, strict=True) for _ in range(n)]
    lines = wrap(" ".join(names), _WIDTH, break_on_hyphens=False)
    return ":\r\n ".join(line.replace(" ", ":") for line in lines)


def _relax(field: Field) -> bytes:
    """Return a field in relaxed form, without the line end (section 3.4.2)."""
    name, value = field
    unfolded = _BLANKS.sub(b" ", value.replace(b"\r\n", b""))
    return name.lower() + b":" + unfolded.strip(b" ")
