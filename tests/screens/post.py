"""The letters a client or the operator may find in the inbox, one of each kind."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mails import Mail
from tests.screens.scene import Scene

# how the subject of each begins, or what else tells it apart
LETTERS = {
    "invoice": "Invoice INV-1001",
    "invoice-sixty-lines": "Invoice INV-1002",
    "invoice-credit": "Invoice INV-1007",
    "invoice-right-to-left": "Invoice NOOR-1",
    "invoice-long-name": "Invoice LONG-1",
    "invoice-unbroken-name": "Invoice DDSG-1",
    "invoice-markup-in-name": "Invoice MARK-1",
    "invoice-log-in-enforced": "Invoice LOCKED-1",
    "estimate": "Estimate EST-1",
    "accepted": "You accepted",
    "declined": "You declined",
    "paid": "Thank you: invoice INV-1005",
    "paid-in-parts": "Thank you: invoice INV-1009",
    "sent-again": "Sent again: invoice SINGLE-1",
    "reminder-friendly": "Reminder: invoice SLOW-1",
    "reminder-firm": "Overdue: invoice SLOW-2",
    "reminder-final": "Final reminder: invoice OLD-1",
    "chase": "Estimate SLOW-3 from Example Ltd: £300.00, open until",
    "digest": "Digest of 24 November 2026",
    "way-in": "Your way in to invoice SINGLE-1",
    "fresh-link": "A fresh link to invoice WITHDRAWN-1",
    "password-changed": "Your password for",
    "statement": "Your account with",
    "confirm": "Please confirm: you accept estimate EST-1",
    "change-asked": "Somebody asked to change who gets invoices",
    "desk": "Re: Invoice SINGLE-1",
    "trial": "[Test for trial@try.example]",
    "operator-question": "dora@single.example (Single Ltd)",
    "operator-not-delivered": "Not delivered: Invoice FULL-1",
    "operator-accepted": "Jane Whitfield (Acme Theatre Ltd) accepted",
    "operator-declined": "Jane Whitfield (Acme Theatre Ltd) declined",
}


def show_letters(scene: Scene, subjects: Mapping[str, str]) -> dict[str, str]:
    """Return the HTML of each letter by its name; raises `LookupError` where one was not sent."""
    return {name: mail.page for name, mail in find_letters(scene, subjects).items()}


def find_letters(scene: Scene, subjects: Mapping[str, str]) -> dict[str, Mail]:
    """Return each letter by its name; raises `LookupError` where one was not sent."""
    return {f"letter-{name}": _find(scene, subject) for name, subject in subjects.items()}


def _find(scene: Scene, subject: str) -> Mail:
    for mail in scene.mail:
        if mail.subject.startswith(subject):
            return mail
    raise LookupError(f"no letter begins with {subject}: {[mail.subject for mail in scene.mail]}")
