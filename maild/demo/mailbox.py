"""The mailbox: the letters that the relay has kept, read with the standard library's parser.

What maild wrote is thereby read by a program that shares no line with its composer.
"""

from __future__ import annotations

import mimetypes
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from maild.errors import NotFound
from maild.mail.mailboxes import Mailbox, parse_mailboxes
from maild.mail.preview import embed_pictures

_SEEN = ":2,S"


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the mailbox."""

    id: str
    arrived: datetime
    unread: bool
    sender: Mailbox
    recipient: Mailbox
    subject: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of a letter."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """A letter, opened; `html` is empty where it has none, `references` ends with its own id."""

    summary: Summary
    date: str
    answers_to: Mailbox
    message_id: str
    references: str
    text: str
    html: str
    source: str
    enclosures: tuple[Enclosure, ...]


class Mailboxes:
    """Everybody's mail, in the one maildir that the demo's relay writes to."""

    def __init__(self, folder: Path, zone: tzinfo = UTC) -> None:
        """Take the maildir, and the time zone that its readers live in."""
        self._folder = folder
        self._zone = zone

    def list_letters(self) -> list[Summary]:
        """Return every letter, the newest first."""
        return [self._summarise(path, _parse(path, head_only=True)) for path in self._paths()]

    def open_letter(self, letter_id: str) -> OpenLetter:
        """Return a letter and mark it as read; raises `NotFound`."""
        for path in self._paths():
            if _id(path) == letter_id:
                return self._read(self._mark_as_read(path))
        raise NotFound("There is no such letter.")

    def _paths(self) -> list[Path]:
        found = [path for part in ("new", "cur") for path in (self._folder / part).glob("*.maild*")]
        return sorted(found, key=lambda path: path.name, reverse=True)

    def _mark_as_read(self, path: Path) -> Path:
        if path.parent.name == "cur":
            return path
        return path.rename(self._folder / "cur" / (path.name + _SEEN))

    def _summarise(self, path: Path, message: EmailMessage) -> Summary:
        return Summary(
            id=_id(path),
            arrived=datetime.fromtimestamp(path.stat().st_mtime, self._zone),
            unread=path.parent.name == "new",
            sender=_mailbox(message, "From"),
            recipient=_mailbox(message, "To"),
            subject=_header(message, "Subject") or "(no subject)",
        )

    def _read(self, path: Path) -> OpenLetter:
        message = _parse(path)
        sender, message_id = _mailbox(message, "From"), _header(message, "Message-ID")
        return OpenLetter(
            summary=self._summarise(path, message),
            date=_header(message, "Date"),
            answers_to=_mailbox(message, "Reply-To") if message["Reply-To"] else sender,
            message_id=message_id,
            references=f"{_header(message, 'References')} {message_id}".strip(),
            text=_body(message, "plain"),
            html=embed_pictures(message, _body(message, "html")),
            source=path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n"),
            enclosures=tuple(_enclose(part) for part in message.iter_attachments()),
        )


def _id(path: Path) -> str:
    return path.name.removesuffix(_SEEN)


def _parse(path: Path, *, head_only: bool = False) -> EmailMessage:
    parser = BytesParser(EmailMessage, policy=policy.default)
    return parser.parsebytes(path.read_bytes(), headersonly=head_only)


def _header(message: EmailMessage, name: str) -> str:
    """Return a header as one line; "" if it is missing, or beyond what the parser can take."""
    with suppress(ValueError, LookupError, AttributeError):
        return " ".join(str(message[name] or "").split())
    return ""


def _mailbox(message: EmailMessage, name: str) -> Mailbox:
    found = parse_mailboxes(_header(message, name))
    return found[0] if found else Mailbox("", "")


def _body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return _text(part) if isinstance(part, EmailMessage) else ""


def _text(part: EmailMessage) -> str:
    try:
        text = str(part.get_content())
    except (LookupError, ValueError):
        text = _bytes(part).decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _enclose(part: EmailMessage) -> Enclosure:
    ending = mimetypes.guess_extension(part.get_content_type()) or ""
    return Enclosure(part.get_filename() or f"attachment{ending}", _bytes(part))


def _bytes(part: EmailMessage) -> bytes:
    """Return what a part holds; another message is itself, whole."""
    if part.get_content_maintype() == "message":
        return b"".join(inner.as_bytes() for inner in part.get_payload())  # type: ignore[union-attr]
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
