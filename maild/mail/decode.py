"""From the bytes of a mail to valid Unicode: transfer encodings, charsets, encoded words."""

from __future__ import annotations

import binascii
import codecs
import quopri
import re

# Codecs that are not charsets of text: they may blow up, mislead or take quadratic time.
_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw-unicode-escape", "unicode-escape", "undefined"}
)
_ALIASES = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252"}
_SURROGATES = re.compile("[\ud800-\udfff]")
_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{1,20})?\?([qQbB])\?([^?\n]{0,2000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s{1,100}(?==\?[\w.:+*-]{1,60}\?[qQbB]\?)")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\ufffd]")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def clean(text: str) -> str:
    """Return `text` without lone surrogates and NUL, so that it can be stored and sent."""
    return _SURROGATES.sub("\ufffd", text).replace("\0", "")


def decode_text(data: bytes, charset: str = "") -> str:
    """Return `data` as text: in its charset if that fits, else UTF-8, else windows-1252."""
    codec = _codec(charset)
    strict = ("utf-8", codec) if codec == "cp1252" else (codec, "utf-8")
    for name in strict:
        try:
            return clean(data.decode(name))
        except (UnicodeError, ValueError):
            continue
    repaired = data.decode(codec, "replace")
    if codec == "utf-8" and not _BEYOND_ASCII.search(repaired):
        repaired = data.decode("cp1252", "replace")
    return clean(repaired)


def _codec(charset: str) -> str:
    """Return the codec for a declared charset; undeclared and unknown ones are windows-1252."""
    try:
        name = codecs.lookup(charset.strip().strip("'\"").lower()[:40]).name
        "".encode(name)
    except (LookupError, ValueError, UnicodeError):
        return "cp1252"
    return "cp1252" if name in _NOT_CHARSETS else _ALIASES.get(name, name)


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding, as far as a damaged one goes."""
    name = encoding.split(";", 1)[0].strip().lower()
    if name == "base64":
        return decode_base64(body)
    if name == "quoted-printable":
        return quopri.decodestring(body)
    return body


def decode_base64(body: bytes) -> bytes:
    """Return the bytes of damaged base64 up to the damage."""
    try:
        return binascii.a2b_base64(body)
    except binascii.Error:
        digits = _NOT_BASE64.sub(b"", body)
        usable = len(digits) - (len(digits) % 4 == 1)
        return binascii.a2b_base64(digits[:usable] + b"=" * (-usable % 4))


def decode_header(value: bytes) -> str:
    """Return a header's value: unfolded, encoded words (RFC 2047) decoded, controls as spaces.

    A line end inside an encoded word becomes a space, so no value can ever start a new header.
    """
    text = decode_text(value).strip()
    if "=?" in text:
        text = _decode_words(_BETWEEN_WORDS.sub(r"\1", text))
    return "".join(char if char >= " " and char != "\x7f" else " " for char in text).strip()


def _decode_words(text: str) -> str:
    """Decode encoded words; neighbours in one charset are joined first, as bytes."""
    out: list[str] = []
    pending, charset, end = b"", "", 0
    for word in _WORD.finditer(text):
        if word.start() > end or word[1].lower() != charset:
            out.append(decode_text(pending, charset))
            out.append(text[end : word.start()])
            pending, charset = b"", word[1].lower()
        pending += _word_bytes(charset, word[2], word[3])
        end = word.end()
    out.append(decode_text(pending, charset))
    out.append(text[end:])
    return "".join(out)


def _word_bytes(charset: str, kind: str, encoded: str) -> bytes:
    """Return the bytes of one word; letters sent bare inside it are in its charset too."""
    data = encoded.encode("ascii" if encoded.isascii() else _codec(charset), "replace")
    if kind in "bB":
        return decode_base64(data)
    return quopri.decodestring(data.replace(b" ", b"_"), header=True)
