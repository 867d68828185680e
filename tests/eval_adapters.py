"""One-line doors from measuring scripts into maild's own code; no logic of their own."""

from __future__ import annotations

from maild.mail import intent, markdown, parse, report
from maild.mail import reply as replies
from maild.mail.intent import Request
from maild.mail.report import Kind

_LABELS = {
    Request.CANNOT_GET_IN: "login_help",
    Request.SEND_AGAIN: "resend_document",
    Request.STATEMENT: "resend_document",
    Request.CONTACT_CHANGE: "contact_change",
    Request.ACCEPT: "accept",
    Request.DECLINE: "decline",
}


def intents(text: str) -> str:
    return _LABELS.get(intent.recognise(text).request, "human")


def reply(text: str) -> str:
    return replies.extract(text)


def reply_html(html: str) -> str:
    return replies.cut_history_html(html)


def kind(raw: bytes) -> str:
    found = report.classify(parse.parse(raw)).kind
    return "human" if found in (Kind.LIST, Kind.OWN) else found.value


def bounce_detail(raw: bytes) -> dict[str, object]:
    detail = report.bounce_detail(parse.parse(raw))
    return {"hard": detail.hard, "recipients": list(detail.recipients)}


def malformed(raw: bytes) -> dict[str, str | None]:
    try:
        message = parse.parse(raw)
    except parse.Unparseable:
        message = parse.salvage(raw)
    return {"subject": message.subject, "text": message.text}


def sanitize(html: str) -> str:
    return markdown.sanitise(html)
