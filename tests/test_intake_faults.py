"""Faults on a reply's way: it waits, it is looked at again, it is never dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date

import pytest

from maild import intake
from maild.clock import MINUTE, SECOND
from maild.errors import BadTemplate
from maild.intake import settle_due
from maild.mail import reading
from maild.mail.parse import Unparseable
from maild.mail.reading import Reading
from maild.matching import match_reply
from maild.model import Reply
from maild.services import examination, holding, quarantine
from maild.services.examination import read_in_thread
from maild.store import replies
from maild.worker import Worker
from tests.letterbox import BUSINESS, JANE, STRANGER, letter_to, told
from tests.mails import answer_to
from tests.paper import without_ink
from tests.test_intake import HELP, recipients, write
from tests.world import OPERATOR, HouseWorld


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """A world whose documents cost no ink, with one customer who was sent an invoice."""
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.issue("INV-1")
    return house


async def test_message_that_cannot_be_read_is_set_aside_at_once(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise Unparseable("too many parts")

    monkeypatch.setattr(reading, "parse", fail)
    reply = await write(shop)
    assert told(reply) == ("set_aside", "hold", "poison")
    (handed,) = await shop.mail_to(OPERATOR)
    assert "too many parts" in handed.text
    assert HELP.encode() in handed.attached()["original.eml"]
    assert f"maild inbox show {reply.id}" in handed.text


async def test_message_that_fails_three_times_is_set_aside(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(reading, "classify", fail)
    reply = await write(shop)
    assert (reply.state, reply.attempts) == ("accepted", 1)
    await shop.advance(seconds=29)
    assert (await only_reply(shop)).attempts == 1
    await shop.advance(seconds=1)
    await shop.advance(seconds=30)
    aside = await only_reply(shop)
    assert (*told(aside), aside.attempts) == ("set_aside", "hold", "poison", 3)
    await shop.advance(days=1)
    assert await recipients(shop) == [OPERATOR]


async def test_message_that_is_never_read_to_its_end_keeps_no_other_waiting(
    shop: HouseWorld,
) -> None:
    worker = Worker(cpu_seconds=0.2)

    async def read(content: bytes, sender: str, received: date) -> Reading:
        if b"endless" in content:
            return await worker.run(pow, 3, 10**9)
        return await read_in_thread(content, sender, received)

    letter = await letter_to(shop)
    endless = b"From: x@y.example\r\nSubject: endless\r\n\r\nx\r\n"
    await shop.hand_in(endless, to=BUSINESS, sender="x@y.example")
    await shop.hand_in(answer_to(letter, HELP), to=letter.reply_to, sender=JANE)
    for _ in range(3):
        await settle_due(shop.office, "test", read)
        shop.clock.advance(seconds=30)
    await worker.close()
    await shop.deliver()
    told_of = {reply.sender: told(reply) for reply in await replies.list_replies(shop.office.db)}
    assert told_of[JANE][:2] == ("settled", "reissue")
    assert told_of["x@y.example"] == ("set_aside", "hold", "poison")
    (handed,) = await shop.mail_to(OPERATOR)
    assert "more than 0.2 seconds of computing" in " ".join(handed.text.split())


async def only_reply(shop: HouseWorld) -> Reply:
    (reply,) = await replies.list_replies(shop.office.db)
    return reply


async def test_reply_that_cannot_even_be_set_aside_keeps_nobody_waiting(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("maild.mail.reply.extract", fail)
    monkeypatch.setattr(quarantine, "write_handoff", fail)
    for _ in range(4):
        await write(shop) if not await replies.list_replies(shop.office.db) else None
        await shop.advance(seconds=30)
    poison = await only_reply(shop)
    assert poison.state == "accepted"
    monkeypatch.undo()
    assert (await write(shop, "now with words: can't log in")).action == "reissue"


async def test_message_that_kills_the_process_is_set_aside_unread(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.hand_in(b"From: x@y.example\r\n\r\nboom\r\n", to=BUSINESS, sender="x@y.example")
    owners: list[object] = []

    async def die(_: object, raw: object, owner: str, *more: object) -> None:
        owners.append(owner)
        raise asyncio.CancelledError

    monkeypatch.setattr(intake, "_treat", die)
    for life in "123":
        with pytest.raises(asyncio.CancelledError):
            await settle_due(shop.office, life)
        shop.clock.advance(seconds=120)
    await shop.settle()
    assert owners == ["1", "2", "3"]
    assert (await only_reply(shop)).state == "set_aside"


@pytest.mark.parametrize("words", [HELP, "What is this for?"])
async def test_operators_broken_template_loses_no_reply(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    def fail(*_: object) -> None:
        raise BadTemplate("mail/operator.txt:3: unknown variable")

    with monkeypatch.context() as patch:
        for module in (holding, quarantine):
            patch.setattr(module, "write_handoff", fail)
        await write(shop, words, sender=STRANGER)
        for _ in range(6):
            await shop.advance(seconds=30)
        assert (await only_reply(shop)).state == "accepted"
    await shop.advance(seconds=30)
    assert (await only_reply(shop)).state == "set_aside"
    assert await recipients(shop) == [OPERATOR]


async def test_lease_keeps_a_second_reader_away_and_runs_out(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    real: Callable[..., object] = match_reply

    async def match(*args: object) -> object:
        begun.set()
        await go_on.wait()
        return await real(*args)  # type: ignore[misc]

    letter = await letter_to(shop)
    await shop.hand_in(answer_to(letter, HELP), to=letter.reply_to, sender=JANE)
    with monkeypatch.context() as patch:
        patch.setattr(examination, "match_reply", match)
        slow = asyncio.create_task(settle_due(shop.office, "slow"))
        await begun.wait()
    shop.clock.instant += 2 * MINUTE - 1
    assert await settle_due(shop.office, "fast") == 0
    loop_mail = b"From: x@y.example\r\nX-Maild-Loop: 1\r\n\r\nx\r\n"
    await shop.hand_in(loop_mail, to=BUSINESS, sender="x@y.example")
    assert await settle_due(shop.office, "fast") == 1, "the one that is not leased"
    shop.clock.instant += 1
    assert await settle_due(shop.office, "fast") == 1
    settled = await replies.list_replies(shop.office.db)
    shop.clock.instant += SECOND
    go_on.set()
    await slow
    await shop.deliver()
    assert await replies.list_replies(shop.office.db) == settled
    assert await recipients(shop) == [JANE]
