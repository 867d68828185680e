"""A reply's way: understood and acted on within the evidence, held for a person, never lost."""

from __future__ import annotations

import asyncio

import pytest

from maild import intake
from maild.intake import settle_due
from maild.mail.dmarc import public_suffixes
from maild.model import Reply
from maild.office import Office
from maild.services.actions import carry_out
from maild.services.customers import add_contact
from maild.services.handover import disable_contact, replace_contact
from maild.services.issue import resend
from maild.services.settlement import Case
from maild.store import replies
from maild.worker import Worker
from tests.letterbox import BUSINESS, JANE, STRANGER, TOM, letter_to, told
from tests.letterbox import write as write_message
from tests.mails import answer_to
from tests.paper import without_ink
from tests.world import OPERATOR, HouseWorld, World

HELP = "Hi, it won't let me log in!"


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """A world whose documents cost no ink, with one customer who was sent an invoice."""
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.issue("INV-1")
    return house


async def write(shop: HouseWorld, words: str = HELP, **more: str) -> Reply:
    return await write_message(shop, words, **more)


async def recipients(shop: HouseWorld) -> list[str]:
    """Return whom mail went to after the invoice."""
    return [mail.recipient for mail in await shop.mail()][1:]


async def test_forged_sender_with_a_token_still_answers_to_the_record_only(
    shop: HouseWorld,
) -> None:
    reply = await shop.reply(await letter_to(shop), HELP, sender=STRANGER, Reply_To=STRANGER)
    assert (reply.action, reply.level) == ("reissue", 1)
    assert await recipients(shop) == [JANE]


async def test_address_on_record_alone_is_enough_for_new_credentials(shop: HouseWorld) -> None:
    reply = await write(shop, sender="JANE@acme.EXAMPLE")
    assert (reply.action, reply.level) == ("reissue", 1)
    assert await recipients(shop) == [JANE]


async def test_token_and_address_together_weigh_two(shop: HouseWorld) -> None:
    assert (await shop.reply(await letter_to(shop), HELP)).level == 2


async def test_our_message_id_in_references_counts_as_a_token(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    reply = await write(shop, sender=STRANGER, References=str(letter.message["Message-ID"]))
    assert (reply.action, reply.level) == ("reissue", 1)
    forged = f"<{'a' * 33}@example.test>"
    assert (await write(shop, "again, can't log in", sender=STRANGER, References=forged)).level == 0


async def test_unknown_sender_is_held_and_never_answered(shop: HouseWorld) -> None:
    reply = await write(shop, sender=STRANGER)
    assert told(reply) == ("held", "hold", "unknown-sender")
    assert await recipients(shop) == [OPERATOR]
    (handed,) = await shop.mail_to(OPERATOR)
    assert STRANGER in handed.text
    assert handed.message["Reply-To"] is None


async def test_two_senders_are_a_contradiction(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    for sender in (f"{JANE}, {STRANGER}", f"{STRANGER}, {JANE}"):
        content = answer_to(letter, HELP).replace(
            f"From: {JANE}".encode(), f"From: {sender}".encode()
        )
        reply = await shop.post(content, to=letter.reply_to, sender=JANE)
        assert (reply.state, reply.reason) == ("held", "contradiction")
        shop.clock.advance(seconds=1)
    double = answer_to(letter, HELP + " really").replace(
        b"From:", f"From: {STRANGER}\r\nFrom:".encode(), 1
    )
    reply = await shop.post(double, to=letter.reply_to, sender=JANE)
    assert (reply.state, reply.reason) == ("held", "contradiction")
    assert set(await recipients(shop)) == {OPERATOR}


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Subject": "Automatic reply: INV-1"},
        {"Precedence": "bulk"},
        {"List_Id": "<x.acme.example>"},
        {"X_Autoreply": "yes"},
        {"X_Maild_Loop": "1"},
    ],
)
async def test_automatic_mail_is_never_answered(shop: HouseWorld, headers: dict[str, str]) -> None:
    reply = await write(shop, to=(await letter_to(shop)).reply_to, **headers)
    assert reply.state == "settled"
    assert await recipients(shop) == []


async def test_null_sender_is_never_answered(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    reply = await shop.post(answer_to(letter, HELP), to=letter.reply_to, sender="")
    assert reply.state == "settled"
    assert await recipients(shop) == []


async def test_our_own_letter_coming_home_is_ignored(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    homes = (letter.reply_to, BUSINESS, letter.sender)
    came = [await shop.post(letter.raw, to=to, sender="x@y.example") for to in homes]
    assert [told(reply)[:2] for reply in came] == [("settled", "ignore")] * 3
    assert came[0].reason == "own"
    assert await recipients(shop) == []


async def test_trouble_that_stands_only_in_the_quotation_is_not_acted_on(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    content = answer_to(
        letter, "Thanks, all good.\n\n> I can't log in\n> please send a new password"
    )
    reply = await shop.post(content, to=letter.reply_to, sender=JANE)
    assert reply.state == "held"
    assert await recipients(shop) == [OPERATOR]


async def test_same_message_twice_acts_once(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    content = answer_to(letter, HELP)
    first = await shop.post(content, to=letter.reply_to, sender=JANE)
    again = await shop.post(b"Received: by mx\r\n" + content, to=letter.reply_to, sender=JANE)
    assert first.action == "reissue"
    assert told(again) == ("settled", "ignore", "duplicate")
    assert await recipients(shop) == [JANE]


async def test_copies_that_arrive_together_act_once(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    for _ in "123":
        await shop.hand_in(answer_to(letter, HELP), to=letter.reply_to, sender=JANE)
    await asyncio.gather(*(settle_due(shop.office, owner) for owner in "abc"))
    await shop.deliver()
    assert await recipients(shop) == [JANE]
    found = sorted(reply.action for reply in await replies.list_replies(shop.office.db))
    assert found == ["ignore", "ignore", "reissue"]


async def test_new_credentials_too_soon_go_to_the_operator(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    await shop.reply(letter, HELP)
    shop.clock.advance(seconds=14 * 60)
    again = await shop.reply(letter, "Still can't log in")
    assert told(again) == ("held", "hold", "throttled")
    assert await recipients(shop) == [JANE, OPERATOR]
    shop.clock.advance(seconds=60)
    assert (await shop.reply(letter, "I still cannot log in.")).action == "reissue"


async def test_who_is_no_longer_a_contact_is_held_and_not_answered(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    reply = await shop.reply(letter, HELP)
    assert told(reply) == ("held", "hold", "disabled")
    assert told(await write(shop)) == ("held", "hold", "unknown-sender")
    assert await recipients(shop) == [OPERATOR, OPERATOR]
    assert all(mail.message["Reply-To"] is None for mail in await shop.mail_to(OPERATOR))


async def test_successor_answering_the_old_letter_is_helped_at_the_own_address(
    shop: HouseWorld,
) -> None:
    letter = await letter_to(shop)
    await replace_contact(shop.office, "ACME", JANE, TOM, actor="test")
    reply = await shop.reply(letter, HELP, sender=TOM)
    # the old reply address was given to another, so it counts for nothing
    assert (reply.level, reply.action) == (1, "reissue")
    assert await recipients(shop) == [TOM]
    assert "INV-1" in (await shop.mail_to(TOM))[0].subject


async def test_old_letter_helps_nobody_but_people_on_record(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    await replace_contact(shop.office, "ACME", JANE, TOM, actor="test")
    await shop.client("Bolt Ltd", "sue@bolt.example")
    for sender in ("eve@evil.example", "sue@bolt.example", JANE):
        told_of = told(await shop.reply(letter, HELP, sender=sender))
        assert told_of == ("held", "hold", "disabled")
    assert set(await recipients(shop)) == {OPERATOR}


async def test_successor_without_history_is_not_led_back_by_an_old_letter(
    shop: HouseWorld,
) -> None:
    letter = await letter_to(shop)
    shop.clock.advance(seconds=1)
    await replace_contact(shop.office, "ACME", JANE, TOM, history=False, actor="test")
    await shop.reply(letter, HELP, sender=TOM)
    (answer,) = await shop.mail_to(TOM)
    assert "INV-1" not in answer.text
    assert "/l/" not in answer.text


async def test_answer_to_a_later_letter_of_the_document_is_about_it(shop: HouseWorld) -> None:
    shop.clock.advance(seconds=1)
    await resend(shop.office, "INV-1", actor="test")
    await shop.deliver()
    reply = await shop.reply(await letter_to(shop), HELP)
    assert reply.document_id
    first, _, answer = await shop.mail_to(JANE)
    assert answer.message["References"] == first.message["Message-ID"]
    assert "INV-1" in answer.text


async def test_address_of_several_clients_is_answered_for_the_last_written_to(
    shop: HouseWorld,
) -> None:
    bolt = await shop.client("Bolt Ltd", JANE)
    await shop.client("Cog Ltd", JANE)
    shop.clock.advance(seconds=1)
    await shop.issue("INV-2", client="BOLT")
    reply = await write(shop)
    assert (reply.action, reply.client_id) == ("reissue", bolt.id)
    assert "INV-2" in (await letter_to(shop)).text
    old = (await shop.mail_to(JANE))[0]
    assert (await shop.reply(old, "can't log in there either")).client_id != bolt.id


async def test_contact_who_was_never_written_to_is_let_in_too(shop: HouseWorld) -> None:
    await add_contact(shop.office, "ACME", TOM, actor="test")
    reply = await write(shop, sender=TOM)
    assert reply.action == "reissue"
    answer = await letter_to(shop, TOM)
    async with shop.browser() as browser:
        assert (await browser.log_in(TOM, answer.password)).path == "/"


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "=?utf-8?b?AAcbW+KAruKAqA==?=",
        "=?utf-8?q?a=0D=0ABcc:_x@y.example?=",
        "\udcff",
        "x" * 3000,
    ],
)
async def test_nasty_subject_reaches_the_operator_as_a_held_reply(
    shop: HouseWorld, subject: str
) -> None:
    content = f"From: {STRANGER}\r\nSubject: {subject}\r\n\r\nHello\r\n"
    reply = await shop.post(
        content.encode("utf-8", "surrogateescape"), to=BUSINESS, sender=STRANGER
    )
    assert told(reply) == ("held", "hold", "unknown-sender")
    (handed,) = await shop.mail_to(OPERATOR)
    assert handed.message["Bcc"] is None


@pytest.mark.parametrize("address", ["postmaster", "Postmaster@example.test"])
async def test_letter_to_the_postmaster_reaches_a_person(world: World, address: str) -> None:
    content = b"From: admin@other.example\r\nSubject: Your server\r\n\r\nIt greets oddly.\r\n"
    reply = await world.post(content, to=address, sender="admin@other.example")
    assert reply.state == "held"
    assert "It greets oddly" in (await world.mail_to(OPERATOR))[-1].text


async def test_while_one_reply_is_slow_others_go_on_but_none_from_the_same_person(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.client("Bolt Ltd", TOM)
    for sender, words in ((JANE, "first"), (JANE, "second"), (TOM, "other")):
        content = f"From: {sender}\r\nSubject: {words}\r\nMessage-ID: <{words}@x.example>\r\n\r\nHi"
        await shop.hand_in(content.encode(), to=BUSINESS, sender=sender)
        shop.clock.advance(seconds=1)
    slow, ended = asyncio.Event(), []
    real = carry_out

    async def slowly(office: Office, case: Case) -> Reply:
        if case.reply.subject == "first":
            await slow.wait()
        reply = await real(office, case)
        ended.append(reply.subject)
        return reply

    monkeypatch.setattr(intake, "carry_out", slowly)
    settling = asyncio.create_task(settle_due(shop.office, "test"))
    async with asyncio.timeout(10):
        while not ended:
            await shop.office.db.watch().wait()
    assert ended == ["other"]
    slow.set()
    await settling
    assert ended == ["other", "first", "second"]


async def test_large_replies_are_in_hand_one_at_a_time(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = most = 0
    real = carry_out

    async def slowly(office: Office, case: Case) -> Reply:
        nonlocal held, most
        held += len(case.original)
        most = max(most, held)
        reply = await real(office, case)
        held -= len(case.original)
        return reply

    monkeypatch.setattr(intake, "carry_out", slowly)
    large = b"Subject: large\r\n\r\n" + b"x" * 700_000
    for number in range(3):
        content = b"From: x%d@y.example\r\n" % number + large
        await shop.hand_in(content, to=BUSINESS, sender=f"x{number}@y.example")
    await shop.settle()
    assert most < 2 * len(large)
    assert len(await replies.list_replies(shop.office.db, "held")) == 3


async def test_first_reply_finds_what_is_made_once() -> None:
    public_suffixes.cache_clear()
    worker = Worker()
    await intake.warm_up(worker)
    assert public_suffixes.cache_info().currsize == 1
    await worker.close()
