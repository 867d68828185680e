"""The domain's values as plain facts: what `--json` prints. Names here are relied on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maild.cli.words import iso

if TYPE_CHECKING:
    from datetime import date

    from maild.model import Attachment, Client, Contact, Event, Letter, Reply, StoredDocument

Facts = dict[str, Any]


def client_facts(client: Client) -> Facts:
    """Return what is known of a client."""
    return {
        "ref": client.ref,
        "name": client.name,
        "enforce_login": client.enforce_login,
        "shared": client.shared,
        "link_scope": client.link_scope,
        "created_at": iso(client.created_at),
    }


def contact_facts(contact: Contact) -> Facts:
    """Return what is known of a contact; one that is disabled says since when."""
    return {
        "address": contact.address,
        "name": contact.name,
        "created_at": iso(contact.created_at),
        "disabled_at": iso(contact.disabled_at),
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


def attachment_facts(attachment: Attachment) -> Facts:
    """Return what is known of a document's file."""
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.hash,
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
        "level": reply.level,
        "action": reply.action,
        "reason": reply.reason,
        "excerpt": reply.excerpt,
        "settled_at": iso(reply.settled_at),
    }


def event_facts(event: Event, refs: Mapping[str, str]) -> Facts:
    """Return one line of the log; `refs` are the clients' references by id."""
    return {
        "id": event.id,
        "at": iso(event.at),
        "actor": event.actor,
        "verb": event.verb,
        "subject": event.subject,
        "reason": event.reason,
        "client": refs.get(event.client_id or ""),
    }
