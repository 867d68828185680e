"""Estimates answered by email: led to the page, or taken at once where the business wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from maild.services.lookup import need_document
from maild.services.payments import void
from tests.letterbox import JANE, STRANGER, letter_to, told, told_operator
from tests.world import OPERATOR, HouseWorld

YES, NO = "Yes, I accept your estimate.", "We decline your estimate, thank you."


@pytest.fixture
async def offered(shop: HouseWorld) -> HouseWorld:
    """A shop that sent Jane an estimate."""
    await shop.issue("EST-1", type="estimate")
    return shop


async def state(world: HouseWorld) -> str:
    return (await need_document(world.office.db, "EST-1")).state


@pytest.mark.parametrize(("words", "verb"), [(YES, "accept"), (NO, "decline")])
async def test_answer_by_mail_is_led_to_the_page_where_it_counts(
    offered: HouseWorld, words: str, verb: str
) -> None:
    reply = await offered.reply(await letter_to(offered), words, sender=STRANGER)
    assert told(reply) == ("settled", "confirm_link", verb)
    letter = await letter_to(offered)
    assert f"you {verb} estimate EST-1" in letter.text
    assert await state(offered) == "open"
    async with offered.browser() as browser:
        page = await browser.get(letter.link)
        assert page.path == "/estimates/EST-1"
        assert "Accept" in page.text
    assert not await offered.mail_to(STRANGER)


async def test_what_cannot_be_answered_any_more_is_for_a_person(offered: HouseWorld) -> None:
    letter = await letter_to(offered)
    await offered.issue("INV-1")
    invoice = await offered.reply(await letter_to(offered), YES)
    assert told(invoice) == ("held", "hold", "not-an-estimate")
    offered.clock.advance(days=30)
    late = await offered.reply(letter, YES)
    assert told(late) == ("held", "hold", "expired")
    assert "has expired" in (await told_operator(offered)).text
    await void(offered.office, "EST-1", actor="test")
    gone = await offered.reply(letter, NO)
    assert told(gone) == ("held", "hold", "void")
    assert {mail.recipient for mail in await offered.mail()} == {JANE, OPERATOR}


def test_option_is_off_by_default(tmp_path: Path) -> None:
    from tests.world import write_config

    assert not write_config(tmp_path, port=1).inbound.accept_by_reply
