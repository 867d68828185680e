"""Asked to send it again: the right document, to the address on record, within the limits."""

from __future__ import annotations

from maild.services.payments import void
from tests.letterbox import JANE, STRANGER, TOM, letter_to, told, told_operator, write
from tests.world import OPERATOR, HouseWorld

AGAIN = "Could you please resend the invoice?"
STATEMENT = "Could you send me a statement of account please?"


async def test_document_that_a_reply_is_about_is_sent_again(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await shop.issue("INV-2")
    first = (await shop.mail_to(JANE))[0]
    reply = await shop.reply(first, AGAIN, sender=STRANGER)
    assert told(reply) == ("settled", "resend", "send_again")
    letter = await letter_to(shop)
    assert letter.subject.startswith("Sent again: invoice INV-1 ")
    assert letter.message["Auto-Submitted"] == "auto-replied"
    assert list(letter.attached()) == ["INV-1.pdf"]
    async with shop.browser() as browser:
        assert (await browser.get(letter.link)).path == "/invoices/INV-1"
    assert not await shop.mail_to(STRANGER)


async def test_document_that_is_named_goes_before_the_one_replied_to(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await shop.issue("INV-2")
    reply = await shop.reply(await letter_to(shop), "Please send me a copy of invoice INV-1.")
    assert told(reply) == ("settled", "resend", "send_again")
    assert "INV-1" in (await letter_to(shop)).subject


async def test_document_of_somebody_else_is_not_sent_and_looks_like_none(shop: HouseWorld) -> None:
    await shop.client("Bolt Ltd", "sue@bolt.example")
    await shop.issue("INV-1")
    await shop.issue("INV-9", client="BOLT")
    for number in ("INV-9", "INV-77"):
        reply = await shop.reply(
            (await shop.mail_to(JANE))[0], f"Please send me a copy of invoice {number}."
        )
        assert told(reply) == ("held", "hold", "unknown-document")
    assert len(await shop.mail_to(JANE)) == 1


async def test_copied_person_gets_no_more_than_their_links_open(shop: HouseWorld) -> None:
    from maild.services.customers import add_contact

    await shop.issue("INV-1")
    await add_contact(shop.office, "ACME", TOM, actor="test")
    await shop.issue("INV-2", contacts=[JANE, TOM])
    reply = await shop.reply(
        await letter_to(shop, TOM), "Please send me a copy of invoice INV-1.", sender=TOM
    )
    assert told(reply) == ("held", "hold", "unknown-document")
    reply = await shop.reply(await letter_to(shop, TOM), STATEMENT, sender=TOM)
    assert told(reply) == ("held", "hold", "document-scope")


async def test_statement_says_what_is_owed_and_is_attached(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    reply = await shop.reply(await letter_to(shop), STATEMENT)
    assert told(reply) == ("settled", "resend", "statement")
    letter = await letter_to(shop)
    assert "You owe £300.00 as of 23 November 2026." in letter.text
    assert "You owe £300.00 as of 23 November 2026." in letter.html
    assert list(letter.attached()) == ["statement-2026-11-23.pdf"]
    assert "/l/" in letter.link


async def test_withdrawn_document_is_a_matter_for_a_person(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await void(shop.office, "INV-1", actor="test")
    reply = await shop.reply(await letter_to(shop), AGAIN)
    assert told(reply) == ("held", "hold", "void")
    assert "has been withdrawn" in (await told_operator(shop)).text


async def test_message_about_nothing_asks_a_person(shop: HouseWorld) -> None:
    reply = await write(shop, AGAIN)
    assert told(reply) == ("held", "hold", "no-document")


async def test_five_letters_a_day_are_enough_and_the_sixth_reaches_the_operator(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    letter = await letter_to(shop)
    for number in range(5):
        reply = await shop.reply(letter, AGAIN, message_id=f"<{number}@mail.example>")
        assert reply.action == "resend"
    last = await shop.reply(letter, AGAIN, message_id="<6@mail.example>")
    assert told(last) == ("held", "hold", "throttled")
    assert len(await shop.mail_to(JANE)) == 6
    assert len(await shop.mail_to(OPERATOR)) == 1
    again = await shop.reply(letter, AGAIN, message_id="<7@mail.example>")
    assert again.state == "held"
    # told once a day of the same person
    assert len(await shop.mail_to(OPERATOR)) == 1
