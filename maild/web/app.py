"""The site map: every route of the client area and of the operator's listener."""

from __future__ import annotations

from aiohttp import web

from maild.office import Office
from maild.services.census import Census
from maild.web.admin import show_health, show_metrics, show_readiness
from maild.web.dead_links import take_fresh_link
from maild.web.documents import send_attachment, send_pdf, show_document
from maild.web.downloads import send_logo, send_seen_script, send_style
from maild.web.estimates import take_accept, take_decline
from maild.web.files import send_client_file, show_files
from maild.web.guard import guard
from maild.web.headers import add_headers
from maild.web.impersonation import show_invitation, take_end, take_invitation
from maild.web.keys import CENSUS, NOTED, NOTING, OFFICE, SHELF
from maild.web.links import open_personal_link
from maild.web.lists import show_home, show_list
from maild.web.login import show_login, take_login, take_logout, take_switch
from maild.web.password import show_password, take_password
from maild.web.recover import show_recover, take_recover
from maild.web.seen import finish_notes, take_seen
from maild.web.shelf import Shelf
from maild.web.statement import send_statement, show_statement

_KIND = "{kind:invoices|estimates}"
_LARGEST_BODY = 64 * 1024


def build_site(office: Office) -> web.Application:
    """Return the client area; a handler's own docstring says what its route shows."""
    site = web.Application(middlewares=[guard], client_max_size=_LARGEST_BODY)
    site[OFFICE] = office
    site[NOTING] = {}
    site[NOTED] = {}
    site[SHELF] = Shelf(office.random_bytes(16).hex())
    site.on_cleanup.append(finish_notes)
    site.on_response_prepare.append(add_headers)
    site.add_routes(_routes())
    return site


def _routes() -> list[web.RouteDef]:
    return [
        web.get("/", show_home),
        web.get("/l/{token}", open_personal_link),
        web.get(f"/{_KIND}", show_list),
        web.get(f"/{_KIND}/{{number:[^/]+}}.pdf", send_pdf),
        web.get(f"/{_KIND}/{{number}}", show_document),
        web.get(f"/{_KIND}/{{number}}/attachments/{{id}}", send_attachment),
        web.get("/files", show_files),
        web.get("/files/{id}", send_client_file),
        web.get("/statement", show_statement),
        web.get("/statement.pdf", send_statement),
        web.post("/estimates/{number}/accept", take_accept),
        web.post("/estimates/{number}/decline", take_decline),
        web.post("/l/{token}/fresh", take_fresh_link),
        web.get("/recover", show_recover),
        web.post("/recover", take_recover),
        web.get("/password", show_password),
        web.post("/password", take_password),
        web.get("/login", show_login),
        web.post("/login", take_login),
        web.post("/logout", take_logout),
        web.post("/switch", take_switch),
        web.post("/seen", take_seen),
        web.get("/impersonate/{token}", show_invitation),
        web.post("/impersonate/{token}", take_invitation),
        web.post("/impersonation/end", take_end),
        web.get("/static/style.css", send_style),
        web.get("/static/seen.js", send_seen_script),
        web.get("/static/logo", send_logo),
    ]


def build_admin(office: Office) -> web.Application:
    """Return what the operator's machines ask: is it alive, is it ready, what has it done."""
    site = web.Application()
    site[OFFICE] = office
    site[CENSUS] = Census(office)
    site.add_routes(
        [
            web.get("/healthz", show_health),
            web.get("/readyz", show_readiness),
            web.get("/metrics", show_metrics),
        ]
    )
    return site
