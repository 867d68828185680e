"""A letter as its reader sees it, read back from its bytes by the standard library."""

from __future__ import annotations

import re
from base64 import b64encode
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

_SOURCE = re.compile(r'src="cid:([^"]{1,900})"')


def read_letter(message: bytes) -> tuple[str, str]:
    """Return the text of a letter of ours, and its HTML with the pictures in it."""
    letter = BytesParser(policy=policy.default).parsebytes(message)
    assert isinstance(letter, EmailMessage)
    return read_body(letter, "plain"), embed_pictures(letter, read_body(letter, "html"))


def read_body(letter: EmailMessage, kind: str) -> str:
    """Return the body of a kind (plain, html) with LF line ends, empty where there is none."""
    part = letter.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


def embed_pictures(letter: EmailMessage, html: str) -> str:
    """Return the HTML with what it shows by `cid:` put into it, as a browser wants it."""
    pictures = {
        str(part["Content-ID"]).strip("<>"): _data_url(part)
        for part in letter.walk()
        if part["Content-ID"]
    }
    return _SOURCE.sub(lambda found: f'src="{pictures.get(found[1], "")}"', html)


def _data_url(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return f"data:{part.get_content_type()};base64,{b64encode(content).decode()}"
