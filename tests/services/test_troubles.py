"""Letters that do not arrive: the operator is told at once, then once an hour, never in floods."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from maild.clock import HOUR, MINUTE, SECOND
from maild.model import Letter
from maild.relay import Outcome
from maild.services.issue import commit_issue, prepare_issue
from maild.services.lookout import Lookout
from maild.services.queue import DROP, RELEASE, RETRY, change_letter
from maild.services.troubles import tell_troubles
from maild.store import letters
from tests.fakes import SENT
from tests.letterbox import report_bounce
from tests.mails import Mail
from tests.paper import without_ink
from tests.world import OPERATOR, HouseWorld, make_document

JANE = "jane@acme.example"
NEVER = Outcome("failed", 550, "5.1.1 no such user")
DOWN = Outcome("unreachable", 0, "Connection refused")
LOST = Outcome("unknown", 0, "the mail server closed the connection")


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """A world whose documents cost no ink, with one customer."""
    house.office = replace(house.office, random_bytes=bytes)
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    return house


class Watch:
    """A lookout whose own clock goes along with the world's, unless that jumps."""

    def __init__(self, shop: HouseWorld) -> None:
        self.shop = shop
        self.seconds = 0.0
        self.lookout = Lookout(shop.office, lambda: self.seconds)

    async def go_on(self, *, hours: float, step: float = 10 * MINUTE) -> None:
        """Let time pass evenly, looking out and delivering on the way."""
        end = self.shop.clock() + hours * HOUR
        while self.shop.clock() < end:
            self.seconds += step / SECOND
            await self.shop.advance(seconds=step / SECOND)
            await self.lookout.look()
            await self.shop.deliver()


async def queue_up(shop: HouseWorld, count: int) -> None:
    for number in range(count):
        shipment = await prepare_issue(shop.office, make_document(f"Q-{number}"), ())
        await commit_issue(shop.office, shipment, actor="test")


async def written(shop: HouseWorld) -> list[Letter]:
    """Return the letters to the operator, oldest first, whether or not they could leave."""
    found = await letters.list_letters(shop.office.db)
    return [letter for letter in reversed(found) if letter.kind == "operator"]


async def told(shop: HouseWorld) -> list[Mail]:
    return await shop.mail_to(OPERATOR)


async def test_first_failure_is_told_at_once_with_what_to_do(shop: HouseWorld) -> None:
    shop.relay.answer = lambda to: SENT if to == OPERATOR else NEVER
    await shop.issue("INV-1")
    (letter,) = await letters.list_letters(shop.office.db, "failed")
    (mail,) = await told(shop)
    assert mail.subject == f"Not delivered: {letter.subject}"
    for words in (JANE, "550 5.1.1 no such user", f"maild queue retry {letter.id}"):
        assert words in mail.text


async def test_further_failures_are_gathered_for_an_hour(shop: HouseWorld) -> None:
    shop.relay.answer = lambda to: SENT if to == OPERATOR else NEVER
    watch = Watch(shop)
    for number in range(9):
        await shop.issue(f"INV-{number}")
    assert len(await told(shop)) == 1
    await watch.go_on(hours=0.8)
    assert len(await told(shop)) == 1
    await watch.go_on(hours=0.3)
    _, gathered = await told(shop)
    assert gathered.subject == "Letters in trouble: 8 not delivered"
    for words in ("Not delivered: 8, the oldest since", "And: 3 more", "maild queue retry --all"):
        assert words in gathered.text
    assert gathered.text.count(JANE) == 5
    await watch.go_on(hours=30)
    assert len(await told(shop)) == 2


async def test_relay_that_is_down_with_many_letters_gives_one_letter(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: DOWN
    watch = Watch(shop)
    await queue_up(shop, 60)
    await watch.go_on(hours=3.8)
    assert await written(shop) == []
    await watch.go_on(hours=40, step=30 * MINUTE)
    assert len(await written(shop)) == 1
    shop.relay.answer = lambda _: SENT
    await watch.go_on(hours=2)
    (mail,) = await told(shop)
    assert mail.subject == "Letters in trouble: 60 waiting for more than four hours"
    for words in (
        "No letter gets through since: 23 Nov 2026, 09:40",
        "The mail server says: Connection refused",
        "And: 55 more",
        "is tried again by itself",
        "maild queue list --state waiting",
    ):
        assert words in mail.text
    assert len(await shop.mail_to(JANE)) == 60


async def test_new_letters_of_a_long_outage_add_no_letters_to_the_operator(
    shop: HouseWorld,
) -> None:
    shop.relay.answer = lambda _: DOWN
    watch = Watch(shop)
    for number in range(10):
        await shop.issue(f"INV-{number}")
        await watch.go_on(hours=6, step=30 * MINUTE)
    assert len(await written(shop)) == 1


async def test_letter_that_waited_and_then_failed_is_told_again(shop: HouseWorld) -> None:
    shop.relay.answer = lambda to: SENT if to == OPERATOR else DOWN
    watch = Watch(shop)
    await shop.issue("INV-1")
    await watch.go_on(hours=5 * 24 + 1, step=30 * MINUTE)
    waiting, failed = await told(shop)
    assert waiting.subject == "Letters in trouble: 1 waiting for more than four hours"
    assert failed.subject.startswith("Not delivered: Invoice INV-1")
    assert "given up after 5 days: Connection refused" in failed.text


async def test_what_left_in_time_is_not_told(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: DOWN
    watch = Watch(shop)
    await shop.issue("INV-1")
    await watch.go_on(hours=3.5)
    shop.relay.answer = lambda _: SENT
    await watch.go_on(hours=24)
    assert await written(shop) == []


@pytest.mark.parametrize("days", [-30, 1, 400])
async def test_clock_that_jumps_raises_no_alarm(shop: HouseWorld, days: int) -> None:
    watch = Watch(shop)
    await watch.go_on(hours=1)
    await queue_up(shop, 5)
    shop.clock.advance(days=days)
    await watch.lookout.look()
    await watch.go_on(hours=24)
    assert await written(shop) == []
    assert len(await shop.mail_to(JANE)) == 5


async def test_what_waited_while_maild_was_off_is_sent_and_not_told(shop: HouseWorld) -> None:
    await queue_up(shop, 3)
    shop.clock.advance(days=3)
    watch = Watch(shop)
    await watch.lookout.look()
    await watch.go_on(hours=1)
    assert await written(shop) == []
    assert len(await shop.mail_to(JANE)) == 3


async def test_retried_in_vain_is_told_again_and_dropped_is_not(shop: HouseWorld) -> None:
    shop.relay.answer = lambda to: SENT if to == OPERATOR else NEVER
    watch = Watch(shop)
    await shop.issue("INV-1")
    await shop.issue("INV-2")
    first, second = reversed(await letters.list_letters(shop.office.db, "failed"))
    await change_letter(shop.office, first.id, RETRY, actor="test")
    await change_letter(shop.office, second.id, DROP, actor="test")
    await shop.deliver()
    await watch.go_on(hours=2)
    _, again = await told(shop)
    assert again.subject == f"Not delivered: {first.subject}"


async def test_letter_to_the_operator_that_fails_is_told_to_nobody(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: NEVER
    watch = Watch(shop)
    await shop.issue("INV-1")
    await watch.go_on(hours=24, step=HOUR)
    assert [letter.state for letter in await written(shop)] == ["failed"]


async def test_two_senders_tell_it_once(shop: HouseWorld) -> None:
    shop.relay.answer = lambda to: SENT if to == OPERATOR else NEVER
    await queue_up(shop, 6)
    await asyncio.gather(shop.deliver(), shop.deliver(), tell_troubles(shop.office))
    assert len(await written(shop)) == 1


async def test_many_that_come_back_are_told_as_one_and_then_gathered(shop: HouseWorld) -> None:
    watch = Watch(shop)
    for number in range(4):
        await shop.issue(f"INV-{number}")
    for letter in await shop.mail_to(JANE):
        report = report_bounce(letter, status="4.4.1").replace(b"Message-ID: <", b"Message-ID: <x")
        await shop.post(report, to=letter.sender, sender="")
    assert len(await told(shop)) == 1
    await watch.go_on(hours=1.5)
    first, rest = await told(shop)
    assert "original.eml" in first.attached()
    assert rest.subject == "Letters in trouble: 3 not delivered"
    assert "Came back: 3" in rest.text
    assert "maild queue list --state bounced" in rest.text


async def hold_unknown(shop: HouseWorld) -> None:
    relay = shop.office.config.relay.model_copy(update={"on_unknown": "hold"})
    config = shop.office.config.model_copy(update={"relay": relay})
    shop.office = replace(shop.office, config=config)


async def test_letter_whose_answer_got_lost_is_held_and_told_where_that_is_wanted(
    shop: HouseWorld,
) -> None:
    await hold_unknown(shop)
    shop.relay.answer = lambda to: SENT if to == OPERATOR else LOST
    await shop.issue("INV-1")
    await shop.advance(days=1)
    (letter,) = await letters.list_letters(shop.office.db, "held")
    assert letter.outcome.startswith("the mail server closed the connection")
    assert f"maild queue release {letter.id}" in letter.outcome
    assert len([one for one in shop.relay.tried if one[1] == JANE]) == 1
    (mail,) = await told(shop)
    assert "Held, as nobody knows whether they arrived: 1" in mail.text
    assert f"maild queue release {letter.id}" in mail.text
    assert f"maild queue drop {letter.id}" in mail.text
    shop.relay.answer = lambda _: SENT
    await change_letter(shop.office, letter.id, RELEASE, actor="test")
    await shop.deliver()
    assert len(await shop.mail_to(JANE)) == 1


async def test_letter_whose_answer_got_lost_is_sent_again_otherwise(shop: HouseWorld) -> None:
    shop.relay.answer = lambda to: LOST
    await shop.issue("INV-1")
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=1)
    assert len(shop.relay.tried) == 2
    assert len(set(shop.relay.tried)) == 1
    assert await written(shop) == []
