"""Reading and writing messages, in this process: maild's hands beside the usual ones."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import css_inline
import jinja2

from maild.mail.compose import Attached, Draft, Mailbox, compose
from maild.mail.parse import parse
from tests.bench import programs
from tests.bench.micro import repeat
from tests.bench.scenario import Contender, Goal, Scenario, need_equal

_NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
_SUBJECT = "Invoice INV-1 from Example Ltd: £1,500.00"
_PDF = b"%PDF-1.7\n" + bytes(range(256)) * 234
_PARSED = (
    b"From: Jane <jane@acme.example>\r\nTo: reply@example.test\r\nSubject: Re: Invoice INV-1\r\n"
    b"Date: Mon, 02 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@acme.example>\r\n"
    b"In-Reply-To: <0@example.test>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="cut"\r\n\r\n'
    b"--cut\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nIt won=E2=80=99t let me log in.\r\n"
    + b"> Please find the invoice below, and answer =\r\n> where anything is amiss.\r\n" * 40
    + b"--cut\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>It won't let me log in.</p>\r\n"
    + b"<blockquote><p>Please find the invoice below.</p></blockquote>\r\n" * 70
    + b"--cut--\r\n"
)


def _write_bodies() -> tuple[str, str]:
    """Return a letter's text and HTML as they are before they become a message."""
    loader = jinja2.FileSystemLoader(Path(programs.__file__).parent)
    templates = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)
    lines = [{"description": "Support", "amount": 250.0}] * 5
    facts = {"number": "INV-1", "address": "jane@acme.example", "lines": lines, "total": 1500.0}
    text, html = (
        templates.get_template(f"letter.{kind}").render(facts) for kind in ("txt", "html")
    )
    return text, css_inline.CSSInliner(keep_style_tags=True).inline(html)


def _maild_composes(attached: bool) -> Callable[[int], object]:
    text, html = _write_bodies()
    draft = Draft(
        sender=Mailbox("Example Ltd", "billing@example.test"),
        recipient=Mailbox("Jane", "jane@acme.example"),
        reply_to="reply@example.test",
        subject=_SUBJECT,
        text=text,
        html=html,
        message_id="1@example.test",
        references=(),
        date=_NOW,
        automatic="auto-generated",
        attachments=(Attached("invoice.pdf", "application/pdf", _PDF),) if attached else (),
    )
    _check_composed(compose(draft, "b1"), text, html, attached)
    return lambda number: compose(draft, f"b{number}")


def _stdlib_composes(attached: bool) -> Callable[[int], object]:
    text, html = _write_bodies()

    def write(number: int) -> bytes:
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = "Example Ltd <billing@example.test>"
        message["To"] = "Jane <jane@acme.example>"
        message["Reply-To"] = "reply@example.test"
        message["Subject"] = _SUBJECT
        message["Date"] = _NOW
        message["Message-ID"] = f"<{number}@example.test>"
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        if attached:
            message.add_attachment(
                _PDF, maintype="application", subtype="pdf", filename="invoice.pdf"
            )
        return message.as_bytes()

    _check_composed(write(0), text, html, attached)
    return write


def _check_composed(raw: bytes, text: str, html: str, attached: bool) -> None:
    """See that another reader finds in a message what went into it."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    need_equal("subject", message["Subject"], _SUBJECT)
    for kind, sent in (("plain", text), ("html", html)):
        body = message.get_body((kind,))
        assert isinstance(body, EmailMessage)
        need_equal(kind, body.get_content().split(), sent.split())
    files = [part.get_content() for part in message.iter_attachments()]
    need_equal("attachments", files, [_PDF] if attached else [])


def _maild_parses() -> Callable[[int], object]:
    message = parse(_PARSED)
    _check_parsed(message.subject, message.text, message.html)
    return lambda _: parse(_PARSED)


def _stdlib_parses(policy: email.policy.Policy) -> Callable[[int], object]:
    def read(_: int) -> tuple[str, str, str]:
        message = email.message_from_bytes(_PARSED, policy=policy)
        plain, html = (part.get_payload(decode=True) for part in list(message.walk())[1:])
        assert isinstance(plain, bytes)
        assert isinstance(html, bytes)
        return str(message["Subject"]), plain.decode(), html.decode()

    _check_parsed(*read(0))
    return read


def _check_parsed(subject: str, text: str, html: str) -> None:
    need_equal("subject", subject, "Re: Invoice INV-1")
    need_equal("first words", text.split()[:5], ["It", "won’t", "let", "me", "log"])
    need_equal("quotes", html.count("<blockquote>"), 70)


SCENARIOS = (
    Scenario(
        name="compose",
        about="text and HTML of a letter become a message, without and with a PDF of 60 KB",
        items=400,
        contenders=(
            Contender("maild", repeat(partial(_maild_composes, attached=False))),
            Contender("EmailMessage", repeat(partial(_stdlib_composes, attached=False)), share=0.2),
            Contender("maild, PDF", repeat(partial(_maild_composes, attached=True))),
            Contender(
                "EmailMessage, PDF", repeat(partial(_stdlib_composes, attached=True)), share=0.2
            ),
        ),
        goals=(
            Goal("CPU of EmailMessage ÷ maild's", "EmailMessage", "maild", "cpu_us", least=15),
            Goal(
                "CPU of EmailMessage ÷ maild's, with a PDF",
                "EmailMessage, PDF",
                "maild, PDF",
                "cpu_us",
                least=15,
            ),
        ),
    ),
    Scenario(
        name="parse",
        about=f"a reply of {len(_PARSED):,} bytes, its text and HTML decoded",
        items=400,
        contenders=(
            Contender("maild", repeat(_maild_parses)),
            Contender("email", repeat(partial(_stdlib_parses, email.policy.default)), share=0.5),
            Contender("email, compat32", repeat(partial(_stdlib_parses, email.policy.compat32))),
        ),
        goals=(Goal("CPU of email ÷ maild's", "email", "maild", "cpu_us", least=5),),
    ),
)
