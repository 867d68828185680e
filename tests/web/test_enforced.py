"""A client whose links ask for the password: from one moment to the next, and by default."""

from __future__ import annotations

from pathlib import Path

from maild.services.customers import change_client
from maild.services.links import revoke_links
from maild.store import links
from tests.web.area import JANE, last_link, last_password, send_invoice
from tests.world import HouseWorld, open_house_world


async def enforce(world: HouseWorld, choice: bool | None) -> None:
    await change_client(world.office, "ACME", {"enforce_login": choice}, actor="test")


async def test_turning_it_on_ends_link_sessions_at_the_next_request(house: HouseWorld) -> None:
    link = await send_invoice(house, password=True)
    password = await last_password(house)
    async with house.browser() as browser:
        assert (await browser.get(link)).path == "/invoices/INV-1"
        await enforce(house, True)
        for path in ("/invoices/INV-1", "/invoices/INV-1.pdf", "/", "/invoices"):
            page = await browser.get(path)
            assert page.path.startswith("/login?next=")
            assert "£300" not in page.text
        form = await browser.get("/invoices/INV-1")
        assert f'value="{JANE}"' in form.text
        page = await browser.log_in(JANE, password, "/invoices/INV-1")
        assert (page.status, page.path) == (200, "/invoices/INV-1")
        # a log-in is not ended by it, and the link leads on to its document
        assert (await browser.get(link)).path == "/invoices/INV-1"


async def test_turning_it_off_lets_the_same_browser_in_again(house: HouseWorld) -> None:
    link = await send_invoice(house, enforce_login=True)
    async with house.browser() as browser:
        assert (await browser.get(link)).path.startswith("/login")
        await enforce(house, False)
        assert (await browser.get("/invoices/INV-1")).status == 200


async def test_business_wide_default_is_told_in_letters_and_kept_at_the_door(
    tmp_path: Path,
) -> None:
    async with open_house_world(tmp_path, more="[links]\nenforce_login = true\n") as house:
        link = await send_invoice(house, password=True)
        (mail,) = await house.mail_to(JANE)
        assert "no password needed" not in (mail.text + mail.html).lower()
        async with house.browser() as browser:
            assert (await browser.get(link)).path == "/login?next=/invoices/INV-1"
            await enforce(house, False)
            assert (await browser.get(link)).path == "/invoices/INV-1"
            await enforce(house, None)
            assert (await browser.get("/")).path.startswith("/login")
        await enforce(house, False)
        await house.issue("INV-2")
        assert "no password needed" in (await house.mail_to(JANE))[-1].text
        assert await last_link(house, JANE) != link


async def test_failures_from_its_network_hold_up_nobody_who_comes_by_the_link(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house, password=True, enforce_login=True)
    password = await last_password(house)
    wrong = "aaaa-cccc-dddd-eeee"
    async with house.browser() as stranger:
        for _ in range(6):
            blocked = await stranger.log_in(JANE, wrong)
        assert blocked.status == 429
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.log_in(JANE, password, "/invoices/INV-1")
        assert (page.status, page.path) == (200, "/invoices/INV-1")
    async with house.browser() as thief:
        # who holds the link guesses no faster by it, and no other address at all
        await thief.get(link)
        statuses = [(await thief.log_in(JANE, wrong)).status for _ in range(6)]
        assert statuses == [403] * 5 + [429]
        for _ in range(6):
            blocked = await thief.log_in("tom@other.example", wrong)
        assert blocked.status == 429
        async with house.browser() as elsewhere:
            assert (await elsewhere.log_in("tom@other.example", wrong)).status == 429


async def test_a_dead_link_is_no_place_to_log_in_from(house: HouseWorld) -> None:
    link = await send_invoice(house, password=True, enforce_login=True)
    async with house.browser() as browser:
        await browser.get(link)
        found = await links.list_links(house.office.db, key=JANE)
        await revoke_links(house.office, found, actor="test")
        for _ in range(6):
            await browser.log_in(JANE, "aaaa-cccc-dddd-eeee")
    async with house.browser() as other:
        assert (await other.log_in(JANE, await last_password(house))).status == 429
