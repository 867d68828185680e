"""Outgoing messages: a draft becomes the bytes of a mail (RFC 5322, RFC 2045 to 2049).

Written here and not with the standard library's `email`, which is twenty times slower and, before
Python 3.13, lets an encoded line end in a subject begin a header of its own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from maild.address import encode_domain
from maild.errors import BadInput
from maild.mail.encode import (
    check_line,
    encode_parameter,
    encode_phrase,
    encode_text,
    quote_printable,
    wrap_base64,
)
from maild.mail.mailboxes import Mailbox

__all__ = ["Attached", "Draft", "Inline", "Mailbox", "compose"]

_ADDRESS = re.compile(r'[^\s@<>(),:;"\\\[\]]{1,64}@[^\s@<>(),:;"\\\[\]]{1,255}')
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,900}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
_BOUNDARY = re.compile(r"[A-Za-z0-9]{1,60}")
# Possessive, so that a text that does not fit is told in one pass. What has longer lines than are
# good for every program (RFC 5322 section 2.1.1) is quoted, which keeps them short on the wire.
_SEVEN_BIT = re.compile(r"(?:[\t -~]{0,78}+\n)*+[\t -~]{0,78}+")
_CARRIED_AS_IS = re.compile(rb"(?:[^\r\n\0\x80-\xff]{0,998}+\r\n)*+[^\r\n\0\x80-\xff]{0,998}+")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a message; `message/rfc822` content is another message, whole."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture that the HTML shows as `cid:` and its id (RFC 2392), which is in no brackets."""

    name: str
    media_type: str
    content: bytes
    content_id: str


@dataclass(frozen=True, slots=True)
class Draft:
    """All there is to say in one message.

    `reply_to` is an address or empty; `message_id` and `references` go without angle brackets,
    the message answered last; `html` may be empty, and shows the pictures; `date` is aware.
    `unbroken` are the placeholders (ASCII alphanumerics and hyphens, at most 43) that must stay in
    one piece; `copies` are named in Cc.
    """

    sender: Mailbox
    recipient: Mailbox
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str
    references: tuple[str, ...]
    date: datetime
    automatic: Literal["auto-generated", "auto-replied", "no"]
    pictures: tuple[Inline, ...] = ()
    attachments: tuple[Attached, ...] = ()
    unbroken: tuple[str, ...] = ()
    copies: tuple[Mailbox, ...] = ()


def compose(draft: Draft, boundary: str) -> bytes:
    """Return the message with CRLF line ends; `boundary` is up to 60 random ASCII alphanumerics.

    Raises `BadInput` naming the field when a header's value holds a control character or is
    malformed.
    """
    if not _BOUNDARY.fullmatch(boundary):
        raise BadInput("boundary: must be 1 to 60 ASCII letters and digits")
    body = _bodies(draft, boundary)
    if draft.attachments:
        carried = [_attach(file, boundary, draft.unbroken) for file in draft.attachments]
        body = _multipart("mixed", f"=_m{boundary}", [body, *carried])
    return _header(draft) + body


def _header(draft: Draft) -> bytes:
    references = _references(draft.references)
    fields = {
        "From": _mailbox("sender", draft.sender, draft.unbroken),
        "To": _mailbox("recipient", draft.recipient, draft.unbroken),
        "Cc": ",\r\n ".join(_mailbox("copy", one, draft.unbroken) for one in draft.copies),
        "Reply-To": _address("reply_to", draft.reply_to) if draft.reply_to else "",
        "Subject": encode_text(check_line("subject", draft.subject), draft.unbroken),
        "Date": _date(draft.date),
        "Message-ID": _message_id(draft.message_id),
        "In-Reply-To": "".join(references[-1:]),
        "References": "\r\n ".join(references),
        "Auto-Submitted": "" if draft.automatic == "no" else draft.automatic,
        "X-Maild-Loop": "1",
        "MIME-Version": "1.0",
    }
    return "".join(
        f"{name}: {value}\r\n" for name, value in fields.items() if value or name == "Subject"
    ).encode()


def _mailbox(field: str, mailbox: Mailbox, unbroken: tuple[str, ...]) -> str:
    address = _address(f"{field} address", mailbox.address)
    if not mailbox.name:
        return address
    phrase = encode_phrase(check_line(f"{field} name", mailbox.name), unbroken)
    gap = " " if len(phrase) + len(address) < 64 else "\r\n "
    return f"{phrase}{gap}<{address}>"


def _address(field: str, address: str) -> str:
    if not _ADDRESS.fullmatch(check_line(field, address)):
        raise BadInput(f"{field}: {address!r} is not an email address")
    local, _, domain = address.rpartition("@")
    # as the DNS has it, so that only a name before the @ needs SMTPUTF8 (RFC 6531 section 3.4)
    return f"{local}@{encode_domain(domain)}" if local.isascii() else address


def _message_id(text: str) -> str:
    if not _MESSAGE_ID.fullmatch(check_line("message_id", text)):
        raise BadInput(f"message_id: {text!r} is not a message id")
    return f"<{text}>"


def _references(ids: tuple[str, ...]) -> list[str]:
    """Return the ids in brackets, without those that a stranger's program wrote beyond ASCII."""
    return [f"<{text}>" for text in ids if _MESSAGE_ID.fullmatch(check_line("references", text))]


def _date(date: datetime) -> str:
    if date.utcoffset() is None:
        raise BadInput("date: must carry its time zone")
    return format_datetime(date)


def _bodies(draft: Draft, boundary: str) -> bytes:
    """Return the text alone, or text and HTML as alternatives, the best last (RFC 2046 §5.1.4)."""
    text = _text_part("plain", draft.text, boundary, draft.unbroken)
    if not draft.html:
        return text
    html = _text_part("html", draft.html, boundary, draft.unbroken)
    if draft.pictures:
        # the type is required, and names the part that is shown (RFC 2387 section 3.1)
        kind = 'related;\r\n type="text/html"'
        shown = [_picture(picture, draft.unbroken) for picture in draft.pictures]
        html = _multipart(kind, f"=_r{boundary}", [html, *shown])
    return _multipart("alternative", f"=_a{boundary}", [text, html])


def _multipart(subtype: str, boundary: str, parts: list[bytes]) -> bytes:
    """Join parts (RFC 2046 §5.1.1); a boundary with `=_` occurs in no encoded part."""
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'
    cut = f"--{boundary}"
    inner = b"".join(f"{cut}\r\n".encode() + part + b"\r\n" for part in parts)
    return head.encode() + inner + f"{cut}--\r\n".encode()


def _text_part(subtype: str, text: str, boundary: str, unbroken: tuple[str, ...]) -> bytes:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _SEVEN_BIT.fullmatch(text) and boundary not in text:
        return _part(
            f"text/{subtype}; charset=us-ascii", "7bit", text.replace("\n", "\r\n").encode()
        )
    quoted = quote_printable(text, unbroken)
    return _part(f"text/{subtype}; charset=utf-8", "quoted-printable", quoted)


def _picture(picture: Inline, unbroken: tuple[str, ...]) -> bytes:
    media_type = _media_type("picture", picture.media_type)
    disposition = "inline" + encode_parameter(
        "filename", check_line("picture name", picture.name), unbroken
    )
    content_id = _message_id(picture.content_id)
    return _part(
        media_type, "base64", wrap_base64(picture.content), disposition, content_id=content_id
    )


def _media_type(field: str, media_type: str) -> str:
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise BadInput(f"{field} type: {media_type!r} is not a media type")
    return media_type


def _attach(file: Attached, boundary: str, unbroken: tuple[str, ...]) -> bytes:
    """Return a file's part: the name in full once, and in plain ASCII for old programs."""
    media_type = _media_type("attachment", file.media_type)
    name = check_line("attachment name", file.name)
    disposition = "attachment" + encode_parameter("filename", name, unbroken)
    named = f';\r\n name="{_ascii_name(name)}"'
    if media_type == "message/rfc822" and _fits_as_is(file.content, boundary):
        return _part(f"message/rfc822{named}", "7bit", file.content, disposition)
    if media_type.startswith(("message/", "multipart/")):
        media_type = "application/octet-stream"
    return _part(f"{media_type}{named}", "base64", wrap_base64(file.content), disposition)


def _part(
    media_type: str, encoding: str, content: bytes, disposition: str = "", content_id: str = ""
) -> bytes:
    head = f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    if content_id:
        head += f"Content-ID: {content_id}\r\n"
    if disposition:
        head += f"Content-Disposition: {disposition}\r\n"
    return f"{head}\r\n".encode() + content


def _fits_as_is(content: bytes, boundary: str) -> bool:
    """Tell whether a message may be carried unencoded, as it must be (RFC 2046 §5.2.1)."""
    return _CARRIED_AS_IS.fullmatch(content) is not None and boundary.encode() not in content


def _ascii_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^\w .()+,@-]", "_", plain)[-60:].strip() or "attachment"
