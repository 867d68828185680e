"""Reminders wait for what a client says, and the operator is told; nothing else changes."""

from __future__ import annotations

import pytest

from maild.clock import DAY, to_date
from maild.model import Pause
from maild.services.lookup import need_client, need_document
from maild.store import pauses
from tests.letterbox import JANE, STRANGER, letter_to, told, told_operator, write
from tests.world import HouseWorld


async def held_pauses(world: HouseWorld) -> list[Pause]:
    client = await need_client(world.office.db, "ACME")
    return await pauses.list_pauses(world.office.db, client.id, world.clock())


@pytest.fixture
async def owed(shop: HouseWorld) -> HouseWorld:
    """A shop whose invoice Jane has not paid."""
    await shop.issue("INV-1")
    return shop


@pytest.mark.parametrize(
    ("words", "request_", "days"),
    [
        ("Please stop sending me reminders.", "stop_reminders", None),
        ("We paid this invoice yesterday.", "paid", 14),
        ("We dispute this invoice, the amount is wrong.", "dispute", None),
    ],
)
async def test_reminders_wait_and_the_operator_is_told(
    owed: HouseWorld, words: str, request_: str, days: int | None
) -> None:
    reply = await owed.reply(await letter_to(owed), words)
    assert told(reply) == ("settled", "pause_reminders", request_)
    (pause,) = await held_pauses(owed)
    document = await need_document(owed.office.db, "INV-1")
    assert (pause.document_id, pause.reply_id) == (document.id, reply.id)
    assert pause.ends_at == (owed.clock() + days * DAY if days else None)
    letter = await told_operator(owed)
    assert "Reminders about this document are paused" in letter.text
    assert words in letter.text
    assert "reminders paused INV-1" in await owed.log()
    assert len(await owed.mail_to(JANE)) == 1


async def test_payment_on_a_named_day_is_waited_for_with_some_days_of_grace(
    owed: HouseWorld,
) -> None:
    reply = await owed.reply(await letter_to(owed), "We will pay on 4 December 2026.")
    assert told(reply) == ("settled", "pause_reminders", "will_pay")
    (pause,) = await held_pauses(owed)
    assert pause.ends_at
    assert to_date(pause.ends_at, owed.office.zone).isoformat() == "2026-12-08"
    assert "paused until 7 December 2026" in (await told_operator(owed)).text
    await owed.advance(days=15)
    assert await held_pauses(owed) == []


async def test_stranger_pauses_nothing(owed: HouseWorld) -> None:
    reply = await write(owed, "Please stop sending me reminders.", sender=STRANGER)
    assert told(reply) == ("held", "hold", "unknown-sender")
    assert await held_pauses(owed) == []


async def test_out_of_office_pauses_until_the_return_and_is_never_answered(
    owed: HouseWorld,
) -> None:
    letter = await letter_to(owed)
    reply = await write(
        owed,
        "I am out of the office and will be back on 7 December 2026.",
        to=letter.reply_to,
        Subject="Automatic reply: your invoice",
        Auto_Submitted="auto-replied",
    )
    assert told(reply) == ("settled", "record_absence", "autoreply")
    (pause,) = await held_pauses(owed)
    assert pause.ends_at
    assert to_date(pause.ends_at, owed.office.zone).isoformat() == "2026-12-07"
    assert [mail.recipient for mail in await owed.mail()] == [JANE]


async def test_notice_of_one_who_has_left_for_good_reaches_the_operator(owed: HouseWorld) -> None:
    letter = await letter_to(owed)
    reply = await write(
        owed,
        "Jane Smith no longer works for Acme. Please contact Tom Jones, tom@acme.example.",
        to=letter.reply_to,
        Subject="Automatic reply: your invoice",
        Auto_Submitted="auto-replied",
    )
    assert reply.action == "record_absence"
    handed = await told_operator(owed)
    assert "no longer read" in handed.text
    assert "tom@acme.example" in handed.text
    assert "maild contact replace ACME jane@acme.example NEW-ADDRESS" in handed.text
    assert not await owed.mail_to("tom@acme.example")
