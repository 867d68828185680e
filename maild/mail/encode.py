"""From Unicode to the ASCII of a mail: encoded words, parameters, quoted-printable, base64.

The mirror of `decode`. Every function that folds takes `unbroken`: ASCII alphanumerics and hyphens
that stand for secrets filled in later, in place, so each must come out verbatim and in one piece.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from textwrap import wrap
from urllib.parse import quote

from maild.errors import BadInput

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN = re.compile(r"(?:[!-~]{1,900}(?: [!-~]{1,900})*)?")
_Q_LITERAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")
_Q_WIDTH = 52
_QP_ESCAPED = re.compile(rb"[^\t -<>-~]|[\t ]\Z")
_QP_WIDTH = 75
_PLAIN_PARAMETER = re.compile(r"[\w(+,@-](?:[\w .()+,@-]{0,58}[\w)+-])?", re.ASCII)
_PARAMETER_WIDTH = 54
_BASE64_WIDTH = 76


def check_line(field: str, text: str) -> str:
    """Return the text; raises `BadInput` naming the field if it could end or garble a header."""
    if found := _CONTROL.search(text):
        raise BadInput(f"{field}: holds the control character {found[0]!r}; take it out")
    return text


def encode_text(text: str, unbroken: tuple[str, ...]) -> str:
    """Return one line of text as the folded value of an unstructured field (RFC 2047 §5 (1))."""
    return _fold(text) if _is_plain(text) else _encode_runs(text, unbroken, str)


def encode_phrase(text: str, unbroken: tuple[str, ...]) -> str:
    """Return a name as a quoted string or as encoded words (RFC 5322 §3.2.5, RFC 2047 §5 (3))."""
    if _is_plain(text) and len(text) <= 60:
        return _quote(text)
    return _encode_runs(text, unbroken, _quote)


def encode_parameter(name: str, value: str, unbroken: tuple[str, ...]) -> str:
    """Return `; name=value`, beyond plain ASCII as UTF-8 in numbered pieces (RFC 2231 §4.1)."""
    if _PLAIN_PARAMETER.fullmatch(value):
        return f';\r\n {name}="{value}"'
    pieces = list(_chop(b"UTF-8''" + quote(value, safe="").encode(), b"%", unbroken))
    if len(pieces) == 1:
        return f";\r\n {name}*={pieces[0].decode()}"
    return "".join(f";\r\n {name}*{n}*={piece.decode()}" for n, piece in enumerate(pieces))


def quote_printable(text: str, unbroken: tuple[str, ...]) -> bytes:
    """Return text with LF line ends as quoted-printable with CRLF (RFC 2045 §6.7)."""
    content = text.encode("utf-8", "replace")
    held = {line for secret in unbroken for line in _lines_with(content, secret.encode())}
    lines = content.split(b"\n")
    # `b2a_qp` does not count what a space at the end of an inner line becomes
    apart = held | {n for n, line in enumerate(lines) if line.endswith((b" ", b"\t"))}
    quoted, begun = [], 0
    for number in (*sorted(apart), len(lines)):
        # all lines between two of those at once: asked line by line it takes much longer
        if number > begun:
            quoted.append(b2a_qp(b"\n".join(lines[begun:number])))
        if number in apart:
            line = lines[number]
            quoted.append(_quote_line(line, unbroken) if number in held else b2a_qp(line))
        begun = number + 1
    return b"\n".join(quoted).replace(b"\n", b"\r\n")


def wrap_base64(content: bytes) -> bytes:
    """Return bytes as base64 in lines of 76 characters (RFC 2045 §6.8)."""
    data = b64encode(content)
    return b"\r\n".join(data[i : i + _BASE64_WIDTH] for i in range(0, len(data), _BASE64_WIDTH))


def _lines_with(content: bytes, secret: bytes) -> Iterator[int]:
    """Yield the number of each line that holds a secret, counted from 0."""
    at = content.find(secret)
    while at >= 0:
        yield content.count(b"\n", 0, at)
        at = content.find(secret, at + 1)


def _quote_line(line: bytes, unbroken: tuple[str, ...]) -> bytes:
    escaped = _QP_ESCAPED.sub(lambda found: b"=%02X" % found[0][0], line)
    return b"=\n".join(_chop(escaped, b"=", unbroken, _QP_WIDTH))


def _is_plain(text: str) -> bool:
    """Tell whether text survives a header as it is: ASCII, single spaces, no encoded look-alike."""
    return "=?" not in text and _PLAIN.fullmatch(text) is not None


def _fold(text: str) -> str:
    return "\r\n ".join(wrap(text, 66, break_long_words=False, break_on_hyphens=False))


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encode_runs(text: str, unbroken: tuple[str, ...], literal: Callable[[str], str]) -> str:
    """Encode runs of words, all but the words that hold a placeholder."""
    folded = []
    for kept, run in groupby(text.split(" "), lambda word: any(s in word for s in unbroken)):
        words = list(run)
        folded += [literal(_plain_word(word)) for word in words] if kept else _encode_words(words)
    return "\r\n ".join(folded)


def _plain_word(word: str) -> str:
    if not _is_plain(word):
        raise BadInput("a header cannot carry a link or password inside a word beyond ASCII")
    return word


def _encode_words(words: Iterable[str]) -> list[str]:
    """Return encoded words that never split a character and fit a line with its field's name."""
    encoded, word = [], ""
    for char in " ".join(words):
        piece = char if char in _Q_LITERAL else _escape(char)
        if len(word) + len(piece) > _Q_WIDTH:
            encoded.append(word)
            word = ""
        word += piece
    return [f"=?UTF-8?Q?{word}?=" for word in [*encoded, word] if word]


def _escape(char: str) -> str:
    return "_" if char == " " else "".join(f"={byte:02X}" for byte in char.encode())


def _chop(
    line: bytes, mark: bytes, unbroken: tuple[str, ...], width: int = _PARAMETER_WIDTH
) -> Iterator[bytes]:
    """Cut a line into pieces of at most `width`, never inside an escape or a placeholder."""
    secrets = [secret.encode() for secret in unbroken]
    start = 0
    while len(line) - start > width:
        end = _break_point(line, start, start + width, mark, secrets)
        yield line[start:end]
        start = end
    yield line[start:]


def _break_point(line: bytes, start: int, end: int, mark: bytes, secrets: list[bytes]) -> int:
    for secret in secrets:
        at = line.find(secret, max(start, end - len(secret) + 1), end + len(secret) - 1)
        if at > start:
            end = at
    # last, because the digits of an escape may look like the start of a placeholder
    escape = line.rfind(mark, max(start + 1, end - 2), end)
    return end if escape < 0 else escape
