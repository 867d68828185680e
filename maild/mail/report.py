"""What kind of mail this is: from a person, or from a machine and which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from maild.mail.bounce_phrases import (
    ABSENT_SUBJECT,
    AUTOREPLY_SUBJECT,
    BOUNCE_BODY,
    BOUNCE_SUBJECT,
    COMPLAINT_SUBJECT,
    DAEMON_LOCAL_PARTS,
    DAEMON_NAMES,
    DAEMON_ONLY,
    ELSEWHERE,
    FINAL,
    GONE,
    GONE_STATUS,
    HARD,
    HARD_STATUS,
    REPLY_SUBJECT,
    RETURNED_COPY,
    SOFT,
)
from maild.mail.parse import Message, Part

LOOP_MARK = "x-maild-loop"
MAX_TEXT_CHARS = 20_000
MAX_RECIPIENTS = 100

_DONE = frozenset({"delivered", "relayed", "expanded", "deliverable"})
_ADDRESS = re.compile(
    r"(?<![\w.+=/'~%&#*!?-])[\w.+=/'~%&#*!?-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,10}[A-Za-z]{2,24}"
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.:/-])([45]\d\d)(?=[ -][^\d]|[ -]\d\.\d)")
_AUTO_HEADERS = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-mail-autoreply",
    "x-vacation-message",
)  # fmt: skip


class Kind(StrEnum):
    """What sent the mail, as far as acting on it goes; only `human` is ever answered."""

    BOUNCE = "bounce"
    ARF = "arf"
    AUTOREPLY = "autoreply"
    SUCCESS_DSN = "success_dsn"
    LIST = "list"
    OWN = "own"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Classification:
    """The kind of a mail, and the sign by which it was known."""

    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class BounceDetail:
    """Whether a bounce is final, whom it is about (addresses in lower case), and its code."""

    hard: bool
    recipients: tuple[str, ...]
    reason: str


def classify(
    message: Message, envelope_sender: str | None = None, own_mark: str | None = None
) -> Classification:
    """Return the kind of `message` and why.

    `envelope_sender` is the MAIL FROM ("" or "<>" when null; None: take Return-Path).
    `own_mark` is the value that this installation writes into X-Maild-Loop; None: any value
    counts as our own.
    """
    marks = message.all(LOOP_MARK)
    if marks and (own_mark is None or own_mark in marks):
        return Classification(Kind.OWN, "loop-mark")
    sender = envelope_sender if envelope_sender is not None else message.header("return-path")
    null = sender is not None and sender.strip() in ("", "<>")
    return (
        _by_report(message)
        or _by_daemon(message, null)
        or _by_automatic_header(message)
        or _by_subject(message, null)
        or _by_list_header(message)
        or Classification(Kind.HUMAN, "no-sign")
    )


def _by_report(message: Message) -> Classification | None:
    """Know a report by its MIME type (RFC 3464, RFC 5965, RFC 8098)."""
    if message.parts_of("message/feedback-report"):
        return Classification(Kind.ARF, "feedback-report")
    declared = message.parameters.get("report-type", "").lower()
    if "feedback-report" in declared:
        return Classification(Kind.ARF, "feedback-report")
    if COMPLAINT_SUBJECT.match(message.subject) and message.parts_of("message/rfc822"):
        return Classification(Kind.ARF, "complaint")
    if message.parts_of("message/disposition-notification"):
        return Classification(Kind.AUTOREPLY, "read-receipt")
    statuses = message.parts_of("message/delivery-status", "message/global-delivery-status")
    if statuses and _is_report(message, declared):
        actions = {fields.get("action", "") for fields in _recipients_of(statuses)}
        done = {action.split()[0] for action in actions if action}
        if done and done <= _DONE:
            return Classification(Kind.SUCCESS_DSN, "delivered")
        return Classification(Kind.BOUNCE, "delivery-status")
    if declared in ("delivery-status", "disposition-notification"):
        kind = Kind.BOUNCE if declared == "delivery-status" else Kind.AUTOREPLY
        return Classification(kind, declared)
    return None


def _is_report(message: Message, declared: str) -> bool:
    """Tell a report from a mail to which somebody attached one."""
    return message.content_type == "multipart/report" or bool(declared) or _from_daemon(message)


def _by_daemon(message: Message, null: bool) -> Classification | None:
    """Know a free-form bounce: who sent it, and what it says."""
    if message.all("x-failed-recipients"):
        return Classification(Kind.BOUNCE, "failed-recipients")
    subject = bool(BOUNCE_SUBJECT.search(message.subject))
    opening = _opening(message)
    body = bool(BOUNCE_BODY.search(opening))
    if _from_daemon(message) and (subject or body or null):
        return Classification(Kind.BOUNCE, "mailer-daemon")
    if any(DAEMON_ONLY.search(value[:500]) for value in message.all("from")):
        return Classification(Kind.BOUNCE, "mailer-daemon")
    if null and (subject or body) and not AUTOREPLY_SUBJECT.search(message.subject):
        return Classification(Kind.BOUNCE, "null-sender")
    copied = message.parts_of("message/rfc822", "text/rfc822-headers") or RETURNED_COPY.search(
        message.text[:MAX_TEXT_CHARS]
    )
    if subject and body and copied and not REPLY_SUBJECT.match(message.subject):
        return Classification(Kind.BOUNCE, "returned-copy")
    if BOUNCE_SUBJECT.match(message.subject) and BOUNCE_BODY.search(opening[:300]):
        return Classification(Kind.BOUNCE, "opening-words")
    return None


def _by_automatic_header(message: Message) -> Classification | None:
    """Know an automatic answer by its header (RFC 3834 §5 and what came before it)."""
    for value in message.all("auto-submitted"):
        if value.split(";")[0].split("(")[0].strip().lower() != "no":
            bounced = BOUNCE_SUBJECT.search(message.subject)
            return Classification(Kind.BOUNCE if bounced else Kind.AUTOREPLY, "auto-submitted")
    for name in _AUTO_HEADERS:
        if (message.header(name) or "no").strip().lower() not in ("no", "false"):
            return Classification(Kind.AUTOREPLY, name)
    precedence = {value.strip().lower() for value in message.all("precedence")}
    if "auto_reply" in precedence or "auto-reply" in precedence:
        return Classification(Kind.AUTOREPLY, "precedence")
    if (message.header("x-auto-response-suppress") or "").strip().lower() == "all" and (
        AUTOREPLY_SUBJECT.search(message.subject)
    ):
        return Classification(Kind.AUTOREPLY, "auto-response-suppress")
    return None


def _by_subject(message: Message, null: bool) -> Classification | None:
    """Know a vacation notice that has no proper header by how its subject begins."""
    absent = ABSENT_SUBJECT.match(message.subject)
    if AUTOREPLY_SUBJECT.match(message.subject) or absent:
        return Classification(Kind.AUTOREPLY, "subject")
    if null and not message.all("list-id"):
        return Classification(Kind.AUTOREPLY, "null-sender")
    return None


def _by_list_header(message: Message) -> Classification | None:
    if any(name.startswith("list-") for name, _ in message.headers):
        return Classification(Kind.LIST, "list-header")
    for value in message.all("precedence"):
        if value.strip().lower() in ("bulk", "list", "junk"):
            return Classification(Kind.LIST, "precedence")
    return None


def _from_daemon(message: Message) -> bool:
    """Tell whether From names the mail system itself; some write no valid address at all."""
    for value in message.all("from"):
        if DAEMON_NAMES.search(value[:500]):
            return True
    return any(box.address.partition("@")[0].lower() in DAEMON_LOCAL_PARTS for box in message.from_)


def _opening(message: Message) -> str:
    """Return the text above the returned copy, where a bounce says what it is."""
    text = message.text[:MAX_TEXT_CHARS]
    copy = RETURNED_COPY.search(text)
    return " ".join((text[: copy.start()] if copy else text)[:4_000].split())


def bounce_detail(message: Message) -> BounceDetail:
    """Return what a bounce says: final or not, whose address, the status or reply code."""
    blocks = list(
        _recipients_of(
            message.parts_of("message/delivery-status", "message/global-delivery-status")
        )
    )
    failed = [block for block in blocks if not block.get("action", "").startswith("delivered")]
    recipients = _named_recipients(message, failed) or _written_recipients(message)
    codes = [code for block in failed for code in _codes(block)]
    diagnostics = " ".join(block.get("diagnostic-code", "") for block in failed)
    text = _opening(message)
    return BounceDetail(
        hard=_is_hard(codes, diagnostics, text, failed),
        recipients=recipients[:MAX_RECIPIENTS],
        reason=next(iter(codes or _codes({"status": text})), "unknown"),
    )


def _recipients_of(parts: tuple[Part, ...]) -> Iterator[dict[str, str]]:
    """Yield the fields of each per-recipient block (RFC 3464 §2.3), the first of each name."""
    for part in parts:
        for block in re.split(r"\n[ \t]*\n", part.text.replace("\r\n", "\n"))[: MAX_RECIPIENTS + 1]:
            fields = _block_fields(block)
            if "final-recipient" in fields or "action" in fields or "original-recipient" in fields:
                yield fields


def _block_fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    last = ""
    for line in block.split("\n"):
        if line[:1] in (" ", "\t") and last:
            fields[last] += " " + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            last = name.strip().lower()
            if last in fields:
                last = ""
            else:
                fields[last] = value.strip() if last != "action" else value.strip().lower()
    return fields


def _named_recipients(message: Message, blocks: list[dict[str, str]]) -> tuple[str, ...]:
    """Return the recipients that fields name: the status report's, or Exim's header."""
    found: list[str] = []
    for block in blocks:
        for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
            value = block.get(name, "")
            address = _ADDRESS.search(value.rpartition(";")[2][:400])
            if address:
                found.append(address[0])
                break
    for value in message.all("x-failed-recipients") if not found else ():
        found += _ADDRESS.findall(value[:4_000])
    return tuple(dict.fromkeys(address.lower() for address in found))


def _written_recipients(message: Message) -> tuple[str, ...]:
    """Return the addresses in the bounce's own words, leaving out the parties that wrote it."""
    parties = {box.address.lower() for box in message.from_}
    parties |= {found.lower() for value in message.all("to") for found in _ADDRESS.findall(value)}
    found = (address.lower() for address in _ADDRESS.findall(_opening(message)))
    return tuple(dict.fromkeys(
        address for address in found
        if address not in parties and address.partition("@")[0] not in DAEMON_LOCAL_PARTS
    ))  # fmt: skip


def _codes(block: dict[str, str]) -> list[str]:
    """Return the enhanced status codes (RFC 3463), or else the SMTP reply codes, of a block."""
    said = block.get("diagnostic-code", "")[:2_000]
    status = block.get("status", "")[:4_000]
    precise = _STATUS.findall(said) + _STATUS.findall(status)
    return precise or _REPLY_CODE.findall(f"{said} {status}")


def _is_hard(codes: list[str], diagnostics: str, text: str, blocks: list[dict[str, str]]) -> bool:
    """Tell whether the address itself is at fault, so that trying again would be no use.

    Full, blocked, greylisted or refused for its content: the address is still good, as it is
    when the status is of the mailbox (x.2) or passing (4), RFC 3463 §3. When nothing
    but the failure is stated, it is taken as final.
    """
    if any(block.get("action", "").startswith("delayed") for block in blocks):
        return False
    mailbox_or_moment = any(code.startswith(("4.", "5.2.")) for code in codes)
    if mailbox_or_moment and not GONE_STATUS & set(codes):
        return False
    for said in (diagnostics, text):
        if ELSEWHERE.search(said):
            return False
        if GONE.search(said):
            return True
        if SOFT.search(said):
            return bool(HARD.search(said)) and bool(GONE_STATUS & set(codes))
        if HARD.search(said):
            return True
    if codes:
        return bool((GONE_STATUS | HARD_STATUS) & set(codes))
    return bool(FINAL.search(text))
