"""Personal links in the operator's hand: told apart, narrowed, prolonged, ended at once."""

from __future__ import annotations

from datetime import date

import pytest

from maild.access.links import LinkState, Scope
from maild.errors import NotFound, Refused
from maild.model import Link
from maild.services.customers import add_contact
from maild.services.handover import disable_contact
from maild.services.issue import resend
from maild.services.links import change_link, list_standings, revoke_links
from maild.services.lookup import need_client
from maild.services.payments import pay
from maild.store.links import list_links, list_unrevoked
from tests.world import HouseWorld

JANE, TOM = "jane@acme.example", "tom@acme.example"


async def links_of(shop: HouseWorld, address: str = JANE) -> list[Link]:
    return await list_links(shop.office.db, key=address)


async def states(shop: HouseWorld) -> list[tuple[str, str]]:
    return [(one.state.value, one.why) for one in await list_standings(shop.office)]


async def test_second_letter_never_ends_the_first_ones_link(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    shop.clock.advance(seconds=1)
    await resend(shop.office, "INV-1", actor="test")
    await shop.issue("INV-2")
    mails = await shop.mail_to(JANE)
    assert len({mail.link for mail in mails}) == 3
    for mail in mails:
        async with shop.browser() as browser:
            assert (await browser.get(mail.link)).status == 200


async def test_revoked_link_shuts_the_browser_that_is_open_on_its_page(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await shop.issue("INV-2")
    first, second = await shop.mail_to(JANE)
    async with shop.browser() as browser, shop.browser() as other:
        assert "INV-1" in (await browser.get(first.link)).text
        assert "INV-2" in (await other.get(second.link)).text
        (link,) = [
            one for one in await list_standings(shop.office) if one.visit.document.number == "INV-1"
        ]
        assert await revoke_links(shop.office, [link.visit.link], actor="test") == 1
        for path in ("/invoices/INV-1", "/invoices/INV-1.pdf", "/", first.link):
            page = await browser.get(path)
            assert page.status == 410
            assert "£300" not in page.text
        assert (await other.get("/invoices/INV-1")).status == 200


async def test_revoking_twice_changes_and_records_nothing_more(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    found = await links_of(shop)
    assert await revoke_links(shop.office, found, actor="test") == 1
    log = await shop.log()
    assert log.count(f"link revoked {found[0].id}") == 1
    shop.clock.advance(days=1)
    assert await revoke_links(shop.office, found, actor="test") == 0
    assert await shop.log() == log
    assert (await links_of(shop))[0].revoked_at == shop.clock() - 86_400_000_000


async def test_links_of_one_client_or_one_person_end_and_no_others(shop: HouseWorld) -> None:
    await add_contact(shop.office, "ACME", TOM, actor="test")
    await shop.client("Bolt Ltd", JANE)
    await shop.issue("INV-1")
    await shop.issue("INV-2", client="BOLT")
    acme = await need_client(shop.office.db, "ACME")
    assert len(await list_unrevoked(shop.office.db, client_id=acme.id)) == 2
    assert len(await list_unrevoked(shop.office.db, key=JANE)) == 2
    wanted = await list_unrevoked(shop.office.db, client_id=acme.id, key=JANE)
    await revoke_links(shop.office, wanted, actor="test")
    left = {
        (one.visit.client.ref, one.visit.contact.address)
        for one in await list_standings(shop.office)
        if one.state is LinkState.LIVE
    }
    assert left == {("ACME", TOM), ("BOLT", JANE)}


async def test_dead_links_are_told_apart_with_their_reasons(shop: HouseWorld) -> None:
    await add_contact(shop.office, "ACME", TOM, actor="test")
    await shop.issue("INV-1")
    assert await states(shop) == [("live", "")] * 2
    await disable_contact(shop.office, "ACME", TOM, actor="test")
    await revoke_links(shop.office, await links_of(shop), actor="test")
    shop.clock.advance(seconds=1)
    await shop.issue("INV-2")
    shop.clock.advance(days=90)
    newest, *others = await states(shop)
    assert newest == ("expired", "")
    assert set(others) == {("revoked", "by the operator"), ("revoked", "the contact left")}


async def test_link_opens_to_the_end_of_its_own_last_day_and_not_longer(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    (letter,) = await shop.mail_to(JANE)
    (link,) = await links_of(shop)
    standing = await change_link(shop.office, link.id, last_day=date(2026, 11, 24), actor="test")
    assert (standing.state, standing.why) == (LinkState.LIVE, "a day of its own")
    # it is 09:30 on 23 November
    shop.clock.advance(days=1, seconds=14.5 * 3600 - 1)
    async with shop.browser() as browser:
        assert (await browser.get(letter.link)).status == 200
        shop.clock.advance(seconds=1)
        page = await browser.get("/invoices/INV-1")
        assert (page.status, "expired" in page.text) == (410, True)


async def test_own_last_day_counts_when_the_rules_would_have_ended_the_link(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    (letter,) = await shop.mail_to(JANE)
    (link,) = await links_of(shop)
    await pay(shop.office, "INV-1", on=date(2026, 11, 23), amount=None, actor="test")
    shop.clock.advance(days=100)
    async with shop.browser() as browser:
        assert (await browser.get(letter.link)).status == 410
        await change_link(shop.office, link.id, last_day=date(2027, 11, 1), actor="test")
        assert (await browser.get(letter.link)).status == 200


async def test_narrowed_link_shows_its_document_alone_at_the_next_request(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    await shop.issue("INV-2")
    (first, _) = await shop.mail_to(JANE)
    async with shop.browser() as browser:
        await browser.get(first.link)
        assert (await browser.get("/invoices/INV-2")).status == 200
        link = next(
            one.visit.link
            for one in await list_standings(shop.office)
            if one.visit.document.number == "INV-1"
        )
        await change_link(shop.office, link.id, scope=Scope.DOCUMENT, actor="test")
        assert (await browser.get("/invoices/INV-2")).status == 404
        assert (await browser.get("/invoices/INV-1")).status == 200


async def test_what_makes_no_sense_of_a_link_is_refused(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    (link,) = await links_of(shop)
    with pytest.raises(Refused, match="is over"):
        await change_link(shop.office, link.id, last_day=date(2026, 11, 22), actor="test")
    with pytest.raises(NotFound):
        await change_link(shop.office, "a" * 16, scope=Scope.DOCUMENT, actor="test")
    await revoke_links(shop.office, [link], actor="test")
    with pytest.raises(Refused, match="stays so"):
        await change_link(shop.office, link.id, last_day=date(2027, 1, 1), actor="test")
    assert (await links_of(shop))[0].expires_at is None
