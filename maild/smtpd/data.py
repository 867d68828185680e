"""What comes after DATA: found, bounded and judged by its bytes while it arrives (RFC 5321)."""

from __future__ import annotations

import asyncio

from maild.smtpd.limits import SmtpLimits

END_OF_DATA = b"\r\n.\r\n"
BARE = "550 5.6.0 Bare CR, bare LF or NUL in the message"
LONG_LINE = "550 5.6.0 Line too long"
LONG_HEADER = "552 5.3.4 Too large a message header"
LOOP = "554 5.4.6 Too many hops, this mail goes round in circles"
TOO_BIG = "552 5.3.4 Message too big"


class Body:
    """The bytes from DATA to CRLF.CRLF, kept line by line until a fault shows.

    After a fault nothing is kept, and only the end is looked for: until then a peer gets the chance
    to hear why its message is refused. `complete` becomes True at the end of the data, or False
    when twice as much as the biggest message has come without one.
    """

    def __init__(self, limits: SmtpLimits) -> None:
        self.fault = ""
        self.arrived = 0
        self.complete: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._limits = limits
        self._kept = bytearray()
        # The line that has begun, after the end of the one before it: with the DATA command's own
        # line end, a dot at once is an end like any other.
        self._begun = bytearray(b"\r\n")
        self._header = _Header(limits)

    @property
    def held(self) -> int:
        """How many bytes of memory the message takes now."""
        return len(self._kept) + len(self._begun)

    def feed(self, data: bytes) -> bytes:
        """Take `data` in; what comes after the end of the message is given back."""
        unsearched = max(0, len(self._begun) - len(END_OF_DATA) + 1)
        self._begun += data
        end = self._begun.find(END_OF_DATA, unsearched)
        rest = b""
        if end >= 0:
            rest = bytes(self._begun[end + len(END_OF_DATA) :])
            del self._begun[end + 2 :]
        self.arrived += len(data) - len(rest)
        self._keep_lines()
        if end >= 0:
            self.complete.set_result(True)
        elif self.arrived > 2 * self._limits.message_size:
            self.fault = TOO_BIG
            self.complete.set_result(False)
        return rest

    def refuse(self, fault: str) -> None:
        """Give the message up for `fault`, an answer, and free its memory."""
        self.fault = fault
        self._kept = bytearray()
        del self._begun[: -len(END_OF_DATA) + 1]

    def take(self) -> bytes:
        """The whole message, without the dots that transparency added; it is kept no longer."""
        content = bytes(self._kept)
        self._kept = bytearray()
        return content

    def _keep_lines(self) -> None:
        """Move the whole lines out of what has begun; at a fault, give up."""
        end = max(0, self._begun.rfind(b"\r\n"))
        if not self.fault:
            lines = bytes(self._begun[: end + 2])
            # RFC 5321 section 4.5.2
            self._kept += memoryview(lines.replace(b"\r\n.", b"\r\n"))[2:]
            del self._begun[:end]
            self.fault = self._find_fault(lines)
        if self.fault:
            self.refuse(self.fault)

    def _find_fault(self, lines: bytes) -> str:
        """The refusal that these whole lines earn, or the line that has begun after them."""
        limits, size = self._limits, len(self._kept)
        # what has begun may be the end of the data
        if size > limits.message_size or size + len(self._begun) > limits.message_size + 4:
            return TOO_BIG
        # the last byte may be half of a line end
        if is_bare(lines) or is_bare(bytes(self._begun[2:-1])):
            return BARE
        if has_long_line(lines, limits.line_length) or len(self._begun) - 2 > limits.line_length:
            return LONG_LINE
        return self._header.find_fault(lines)


class _Header:
    """Counts a message's header while it arrives."""

    def __init__(self, limits: SmtpLimits) -> None:
        self._limits = limits
        self._ended = False
        self._size = 0
        self._fields = 0
        self._hops = 0

    def find_fault(self, lines: bytes) -> str:
        """The refusal that the header earns with these lines; they begin and end with CRLF."""
        if self._ended:
            return ""
        header, blank, _ = lines.partition(b"\r\n\r\n")
        self._ended = bool(blank)
        header = header.removesuffix(b"\r\n").lower()
        folded = header.count(b"\r\n ") + header.count(b"\r\n\t")
        self._size += len(header)
        self._fields += header.count(b"\r\n") - folded
        self._hops += header.count(b"\r\nreceived:")
        if self._hops > self._limits.hops:
            return LOOP
        long = self._size > self._limits.header_size or self._fields > self._limits.header_fields
        return LONG_HEADER if long else ""


def is_bare(content: bytes) -> bool:
    """Whether a CR or LF stands alone, or there is a NUL.

    There two servers may disagree about the end of a message.
    """
    ends = content.count(b"\r\n")
    return content.count(b"\r") != ends or content.count(b"\n") != ends or b"\0" in content


def has_long_line(content: bytes, limit: int) -> bool:
    """Whether a line of `content` has more than `limit` bytes, its line end included."""
    start = 0
    while len(content) - start > limit:
        end = content.rfind(b"\n", start, start + limit)
        if end < 0:
            return True
        start = end + 1
    return False
