"""The domain's values as plain facts: what `--json` prints. Names here are relied on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maild.cli.words import iso

if TYPE_CHECKING:
    from datetime import date

    from maild.config_sections import Links
    from maild.model import (
        Answer,
        Attachment,
        Client,
        ClientFile,
        Contact,
        Event,
        Letter,
        Pause,
        Reply,
        StoredDocument,
    )
    from maild.services.sightings import Trace
    from maild.services.statements import Statement

Facts = dict[str, Any]


def client_facts(client: Client, rules: Links) -> Facts:
    """Return what is known of a client; `login` is its own choice, `enforce_login` what holds.

    `locale` is its own, too, None where it is the business's.
    """
    from maild.access.links import enforces_login

    return {
        "ref": client.ref,
        "name": client.name,
        "dummy": client.dummy,
        "login": client.login,
        "enforce_login": enforces_login(client, rules),
        "shared": client.shared,
        "link_scope": client.link_scope,
        "link_days": client.link_days or rules.expire_days,
        "copies": client.copies,
        "pdf": client.pdf,
        "locale": client.locale or None,
        "reminders": client.reminders,
        "created_at": iso(client.created_at),
    }


def contact_facts(contact: Contact) -> Facts:
    """Return what is known of a contact; one that is disabled says since when."""
    return {
        "address": contact.address,
        "name": contact.name,
        "created_at": iso(contact.created_at),
        "disabled_at": iso(contact.disabled_at),
        "bounced_at": iso(contact.bounced_at),
        "bounced_why": contact.bounced_why,
        "held_at": iso(contact.held_at),
        "held_why": contact.held_why,
        "history_from": iso(contact.history_from),
    }


def document_facts(document: StoredDocument, ref: str, today: date) -> Facts:
    """Return how a document stands, without its content."""
    invoice = document.type == "invoice"
    return {
        "number": document.number,
        "type": document.type,
        "client": ref,
        "status": document.status(today),
        "state": document.state,
        "issued": document.issued,
        "due": document.ends if invoice else None,
        "valid_until": None if invoice else document.ends,
        "currency": document.currency,
        "total": str(document.total),
        "paid": str(document.paid),
        "balance": str(document.balance),
        "created_at": iso(document.created_at),
        "settled_at": iso(document.settled_at),
    }


def content_facts(document: StoredDocument) -> Facts:
    """Return what a document says: reference, notes, lines, and what they add up to."""
    content, totals = document.content, document.totals
    return {
        "reference": content.reference,
        "notes": content.notes,
        "lines": [
            {
                "description": line.description,
                "quantity": f"{line.quantity:f}",
                "unit": line.unit,
                "unit_price": f"{line.unit_price:f}",
                "tax_rate": f"{line.tax_rate:f}",
                "amount": str(amount),
            }
            for line, amount in zip(content.lines, totals.lines, strict=True)
        ],
        "net": str(totals.net),
        "taxes": [
            {"rate": f"{tax.rate:f}", "net": str(tax.net), "amount": str(tax.amount)}
            for tax in totals.taxes
        ],
    }


def answer_facts(answer: Answer) -> Facts:
    """Return what was said to an estimate."""
    return {
        "kind": answer.kind,
        "contact": answer.address,
        "name": answer.name,
        "order_number": answer.order_number,
        "reason": answer.reason,
        "version": answer.version,
        "at": iso(answer.at),
        "undone_at": iso(answer.undone_at),
    }


def attachment_facts(attachment: Attachment) -> Facts:
    """Return what is known of a document's file."""
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.hash,
    }


def file_facts(file: ClientFile) -> Facts:
    """Return what is known of a client's file."""
    return {
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.hash,
        "created_at": iso(file.created_at),
    }


def statement_facts(statement: Statement, ref: str) -> Facts:
    """Return a statement; a payment's amount is negative, as is a balance in credit."""
    first = statement.period.first
    return {
        "client": ref,
        "from": first.isoformat() if first else None,
        "to": statement.period.last.isoformat(),
        "as_of": statement.as_of.isoformat(),
        "summary": statement.summary,
        "sections": [
            {
                "currency": section.currency,
                "opening": str(section.opening),
                "entries": [
                    {
                        "date": entry.dated.isoformat(),
                        "kind": entry.kind,
                        "number": entry.number,
                        "amount": str(entry.amount),
                        "balance": str(entry.balance),
                    }
                    for entry in section.entries
                ],
                "closing": str(section.closing),
            }
            for section in statement.sections
        ],
    }


def letter_facts(letter: Letter) -> Facts:
    """Return a letter's way so far."""
    return {
        "id": letter.id,
        "kind": letter.kind,
        "recipient": letter.recipient,
        "subject": letter.subject,
        "state": letter.state,
        "attempts": letter.attempts,
        "created_at": iso(letter.created_at),
        "next_at": iso(letter.next_at) if letter.state in {"queued", "deferred"} else None,
        "sent_at": iso(letter.sent_at),
        "outcome": letter.outcome,
        "copy_of": letter.copy_of,
    }


def pause_facts(pause: Pause) -> Facts:
    """Return why and until when reminders pause; without an end, until the operator says so."""
    return {
        "reason": pause.reason,
        "reply": pause.reply_id,
        "created_at": iso(pause.created_at),
        "ends_at": iso(pause.ends_at),
    }


def trace_facts(trace: Trace) -> Facts:
    """Return what became of a document with one contact, each with its first instant."""
    return {
        "address": trace.contact.address,
        "name": trace.contact.name,
        "sent_at": iso(trace.sent_at),
        "fetched_at": iso(trace.fetched.first_at) if trace.fetched else None,
        "fetched_last_at": iso(trace.fetched.last_at) if trace.fetched else None,
        "probably_read_at": iso(trace.read.first_at) if trace.read else None,
        "probably_read_last_at": iso(trace.read.last_at) if trace.read else None,
        "logged_in_at": iso(trace.logged_in_at),
        "replied_at": iso(trace.replied_at),
    }


def reply_facts(reply: Reply) -> Facts:
    """Return what was made of a reply."""
    return {
        "id": reply.id,
        "received_at": iso(reply.received_at),
        "peer": reply.peer,
        "sender": reply.sender,
        "recipients": json.loads(reply.recipients),
        "subject": reply.subject,
        "state": reply.state,
        "attempts": reply.attempts,
        "kind": reply.kind,
        "request": reply.request,
        "words": reply.words,
        "level": reply.level,
        "authentication": reply.authentication,
        "action": reply.action,
        "reason": reply.reason,
        "excerpt": reply.excerpt,
        "settled_at": iso(reply.settled_at),
    }


def event_facts(event: Event, refs: Mapping[str, str]) -> Facts:
    """Return one line of the log; `refs` names clients and contacts by id."""
    return {
        "id": event.id,
        "at": iso(event.at),
        "actor": event.actor,
        "verb": event.verb,
        "subject": event.subject,
        "reason": event.reason,
        "client": refs.get(event.client_id or ""),
        "contact": refs.get(event.contact_id or ""),
    }
