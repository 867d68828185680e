"""How fast letters leave: soon after a first no, slowly while nothing gets through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from maild.clock import DAY, HOUR, MINUTE, SECOND
from maild.delivery import deliver_due
from maild.model import Letter
from maild.relay import Outcome
from maild.services.issue import commit_issue, prepare_issue
from maild.services.pacing import opens_at, read_wish
from maild.services.queue import HOLD, RELEASE, change_letter
from maild.store import letters
from maild.store.outages import find_outage
from tests.fakes import SENT
from tests.paper import without_ink
from tests.world import HouseWorld, make_document

JANE = "jane@acme.example"
TOM = "tom@bolt.example"
LATER = Outcome("deferred", 451, "4.3.0 try later")
GREY = Outcome("deferred", 450, "4.2.0 Greylisted, come back in 4 minutes")
DOWN = Outcome("unreachable", 0, "Connection refused")
CUT = Outcome("unknown", 0, "the mail server closed the connection")


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """A world whose documents cost no ink and whose pauses no jitter, with two customers."""
    house.office = replace(house.office, random_bytes=bytes)
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.client("Bolt Ltd", TOM)
    return house


def only_for(address: str, outcome: Outcome) -> Callable[[str], Outcome]:
    return lambda to: outcome if to == address else SENT


async def letter_to(shop: HouseWorld, address: str) -> Letter:
    found = await letters.list_letters(shop.office.db)
    (letter,) = (one for one in found if one.recipient == address)
    return letter


async def queue_up(shop: HouseWorld, count: int, *, client: str = "ACME") -> None:
    """Issue documents without sending anything."""
    for number in range(count):
        shipment = await prepare_issue(shop.office, make_document(f"Q-{number}", client=client), ())
        await commit_issue(shop.office, shipment, actor="test")


async def pass_time(shop: HouseWorld, *, until: int, step: int = MINUTE) -> None:
    while shop.clock() < until:
        await shop.advance(seconds=step / SECOND)


async def test_pauses_of_a_letter_grow_while_others_get_through(shop: HouseWorld) -> None:
    shop.relay.answer = only_for(JANE, LATER)
    await shop.issue("INV-1")
    pauses = []
    for number in range(8):
        await shop.issue(f"BOLT-{number}", client="BOLT")
        letter = await letter_to(shop, JANE)
        pauses.append(letter.next_at - shop.clock())
        await shop.advance(seconds=pauses[-1] / SECOND)
    minutes = [pause // MINUTE for pause in pauses]
    assert minutes == [1, 5, 15, 60, 120, 240, 240, 240]


async def test_letter_that_waits_alone_is_tried_every_quarter_of_an_hour(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    await pass_time(shop, until=shop.clock() + DAY, step=5 * MINUTE)
    assert 80 < len(shop.relay.tried) < 110
    shop.relay.answer = lambda _: SENT
    await pass_time(shop, until=shop.clock() + 20 * MINUTE)
    assert [mail.recipient for mail in await shop.mail()] == [JANE]


async def test_pause_is_up_to_a_quarter_longer_by_chance(shop: HouseWorld) -> None:
    shop.office = replace(shop.office, random_bytes=lambda count: b"\x80" + bytes(count - 1))
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    letter = await letter_to(shop, JANE)
    assert letter.next_at - shop.clock() == round(1.125 * MINUTE)


async def test_last_try_comes_at_the_end_of_five_days(shop: HouseWorld) -> None:
    shop.relay.answer = only_for(JANE, LATER)
    await shop.issue("INV-1")
    end = shop.clock() + 5 * DAY
    await pass_time(shop, until=end - HOUR, step=HOUR)
    assert (await letter_to(shop, JANE)).state == "deferred"
    tried = len(shop.relay.tried)
    await pass_time(shop, until=end, step=10 * MINUTE)
    letter = await letter_to(shop, JANE)
    assert (letter.state, letter.outcome) == (
        "failed",
        "given up after 5 days: 451 4.3.0 try later",
    )
    assert len([one for one in shop.relay.tried[tried:] if one[1] == JANE]) >= 1


async def test_greylisted_letter_comes_back_when_it_was_told_to(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: GREY
    await shop.issue("INV-1")
    letter = await letter_to(shop, JANE)
    assert letter.next_at - shop.clock() == 4 * MINUTE


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("4.2.0 Greylisted, please try again in 300 seconds", 300),
        ("Greylisting in action, please come back in 00:04:59", 299),
        ("4.7.1 greylisted for 5 minutes", 300),
        ("retry after 30s", 30),
        ("wait 2 min", 120),
        ("4.3.0 Temporary failure in name resolution", None),
        ("try again later", None),
        ("mailbox full, 5 messages in 3 folders", None),
    ],
)
def test_wish_of_a_server_is_read(words: str, seconds: int | None) -> None:
    assert read_wish(words) == (None if seconds is None else seconds * SECOND)


async def test_released_letter_has_five_days_again(shop: HouseWorld) -> None:
    await queue_up(shop, 1)
    letter = await letter_to(shop, JANE)
    await change_letter(shop.office, letter.id, HOLD, actor="test")
    await shop.advance(days=10)
    shop.relay.answer = lambda _: LATER
    await change_letter(shop.office, letter.id, RELEASE, actor="test")
    await shop.advance(seconds=1)
    assert (await letter_to(shop, JANE)).state == "deferred"


async def test_relay_that_is_down_is_tried_by_one_letter_from_time_to_time(
    shop: HouseWorld,
) -> None:
    await queue_up(shop, 200)
    shop.relay.answer = lambda _: DOWN
    await shop.advance(seconds=1)
    assert len(shop.relay.tried) == 2
    await pass_time(shop, until=shop.clock() + 4 * HOUR, step=15 * SECOND)
    assert len(shop.relay.tried) < 60
    assert max(one.attempts for one in await letters.list_letters(shop.office.db)) <= 1


@pytest.mark.parametrize("trouble", [DOWN, LATER, CUT])
async def test_relay_that_was_down_for_four_days_is_drained_within_twenty_minutes(
    shop: HouseWorld, trouble: Outcome
) -> None:
    await queue_up(shop, 40)
    shop.relay.answer = lambda _: trouble
    await pass_time(shop, until=shop.clock() + 4 * DAY, step=10 * MINUTE)
    assert {one.state for one in await letters.list_letters(shop.office.db)} <= {
        "queued",
        "deferred",
    }
    shop.relay.answer = lambda _: SENT
    await pass_time(shop, until=shop.clock() + 20 * MINUTE)
    assert {one.state for one in await letters.list_letters(shop.office.db)} == {"sent"}
    assert len(await shop.mail_to(JANE)) == 40


async def test_what_waited_five_days_for_a_relay_that_is_down_is_given_up_untried(
    shop: HouseWorld,
) -> None:
    await queue_up(shop, 120)
    shop.relay.answer = lambda _: DOWN
    await pass_time(shop, until=shop.clock() + 5 * DAY - HOUR, step=HOUR)
    tried = len(shop.relay.tried)
    await pass_time(shop, until=shop.clock() + 2 * HOUR, step=10 * MINUTE)
    states = [one.state for one in await letters.list_letters(shop.office.db)]
    assert states.count("failed") == 120
    assert len(shop.relay.tried) - tried < 30


async def test_one_letter_nobody_wants_does_not_hold_up_the_others(shop: HouseWorld) -> None:
    shop.relay.answer = only_for(JANE, DOWN)
    await shop.issue("INV-1")
    for number in range(30):
        await shop.issue(f"BOLT-{number}", client="BOLT")
        await shop.advance(seconds=60)
    assert len(await shop.mail_to(TOM)) == 30
    assert (await letter_to(shop, JANE)).attempts < 6


async def test_who_waits_for_a_way_in_is_not_kept_behind_a_pile_of_invoices(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", client="BOLT")
    letter = (await shop.mail_to(TOM))[0]
    await queue_up(shop, 20)
    before = len(shop.relay.delivered)
    await shop.reply(letter, "it won't let me log in")
    assert {to for _, to, _ in shop.relay.delivered[before : before + 2]} >= {TOM}


async def test_rate_of_the_relay_holds_in_any_minute_and_for_every_sender(
    shop: HouseWorld,
) -> None:
    relay = shop.office.config.relay.model_copy(update={"per_minute": 6})
    config = shop.office.config.model_copy(update={"relay": relay})
    shop.office = replace(shop.office, config=config)
    await queue_up(shop, 20)

    async def send(owner: str) -> None:
        while await deliver_due(shop.office, shop.relay, owner, 4):
            pass

    await asyncio.gather(send("a"), send("b"))
    assert len(shop.relay.delivered) == 6
    assert await opens_at(shop.office, shop.office.db) == shop.clock() + MINUTE
    shop.clock.advance(seconds=59)
    await asyncio.gather(send("a"), send("b"))
    assert len(shop.relay.delivered) == 6
    shop.clock.advance(seconds=1)
    await asyncio.gather(send("a"), send("b"))
    assert len(shop.relay.delivered) == 12


@pytest.mark.parametrize("days", [-365, -1, 1, 365])
async def test_clock_that_jumps_sends_nothing_twice_and_stops_nothing_for_long(
    shop: HouseWorld, days: int
) -> None:
    relay = shop.office.config.relay.model_copy(update={"per_minute": 10})
    config = shop.office.config.model_copy(update={"relay": relay})
    shop.office = replace(shop.office, config=config)
    shop.relay.answer = lambda _: DOWN
    await queue_up(shop, 15)
    await shop.advance(seconds=60)
    shop.clock.advance(days=days)
    shop.relay.answer = lambda _: SENT
    await shop.deliver()
    await shop.deliver()
    assert len(shop.relay.delivered) <= 10
    await pass_time(shop, until=shop.clock() + 3 * MINUTE, step=20 * SECOND)
    sent = await shop.mail_to(JANE)
    assert len(sent) >= 13
    assert len({mail.message["Message-ID"] for mail in sent}) == len(sent)


async def test_outage_is_told_by_its_first_failure_and_forgotten_with_the_first_success(
    shop: HouseWorld,
) -> None:
    url = shop.office.config.relay.url
    begun = shop.clock()
    shop.relay.answer = lambda _: DOWN
    await queue_up(shop, 3)
    await shop.advance(seconds=0)
    await shop.advance(seconds=120)
    outage = await find_outage(shop.office.db, url)
    assert outage
    assert (outage.since, outage.words) == (begun, "Connection refused")
    shop.relay.answer = lambda _: SENT
    await pass_time(shop, until=shop.clock() + 5 * MINUTE)
    assert await find_outage(shop.office.db, url) is None


async def test_letter_that_cannot_be_sent_at_all_says_nothing_about_the_relay(
    shop: HouseWorld,
) -> None:
    shop.relay.answer = lambda _: DOWN
    await queue_up(shop, 3)
    await shop.deliver()
    shop.relay.answer = lambda _: Outcome("failed", 0, "this person needs another address")
    await shop.advance(seconds=60)
    assert await find_outage(shop.office.db, shop.office.config.relay.url)
