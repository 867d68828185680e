"""Answering a letter as its recipient's mail program would, and handing the answer over by SMTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from maild.clock import to_datetime
from maild.daemon import Running
from maild.demo.mailbox import OpenLetter
from maild.demo.ports import HOST
from maild.errors import Refused
from maild.mail.mailboxes import Mailbox
from maild.relay import Relay

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class PostOffice:
    """Carries people's mail: what is for maild to its door, the rest into the mailbox."""

    running: Running
    relay: Relay

    async def answer(self, letter: OpenLetter, text: str) -> None:
        """Send a person's answer to a letter; raises `Refused` in the words of whoever refuses."""
        office = self.running.office
        now = to_datetime(office.clock(), office.zone)
        reply = write_answer(letter, text, now, office.ids.new())
        sender, recipient = letter.summary.recipient.address, letter.answers_to.address
        content = reply.as_bytes(policy=policy.SMTP)
        if office.addresses.recognise(recipient):
            await self._hand_over(sender, recipient, content)
            return
        outcome = await self.relay.deliver(sender, recipient, content)
        if outcome.state != "sent":
            raise Refused(f"The mail cannot be delivered: {outcome.text}")

    async def _hand_over(self, sender: str, recipient: str, content: bytes) -> None:
        try:
            await aiosmtplib.send(
                content,
                sender=sender,
                recipients=[recipient],
                hostname=HOST,
                port=self.running.smtp_port,
                local_hostname="localhost",
                start_tls=False,
                timeout=_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Refused(f"maild did not take the mail: {error}") from error


def write_answer(letter: OpenLetter, text: str, now: datetime, message_id: str) -> EmailMessage:
    """Return a person's answer, what it answers quoted below; `message_id` is without its domain.

    Raises `Refused` when the letter names nobody to write to.
    """
    person, subject = letter.summary.recipient, letter.summary.subject
    answer = EmailMessage(policy=policy.SMTP)
    try:
        answer["From"] = _address(person)
        answer["To"] = _address(letter.answers_to)
        answer["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
        answer["Date"] = format_datetime(now)
        answer["Message-ID"] = f"<{message_id}@{person.address.partition('@')[2]}>"
        answer["In-Reply-To"] = letter.message_id
        answer["References"] = letter.references
    except (ValueError, LookupError, MessageError) as error:
        raise Refused(f"This letter cannot be answered: {error}") from error
    answer.set_content(f"{text.strip()}\n\n{_quote(letter)}")
    return answer


def _address(mailbox: Mailbox) -> Address:
    return Address(mailbox.name, addr_spec=mailbox.address)


def _quote(letter: OpenLetter) -> str:
    sender = letter.summary.sender
    head = f"On {letter.date}, {sender.name or sender.address} <{sender.address}> wrote:"
    return "\n".join([head, *(f"> {line}".rstrip() for line in letter.text.splitlines())]) + "\n"
