"""The headers of every answer: what a browser may do with it, which is little."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from maild.web.keys import OFFICE, SCRIPTED

_ALWAYS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Server": "maild",
}
# only a page with the script that tells of a reader; it sends a form, to us alone
_SCRIPTED = f"{_ALWAYS['Content-Security-Policy']}; script-src 'self'; connect-src 'self'"
_HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


def security_headers(base_url: str) -> Mapping[str, str]:
    """Return the headers that every answer of a site at that URL bears."""
    return _ALWAYS | (_HTTPS_ONLY if base_url.startswith("https:") else {})


async def add_headers(request: web.Request, answer: web.StreamResponse) -> None:
    """Add them to an answer on its way out, whoever made it (an `on_response_prepare` signal)."""
    answer.headers.update(security_headers(request.app[OFFICE].config.web.base_url))
    answer.headers.setdefault("Cache-Control", "no-store")
    if answer.get(SCRIPTED):
        answer.headers["Content-Security-Policy"] = _SCRIPTED
