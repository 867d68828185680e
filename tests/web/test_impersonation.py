"""Looking through a contact's eyes: exactly their pages, read-only, for a quarter of an hour."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from aiohttp.typedefs import LooseHeaders
from yarl import URL

from maild.services.customers import add_contact
from maild.services.handover import disable_contact
from maild.services.impersonation import start_impersonation
from maild.store import events
from maild.web.app import build_site
from tests.paper import without_ink
from tests.visitor import Browser, Page
from tests.web.area import JANE, TOM, assert_guarded, last_link, send_invoice
from tests.world import HouseWorld

ENTRY = "/impersonate/{token}"
EXIT = "/impersonation/end"


@pytest.fixture
async def acme(house: HouseWorld) -> HouseWorld:
    """Jane of Acme with an invoice and an estimate, and Tom of another client with an invoice."""
    without_ink(house)
    await send_invoice(house, password=True, enforce_login=True, link_scope="document")
    await house.issue("EST-1", type="estimate", due=None, valid_until="2026-12-24")
    await house.client("Other Ltd", TOM)
    await house.issue("INV-9", client="OTHER")
    return house


async def invite(world: HouseWorld, client: str = "ACME") -> str:
    """Start looking, and return the path of the one-time URL."""
    made = await start_impersonation(
        world.office, client, None, reason="she sees nothing", actor="operator:kim"
    )
    return made.url.removeprefix(world.office.config.web.base_url)


async def enter(browser: Browser, path: str) -> Page:
    """Open a one-time URL and press its button."""
    page = await browser.get(path)
    assert page.status == 200
    return await browser.post(path, {"csrf": page.csrf})


async def test_opening_the_url_uses_nothing_up_and_its_page_names_nobody(
    acme: HouseWorld,
) -> None:
    path = await invite(acme)
    before = await acme.log()
    async with acme.browser() as scanner, acme.browser() as browser:
        for _ in range(25):
            page = await scanner.get(path)
            assert page.status == 200
            assert_guarded(page.headers)
            async with scanner._session.head(scanner.base + path) as answer:
                assert answer.status == 200
        assert "Acme" not in page.text
        assert JANE not in page.text
        assert (await scanner.get("/", allow_redirects=False)).status == 303
        assert await acme.log() == before
        assert (await enter(browser, path)).path == "/"


async def test_of_fifty_who_redeem_at_once_one_succeeds(acme: HouseWorld) -> None:
    path = await invite(acme)
    async with acme.browser() as browser:
        csrf = (await browser.get(path)).csrf
        tries = (browser.post(path, {"csrf": csrf}, allow_redirects=False) for _ in range(50))
        answers = await asyncio.gather(*tries)
    assert Counter(page.status for page in answers) == {303: 1, 404: 49}
    assert len({page.body for page in answers if page.status == 404}) == 1
    told = Counter(event.verb for event in await events.list_events(acme.office.db))
    assert told["impersonation redeemed"] == 1


async def test_used_expired_and_altered_urls_answer_like_one_never_made(acme: HouseWorld) -> None:
    used, late, altered = await invite(acme), await invite(acme), await invite(acme)
    async with acme.browser() as browser, acme.browser() as stranger:
        await enter(browser, used)
        flipped = [
            altered[:at] + ("a" if altered[at] != "a" else "b") + altered[at + 1 :]
            for at in range(len("/impersonate/"), len(altered))
        ]
        csrf = (await stranger.get("/login")).csrf
        missing = (await stranger.get("/nothing-here")).body
        link = (await last_link(acme, JANE)).rpartition("/")[2]
        acme.clock.advance(seconds=120)
        for path in [used, late, *flipped, f"/impersonate/{link}", "/impersonate/x", f"{late}x"]:
            for page in (await stranger.get(path), await stranger.post(path, {"csrf": csrf})):
                assert (path, page.status, page.body) == (path, 404, missing)


async def test_the_button_works_only_from_our_own_page(acme: HouseWorld) -> None:
    path = await invite(acme)
    async with acme.browser() as browser:
        csrf = (await browser.get(path)).csrf
        evil: LooseHeaders = {"Origin": "https://evil.test"}
        assert (await browser.post(path, {"csrf": csrf}, headers=evil)).status == 403
        assert (await browser.post(path, {})).status == 403
        assert (await browser.post(path, {"csrf": csrf})).status == 200


async def test_shows_what_the_contact_sees_after_logging_in_and_no_more(acme: HouseWorld) -> None:
    password = await _password(acme)
    async with acme.browser() as jane, acme.browser() as operator:
        await jane.log_in(JANE, password)
        await enter(operator, await invite(acme))
        for path in ("/", "/invoices", "/invoices/INV-1", "/estimates/EST-1", "/invoices/INV-9"):
            seen, hers = await operator.get(path), await jane.get(path)
            assert (path, seen.status) == (path, hers.status)
            assert _main(seen) == _main(hers)
        pdf = await operator.get("/invoices/INV-1.pdf")
        assert pdf.body.startswith(b"%PDF")


async def _password(world: HouseWorld) -> str:
    letters = await world.mail_to(JANE)
    return next(letter.password for letter in letters if "INV-1" in letter.subject)


def _main(page: Page) -> str:
    """Return what a page shows beside its frame, without what is tied to a browser."""
    inner = page.text.partition("<main")[2].partition("</main>")[0]
    return "\n".join(line for line in inner.splitlines() if 'name="csrf"' not in line)


async def test_contact_of_a_shared_client_is_seen_with_their_own_documents_alone(
    house: HouseWorld,
) -> None:
    without_ink(house)
    await send_invoice(house, shared=True)
    house.clock.advance(seconds=1)
    await add_contact(house.office, "ACME", TOM, actor="test")
    await house.issue("INV-2", contacts=[TOM])
    async with house.browser() as operator:
        overview = await enter(operator, await invite(house))
        assert "INV-1" in overview.text
        assert "INV-2" not in overview.text


async def test_every_page_bears_the_banner_even_those_that_say_no(acme: HouseWorld) -> None:
    async with acme.browser() as browser:
        await enter(browser, await invite(acme))
        for path in ("/", "/invoices", "/estimates/EST-1", "/login", "/nothing", "/invoices/INV-9"):
            page = await browser.get(path)
            words = " ".join(page.text.replace("<bdi>", "").replace("</bdi>", "").split())
            assert "of Acme Ltd, read-only, until 09:45" in words, path
            assert JANE in words
            assert 'action="/logout"' not in words
        assert 'action="/impersonation/end"' in page.text


async def test_every_other_form_is_refused_whatever_it_is_for(acme: HouseWorld) -> None:
    async with acme.browser() as browser:
        csrf = (await enter(browser, await invite(acme))).csrf
        before = await acme.log()
        routes = build_site(acme.office).router.routes()
        paths = {r.resource.canonical for r in routes if r.resource and r.method == "POST"}
        assert len(paths) > 4
        for path in [*sorted(paths - {ENTRY, EXIT}), "/nothing"]:
            where = path.format(number="EST-1", kind="estimates", token="x", id="x")
            page = await browser.post(where, {"csrf": csrf, "path": "/invoices/INV-1"})
            assert (path, page.status) == (path, 403)
            assert "You are only looking" in page.text
        assert await acme.log() == before
        assert (await browser.get("/")).status == 200


async def test_nothing_that_is_looked_at_counts_as_seen(acme: HouseWorld) -> None:
    async with acme.browser() as browser:
        await enter(browser, await invite(acme))
        await browser.get(await last_link(acme, JANE))
        page = await browser.get("/invoices/INV-1")
        assert_guarded(page.headers)
        assert "/static/seen.js" not in page.text
        assert (await browser.post("/seen", {"csrf": page.csrf})).status == 403
    async with acme.browser() as jane:
        await jane.get(await last_link(acme, JANE))
        assert await _sightings(acme) == 1


async def _sightings(world: HouseWorld) -> int:
    """Return how many sightings there are, once there is one."""
    async with asyncio.timeout(10):
        while True:
            change = world.office.db.watch()
            rows = await world.office.db.rows("SELECT COUNT(*) AS n FROM sightings")
            if rows[0]["n"]:
                return int(rows[0]["n"])
            await change.wait()


async def test_it_is_over_after_a_quarter_of_an_hour_however_busy(acme: HouseWorld) -> None:
    async with acme.browser() as browser:
        page = await enter(browser, await invite(acme))
        for _ in range(14):
            acme.clock.advance(seconds=60)
            assert (await browser.get("/invoices/INV-1")).status == 200
        acme.clock.advance(seconds=60)
        assert (await browser.get("/invoices/INV-1")).path == "/login?next=/invoices/INV-1"
        # a page left open is worth nothing either, whoever else the browser may be
        assert (await browser.post("/login", {"csrf": page.csrf})).status == 403


async def test_page_left_open_does_nothing_in_the_name_of_the_browsers_own_visitor(
    acme: HouseWorld,
) -> None:
    password = await _password(acme)
    async with acme.browser() as browser:
        await browser.log_in(JANE, password)
        await enter(browser, await invite(acme))
        left_open = await browser.get("/estimates/EST-1")
        acme.clock.advance(seconds=15 * 60)
        assert "read-only" not in (await browser.get("/estimates/EST-1")).text
        assert (await browser.post("/logout", {"csrf": left_open.csrf})).status == 403
        assert (await browser.get("/estimates/EST-1")).status == 200


async def test_the_browsers_own_link_and_log_in_are_neither_used_nor_ended(
    acme: HouseWorld,
) -> None:
    password = await _password(acme)
    async with acme.browser() as guest, acme.browser() as member:
        await guest.get(await last_link(acme, TOM))
        await member.log_in(JANE, password)
        for browser, client, own in ((guest, "ACME", "INV-9"), (member, "OTHER", "INV-1")):
            overview = await enter(browser, await invite(acme, client))
            assert own not in overview.text
            for address in (JANE, TOM):
                link = await browser.get(await last_link(acme, address), allow_redirects=False)
                assert (link.status, "Set-Cookie" in link.headers) == (303, False)
            over = await browser.post(EXIT, {"csrf": overview.csrf})
            assert "The look is over" in over.text
            assert "read-only" not in over.text
            assert own in (await browser.get("/")).text


async def test_ended_look_shows_nothing_to_a_browser_that_keeps_its_cookie(
    acme: HouseWorld,
) -> None:
    async with acme.browser() as browser:
        page = await enter(browser, await invite(acme))
        jar = browser._session.cookie_jar.filter_cookies(URL(browser.base))
        kept = {"Cookie": "; ".join(f"{m.key}={m.value}" for m in jar.values())}
        assert "maild-onlooker" in kept["Cookie"]
        await browser.post(EXIT, {"csrf": page.csrf})
    async with acme.browser() as thief:
        assert (await thief.get("/", headers=kept)).path.startswith("/login")


async def test_contact_who_leaves_is_looked_through_no_longer(acme: HouseWorld) -> None:
    async with acme.browser() as browser:
        await enter(browser, await invite(acme))
        await disable_contact(acme.office, "ACME", JANE, actor="test")
        assert (await browser.get("/")).path.startswith("/login")


async def test_cookie_is_for_the_server_alone_and_as_short_lived_as_the_look(
    acme: HouseWorld,
) -> None:
    path = await invite(acme)
    async with acme.browser() as browser:
        csrf = (await browser.get(path)).csrf
        page = await browser.post(path, {"csrf": csrf}, allow_redirects=False)
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("maild-onlooker=")
    for word in ("HttpOnly", "Max-Age=900", "Path=/", "SameSite=Lax"):
        assert word in cookie
