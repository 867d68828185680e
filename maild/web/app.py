"""The site map: every route of the client area and of the operator's listener."""

from __future__ import annotations

from aiohttp import web

from maild.office import Office
from maild.web.admin import show_health, show_metrics, show_readiness
from maild.web.documents import send_attachment, send_pdf, show_document, show_home, show_list
from maild.web.downloads import send_logo, send_style
from maild.web.guard import guard
from maild.web.headers import add_headers
from maild.web.keys import OFFICE
from maild.web.links import open_personal_link
from maild.web.login import show_login, take_login, take_logout, take_switch

_KIND = "{kind:invoices|estimates}"
_LARGEST_BODY = 64 * 1024


def build_site(office: Office) -> web.Application:
    """Return the client area; a handler's own docstring says what its route shows."""
    site = web.Application(middlewares=[guard], client_max_size=_LARGEST_BODY)
    site[OFFICE] = office
    site.on_response_prepare.append(add_headers)
    site.add_routes(
        [
            web.get("/", show_home),
            web.get("/l/{token}", open_personal_link),
            web.get(f"/{_KIND}", show_list),
            web.get(f"/{_KIND}/{{number:[^/]+}}.pdf", send_pdf),
            web.get(f"/{_KIND}/{{number}}", show_document),
            web.get(f"/{_KIND}/{{number}}/attachments/{{id}}", send_attachment),
            web.get("/login", show_login),
            web.post("/login", take_login),
            web.post("/logout", take_logout),
            web.post("/switch", take_switch),
            web.get("/static/style.css", send_style),
            web.get("/static/logo", send_logo),
        ]
    )
    return site


def build_admin(office: Office) -> web.Application:
    """Return what the operator's machines ask: is it alive, is it ready, what has it done."""
    site = web.Application()
    site[OFFICE] = office
    site.add_routes(
        [
            web.get("/healthz", show_health),
            web.get("/readyz", show_readiness),
            web.get("/metrics", show_metrics),
        ]
    )
    return site
