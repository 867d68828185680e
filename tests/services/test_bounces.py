"""Letters that come back: noted on the letter, the address spared, the operator told what to do."""

from __future__ import annotations

import pytest

from maild.errors import Refused
from maild.model import Contact
from maild.services.bounces import find_undelivered, trust_address
from maild.services.handover import Pending, disable_contact, hand_over, plan_move
from maild.services.lookup import need_client, need_contact, need_document
from maild.store import letters
from tests.letterbox import (
    BUSINESS,
    JANE,
    STRANGER,
    TOM,
    letter_to,
    report_bounce,
    told,
    told_operator,
    write,
)
from tests.world import OPERATOR, HouseWorld


@pytest.fixture
async def sent(shop: HouseWorld) -> HouseWorld:
    """A shop whose invoice went to Jane."""
    await shop.issue("INV-1")
    return shop


async def find_jane(world: HouseWorld, address: str = JANE) -> Contact:
    client = await need_client(world.office.db, "ACME")
    return await need_contact(world.office.db, client, address)


async def states(world: HouseWorld) -> list[str]:
    found = await letters.list_letters(world.office.db)
    return [letter.state for letter in reversed(found) if letter.kind != "operator"]


async def bounce(world: HouseWorld, **more: str) -> None:
    letter = await letter_to(world)
    await world.post(report_bounce(letter, **more), to=letter.sender, sender="")
    world.clock.advance(seconds=1)


async def test_hard_bounce_is_noted_and_the_operator_told_what_to_do(sent: HouseWorld) -> None:
    letter = await letter_to(sent)
    reply = await sent.post(report_bounce(letter), to=letter.sender, sender="")
    assert told(reply) == ("settled", "bounce_hold", "hard")
    document = await need_document(sent.office.db, "INV-1")
    (lost,) = find_undelivered(await letters.list_document_letters(sent.office.db, document.id))
    assert lost.outcome.startswith("5.1.1 ")
    assert (await find_jane(sent)).bounced_at == sent.clock()
    handed = await told_operator(sent)
    assert handed.subject.startswith("Not delivered: Invoice INV-1")
    for words in (
        "INV-1: not delivered",
        "No such user here",
        "maild contact set ACME jane@acme.example --email NEW-ADDRESS",
        "maild contact set ACME jane@acme.example --deliverable",
    ):
        assert words in handed.text
    assert [mail.recipient for mail in await sent.mail()] == [JANE, OPERATOR]


async def test_further_letters_are_held_but_what_is_asked_for_goes_out(sent: HouseWorld) -> None:
    await bounce(sent)
    await sent.issue("INV-2")
    assert await states(sent) == ["bounced", "held"]
    sent.clock.advance(seconds=1)
    reply = await write(sent, "I can't log in")
    assert reply.action == "reissue"
    assert await states(sent) == ["bounced", "held", "sent"]


async def test_address_that_is_good_after_all_gets_what_was_held(sent: HouseWorld) -> None:
    await bounce(sent)
    await sent.issue("INV-2")
    client, jane = await need_client(sent.office.db, "ACME"), await find_jane(sent)
    assert await trust_address(sent.office, client, jane, actor="test") == 1
    await sent.deliver()
    assert await states(sent) == ["bounced", "sent"]
    with pytest.raises(Refused, match="nothing to mend"):
        await trust_address(sent.office, client, jane, actor="test")


async def test_right_address_gets_what_was_held_for_the_wrong_one(sent: HouseWorld) -> None:
    await bounce(sent)
    await sent.issue("INV-2")
    plan = await plan_move(sent.office, "ACME", JANE, TOM, revoke_links=True)
    await hand_over(sent.office, plan, Pending.READDRESS, actor="test")
    await sent.deliver()
    assert "INV-2" in (await letter_to(sent, TOM)).subject
    assert (await find_jane(sent, TOM)).bounced_at is None


@pytest.mark.parametrize(
    ("status", "action", "reason", "state"),
    [("4.4.1", "failed", "soft", "bounced"), ("4.4.1", "delayed", "delayed", "sent")],
)
async def test_passing_trouble_holds_nothing(
    sent: HouseWorld, status: str, action: str, reason: str, state: str
) -> None:
    letter = await letter_to(sent)
    report = report_bounce(letter, status=status, action=action)
    reply = await sent.post(report, to=letter.sender, sender="")
    assert (reply.state, reply.reason) == ("settled", reason)
    assert await states(sent) == [state]
    assert (await find_jane(sent)).bounced_at is None


async def test_forged_bounce_changes_nothing(sent: HouseWorld) -> None:
    letter = await letter_to(sent)
    last = letter.sender.partition("@")[0][-1]
    forged = letter.sender.replace(f"{last}@", f"{'a' if last != 'a' else 'b'}@")
    assert sent.office.addresses.recognise(forged) is None
    foreign = await sent.post(report_bounce(letter), to=BUSINESS, sender="")
    assert told(foreign) == ("settled", "log", "foreign-bounce")
    other = report_bounce(letter, recipient=STRANGER, status="5.1.2")
    reply = await sent.post(other, to=letter.sender, sender="")
    assert told(reply) == ("settled", "log", "other-recipient")
    assert await states(sent) == ["sent"]
    assert await sent.mail_to(OPERATOR) == []


async def test_returned_message_id_is_enough_where_the_return_path_is_lost(
    sent: HouseWorld,
) -> None:
    letter = await letter_to(sent)
    named = f"Message-ID: {letter.message['Message-ID']}\r\n"
    copy = f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{named}"
    report = report_bounce(letter).replace(b"--b--", f"{copy}--b--".encode())
    reply = await sent.post(report, to=BUSINESS, sender="")
    assert told(reply) == ("settled", "bounce_hold", "hard")
    assert await states(sent) == ["bounced"]


async def test_same_letter_that_comes_back_twice_is_told_once(sent: HouseWorld) -> None:
    await bounce(sent)
    letter = await letter_to(sent)
    again = report_bounce(letter).replace(b"Message-ID: <", b"Message-ID: <x")
    reply = await sent.post(again, to=letter.sender, sender="")
    assert reply.state == "settled"
    assert len(await sent.mail_to(OPERATOR)) == 1


async def test_bounce_of_someone_who_left_is_told_too(sent: HouseWorld) -> None:
    letter = await letter_to(sent)
    await disable_contact(sent.office, "ACME", JANE, actor="test")
    reply = await sent.post(report_bounce(letter), to=letter.sender, sender="")
    assert told(reply) == ("settled", "bounce_hold", "hard")
    assert len(await sent.mail_to(OPERATOR)) == 1


async def test_bounce_of_a_letter_to_the_operator_makes_no_other(sent: HouseWorld) -> None:
    await write(sent, "hello there", sender=STRANGER)
    handed = await told_operator(sent)
    reply = await sent.post(report_bounce(handed), to=handed.sender, sender="")
    assert told(reply) == ("settled", "log", "operator-bounce")
    assert len(await sent.mail_to(OPERATOR)) == 1
