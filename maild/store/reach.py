"""How far somebody's view of a client reaches: the one condition of every query for a visitor."""

from __future__ import annotations

from dataclasses import dataclass

# an instant that never comes
NEVER = 2**63 - 1

# of a document `d`, with the values of a `Reach` as $1 to $3
WITHIN = (
    "d.client_id = $1 AND (d.created_at >= $2 OR EXISTS"
    " (SELECT 1 FROM links l WHERE l.document_id = d.id AND l.contact_id = $3)"
    " OR EXISTS (SELECT 1 FROM link_holders h JOIN links l ON l.id = h.link_id"
    " WHERE h.contact_id = $3 AND l.document_id = d.id))"
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Of one client: what came at an instant or later, and what a contact was given a link to."""

    client_id: str
    since: int = 0
    contact_id: str = ""

    @property
    def values(self) -> tuple[str, int, str]:
        """What `WITHIN` takes as $1 to $3."""
        return self.client_id, self.since, self.contact_id
