"""Forms: small, well-formed, and sent from our own pages, or refused."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from aiohttp import web

from maild.web.cookies import is_form_genuine
from maild.web.keys import OFFICE
from maild.web.peers import is_our_host

_LARGEST = 64 * 1024
_FIELDS = 20
_SECONDS = 10.0


async def read_form(request: web.Request) -> dict[str, str]:
    """Return a posted form's fields.

    Raises 400 for what is not a URL-encoded form in UTF-8, 408 when it takes too long to arrive,
    413 over 64 KiB, and 403 unless the form was served by us to this browser.
    """
    _check_origin(request)
    _check_kind(request)
    body = await _read_body(request)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_FIELDS,
        )
    except ValueError:
        raise web.HTTPBadRequest from None
    if any("\0" in text for pair in pairs for text in pair):
        raise web.HTTPBadRequest
    fields = dict(pairs)
    if not is_form_genuine(request, fields.get("csrf", "")):
        raise web.HTTPForbidden
    return fields


def local_path(target: str) -> str:
    """Return a path of this site to go on to; anything else becomes the overview."""
    plain = target.isascii() and target.isprintable() and "\\" not in target
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"


def _check_kind(request: web.Request) -> None:
    known = request.content_type == "application/x-www-form-urlencoded"
    charset = (request.charset or "utf-8").lower()
    if not known or charset != "utf-8" or "Content-Encoding" in request.headers:
        raise web.HTTPBadRequest


async def _read_body(request: web.Request) -> bytes:
    if (request.content_length or 0) > _LARGEST:
        raise web.HTTPRequestEntityTooLarge(_LARGEST, request.content_length or 0)
    try:
        async with asyncio.timeout(_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError):
        # broken off or garbled on its way
        raise web.HTTPBadRequest from None


def _check_origin(request: web.Request) -> None:
    """Refuse what another site sent; a page without a referrer names its origin as null."""
    scheme, _, host = request.headers.get("Origin", "null").partition("://")
    ours = request.app[OFFICE].config.web.base_url.partition(":")[0]
    known = scheme == "null" or (scheme == ours and is_our_host(request, host))
    if not known or request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        raise web.HTTPForbidden
