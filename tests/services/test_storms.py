"""Loops and floods: few letters, nothing lost, and never one to whom it is not meant for."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

from maild.store import replies
from tests.letterbox import JANE, STRANGER, letter_to, write
from tests.world import OPERATOR, HouseWorld


async def test_hundreds_of_spoofed_cries_for_help_lead_to_three_letters_at_most(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    for number in range(500):
        message = EmailMessage(policy=policy.SMTP)
        message["From"], message["To"] = JANE, "billing@example.test"
        message["Message-ID"] = f"<{number}@evil.example>"
        message.set_content(f"I can't log in! ({number})\n")
        await shop.hand_in(message.as_bytes(), to="billing@example.test", sender=STRANGER)
    await shop.settle()
    await shop.deliver()
    assert len(await shop.mail_to(JANE)) == 2
    assert len(await shop.mail()) - 1 <= 3
    found = await replies.list_replies(shop.office.db)
    assert len(found) == 500
    assert {reply.state for reply in found} == {"settled", "held"}


async def test_flood_of_questions_is_told_in_one_letter_and_all_of_it_listed(
    shop: HouseWorld,
) -> None:
    for number in range(70):
        await write(shop, f"What is this about? ({number})", sender=f"x{number}@evil.example")
    told = await shop.mail_to(OPERATOR)
    assert len(told) == 51
    assert told[-1].subject == "More replies than usual"
    assert "maild inbox list --state held" in told[-1].text
    assert len(await replies.list_replies(shop.office.db, "held")) == 70
    await shop.advance(days=1)
    await write(shop, "And what is that about?", sender=STRANGER)
    assert STRANGER in (await shop.mail_to(OPERATOR))[-1].text


async def test_vacation_responder_is_not_answered(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    letter = await letter_to(shop)
    for number in range(3):
        await write(
            shop,
            f"I am out of office. can't log in ({number})",
            to=letter.reply_to,
            Auto_Submitted="auto-replied",
        )
    assert [mail.recipient for mail in await shop.mail()] == [JANE]
