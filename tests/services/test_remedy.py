"""Which of the things that stand in the way is told, for people now, before and elsewhere."""

from __future__ import annotations

import shlex

import pytest

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
from maild.services.login import log_in
from maild.services.queue import DROP, change_letter
from maild.services.remedy import Remedy, prescribe
from maild.store.letters import list_letters
from tests.world import HouseWorld

JANE, TOM, SUE = "jane@acme.example", "tom@acme.example", "sue@acme.example"
LATER = Outcome("deferred", 451, "later")
NOBODY = Outcome("failed", 550, "no such person")


async def look(shop: HouseWorld, address: str = JANE) -> Diagnosis:
    return await diagnose(shop.office, address)


async def remedy(shop: HouseWorld, address: str = JANE) -> Remedy:
    return prescribe(await look(shop, address))


async def move(shop: HouseWorld, old: str, new: str, *, revoke: bool = False) -> None:
    shop.clock.advance(seconds=1)
    plan = await plan_move(shop.office, "ACME", old, new, revoke_links=revoke)
    await hand_over(shop.office, plan, Pending.DROP, actor="test")
    shop.clock.advance(seconds=1)


@pytest.mark.parametrize("revoke", [False, True], ids=["kept", "revoked"])
async def test_address_of_before_is_told_with_what_its_links_still_open(
    shop: HouseWorld, revoke: bool
) -> None:
    await shop.issue("INV-1", password=True)
    (mail,) = await shop.mail_to(JANE)
    await move(shop, JANE, TOM, revoke=revoke)
    await shop.issue("INV-2", password=True)
    found = await look(shop)
    (place,) = found.places
    assert (place.live, place.contact.address, place.by_password) == (False, TOM, ())
    assert set(place.by_link) == (set() if revoke else {"INV-1", "INV-2"})
    # only what came here: the link to INV-2 went to the new address
    assert [one.visit.document.number for one in place.links] == ["INV-1"]
    assert [letter.recipient for letter in found.letters] == [JANE]
    told = prescribe(found)
    assert f"letters go to {TOM} now" in told.finding
    assert ("still open" in told.finding) is not revoke
    assert told.command == f"maild why {TOM}"
    async with shop.browser() as browser:
        assert (await browser.get(mail.link)).status == (410 if revoke else 200)


async def test_address_of_before_is_followed_through_several_changes(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await move(shop, JANE, TOM)
    await shop.issue("INV-2")
    await move(shop, TOM, SUE)
    await shop.issue("INV-3")
    for address, number in ((JANE, "INV-1"), (TOM, "INV-2"), (SUE, None)):
        (place,) = (await look(shop, address)).places
        assert place.contact.address == SUE
        assert place.live is (address == SUE)
        if number:
            assert [one.visit.document.number for one in place.links] == [number]
    await move(shop, SUE, JANE)
    assert (await look(shop)).places[0].live
    assert (await remedy(shop, SUE)).command == f"maild why {JANE}"


async def test_log_ins_of_the_address_of_before_are_its_own(shop: HouseWorld) -> None:
    await shop.issue("INV-1", password=True)
    (mail,) = await shop.mail_to(JANE)
    await log_in(shop.office, JANE, mail.password, "net")
    assert (await look(shop)).last_login == shop.clock()
    await move(shop, JANE, TOM)
    assert (await look(shop, TOM)).last_login is None


async def test_refusal_is_mended_by_a_log_in_since(shop: HouseWorld) -> None:
    await shop.issue("INV-1", password=True)
    (mail,) = await shop.mail_to(JANE)
    shop.clock.advance(seconds=1)
    await log_in(shop.office, JANE, "wrong", "net")
    assert "a password that does not go with this address" in (await remedy(shop)).finding
    shop.clock.advance(seconds=1)
    await log_in(shop.office, JANE, mail.password, "net")
    assert "Nothing stands in the way" in (await remedy(shop)).finding


async def test_who_was_asked_for_the_password_is_told_so_and_by_whose_choice(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", password=True)
    (mail,) = await shop.mail_to(JANE)
    await change_client(shop.office, "ACME", {"enforce_login": True}, actor="test")
    shop.clock.advance(seconds=1)
    async with shop.browser() as browser:
        assert (await browser.get(mail.link)).path.startswith("/login")
    told = await remedy(shop)
    assert "their link asked for the password first" in told.finding
    assert told.command == f"maild reissue {JANE}"


async def test_letter_to_a_client_that_was_left_is_not_what_stands_in_the_way(
    shop: HouseWorld,
) -> None:
    shop.clock.advance(seconds=1)
    await shop.client("Bolt Ltd", JANE)
    await shop.issue("INV-9", client="BOLT")
    shop.clock.advance(seconds=1)
    shop.relay.answer = lambda _: NOBODY
    await shop.issue("INV-1")
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    assert "Nothing stands in the way" in (await remedy(shop)).finding


async def test_address_in_other_letters_is_the_same_address(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    told = await remedy(shop, "JANE@Acme.Example")
    assert "Nothing stands in the way" in told.finding


async def test_letter_that_was_dropped_is_the_finding_while_none_has_arrived(
    shop: HouseWorld,
) -> None:
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    (letter,) = await list_letters(shop.office.db)
    await change_letter(shop.office, letter.id, DROP, actor="test")
    told = await remedy(shop)
    assert ("was dropped" in told.finding, told.command) == (True, f"maild reissue {JANE}")
    shop.relay.answer = lambda _: Outcome("sent", 250, "ok")
    shop.clock.advance(seconds=1)
    await shop.issue("INV-2")
    assert "Nothing stands in the way" in (await remedy(shop)).finding


async def test_addresses_that_share_only_their_domain_are_not_taken_for_alike(
    shop: HouseWorld,
) -> None:
    assert (await look(shop, "nobody@acme.example")).similar == ()
    assert (await look(shop, "jane@acmee.example")).similar == (JANE,)
    assert (await look(shop, "janet@acme.example")).similar == (JANE,)


@pytest.mark.parametrize("address", ["o'brien@acme.example", "a&b@acme.example", "$x@acme.example"])
async def test_command_can_be_pasted_into_a_shell(shop: HouseWorld, address: str) -> None:
    await add_contact(shop.office, "ACME", address, actor="test")
    for asked, told in ((address, "reissue"), (f"x{address}", "why")):
        command = (await remedy(shop, asked)).command
        assert shlex.split(command) == ["maild", told, address]


async def test_heir_without_history_was_sent_nothing_yet(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    shop.clock.advance(seconds=1)
    await replace_contact(shop.office, "ACME", JANE, TOM, history=False, actor="test")
    told = await remedy(shop, TOM)
    assert "No link to anything of ACME was ever sent here" in told.finding
    assert told.command == f"maild reissue {TOM}"
