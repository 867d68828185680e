"""Forms: small, well-formed, and sent from our own pages, or refused."""

from __future__ import annotations

from urllib.parse import parse_qsl

from aiohttp import web

from maild.web.cookies import is_form_genuine
from maild.web.keys import OFFICE

_LARGEST = 64 * 1024
_FIELDS = 20


async def read_form(request: web.Request) -> dict[str, str]:
    """Return a posted form's fields.

    Raises 400 for what is not a URL-encoded form in UTF-8, 413 over 64 KiB, and 403 unless the
    form was served by us to this browser.
    """
    _check_origin(request)
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPBadRequest
    if (request.content_length or 0) > _LARGEST:
        raise web.HTTPRequestEntityTooLarge(_LARGEST, request.content_length or 0)
    body = await request.read()
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_FIELDS,
        )
    except ValueError:
        raise web.HTTPBadRequest from None
    fields = dict(pairs)
    if any("\0" in value for value in fields.values()):
        raise web.HTTPBadRequest
    if not is_form_genuine(request, fields.get("csrf", "")):
        raise web.HTTPForbidden
    return fields


def local_path(target: str) -> str:
    """Return a path of this site to go on to; anything else becomes the overview."""
    plain = target.isascii() and target.isprintable() and "\\" not in target
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"


def _check_origin(request: web.Request) -> None:
    """Refuse what another site sent; a page without a referrer names its origin as null."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    known = (None, "null", request.app[OFFICE].config.web.base_url)
    if origin not in known or site not in {"same-origin", "none"}:
        raise web.HTTPForbidden
