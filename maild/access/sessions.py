"""Cookies: a signed one for a link, a random one for a log-in whose hash is a row.

A link's cookie is checked against the link's row at every request, so that revoking the link
ends it; a log-in session ends after 30 idle minutes and after 8 hours in all.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode

from maild.clock import HOUR, MINUTE, SECOND
from maild.ids import KeyRing, Purpose, RandomBytes
from maild.store.sessions import SessionRow

IDLE = 30 * MINUTE
ABSOLUTE = 8 * HOUR
LINK_SESSION = 2 * HOUR
TOUCH_EVERY = MINUTE


def seal_link(keys: KeyRing, link_id: str, now: int) -> str:
    """Return the cookie value that says which link a visitor came by, and when."""
    said = f"{link_id}.{now // SECOND}"
    return f"{said}.{keys.sign(Purpose.COOKIE, said)}"


def open_link(keys: KeyRing, cookie: str, now: int) -> str | None:
    """Return the link id in a genuine cookie that is not too old, else None."""
    said, _, signature = cookie.rpartition(".")
    link_id, _, since = said.partition(".")
    if not keys.verify(Purpose.COOKIE, said, signature):
        return None
    return link_id if now < int(since) * SECOND + LINK_SESSION else None


def new_secret(random_bytes: RandomBytes) -> str:
    """Return 256 random bits for a cookie."""
    return urlsafe_b64encode(random_bytes(32)).decode().rstrip("=")


def hash_secret(secret: str) -> str:
    """Return what is stored of a session's secret; it is random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_session_live(session: SessionRow, now: int) -> bool:
    """Tell whether a session is neither idle too long nor too old."""
    return now < session.seen_at + IDLE and now < session.created_at + ABSOLUTE
