"""Cookies: signed ones for a link and a known browser, a random one for a log-in.

A link's cookie is checked against the link's row at every request, so that revoking the link
ends it; a log-in session ends after 30 idle minutes and after 8 hours in all. Logging out ends
either on our side, and one visit by a link never another.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode

from maild.clock import DAY, HOUR, MINUTE, SECOND
from maild.ids import KeyRing, Purpose, RandomBytes
from maild.store.sessions import SessionRow

IDLE = 30 * MINUTE
ABSOLUTE = 8 * HOUR
LINK_SESSION = 2 * HOUR
BROWSER = 365 * DAY
TOUCH_EVERY = MINUTE


def seal_link(keys: KeyRing, link_id: str, random_bytes: RandomBytes, now: int) -> str:
    """Return the cookie value of one visit: which link it came by, and when."""
    return _seal(keys, "link", f"{link_id}-{new_secret(random_bytes)}", now)


def open_link(keys: KeyRing, cookie: str, now: int) -> str | None:
    """Return the link id in a genuine cookie that is not too old, else None."""
    visit = _unseal(keys, "link", cookie, now - LINK_SESSION)
    return visit.partition("-")[0] if visit else None


def seal_browser(keys: KeyRing, key: str, random_bytes: RandomBytes, now: int) -> str:
    """Return the cookie value by which a browser is known that an address key logged in from.

    The address is not in it, but it is good for that address alone.
    """
    return _seal(keys, f"browser {key}", new_secret(random_bytes), now)


def open_browser(keys: KeyRing, cookie: str, key: str, now: int) -> str | None:
    """Return the name of a browser that an address key logged in from this year, else None."""
    return _unseal(keys, f"browser {key}", cookie, now - BROWSER)


def new_secret(random_bytes: RandomBytes) -> str:
    """Return 256 random bits for a cookie."""
    return urlsafe_b64encode(random_bytes(32)).decode().rstrip("=")


def hash_secret(secret: str) -> str:
    """Return what is stored of a session's secret; it is random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _seal(keys: KeyRing, what: str, name: str, now: int) -> str:
    said = f"{name}.{now // SECOND}"
    return f"{said}.{keys.sign(Purpose.COOKIE, _signed(what, said))}"


def _unseal(keys: KeyRing, what: str, cookie: str, sealed_after: int) -> str | None:
    """Return the name in a cookie that was sealed for that very thing after an instant."""
    said, _, signature = cookie.rpartition(".")
    if not keys.verify(Purpose.COOKIE, _signed(what, said), signature):
        return None
    name, _, since = said.partition(".")
    return name if int(since) * SECOND > sealed_after else None


def _signed(what: str, said: str) -> str:
    """Return what a signature covers; a cookie holds no line end, so what follows it is all."""
    return f"{what}\n{said}"


def is_session_live(session: SessionRow, now: int) -> bool:
    """Tell whether a session is neither idle too long nor too old."""
    return now < session.seen_at + IDLE and now < session.created_at + ABSOLUTE
