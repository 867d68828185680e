"""Why somebody cannot get in: what is found, and the one command that mends it."""

from __future__ import annotations

import pytest

from maild.clock import DAY, HOUR, MINUTE, SECOND
from maild.relay import Outcome
from maild.services.customers import add_contact, change_client
from maild.services.diagnosis import Diagnosis, diagnose
from maild.services.handover import (
    Pending,
    disable_contact,
    hand_over,
    plan_move,
    replace_contact,
)
from maild.services.links import list_standings, revoke_links
from maild.services.login import log_in
from maild.services.remedy import prescribe
from tests.world import HouseWorld

JANE, TOM = "jane@acme.example", "tom@acme.example"
REISSUE = f"maild reissue {JANE}"
HELP = "it won't let me log in"


async def look(shop: HouseWorld, address: str = JANE) -> Diagnosis:
    return await diagnose(shop.office, address)


async def command(shop: HouseWorld, address: str = JANE) -> str:
    return prescribe(await look(shop, address)).command


async def test_unknown_address_is_told_with_those_that_look_like_it(shop: HouseWorld) -> None:
    found = await look(shop, "jnae@acme.example")
    assert (found.places, found.similar) == ((), (JANE,))
    assert prescribe(found).command == f"maild why {JANE}"
    stranger = await look(shop, "zebra@zoo.test")
    assert stranger.similar == ()
    assert prescribe(stranger).command == "maild contact add CLIENT zebra@zoo.test"


async def test_what_is_within_reach_is_named_by_client_and_by_way(shop: HouseWorld) -> None:
    await shop.client("Bolt Ltd", JANE)
    await shop.issue("INV-1", password=True)
    await shop.issue("INV-2")
    await shop.issue("INV-9", client="BOLT", contacts=[JANE])
    places = {place.client.ref: place for place in (await look(shop)).places}
    assert set(places["ACME"].by_link) == set(places["ACME"].by_password) == {"INV-1", "INV-2"}
    assert places["BOLT"].by_link == places["BOLT"].by_password == ("INV-9",)


async def test_old_link_reaches_its_document_and_a_dead_one_nothing(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    shop.clock.advance(days=31)
    await add_contact(shop.office, "ACME", TOM, actor="test")
    await shop.issue("INV-2", contacts=[TOM])
    (place,) = (await look(shop)).places
    assert place.by_link == ("INV-1",)
    shop.clock.advance(days=60)
    found = await look(shop)
    assert found.places[0].by_link == ()
    assert [one.state.value for one in found.places[0].links] == ["expired"]
    remedy = prescribe(found)
    assert remedy.command == REISSUE
    assert "expired" in remedy.finding


async def test_enforced_log_in_without_a_password_is_the_finding(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await change_client(shop.office, "ACME", {"enforce_login": True}, actor="test")
    found = await look(shop)
    assert (found.places[0].enforce_login, found.places[0].by_link) == (True, ())
    remedy = prescribe(found)
    assert "ACME asks for a password by a choice of its own, and there is none" in remedy.finding
    assert remedy.command == REISSUE
    await shop.issue("INV-2", password=True)
    assert set((await look(shop)).places[0].by_link) == {"INV-1", "INV-2"}


async def test_password_is_followed_from_its_making_to_its_use(shop: HouseWorld) -> None:
    async def state() -> list[tuple[str, int]]:
        return [(one.state.value, one.at) for one in (await look(shop)).passwords]

    assert await state() == []
    shop.relay.answer = lambda _: Outcome("deferred", 451, "later")
    await shop.issue("INV-1", password=True)
    start = shop.clock()
    assert await state() == [("undelivered", start)]
    shop.relay.answer = lambda _: Outcome("sent", 250, "ok")
    await shop.advance(days=1)
    lapse = shop.clock() + 72 * HOUR
    assert await state() == [("unused", lapse)]
    shop.clock.advance(days=3)
    assert await state() == [("lapsed", lapse)]
    shop.clock.advance(days=-1)
    (mail,) = await shop.mail_to(JANE)
    await log_in(shop.office, JANE, mail.password, "net")
    assert await state() == [("in use", shop.clock())]
    shop.clock.advance(days=30)
    assert await state() == [("in use", shop.clock() - 30 * DAY)]


async def test_lock_outs_say_where_from_and_until_when(shop: HouseWorld) -> None:
    await shop.issue("INV-1", password=True)
    for _ in range(5):
        await log_in(shop.office, JANE, "wrong", "192.0.2.0/24")
    assert (await look(shop)).lockouts == (("network 192.0.2.0/24", shop.clock() + SECOND),)
    shop.clock.advance(seconds=1)
    assert (await look(shop)).lockouts == ()


async def test_limit_on_new_credentials_says_when_it_opens(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    (mail,) = await shop.mail_to(JANE)
    assert (await look(shop)).places[0].reissue_at is None
    shop.clock.advance(seconds=1)
    await shop.reply(mail, HELP)
    found = await look(shop)
    assert found.places[0].reissue_at == shop.clock() + 15 * MINUTE
    assert found.replies[0].action == "reissue"
    assert found.letters[0].kind == "credentials"


@pytest.mark.parametrize(
    "outcome", [Outcome("failed", 550, "no such person"), Outcome("deferred", 451, "later")]
)
async def test_letter_that_does_not_arrive_is_the_finding(
    shop: HouseWorld, outcome: Outcome
) -> None:
    shop.relay.answer = lambda _: outcome
    await shop.issue("INV-1")
    found = await look(shop)
    remedy = prescribe(found)
    assert remedy.command == f"maild queue retry {found.letters[0].id}"
    assert outcome.text in remedy.finding


async def test_disabled_contact_is_told_with_the_way_back(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    (place,) = (await look(shop)).places
    assert (place.live, place.by_link, place.by_password) == (False, (), ())
    assert await command(shop) == f"maild contact add ACME {JANE}"


async def test_moved_contact_whose_letters_went_elsewhere_is_sent_a_fresh_way(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    plan = await plan_move(shop.office, "ACME", JANE, TOM, revoke_links=True)
    await hand_over(shop.office, plan, Pending.DROP, actor="test")
    remedy = prescribe(await look(shop, TOM))
    assert (JANE in remedy.finding, remedy.command) == (True, f"maild reissue {TOM}")
    assert await command(shop, JANE) == f"maild why {TOM}"


async def test_who_followed_a_revoked_link_is_sent_a_fresh_one_and_then_all_is_well(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    (mail,) = await shop.mail_to(JANE)
    links = [one.visit.link for one in await list_standings(shop.office)]
    await revoke_links(shop.office, links, actor="test")
    shop.clock.advance(seconds=1)
    async with shop.browser() as browser:
        assert (await browser.get(mail.link)).status == 410
    found = await look(shop)
    assert [one.reason for one in found.refusals] == ["link-revoked"]
    assert "followed a link that was revoked" in prescribe(found).finding
    shop.clock.advance(seconds=1)
    await shop.issue("INV-2")
    assert "Nothing stands in the way" in prescribe(await look(shop)).finding


async def test_successor_without_history_is_shown_what_it_sees(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    shop.clock.advance(seconds=1)
    await replace_contact(shop.office, "ACME", JANE, TOM, history=False, actor="test")
    (place,) = (await look(shop, TOM)).places
    assert place.contact.history_from == shop.clock()
    assert (place.by_link, place.by_password) == ((), ())
    await shop.issue("INV-2")
    assert (await look(shop, TOM)).places[0].by_link == ("INV-2",)


async def test_reply_of_a_stranger_is_found_by_its_sender(shop: HouseWorld) -> None:
    await shop.post(
        b"From: Ann <ann@home.example>\r\nTo: billing@example.test\r\nSubject: help\r\n"
        b"Message-ID: <1@home.example>\r\n\r\nI can't log in\r\n",
        to="billing@example.test",
        sender="ann@home.example",
    )
    assert [one.sender for one in (await look(shop, "ann@home.example")).replies] == [
        "ann@home.example"
    ]
