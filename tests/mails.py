"""A customer's mail program: letters as it shows them, answers as it writes them."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage

from maild.mail.preview import embed_pictures

_PASSWORD = re.compile(r"^\s*([a-z0-9]{4}(?:-[a-z0-9]{4}){3})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """One message as a mail program shows it, and the envelope it came in."""

    sender: str
    recipient: str
    raw: bytes
    message: EmailMessage

    @property
    def subject(self) -> str:
        """The subject line."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain text part."""
        part = self.message.get_body(("plain",))
        assert part
        return str(part.get_content())

    @property
    def html(self) -> str:
        """The HTML part."""
        part = self.message.get_body(("html",))
        assert part
        return str(part.get_content())

    @property
    def page(self) -> str:
        """The HTML with its pictures in it."""
        return embed_pictures(self.message, self.html)

    @property
    def link(self) -> str:
        """The personal link in the text."""
        found = re.search(r"https?://\S+/l/[a-z2-7]+", self.text)
        assert found, self.text
        return found.group()

    @property
    def password(self) -> str:
        """The password that stands on a line of its own."""
        found = _PASSWORD.search(self.text)
        assert found, self.text
        return found.group(1)

    @property
    def reply_to(self) -> str:
        """The personal reply address."""
        return str(self.message["Reply-To"])

    def attached(self) -> dict[str, bytes]:
        """The attachments by name."""
        found = {}
        for part in self.message.iter_attachments():
            content = part.get_payload(decode=True)
            if content is None:
                content = part.get_payload(0).as_bytes()  # type: ignore[union-attr]
            found[part.get_filename() or ""] = content
        return found  # type: ignore[return-value]


def answer_to(
    letter: Mail,
    words: str,
    *,
    sender: str | None = None,
    message_id: str | None = None,
    **headers: str,
) -> bytes:
    """Return the answer a mail program makes of words: quoted, threaded, CRLF."""
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    own_id = message_id or f"<{abs(hash((words, letter.raw))):x}@mail.example>"
    answer = EmailMessage(policy=policy.SMTP)
    answer["From"] = sender or letter.recipient
    answer["To"] = letter.reply_to
    answer["Subject"] = f"Re: {letter.subject}"
    answer["Message-ID"] = own_id
    answer["In-Reply-To"] = str(letter.message["Message-ID"])
    for name, value in headers.items():
        answer[name.replace("_", "-")] = value
    answer.set_content(f"{words}\n\nOn Mon, 23 Nov 2026 at 09:30, Example Ltd wrote:\n{quoted}\n")
    return answer.as_bytes()


def read_mail(sender: str, recipient: str, raw: bytes) -> Mail:
    """Return a message as a mail program reads it."""
    message = email.message_from_bytes(raw, policy=policy.default)
    return Mail(sender, recipient, raw, message)
