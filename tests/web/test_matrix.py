"""Who may do what: every route of the client area against everyone who may knock, without gaps.

A row is a method, a path, and what each visitor gets there: a status, or the place a redirect
leads to. Forms bear the token of the visitor's own browser; without it nobody gets anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from maild.services.files import add_files
from maild.services.impersonation import start_impersonation
from maild.services.lookup import need_client
from maild.store import clients, documents, files
from maild.store.database import Transaction
from maild.store.links import revoke_links
from maild.web.app import build_site
from tests.paper import without_ink
from tests.visitor import Browser, Page
from tests.web.area import (
    JANE,
    SHEET,
    TOM,
    assert_guarded,
    disable,
    expire,
    last_link,
    last_password,
)
from tests.world import HouseWorld

VISITORS = {
    "non": "nobody we know",
    "oth": "another client's contact, by link",
    "nar": "by a link to one document",
    "old": "by a link older than thirty days",
    "acc": "by a link to the account",
    "exp": "by a link that has expired",
    "rev": "by a link that was revoked",
    "dis": "a contact who was disabled",
    "enf": "by a link where a log-in is enforced",
    "pwd": "logged in with a password",
    "imp": "an operator looking as the contact",
}
TABLE = """
                                            non oth nar old acc exp rev dis enf pwd imp
GET  /                                      in  200 doc doc 200 410 410 410 in  200 200
GET  /invoices                              in  200 404 404 200 410 410 410 in  200 200
GET  /estimates                             in  200 404 404 200 410 410 410 in  200 200
GET  /invoices?status=strange               in  400 404 404 400 410 410 410 in  400 400
GET  /files                                 in  200 404 404 200 410 410 410 in  200 200
GET  /statement                             in  200 404 404 200 410 410 410 in  200 200
GET  /statement.pdf                         in  200 404 404 200 410 410 410 in  200 200
GET  /invoices/INV-1                        in  404 200 200 200 410 410 410 in  200 200
GET  /estimates/EST-1                       in  404 404 404 200 410 410 410 in  200 200
GET  /invoices/INV-9                        in  200 404 404 404 410 410 410 in  404 404
GET  /invoices/EST-1                        in  404 404 404 404 410 410 410 in  404 404
GET  /estimates/INV-1                       in  404 404 404 404 410 410 410 in  404 404
GET  /invoices/NONE                         in  404 404 404 404 410 410 410 in  404 404
GET  /invoices/INV-1.pdf                    in  404 200 200 200 410 410 410 in  200 200
GET  /estimates/EST-1.pdf                   in  404 404 404 200 410 410 410 in  200 200
GET  /invoices/INV-9.pdf                    in  200 404 404 404 410 410 410 in  404 404
GET  /invoices/NONE.pdf                     in  404 404 404 404 410 410 410 in  404 404
GET  /invoices/INV-1/attachments/{ours}     in  404 200 200 200 410 410 410 in  200 200
GET  /invoices/INV-9/attachments/{theirs}   in  200 404 404 404 410 410 410 in  404 404
GET  /invoices/INV-1/attachments/{theirs}   in  404 404 404 404 410 410 410 in  404 404
GET  /invoices/INV-9/attachments/{ours}     in  404 404 404 404 410 410 410 in  404 404
GET  /estimates/EST-1/attachments/{ours}    in  404 404 404 404 410 410 410 in  404 404
GET  /invoices/INV-1/attachments/{file}     in  404 404 404 404 410 410 410 in  404 404
GET  /invoices/INV-1/attachments/none       in  404 404 404 404 410 410 410 in  404 404
GET  /files/{file}                          in  404 404 404 200 410 410 410 in  200 200
GET  /files/{their_file}                    in  200 404 404 404 410 410 410 in  404 404
GET  /files/{ours}                          in  404 404 404 404 410 410 410 in  404 404
GET  /files/none                            in  404 404 404 404 410 410 410 in  404 404
GET  /password                              in  200 200 200 200 410 410 410 in  200 200
GET  /login                                 200 200 200 200 200 200 200 200 200 200 200
GET  /recover                               200 200 200 200 200 200 200 200 200 200 200
GET  /l/{link}                              doc doc doc doc doc 410 410 410 doc doc doc
GET  /l/aaaa                                404 404 404 404 404 404 404 404 404 404 404
GET  /impersonate/{look}                    200 200 200 200 200 200 200 200 200 200 200
GET  /impersonate/aa                        404 404 404 404 404 404 404 404 404 404 404
GET  /static/style.css                      200 200 200 200 200 200 200 200 200 200 200
GET  /static/seen.js                        200 200 200 200 200 200 200 200 200 200 200
GET  /static/logo                           404 404 404 404 404 404 404 404 404 404 404
GET  /nowhere                               404 404 404 404 404 404 404 404 404 404 404
GET  /healthz                               404 404 404 404 404 404 404 404 404 404 404
GET  /readyz                                404 404 404 404 404 404 404 404 404 404 404
GET  /metrics                               404 404 404 404 404 404 404 404 404 404 404
GET  /invoices/                             404 404 404 404 404 404 404 404 404 404 404
GET  /%2e%2e/login                          404 404 404 404 404 404 404 404 404 404 404
GET  //login                                404 404 404 404 404 404 404 404 404 404 404
POST /seen                                  in  404 204 204 204 410 410 410 in  204 403
POST /estimates/EST-1/accept                in  404 404 404 est 410 410 410 in  est 403
POST /estimates/EST-2/decline               in  404 404 404 est 410 410 410 in  est 403
POST /estimates/INV-1/accept                in  404 404 404 404 410 410 410 in  404 403
POST /estimates/NONE/decline                in  404 404 404 404 410 410 410 in  404 403
POST /switch                                in  404 404 404 404 410 410 410 in  top 403
POST /password                              in  403 403 403 403 410 410 410 in  422 403
POST /recover                               200 200 200 200 200 200 200 200 200 200 403
POST /l/{link}/fresh                        lnk lnk lnk lnk lnk 200 200 410 lnk lnk 403
POST /l/aaaa/fresh                          404 404 404 404 404 404 404 404 404 404 403
POST /login                                 403 403 403 403 403 403 403 403 403 403 403
POST /impersonate/{look}                    top top top top top top top top top top top
POST /impersonate/aa                        404 404 404 404 404 404 404 404 404 404 404
POST /logout                                200 200 200 200 200 200 200 200 200 200 403
POST /impersonation/end                     200 200 200 200 200 200 200 200 200 200 200
"""
# the last two rows end a log-in and a look
PLACES = {"/login": "in", "/invoices/INV-1": "doc", "/": "top"}
DOCUMENT = re.compile(r"/(invoices|estimates)/[A-Z0-9-]+")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    method: str
    path: str
    answers: dict[str, str]


def read_table() -> list[Row]:
    """Return the table's rows; fail unless each has an answer for every visitor."""
    first, *lines = TABLE.strip().splitlines()
    assert first.split() == list(VISITORS)
    rows = []
    for line in lines:
        method, path, *answers = line.split()
        rows.append(Row(method, path, dict(zip(VISITORS, answers, strict=True))))
    return rows


ROWS = read_table()


async def test_every_route_has_a_row(house: HouseWorld) -> None:
    site = build_site(house.office)
    routes = {(r.method, r.resource.canonical) for r in site.router.routes() if r.resource}
    held = {(row.method, await _find_route(site, row)) for row in ROWS}
    assert {route for route in routes if route[0] != "HEAD"} - held == set()


async def _find_route(site: web.Application, row: Row) -> str:
    path = re.sub(r"\{\w+\}", "x", row.path)
    found = await site.router.resolve(make_mocked_request(row.method, path))
    return found.route.resource.canonical if found.route.resource else ""


@pytest.mark.parametrize("visitor", VISITORS)
async def test_each_visitor_gets_what_the_table_says(house: HouseWorld, visitor: str) -> None:
    names = await _furnish(house, visitor)
    cookies = await _come_in(house, visitor)
    missing = (await _send(house, cookies, "GET", "/nothing-here", {})).body
    for row in ROWS:
        look = await _invite(house) if "{look}" in row.path else ""
        path = row.path.format(**names, look=look)
        page = await _send(house, cookies, row.method, path, _form(row.path, names))
        script = page.status == 200 and DOCUMENT.fullmatch(path) and visitor != "imp"
        assert_guarded(page.headers, scripted=bool(script))
        assert (row.path, _name(page)) == (row.path, row.answers[visitor])
        if page.status == 404:
            assert page.body == missing, row.path


@pytest.mark.parametrize("visitor", ["non", "acc", "pwd", "imp"])
async def test_no_form_is_taken_without_the_token_of_its_browser(
    house: HouseWorld, visitor: str
) -> None:
    names = await _furnish(house, visitor)
    cookies = await _come_in(house, visitor)
    before = await _acts(house)
    for row in ROWS:
        if row.method == "POST":
            async with house.browser() as browser:
                browser._session.cookie_jar.update_cookies(cookies, URL(browser.base))
                path = row.path.format(**names, look="aa")
                page = await browser.post(path, {"csrf": "none"}, allow_redirects=False)
                assert (path, page.status) == (path, 403)
    assert await _acts(house) == before


async def _acts(world: HouseWorld) -> list[str]:
    """Return the log without fetches, which are noted a little later."""
    return [line for line in await world.log() if not line.startswith("fetched ")]


async def _furnish(world: HouseWorld, visitor: str) -> dict[str, str]:
    """Fill the house; return what the table's placeholders stand for."""
    without_ink(world)
    scope = "document" if visitor == "nar" else "account"
    await world.client("Acme Ltd", JANE, link_scope=scope, enforce_login=visitor == "enf")
    await world.client("Other Ltd", TOM)
    for number in ("EST-1", "EST-2"):
        await world.issue(number, type="estimate", valid_until="2027-12-01")
    await world.issue("INV-1", password=visitor == "pwd", files=(SHEET,))
    await world.issue("INV-9", client="OTHER", files=(SHEET,))
    names = {"link": (await last_link(world, JANE)).rpartition("/")[2]}
    db = world.office.db
    for name, ref, number in (("ours", "ACME", "INV-1"), ("theirs", "OTHER", "INV-9")):
        document = await documents.find_document(db, number)
        assert document
        names[name] = (await documents.list_attachments(db, document.id))[0].id
        await add_files(world.office, ref, (SHEET,), actor="test")
    acme, other = [await need_client(db, ref) for ref in ("ACME", "OTHER")]
    for name, client in (("file", acme), ("their_file", other)):
        file = await files.find_file(db, client.id, SHEET.name)
        assert file
        names[name] = file.id
    estimate = await documents.find_document(db, "EST-1")
    second = await documents.find_document(db, "EST-2")
    assert estimate
    assert second
    return names | {"client": acme.id, "EST-1": estimate.version, "EST-2": second.version}


async def _come_in(world: HouseWorld, visitor: str) -> dict[str, str]:
    """Let a visitor in, let happen what befell them since, and return their cookies."""
    async with world.browser() as browser:
        await ENTER.get(visitor, _by_link)(world, browser)
        return {cookie.key: cookie.value for cookie in browser._session.cookie_jar}


async def _send(
    world: HouseWorld,
    cookies: dict[str, str],
    method: str,
    path: str,
    fields: dict[str, str],
) -> Page:
    """Ask for a page as a visitor, each time in a browser that has just come in."""
    async with world.browser() as browser:
        browser._session.cookie_jar.update_cookies(cookies, URL(browser.base))
        if method == "GET":
            return await browser.get(path, allow_redirects=False)
        form = await browser.get("/login")
        return await browser.post(
            path, {**(fields or {}), "csrf": form.csrf}, allow_redirects=False
        )


async def _invite(world: HouseWorld) -> str:
    look = await start_impersonation(world.office, "OTHER", None, reason="a look", actor="test")
    return look.url.rpartition("/")[2]


def _form(path: str, names: dict[str, str]) -> dict[str, str]:
    """Return what a person would fill in."""
    number = path.split("/")[2] if path.startswith("/estimates/") else ""
    return {
        "/seen": {"path": "/invoices/INV-1"},
        "/switch": {"client": names["client"]},
        "/login": {"address": JANE, "password": "a guess"},
        "/recover": {"address": JANE},
        "/password": {"password": "longer than eight", "again": "but not the same"},
    }.get(path, {"name": "Jane", "version": names.get(number, "")})


def _name(page: Page) -> str:
    """Return an answer in the words of the table."""
    if page.status != 303:
        return str(page.status)
    where = page.headers["Location"].partition("?")[0]
    for start, word in (("/l/", "lnk"), ("/estimates/", "est")):
        if where.startswith(start):
            return word
    return PLACES[where]


async def _by_nothing(_: HouseWorld, __: Browser) -> None:
    pass


async def _by_link(world: HouseWorld, browser: Browser) -> None:
    assert (await browser.get(await last_link(world, JANE))).status == 200


async def _by_old_link(world: HouseWorld, browser: Browser) -> None:
    await world.advance(days=30)
    await _by_link(world, browser)


async def _by_expired_link(world: HouseWorld, browser: Browser) -> None:
    await expire(world, browser, await last_link(world, JANE))


async def _by_revoked_link(world: HouseWorld, browser: Browser) -> None:
    await _by_link(world, browser)
    (jane,) = await clients.list_contacts_of_address(world.office.db, JANE)

    async def revoke(tx: Transaction) -> None:
        await revoke_links(tx, jane.id, world.clock(), "test")

    await world.office.db.transact(revoke)


async def _disabled(world: HouseWorld, browser: Browser) -> None:
    await _by_link(world, browser)
    await disable(world)


async def _by_other_link(world: HouseWorld, browser: Browser) -> None:
    assert (await browser.get(await last_link(world, TOM))).status == 200


async def _by_password(world: HouseWorld, browser: Browser) -> None:
    assert (await browser.log_in(JANE, await last_password(world))).path == "/"


async def _by_looking(world: HouseWorld, browser: Browser) -> None:
    look = await start_impersonation(world.office, "ACME", JANE, reason="a look", actor="test")
    path = look.url.removeprefix(browser.base)
    page = await browser.post(path, {"csrf": (await browser.get(path)).csrf})
    assert page.path == "/"


ENTER: dict[str, Callable[[HouseWorld, Browser], Awaitable[None]]] = {
    "non": _by_nothing,
    "oth": _by_other_link,
    "old": _by_old_link,
    "exp": _by_expired_link,
    "rev": _by_revoked_link,
    "dis": _disabled,
    "pwd": _by_password,
    "imp": _by_looking,
}
