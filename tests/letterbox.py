"""A customer's side of the post: new messages, answers, reports of letters that came back."""

from __future__ import annotations

from email.message import EmailMessage

from maild.model import Reply
from tests.mails import Mail
from tests.world import OPERATOR, HouseWorld

JANE, TOM = "jane@acme.example", "tom@acme.example"
STRANGER = "eve@evil.example"
BUSINESS = "billing@example.test"


async def letter_to(world: HouseWorld, address: str = JANE) -> Mail:
    """Return the latest letter to somebody."""
    return (await world.mail_to(address))[-1]


async def told_operator(world: HouseWorld) -> Mail:
    """Return the latest letter to the operator."""
    return await letter_to(world, OPERATOR)


async def write(
    world: HouseWorld, words: str, *, sender: str = JANE, to: str = BUSINESS, **headers: str
) -> Reply:
    """Write a new message that quotes and names nothing of ours."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Message-ID"] = f"<{abs(hash((words, sender, to, *headers.values())))}@mail.example>"
    message["Subject"] = headers.pop("Subject", "Hello")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(words + "\n")
    return await world.post(message.as_bytes(), to=to, sender=sender)


def report_bounce(
    letter: Mail, *, status: str = "5.1.1", action: str = "failed", recipient: str = ""
) -> bytes:
    """Return the report a mail system writes about a letter that came back (RFC 3464)."""
    said = "No such user here" if status == "5.1.1" else "Try again later"
    report = (
        "Reporting-MTA: dns; mx.acme.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient or letter.recipient}\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; 550 {status} {said}\r\n"
    )
    return (
        "From: MAILER-DAEMON@mx.acme.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <{abs(hash((letter.raw, status, action)))}@mx.acme.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\n\r\nYour message could not be delivered. can't log in\r\n--b\r\n"
        f"Content-Type: message/delivery-status\r\n\r\n{report}--b--\r\n"
    ).encode()


def told(reply: Reply) -> tuple[str, str, str]:
    """Return what became of a reply: state, action, reason."""
    return reply.state, reply.action, reply.reason
