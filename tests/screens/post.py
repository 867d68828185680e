"""The letters a client or the operator may find in the inbox, one of each kind."""

from __future__ import annotations

from tests.screens.scene import Scene

# how the subject of each begins, or what else tells it apart
SUBJECTS = {
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
    "operator-accepted": "Jane Whitfield (Acme Theatre Ltd) accepted",
    "operator-declined": "Jane Whitfield (Acme Theatre Ltd) declined",
}


def show_letters(scene: Scene) -> dict[str, str]:
    """Return the HTML of each letter by its name."""
    return {
        f"letter-{name}": next(m.html for m in scene.mail if m.subject.startswith(subject))
        for name, subject in SUBJECTS.items()
    }
