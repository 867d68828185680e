"""One-line doors from measuring scripts into maild's own code; no logic of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from publicsuffixlist import PublicSuffixList

from maild.clock import system_clock
from maild.mail import bounce, intent, markdown, parse, report
from maild.mail import reply as replies
from maild.mail.arc import verify_arc
from maild.mail.authenticate import authenticate
from maild.mail.authentication import Origin, Trust
from maild.mail.dkim import verify_dkim
from maild.mail.fields import read_raw
from maild.mail.findings import Result
from maild.mail.report import Kind
from maild.mail.request import Request
from maild.mail.spf import check_spf
from tests.zones import pair_lookup, suite_zone, text_lookup

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
    found = report.classify(_message(raw)).kind
    return "human" if found in (Kind.LIST, Kind.OWN) else found.value


def bounce_detail(raw: bytes) -> dict[str, object]:
    detail = bounce.read_bounce(_message(raw))
    return {"hard": detail.hard, "recipients": list(detail.recipients)}


def malformed(raw: bytes) -> dict[str, str | None]:
    message = _message(raw)
    return {"subject": message.subject, "text": message.text}


def spf(ip: str, helo: str, mailfrom: str, zone: dict[str, Any]) -> str:
    return check_spf(ip, helo, mailfrom, suite_zone(zone).lookup).reason


def dkim(raw: bytes, dns: Callable[[str], str | None]) -> bool:
    found = verify_dkim(read_raw(raw), text_lookup(dns), system_clock())
    return any(finding.result is Result.PASS for finding in found)


def arc(raw: bytes, dns: Callable[[str], str | None]) -> str:
    return verify_arc(read_raw(raw), text_lookup(dns)).result


def dmarc(raw: bytes, ip: str, mailfrom: str, dns: dict[tuple[str, str], Any], psl: str) -> str:
    lookup = pair_lookup(dns)
    origin = Origin(ip, "helo.example", mailfrom)
    trust = Trust(suffixes=PublicSuffixList(psl))
    found = authenticate(raw, parse.parse(raw).from_, origin, lookup, trust, system_clock())
    words = {Result.PASS: "pass", Result.UNKNOWN: "temperror", Result.NONE: "na"}
    return words.get(found.dmarc.result, found.dmarc.reason)


def sanitize(html: str) -> str:
    return markdown.sanitise(html)


def _message(raw: bytes) -> parse.Message:
    try:
        return parse.parse(raw)
    except parse.Unparseable:
        return parse.salvage(raw)
