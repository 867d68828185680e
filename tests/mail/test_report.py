"""Telling machines from people, and reading what a bounce says."""

from __future__ import annotations

import time

import pytest

from maild.mail.bounce import read_bounce
from maild.mail.parse import parse
from maild.mail.report import Classification, Kind, classify


def mail(*lines: str, body: str = "Hello\n") -> bytes:
    return ("\n".join(("From: Jane <jane@acme.example>", *lines)) + "\n\n" + body).encode()


def report(
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 no such mailbox",
) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.acme.example\nReturn-Path: <>\nSubject: Undelivered\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
        "--x\n\nYour message could not be delivered.\n"
        "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.acme.example\n\n"
        f"Final-Recipient: rfc822; Jane@acme.example\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: {diagnostic}\n--x\nContent-Type: text/rfc822-headers\n\n"
        "Message-ID: <a@example.test>\n--x--\n"
    ).encode()


def kind(raw: bytes, envelope_sender: str | None = None) -> Kind:
    return classify(parse(raw), envelope_sender).kind


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (mail("Subject: Re: Invoice"), Kind.HUMAN),
        (mail("Auto-Submitted: no"), Kind.HUMAN),
        (mail("Subject: Re: your vacation"), Kind.HUMAN),
        (mail("Subject: delivery of the goods", body="They were not delivered.\n"), Kind.HUMAN),
        (mail("Auto-Submitted: auto-replied"), Kind.AUTOREPLY),
        (mail("Auto-Submitted: auto-replied; owner=x"), Kind.AUTOREPLY),
        (mail("Auto-Submitted: no", "Auto-Submitted: auto-generated"), Kind.AUTOREPLY),
        (mail("X-Autoreply: yes"), Kind.AUTOREPLY),
        (mail("Precedence: auto_reply"), Kind.AUTOREPLY),
        (mail("Subject: Out of office: Invoice"), Kind.AUTOREPLY),
        (mail("Subject: Automatische Antwort: Rechnung"), Kind.AUTOREPLY),
        (mail("Subject: Réponse automatique : Facture"), Kind.AUTOREPLY),
        (mail("Subject: Respuesta automática: Factura"), Kind.AUTOREPLY),
        (mail("Subject: Risposta automatica: Fattura"), Kind.AUTOREPLY),
        (mail("Subject: Automatisch antwoord: Factuur"), Kind.AUTOREPLY),
        (mail("Subject: Resposta automática: Fatura"), Kind.AUTOREPLY),
        (mail("Subject: Jane Doe is out of the office"), Kind.AUTOREPLY),
        (mail("Subject: Re: Jane Doe is out of the office"), Kind.HUMAN),
        (mail("Subject: Jane is out of the office, write to Tom"), Kind.HUMAN),
        (mail("Subject: Jana Doe ist im Urlaub"), Kind.AUTOREPLY),
        (mail("Subject: Absence : Facture"), Kind.AUTOREPLY),
        (mail("Subject: Absence de facture"), Kind.HUMAN),
        (mail("Subject: Abwesend"), Kind.AUTOREPLY),
        (mail("Subject: Vacation rental"), Kind.HUMAN),
        (mail("Subject: [Sales] Out of Office: Invoice"), Kind.AUTOREPLY),
        (mail("Precedence: auto_reply", "List-Id: <x.example>"), Kind.AUTOREPLY),
        (mail("Preference: auto_reply"), Kind.AUTOREPLY),
        (mail("X-Vacation: yes"), Kind.AUTOREPLY),
        (mail("X-Autoreply: no"), Kind.HUMAN),
        (mail("X-POST-MessageClass: 9; Autoresponder"), Kind.AUTOREPLY),
        (mail("X-Apple-Action: VACATION"), Kind.AUTOREPLY),
        (mail("X-Mailer: Vacation/1.2"), Kind.AUTOREPLY),
        (mail("X-Amazon-Auto-Reply: true"), Kind.AUTOREPLY),
        (mail("X-Auto-Response-Suppress: All"), Kind.HUMAN),
        (
            mail("X-Auto-Response-Suppress: All", "X-MS-Exchange-Inbox-Rules-Loop: j@x.example"),
            Kind.AUTOREPLY,
        ),
        (mail("Auto-Submitted: auto-replied", "Subject: Undelivered mail"), Kind.BOUNCE),
        (mail("Auto-Submitted: auto-replied", "Subject: OOO: Undelivered mail"), Kind.AUTOREPLY),
        (mail("List-Id: <news.acme.example>"), Kind.LIST),
        (mail("Precedence: bulk"), Kind.LIST),
        (mail("X-Maild-Loop: k1"), Kind.OWN),
        (mail("X-Failed-Recipients: jane@acme.example"), Kind.BOUNCE),
        (report(), Kind.BOUNCE),
        (report(action="delayed", status="4.4.1"), Kind.BOUNCE),
        (report(action="delivered", status="2.0.0"), Kind.SUCCESS_DSN),
        (report(action="relayed (to another world)", status="2.0.0"), Kind.SUCCESS_DSN),
        (
            b"From: Mail System <mailer-daemon@mx.example>\nSubject: failure notice\n\nno\n",
            Kind.BOUNCE,
        ),
        (
            b"Content-Type: multipart/report; report-type=feedback-report; boundary=x\n\n"
            b"--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--x--\n",
            Kind.ARF,
        ),
        (
            b"Content-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n"
            b"--x\nContent-Type: message/disposition-notification\n\nDisposition: x\n--x--\n",
            Kind.AUTOREPLY,
        ),
    ],
)
def test_kind_of_mail(raw: bytes, expected: Kind) -> None:
    assert kind(raw) is expected


def test_null_sender_is_never_a_person() -> None:
    raw = mail("Subject: Re: Invoice")
    assert kind(raw, "") is Kind.AUTOREPLY
    assert kind(raw, "<>") is Kind.AUTOREPLY
    assert kind(raw, "jane@acme.example") is Kind.HUMAN
    assert kind(mail("Return-Path: <>")) is Kind.AUTOREPLY


def test_only_our_own_loop_mark_counts_when_it_is_known() -> None:
    message = parse(mail("X-Maild-Loop: theirs"))
    assert classify(message, own_mark="ours").kind is Kind.HUMAN
    assert classify(message, own_mark="theirs") == Classification(Kind.OWN, "loop-mark")


def test_mail_with_a_report_attached_by_a_person_is_theirs() -> None:
    raw = (
        report().replace(b"MAILER-DAEMON", b"jane").replace(b"multipart/report", b"multipart/mixed")
    )
    raw = raw.replace(b"report-type=delivery-status; ", b"").replace(b"Return-Path: <>\n", b"")
    assert kind(raw.replace(b"Subject: Undelivered", b"Subject: Re: look")) is Kind.HUMAN


@pytest.mark.parametrize("piece", ["a@", "<<<", "delivery ", "user ", "550 ", "x: y\n\n", "a." * 9])
def test_hostile_text_takes_little_time(piece: str) -> None:
    head = b"From: MAILER-DAEMON@x.example\nContent-Type: message/delivery-status\nSubject: "
    body = (piece * 300_000)[:300_000]
    message = parse(head + body[:60_000].replace("\n", " ").encode() + b"\n\n" + body.encode())
    started = time.thread_time()
    classify(message)
    read_bounce(message)
    assert time.thread_time() - started < 5
