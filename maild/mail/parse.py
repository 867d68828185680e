"""Incoming bytes as a `Message`: survives any input, refuses what is too large to be mail.

Parts are split here, not by the standard library: its parser recurses once per level, raises on
ordinary broken headers and is quadratic in nested boundaries. This one is linear in the bytes
times the depth, and every limit is checked before the work it bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message as Fields
from email.utils import collapse_rfc2231_value, parsedate_to_datetime

from maild.errors import MaildError
from maild.mail.decode import (
    clean,
    decode_header,
    decode_text,
    decode_transfer,
)
from maild.mail.html import to_text
from maild.mail.mailboxes import Mailbox, parse_mailboxes

MAX_VALUE_CHARS = 4_000
MAX_IDS = 100

_FIELD = re.compile(rb"([!-9;-~]{1,120})[ \t]*:(.*)", re.S)
_INLINE_FILES = frozenset({"image", "application", "audio", "video"})
_ID = re.compile(r"<[^<>\s]{1,900}>")


class Unparseable(MaildError):
    """The mail exceeds a limit (header, parts, depth, addresses): a person has to look at it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"this mail cannot be read: {self.reason}"


@dataclass(frozen=True, slots=True)
class Caps:
    """The limits of what is parsed; header bytes and fields hold for each part too."""

    header_bytes: int = 64 * 1024
    fields: int = 500
    depth: int = 20
    parts: int = 200
    addresses: int = 100


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of the MIME tree, its transfer encoding undone; `message/*` is never opened.

    `container` numbers the multipart that it is in: equal for parts that stand side by side.
    """

    headers: tuple[tuple[str, str], ...]
    media_type: str
    parameters: dict[str, str]
    disposition: str
    name: str
    content: bytes
    container: int

    @property
    def text(self) -> str:
        """The content as text: the declared charset if it fits, else what the bytes look like."""
        return decode_text(self.content, self.parameters.get("charset", ""))


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the mail; its name is display text, never a path."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as its reader sees it. Strings are valid Unicode; names of headers in lower case."""

    headers: tuple[tuple[str, str], ...]
    subject: str
    from_: tuple[Mailbox, ...]
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: datetime | None
    content_type: str
    parameters: dict[str, str]
    parts: tuple[Part, ...]
    text: str = field(repr=False)
    html: str = field(repr=False)
    attachments: tuple[Attachment, ...]

    def header(self, name: str) -> str | None:
        """Return the first header of that name, or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Return every header of that name, topmost first."""
        return tuple(value for key, value in self.headers if key == name.lower())

    def parts_of(self, *media_types: str) -> tuple[Part, ...]:
        """Return the leaves of any of these media types, in order."""
        return tuple(part for part in self.parts if part.media_type in media_types)


def parse(raw: bytes, caps: Caps | None = None) -> Message:
    """Return `raw` as a Message.

    Raises Unparseable when a limit is exceeded; nothing else, whatever the bytes are.
    """
    caps = caps or Caps()
    head, body = split_head(raw, caps)
    headers = read_headers(head, caps)
    parts = tuple(_leaves(headers, body, caps))
    media_type, parameters = _content_type(headers)
    html = _body_text(parts, "text/html")
    text = _body_text(parts, "text/plain") or to_text(html)
    first = dict(reversed(headers))
    return Message(
        headers=headers,
        subject=" ".join(first.get("subject", "").split()),
        from_=_senders(headers, caps),
        message_id=next(iter(message_ids(first.get("message-id", ""))), None),
        in_reply_to=message_ids(first.get("in-reply-to", "")),
        references=message_ids(first.get("references", "")),
        date=_date(first.get("date", "")),
        content_type=media_type,
        parameters=parameters,
        parts=parts,
        text=text,
        html=html,
        attachments=tuple(_attachments(parts)),
    )


def salvage(raw: bytes) -> Message:
    """Return what can be had of a mail that `parse` refuses: its first fields, the rest as text.

    For showing it to a person; never raises.
    """
    caps = Caps()
    top = raw[: caps.header_bytes]
    end = re.search(rb"\r?\n\r?\n", top)
    head, body = (top[: end.start()], raw[end.end() :]) if end else (top, b"")
    lines = head.split(b"\n")[: caps.fields]
    wanted = re.compile(rb"(?:subject|date|message-id):", re.I)
    plain = b"\n".join(line for line in lines if wanted.match(line))
    return parse(plain + b"\n\n" + body)


def split_head(raw: bytes, caps: Caps) -> tuple[bytes, bytes]:
    """Return the header block and the body; a line that is no header ends the block too.

    Raises Unparseable when the block is larger than the caps allow.
    """
    at = 0
    while at < len(raw):
        if at > caps.header_bytes:
            raise Unparseable("its header is too long")
        newline = raw.find(b"\n", at, at + caps.header_bytes + 2)
        end = newline + 1 if newline >= 0 else min(len(raw), at + caps.header_bytes + 2)
        line = raw[at:end].rstrip(b"\r\n")
        if not line:
            return raw[:at], raw[end:]
        known = line[:1] in b" \t" or _FIELD.match(line) or line.startswith((b"From ", b">From "))
        if not known:
            return raw[:at], raw[at:]
        at = end
    if at > caps.header_bytes:
        raise Unparseable("its header is too long")
    return raw, b""


def read_headers(head: bytes, caps: Caps) -> tuple[tuple[str, str], ...]:
    """Return (name in lower case, decoded value) of each field, unfolded.

    Raises Unparseable when there are more fields than the caps allow.
    """
    folded: list[list[bytes]] = []
    for line in re.split(rb"\r?\n|\r", head):
        if line[:1] in (b" ", b"\t") and folded:
            folded[-1].append(line)
        elif line and not line.startswith((b"From ", b">From ")):
            folded.append([line])
        if len(folded) > caps.fields:
            raise Unparseable("it has too many header fields")
    found = (_FIELD.fullmatch(b" ".join(lines)) for lines in folded)
    return tuple((m[1].decode("ascii").lower(), decode_header(m[2])) for m in found if m)


def _leaves(headers: tuple[tuple[str, str], ...], body: bytes, caps: Caps) -> Iterator[Part]:
    """Yield the leaves of the MIME tree in order, counting every node against the caps."""
    stack = [(headers, body, 1, 0)]
    seen = 0
    while stack:
        headers, body, depth, container = stack.pop()
        seen += 1
        if seen > caps.parts:
            raise Unparseable("it has too many parts")
        media_type, parameters = _content_type(headers)
        if not media_type.startswith("multipart/"):
            yield _part(headers, media_type, parameters, body, container)
            continue
        if depth >= caps.depth:
            raise Unparseable("its parts are nested too deeply")
        boundary = parameters.get("boundary", "").rstrip() or _guess_boundary(body)
        children = _split_body(body, boundary, caps) if boundary else []
        if not children:
            yield _part(headers, "text/plain", {}, body, container)
        for child in reversed(children):
            head, rest = split_head(child, caps)
            stack.append((read_headers(head, caps), rest, depth + 1, seen))


def _guess_boundary(body: bytes) -> str:
    """Return the boundary where the header names none: the body's first such line, if closed."""
    first = re.search(rb"^--([^\s-][^\s]{0,68}|-[^\s]{1,68})[ \t]{0,100}\r?$", body[:4_000], re.M)
    if not first or b"\n--" + first[1] + b"--" not in body:
        return ""
    return first[1].decode("utf-8", "replace")


def _split_body(body: bytes, boundary: str, caps: Caps) -> list[bytes]:
    """Cut a multipart body at its boundary lines (RFC 2046 §5.1.1); an unclosed one counts."""
    body = b"\n" + body
    mark = re.escape(boundary.encode("utf-8", "replace"))
    children: list[bytes] = []
    start: int | None = None
    for found in re.finditer(rb"\n--" + mark + rb"(--)?[ \t]{0,100}(?=\r?\n|\r?\Z)", body):
        if start is not None:
            children.append(_without_newlines(body[start : found.start()]))
        start = None if found[1] else found.end()
        if found[1]:
            break
        if len(children) > caps.parts:
            raise Unparseable("it has too many parts")
    if start is not None:
        children.append(_without_newlines(body[start:]))
    return children


def _without_newlines(child: bytes) -> bytes:
    """Drop the line ends that belong to the boundary lines around the part."""
    return child.removeprefix(b"\r").removeprefix(b"\n").removesuffix(b"\r")


def _part(
    headers: tuple[tuple[str, str], ...],
    media_type: str,
    parameters: dict[str, str],
    body: bytes,
    container: int,
) -> Part:
    first = dict(reversed(headers))
    disposition, extras = _value_and_parameters(first.get("content-disposition", ""))
    encoding = first.get("content-transfer-encoding", "")
    return Part(
        headers=headers,
        media_type=media_type,
        parameters=parameters,
        disposition=disposition,
        name=extras.get("filename") or parameters.get("name", ""),
        content=decode_transfer(body, encoding),
        container=container,
    )


def _content_type(headers: tuple[tuple[str, str], ...]) -> tuple[str, dict[str, str]]:
    """Return media type and parameters; text/plain when absent or not a type (RFC 2045 §5.2)."""
    given = next((value for name, value in headers if name == "content-type"), "")
    media_type, parameters = _value_and_parameters(given)
    if media_type in ("text", "html", "plain"):
        media_type = "text/html" if media_type == "html" else "text/plain"
    return (media_type if media_type.count("/") == 1 else "text/plain"), parameters


def _value_and_parameters(given: str) -> tuple[str, dict[str, str]]:
    """Return the value before the first `;` in lower case, and the parameters (RFC 2231)."""
    value = given.split(";", 1)[0].strip().lower()
    if ";" not in given:
        return value, {}
    fields = Fields()
    fields["x"] = given[:MAX_VALUE_CHARS]
    try:
        pairs = fields.get_params([], header="x")
        named = {key.lower(): collapse_rfc2231_value(found) for key, found in pairs[1:]}
    except (ValueError, LookupError, TypeError, AttributeError):
        return value, {}
    return value, {key: clean(decode_header(found.encode())) for key, found in named.items()}


def _body_text(parts: tuple[Part, ...], media_type: str) -> str:
    """Return the body: the first part of that type, and those that go on below an inline file.

    (Some mail programs cut a text in two where a picture was dropped into it.)
    """
    found: list[Part] = []
    before = ""
    for part in parts:
        is_body = part.media_type == media_type and part.disposition != "attachment"
        goes_on = found and before in _INLINE_FILES and part.container == found[0].container
        if is_body and not part.name and (not found or goes_on):
            found.append(part)
        before = part.media_type.partition("/")[0]
    text = "\n".join(part.text for part in found)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _attachments(parts: tuple[Part, ...]) -> Iterator[Attachment]:
    for part in parts:
        is_body = part.media_type in ("text/plain", "text/html") and not part.name
        if part.disposition == "attachment" or not is_body:
            yield Attachment(part.name, part.media_type, part.content)


def _senders(headers: tuple[tuple[str, str], ...], caps: Caps) -> tuple[Mailbox, ...]:
    for name in ("from", "to", "cc", "reply-to"):
        if sum(value.count(",") + 1 for key, value in headers if key == name) > caps.addresses:
            raise Unparseable("it has too many addresses")
    return tuple(box for name, value in headers if name == "from" for box in parse_mailboxes(value))


def message_ids(value: str) -> tuple[str, ...]:
    """Return the Message-IDs in a field's value, with their brackets (RFC 5322 section 3.6.4)."""
    return tuple(_ID.findall(value)[-MAX_IDS:])


def _date(value: str) -> datetime | None:
    """Return the Date in UTC, None when it makes no sense."""
    try:
        found = parsedate_to_datetime(value[:100])
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
