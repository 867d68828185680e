"""Contacts on hold: what they did not ask for waits, what they ask for goes out."""

from __future__ import annotations

import pytest

from maild.errors import BadInput, Refused
from maild.model import Client, Contact
from maild.services.bounces import trust_address
from maild.services.handover import Pending, disable_contact, hand_over, plan_move, plan_replacement
from maild.services.lookup import need_client, need_contact
from maild.services.sparing import hold_contact, release_contact
from maild.store import letters
from tests.letterbox import JANE, TOM, letter_to, report_bounce, told_operator, write
from tests.world import HouseWorld


async def find_jane(world: HouseWorld, address: str = JANE) -> tuple[Client, Contact]:
    client = await need_client(world.office.db, "ACME")
    return client, await need_contact(world.office.db, client, address)


async def hold(world: HouseWorld, reason: str = "on leave") -> int:
    return await hold_contact(world.office, *await find_jane(world), reason, actor="kim")


async def release(world: HouseWorld) -> int:
    released = await release_contact(world.office, *await find_jane(world), actor="kim")
    await world.deliver()
    return released


async def outcomes(world: HouseWorld) -> list[tuple[str, str]]:
    found = await letters.list_letters(world.office.db)
    return [(one.state, one.outcome) for one in reversed(found) if one.kind != "operator"]


async def test_letters_to_a_contact_on_hold_wait_until_it_is_released(shop: HouseWorld) -> None:
    assert await hold(shop) == 0
    await shop.issue("INV-1")
    assert await outcomes(shop) == [("held", "this contact is on hold: on leave")]
    assert await shop.mail() == []
    assert await release(shop) == 1
    assert [mail.recipient for mail in await shop.mail()] == [JANE]
    assert [line for line in await shop.log() if line.startswith("contact ")] == [
        f"contact added {JANE}",
        f"contact held {JANE}",
        f"contact released {JANE}",
    ]


async def test_what_a_contact_on_hold_asks_for_goes_out(shop: HouseWorld) -> None:
    await hold(shop)
    reply = await write(shop, "I can't log in")
    assert reply.action == "reissue"
    assert len(await shop.mail_to(JANE)) == 1


async def test_what_waits_already_is_held_too_and_takes_a_new_reason(shop: HouseWorld) -> None:
    await hold(shop, "first")
    await shop.issue("INV-1")
    assert await hold(shop, "second") == 1
    assert await outcomes(shop) == [("held", "this contact is on hold: second")]


async def test_hold_and_bounce_are_two_reasons_and_both_must_end(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    letter = await letter_to(shop)
    await shop.post(report_bounce(letter), to=letter.sender, sender="")
    await hold(shop)
    shop.clock.advance(seconds=1)
    await shop.issue("INV-2")
    assert await release(shop) == 0
    state, outcome = (await outcomes(shop))[-1]
    assert state == "held"
    assert outcome.startswith("letters to this address come back: 5.1.1 ")
    with pytest.raises(Refused, match=r"come back .*--deliverable"):
        await release(shop)
    await hold(shop)
    assert await trust_address(shop.office, *await find_jane(shop), actor="kim") == 0
    assert (await outcomes(shop))[-1] == ("held", "this contact is on hold: on leave")
    assert await release(shop) == 1


async def test_hold_goes_along_with_a_new_address_but_not_to_another_person(
    shop: HouseWorld,
) -> None:
    await hold(shop)
    await shop.issue("INV-1")
    plan = await plan_move(shop.office, "ACME", JANE, TOM, revoke_links=True)
    await hand_over(shop.office, plan, Pending.READDRESS, actor="kim")
    assert ("held", "this contact is on hold: on leave") in await outcomes(shop)
    replacing = await plan_replacement(shop.office, "ACME", TOM, "ann@acme.example")
    await hand_over(shop.office, replacing, Pending.READDRESS, actor="kim")
    await shop.deliver()
    assert [mail.recipient for mail in await shop.mail()] == ["ann@acme.example"]


async def test_hold_needs_a_reason_and_somebody_to_hold(shop: HouseWorld) -> None:
    with pytest.raises(BadInput, match="cannot be a reason"):
        await hold(shop, " ")
    with pytest.raises(Refused, match="there is nothing to release"):
        await release(shop)
    await disable_contact(shop.office, "ACME", JANE, actor="kim")
    with pytest.raises(Refused, match="was disabled"):
        await hold(shop)


async def test_who_calls_a_letter_spam_may_be_put_on_hold_with_the_command_that_is_told(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    letter = await letter_to(shop)
    complaint = (
        "From: fbl@mail.example\r\nSubject: complaint\r\nMessage-ID: <c1@mail.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        "Original-Rcpt-To: jane@acme.example\r\n--b--\r\n"
    )
    reply = await shop.post(complaint.encode(), to=letter.reply_to, sender="fbl@mail.example")
    assert (reply.action, reply.reason) == ("hold", "complaint")
    command = f'maild contact set ACME {JANE} --hold "calls our letters spam"'
    assert command in (await told_operator(shop)).text
