"""Dead links: the page that offers a fresh one, and the letter that brings it."""

from __future__ import annotations

import pytest

from maild.errors import StoreUnavailable
from maild.store.clients import list_contacts_of_address
from maild.store.links import revoke_links
from maild.store.refusals import list_refusals
from tests.visitor import Browser, Page
from tests.web.area import JANE, disable, expire, last_link, send_invoice
from tests.world import OPERATOR, HouseWorld

MASKED = "j•••@a•••.example"
ENOUGH = 6.0


def fresh_path(link: str) -> str:
    return f"/l/{link.rpartition('/')[2]}/fresh"


async def ask(browser: Browser, link: str) -> Page:
    """Press the button on a link's page."""
    csrf = (await browser.get("/recover")).csrf
    return await browser.post(fresh_path(link), {"csrf": csrf}, allow_redirects=False)


async def revoke(house: HouseWorld) -> None:
    (jane,) = await list_contacts_of_address(house.office.db, JANE)
    await house.office.db.transact(lambda tx: revoke_links(tx, jane.id, house.clock()))


@pytest.mark.parametrize("end", ["expired", "revoked"])
async def test_a_dead_link_offers_a_fresh_one_to_the_masked_address(
    house: HouseWorld, end: str
) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        await (expire(house, browser, link) if end == "expired" else revoke(house))
        page = await browser.get(link)
        assert page.status == 410
        assert MASKED in page.text
        assert JANE not in page.text
        assert f'action="{fresh_path(link)}"' in page.text
        sent = await browser.post(fresh_path(link), {"csrf": page.csrf})
        assert (sent.status, MASKED in sent.text) == (200, True)
        await house.advance(seconds=ENOUGH)
        letter = (await house.mail_to(JANE))[-1]
        assert letter.subject == "A fresh link to invoice INV-1 from Example Ltd"
        assert letter.link in letter.html
        assert "password" not in letter.text.lower()
        assert (await browser.get(letter.link)).path == "/invoices/INV-1"
        assert (await browser.get(link)).status == 410
    assert not await house.office.db.rows("SELECT 1 FROM credentials")


async def test_who_is_no_contact_any_more_is_offered_nothing_and_shown_no_address(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    await disable(house)
    async with house.browser() as browser:
        page = await browser.get(link)
        assert (page.status, "•••" in page.text, "/fresh" in page.text) == (410, False, False)
        asked = await ask(browser, link)
        assert (asked.status, "•••" in asked.text) == (410, False)
        await house.advance(seconds=ENOUGH)
    assert len(await house.mail()) == 1
    assert not await house.office.db.rows("SELECT 1 FROM recoveries")


async def test_contact_who_leaves_before_the_letter_is_written_gets_none(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    await revoke(house)
    async with house.browser() as browser:
        assert (await ask(browser, link)).status == 200
    await disable(house)
    await house.advance(seconds=ENOUGH)
    assert len(await house.mail()) == 1
    (row,) = await house.office.db.rows("SELECT reason FROM recoveries")
    assert row["reason"] == "disabled"


async def test_many_wishes_bring_one_letter_the_same_answer_and_one_note_to_the_operator(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    await revoke(house)
    async with house.browser() as browser:
        pages = []
        for _ in range(8):
            pages.append(await ask(browser, link))
            await house.advance(seconds=ENOUGH)
        assert {(page.status, page.body) for page in pages} == {(200, pages[0].body)}
    assert len(await house.mail_to(JANE)) == 2
    assert len(await house.mail_to(OPERATOR)) == 1
    rows = await house.office.db.rows("SELECT reason FROM recoveries ORDER BY at")
    assert [row["reason"] for row in rows] == ["sent"] + ["throttled"] * 7


async def test_the_button_of_a_live_link_leads_on_and_sends_nothing(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        page = await ask(browser, link)
        assert (page.status, page.headers["Location"]) == (303, f"/l/{link.rpartition('/')[2]}")
    assert not await house.office.db.rows("SELECT 1 FROM recoveries")


async def test_a_token_never_issued_is_the_same_404_and_a_foreign_form_is_refused(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    await revoke(house)
    async with house.browser() as browser:
        missing = await browser.get("/none")
        for token in ("a" * 43, "x", link.rpartition("/")[2][:-1] + "!"):
            page = await ask(browser, f"/l/{token}")
            assert (page.status, page.body) == (404, missing.body)
        assert (await browser.post(fresh_path(link), {"csrf": "none"})).status == 403
        assert (await browser.get(fresh_path(link))).status == 405


async def test_a_fresh_link_reaches_no_farther_and_asks_for_the_log_in_where_it_is_asked(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house, link_scope="document", enforce_login=True)
    await revoke(house)
    async with house.browser() as browser:
        await ask(browser, link)
        await house.advance(seconds=ENOUGH)
        letter = (await house.mail_to(JANE))[-1]
        assert f"{browser.base}/recover" in letter.text
        assert (await browser.get(letter.link)).path.startswith("/login")
    rows = await house.office.db.rows("SELECT scope FROM links ORDER BY created_at")
    assert [row["scope"] for row in rows] == ["document", "document"]


async def test_dead_links_and_asked_log_ins_are_noted_for_whoever_they_turned_away(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house, enforce_login=True)
    async with house.browser() as browser:
        await browser.get(link)
        await revoke(house)
        for _ in range(3):
            await browser.get(link)
        await browser.get("/invoices/INV-1")
    noted = await list_refusals(house.office.db, JANE, 9)
    assert {(row.reason, row.subject) for row in noted} == {
        ("login-required", "INV-1"),
        ("link-revoked", "INV-1"),
    }
    assert len(noted) == 2


async def test_page_of_a_dead_link_is_deferred_when_the_store_is_gone_in_that_moment(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> bool:
        raise StoreUnavailable("locked at /srv/secret")

    link = await send_invoice(house)
    await revoke(house)
    async with house.browser() as browser:
        with monkeypatch.context() as gone:
            gone.setattr("maild.services.refusals.was_refused", fail)
            page = await browser.get(link)
            assert (page.status, page.headers["Retry-After"]) == (503, "5")
            assert "We are busy" in page.text
        assert (await browser.get(link)).status == 410


async def test_a_reply_that_is_held_for_who_left_is_noted(house: HouseWorld) -> None:
    await send_invoice(house)
    (letter,) = await house.mail_to(JANE)
    await disable(house)
    reply = await house.reply(letter, "It won't let me log in")
    (noted,) = await list_refusals(house.office.db, JANE, 9)
    assert (noted.reason, noted.subject) == ("contact-disabled", reply.id)
    assert await last_link(house, JANE) == letter.link
