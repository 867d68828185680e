"""The life of a personal link: what it opens, how far, until when, and why not any more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maild.clock import DAY
from maild.config_sections import Links
from maild.model import Client, Contact, Link, StoredDocument
from maild.states import LoginRule


class LinkState(StrEnum):
    """Whether a link opens anything, and if not, the one-word reason."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Scope(StrEnum):
    """How far a visitor may look around."""

    DOCUMENT = "document"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class LinkedVisit:
    """A link with everything it leads to, as stored at this moment.

    `has_files`: the document has attachments; `left`: whoever came by it in the browser that is
    asking has logged out.
    """

    link: Link
    contact: Contact
    client: Client
    document: StoredDocument
    has_files: bool = True
    left: bool = False


def judge_link(visit: LinkedVisit, rules: Links, now: int) -> LinkState:
    """Return whether the link is live: only expiry or an explicit revocation ends it."""
    if visit.link.revoked_at is not None or visit.contact.disabled_at is not None:
        return LinkState.REVOKED
    return LinkState.EXPIRED if now >= find_end(visit, rules) else LinkState.LIVE


def find_end(visit: LinkedVisit, rules: Links) -> int:
    """Return when the link expires: its own end, else the one its client or the rules give it."""
    if visit.link.expires_at is not None:
        return visit.link.expires_at
    end = visit.link.created_at + (visit.client.link_days or rules.expire_days) * DAY
    if visit.document.settled_at is not None:
        # a link made after the settlement lives as long as one made before it had left
        settled = max(visit.document.settled_at, visit.link.created_at)
        end = min(end, settled + rules.settled_days * DAY)
    return end


def reach_of(visit: LinkedVisit, rules: Links, now: int) -> Scope:
    """Return how far a live link reaches: the account while it is young, else its document."""
    young = now < visit.link.created_at + rules.account_days * DAY
    copied = visit.link.scope == Scope.DOCUMENT
    return scope_for(visit.client, rules, copied=copied) if young else Scope.DOCUMENT


def enforces_login(client: Client, rules: Links) -> bool:
    """Tell whether the client's links ask for the password: by its own choice or by default."""
    if client.login == LoginRule.DEFAULT:
        return rules.enforce_login
    return client.login == LoginRule.YES


def scope_for(client: Client, rules: Links, *, copied: bool) -> Scope:
    """Return the scope of a new link: the document only for copies and shared clients."""
    narrow = copied or client.shared or Scope.DOCUMENT in (client.link_scope, rules.scope)
    return Scope.DOCUMENT if narrow else Scope.ACCOUNT
