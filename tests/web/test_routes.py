"""Every route of the client area against everyone who may knock: one table, no gaps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from maild.store import documents
from maild.web.app import build_site
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
from tests.world import Browser, HouseWorld

VISITORS = (
    "nobody",
    "account link",
    "document link",
    "old link",
    "expired link",
    "disabled contact",
    "other client",
    "enforced log-in",
    "password",
)
# what each of them gets, in that order: `login` and `document` are redirects, `own` the page
EVERYONE = "200 200 200 200 200 200 200 200 200"
NOBODY = "404 404 404 404 404 404 404 404 404"
ASKED = "403 403 403 403 403 403 403 403 403"
WHOLE = "login 200 document document 410 410 200 login 200"
LISTS = "login 200 404 404 410 410 200 login 200"
OWN = "login 200 200 200 410 410 404 login 200"
SIBLING = "login 200 404 404 410 410 404 login 200"
OTHERS = "login 404 404 404 410 410 200 login 404"
NEITHER = "login 404 404 404 410 410 404 login 404"

ANSWERS = {
    ("GET", "/"): {"/": WHOLE},
    ("GET", "/{kind}"): {"/invoices": LISTS, "/estimates": LISTS},
    ("GET", "/{kind}/{number}"): {
        "/invoices/INV-1": OWN,
        "/estimates/EST-1": SIBLING,
        "/invoices/INV-9": OTHERS,
        "/invoices/EST-1": NEITHER,
        "/estimates/INV-1": NEITHER,
        "/invoices/NONE": NEITHER,
    },
    ("GET", "/{kind}/{number}.pdf"): {
        "/invoices/INV-1.pdf": OWN,
        "/estimates/EST-1.pdf": SIBLING,
        "/invoices/INV-9.pdf": OTHERS,
        "/invoices/NONE.pdf": NEITHER,
    },
    ("GET", "/{kind}/{number}/attachments/{id}"): {
        "/invoices/INV-1/attachments/{ours}": OWN,
        "/invoices/INV-9/attachments/{theirs}": OTHERS,
        "/invoices/INV-1/attachments/{theirs}": NEITHER,
        "/invoices/INV-9/attachments/{ours}": NEITHER,
        "/estimates/EST-1/attachments/{ours}": NEITHER,
        "/invoices/INV-1/attachments/none": NEITHER,
    },
    ("GET", "/login"): {"/login": EVERYONE},
    ("POST", "/login"): {"/login": ASKED},
    ("POST", "/logout"): {"/logout": ASKED},
    ("POST", "/switch"): {"/switch": ASKED},
    ("GET", "/static/style.css"): {"/static/style.css": EVERYONE},
    ("GET", "/static/logo"): {"/static/logo": NOBODY},
    ("GET", "none"): {
        "/none": NOBODY,
        "/healthz": NOBODY,
        "/readyz": NOBODY,
        "/metrics": NOBODY,
        "/invoices/": NOBODY,
        "/%2e%2e/login": NOBODY,
        "//login": NOBODY,
    },
    # the last, for it changes who is looking
    ("GET", "/l/{token}"): {
        "/l/{link}": "document document document document 410 410 document document document",
        "/l/aaaa": NOBODY,
    },
}


async def test_every_route_has_its_rows_in_the_table(house: HouseWorld) -> None:
    routes = build_site(house.office).router.routes()
    found = {(route.method, route.resource.canonical) for route in routes if route.resource}
    assert {r for r in found if r[0] != "HEAD"} == ANSWERS.keys() - {("GET", "none")}


@pytest.mark.parametrize("visitor", VISITORS)
async def test_each_visitor_gets_what_the_table_says(house: HouseWorld, visitor: str) -> None:
    names = await _furnish(house, visitor)
    async with house.browser() as browser:
        await ENTER.get(visitor, _by_link)(house, browser)
        missing = (await browser.get("/nothing-here")).body
        for (method, _), rows in ANSWERS.items():
            for pattern, answers in rows.items():
                path = pattern.format(**names)
                wanted = answers.split()[VISITORS.index(visitor)]
                got = await _look(browser, method, path)
                assert (path, got) == (path, wanted)
                if wanted == "404":
                    assert (await browser.get(path)).body == missing


async def _furnish(world: HouseWorld, visitor: str) -> dict[str, str]:
    """Fill the house; return what the table's placeholders stand for."""
    await world.client(
        "Acme Ltd",
        JANE,
        link_scope="document" if visitor == "document link" else "account",
        enforce_login=visitor == "enforced log-in",
    )
    await world.client("Other Ltd", TOM)
    await world.issue("EST-1", type="estimate", due=None, valid_until="2027-12-01")
    await world.issue("INV-1", password=visitor == "password", files=(SHEET,))
    await world.issue("INV-9", client="OTHER", files=(SHEET,))
    files = {}
    for name, number in (("ours", "INV-1"), ("theirs", "INV-9")):
        document = await documents.find_document(world.office.db, number)
        assert document
        (file,) = await documents.list_attachments(world.office.db, document.id)
        files[name] = file.id
    return files | {"link": (await last_link(world, JANE)).rpartition("/")[2]}


async def _look(browser: Browser, method: str, path: str) -> str:
    if method == "POST":
        page = await browser.post(path, {"csrf": "none"}, allow_redirects=False)
    else:
        page = await browser.get(path, allow_redirects=False)
    assert_guarded(page.headers)
    if page.status != 303:
        return str(page.status)
    where = page.headers["Location"]
    return {"/login": "login", "/invoices/INV-1": "document"}[where.partition("?")[0]]


async def _by_nothing(_: HouseWorld, __: Browser) -> None:
    pass


async def _by_link(world: HouseWorld, browser: Browser) -> None:
    assert (await browser.get(await last_link(world, JANE))).status == 200


async def _by_old_link(world: HouseWorld, browser: Browser) -> None:
    await world.advance(days=30)
    await _by_link(world, browser)


async def _by_expired_link(world: HouseWorld, browser: Browser) -> None:
    await expire(world, browser, await last_link(world, JANE))


async def _disabled(world: HouseWorld, browser: Browser) -> None:
    await _by_link(world, browser)
    await disable(world)


async def _by_other_link(world: HouseWorld, browser: Browser) -> None:
    assert (await browser.get(await last_link(world, TOM))).status == 200


async def _by_password(world: HouseWorld, browser: Browser) -> None:
    assert (await browser.log_in(JANE, await last_password(world))).path == "/"


ENTER: dict[str, Callable[[HouseWorld, Browser], Awaitable[None]]] = {
    "nobody": _by_nothing,
    "old link": _by_old_link,
    "expired link": _by_expired_link,
    "disabled contact": _disabled,
    "other client": _by_other_link,
    "password": _by_password,
}
