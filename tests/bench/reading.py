"""The slowest mail to read: 10 MB of one hard piece after the other, in every place it can stand.

python -m tests.bench.reading
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from maild.mail.parse import Unparseable
from maild.mail.reading import read

SIZE = 10_000_000
SHOWN = 5
PIECES = (
    b"a@", b"\n", b"--x\n\n", b"550 ", b"user unknown ", b"bis 4. ", b"Contact Aa ", b"a+b@c.dd ",
    b"message-id: <a@b> ", b"<a ", b"<div><blockquote>", b"<", b"=", b"=?u?q?", b"a: b\n", b"> ",
    b"final-recipient: rfc822;a@b.cc\n\n", b"may 5 until ", b"\t", b"&#x", b"A", b"a.", b"\xc3\xa9",
)  # fmt: skip
HEAD = b"From: MAILER-DAEMON@x.example\nSubject: Automatic reply: x\n"
TYPES = (
    b"", b"Content-Type: text/html\n", b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\nContent-Type: text/html\n",
)  # fmt: skip
REPORT = b"Content-Type: multipart/report; report-type=delivery-status; boundary=q\n\n--q\n\n"


def mails() -> Iterator[tuple[str, bytes]]:
    """Yield a name and a message of SIZE for every piece in every place."""
    for piece in PIECES:
        body = (piece * (SIZE // len(piece) + 1))[:SIZE]
        for kind in TYPES:
            yield f"{piece!r} {kind.strip().decode()}", HEAD + kind + b"\n" + body
        half = body[: SIZE // 2]
        status = b"\n--q\nContent-Type: message/delivery-status\n\n"
        yield f"{piece!r} report", HEAD + REPORT + half + status + half + b"\n--q--\n"


def measure(content: bytes) -> float:
    """Return the seconds of computing that it costs to read a message."""
    started = time.process_time()
    with suppress(Unparseable):
        read(content, "", date(2026, 11, 23))
    return time.process_time() - started


if __name__ == "__main__":
    took = sorted(((measure(content), name) for name, content in mails()), reverse=True)
    print(f"{len(took)} messages of {SIZE // 1_000_000} MB; the slowest, in seconds of computing:")
    for seconds, name in took[:SHOWN]:
        print(f"{seconds:6.2f}  {name}")
