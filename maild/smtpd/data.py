"""What comes after DATA: found, bounded and judged by its bytes alone (RFC 5321)."""

from __future__ import annotations

import asyncio

END_OF_DATA = b"\r\n.\r\n"


class Body:
    """The bytes from DATA to CRLF.CRLF; past `limit` they are counted and thrown away.

    `complete` becomes True at the end of the data, or False when as much again as the limit has
    come in after it: until then a peer gets the chance to hear why its message is refused.
    """

    def __init__(self, limit: int) -> None:
        # With the DATA command's own line end, a dot at once is an end like any other.
        self._kept = bytearray(b"\r\n")
        self._limit = limit
        self._dropped = 0
        self.complete: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    @property
    def oversize(self) -> bool:
        """Whether the message is bigger than allowed."""
        return self._dropped > 0 or len(self._kept) - 2 > self._limit

    def feed(self, data: bytes) -> bytes:
        """Take `data` in; what comes after the end of the message is given back."""
        unsearched = max(0, len(self._kept) - len(END_OF_DATA) + 1)
        self._kept += data
        end = self._kept.find(END_OF_DATA, unsearched)
        if end < 0:
            self._drop()
            return b""
        rest = bytes(self._kept[end + len(END_OF_DATA) :])
        del self._kept[end + 2 :]
        self.complete.set_result(True)
        return rest

    def take(self) -> bytes:
        """The message, the dots that transparency added taken off (RFC 5321 section 4.5.2)."""
        return bytes(memoryview(self._kept.replace(b"\r\n.", b"\r\n"))[2:])

    def _drop(self) -> None:
        tail = len(END_OF_DATA) - 1
        if len(self._kept) > self._limit + 2 + tail:
            self._dropped += len(self._kept) - tail
            del self._kept[:-tail]
        if self._dropped > 2 * self._limit:
            self.complete.set_result(False)


def find_fault(content: bytes, line_length: int, hops: int) -> str:
    """The refusal that a message earns by its bytes alone, or an empty string.

    A bare CR or LF is where two servers may disagree about the end of a message, so it is refused.
    """
    ends = content.count(b"\r\n")
    if content.count(b"\r") != ends or content.count(b"\n") != ends or b"\0" in content:
        return "550 5.6.0 Bare CR, bare LF or NUL in the message"
    if has_long_line(content, line_length):
        return "550 5.6.0 Line too long"
    header = b"\r\n" + content.partition(b"\r\n\r\n")[0].lower()
    if header.count(b"\r\nreceived:") > hops:
        return "554 5.4.6 Too many hops, this mail goes round in circles"
    return ""


def has_long_line(content: bytes, limit: int) -> bool:
    """Whether a line of `content` has more than `limit` bytes, its line end included."""
    start = 0
    while len(content) - start > limit:
        end = content.rfind(b"\n", start, start + limit)
        if end < 0:
            return True
        start = end + 1
    return False
