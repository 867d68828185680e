"""A letter's way to the relay: never lost, tried for five days, its outcome written once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from maild.clock import MINUTE, SECOND
from maild.delivery import LEASE, deliver_due, run_delivery
from maild.errors import BadTemplate, Busy, StoreUnavailable
from maild.model import Letter
from maild.relay import Outcome, Patience
from maild.services import troubles, verdicts
from maild.services.issue import commit_issue, prepare_issue
from maild.services.queue import DROP, change_letter
from maild.store import credentials, letters
from maild.store.database import Transaction
from tests.fakes import SENT, FakeRelay
from tests.paper import without_ink
from tests.world import HouseWorld, make_document

JANE = "jane@acme.example"
LATER = Outcome("deferred", 451, "4.3.0 try later")
NEVER = Outcome("failed", 550, "5.1.1 no such user")


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """A world whose documents cost no ink and whose pauses no jitter, with one customer."""
    house.office = replace(house.office, random_bytes=bytes)
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    return house


async def letter_of(shop: HouseWorld, kind: str = "document") -> Letter:
    found = [row for row in await letters.list_letters(shop.office.db) if row.kind == kind]
    assert len(found) == 1
    return found[0]


async def write_letters(shop: HouseWorld, count: int) -> None:
    """Queue letters without delivering them."""
    relay, shop.relay = shop.relay, FakeRelay(lambda _: LATER)
    for number in range(count):
        await shop.issue(f"INV-{number}")
    shop.relay = relay

    async def due_now(tx: Transaction) -> None:
        await tx.execute("UPDATE letters SET next_at = $1, attempts = 0", shop.clock())
        await tx.execute("DELETE FROM outages")

    await shop.office.db.transact(due_now)


async def test_outcome_of_each_attempt_is_kept(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    letter = await letter_of(shop)
    assert (letter.state, letter.attempts, letter.outcome) == ("deferred", 1, "451 4.3.0 try later")
    assert letter.next_at == shop.clock() + MINUTE
    shop.relay.answer = lambda _: SENT
    await shop.advance(seconds=60)
    letter = await letter_of(shop)
    assert (letter.state, letter.attempts, letter.sent_at) == ("sent", 2, shop.clock())
    assert f"letter sent {letter.id}" in await shop.log()
    await shop.advance(days=30)
    assert len(shop.relay.tried) == 2


async def test_letter_fails_even_when_the_operator_cannot_be_told(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise BadTemplate("operator.txt:3: unknown variable")

    monkeypatch.setattr(troubles, "write_handoff", fail)
    shop.relay.answer = lambda _: NEVER
    await shop.issue("INV-1")
    assert (await letter_of(shop)).state == "failed"


async def test_relay_that_falls_over_costs_no_letter(shop: HouseWorld) -> None:
    def fall(_: str) -> Outcome:
        raise RuntimeError("secret inner state")

    shop.relay.answer = fall
    await shop.issue("INV-1")
    letter = await letter_of(shop)
    assert letter.state == "deferred"
    assert "secret" not in letter.outcome
    shop.relay.answer = lambda _: SENT
    await shop.advance(seconds=60)
    assert len(await shop.mail_to(JANE)) == 1


async def test_bytes_are_the_same_at_every_attempt(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1", password=True)
    await shop.advance(days=1)
    await shop.advance(days=1)
    assert len(shop.relay.tried) == 3
    assert len(set(shop.relay.tried)) == 1


async def test_password_lapses_from_delivery_not_from_its_making(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1", password=True)
    (made,) = await credentials.list_credentials(shop.office.db, JANE)
    assert made.delivered_at is None
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=4)
    (sent,) = await credentials.list_credentials(shop.office.db, JANE)
    assert sent.delivered_at == shop.clock()


class HeldRelay(FakeRelay):
    """A relay that waits for a word before it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Outcome:
        self.begun.set()
        await self.go_on.wait()
        return await super().deliver(sender, recipient, message)


async def test_lease_keeps_a_second_sender_away_until_it_runs_out(shop: HouseWorld) -> None:
    await write_letters(shop, 1)
    first = HeldRelay()
    sending = asyncio.create_task(deliver_due(shop.office, first, "first", 2))
    await first.begun.wait()
    assert await deliver_due(shop.office, shop.relay, "second", 2) == 0
    shop.clock.advance(seconds=LEASE / SECOND - 1)
    assert await deliver_due(shop.office, shop.relay, "second", 2) == 0
    shop.clock.advance(seconds=1)
    assert await deliver_due(shop.office, shop.relay, "second", 2) == 1
    settled = await letter_of(shop)
    assert settled.state == "sent"

    shop.clock.advance(seconds=1)
    first.answer = lambda _: NEVER
    first.go_on.set()
    await sending
    assert await letter_of(shop) == settled, "a lost lease settles nothing"
    assert not await letters.list_letters(shop.office.db, "failed")


@pytest.mark.parametrize("days", [1, -1])
async def test_clock_that_jumps_while_a_letter_is_on_its_way_sends_no_second_one(
    shop: HouseWorld, days: int
) -> None:
    await write_letters(shop, 1)
    relay, stop = HeldRelay(), asyncio.Event()
    loop = asyncio.create_task(run_delivery(shop.office, relay, "loop", stop))
    await relay.begun.wait()
    relay.begun.clear()
    shop.clock.advance(days=days)
    # any commit wakes the other connection; a second letter shows that it has looked
    await shop.client("Bolt Ltd", "tom@bolt.example")
    shipment = await prepare_issue(shop.office, make_document("B-1", client="BOLT"), ())
    await commit_issue(shop.office, shipment, actor="test")
    await asyncio.wait_for(relay.begun.wait(), 10)
    relay.go_on.set()
    stop.set()
    await loop
    assert sorted(to for _, to, _ in relay.tried) == [JANE, "tom@bolt.example"]
    assert {row.state for row in await letters.list_letters(shop.office.db)} == {"sent"}


async def test_letter_of_a_sender_that_died_is_sent_after_the_lease(shop: HouseWorld) -> None:
    await write_letters(shop, 1)
    relay = HeldRelay()
    sending = asyncio.create_task(deliver_due(shop.office, relay, "first", 2))
    await relay.begun.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await shop.deliver()
    assert not await shop.mail()
    await shop.advance(seconds=LEASE / SECOND)
    assert len(await shop.mail()) == 1
    assert (await letter_of(shop)).attempts == 1


def test_lease_outlasts_the_longest_that_a_letter_may_take() -> None:
    assert Patience().longest * SECOND < LEASE


async def test_many_senders_share_the_letters_and_send_none_twice(shop: HouseWorld) -> None:
    await write_letters(shop, 12)

    async def send(owner: str) -> None:
        while await deliver_due(shop.office, shop.relay, owner, 2):
            pass

    await asyncio.gather(*(send(owner) for owner in "abc"))
    assert len(shop.relay.tried) == len({message for _, _, message in shop.relay.tried}) == 12


async def test_letters_that_do_not_fit_into_memory_together_go_one_after_the_other(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maild.delivery._IN_MEMORY", 1)
    await write_letters(shop, 5)
    assert await deliver_due(shop.office, shop.relay, "test", 5) == 5
    assert len(shop.relay.tried) == 5
    assert {row.state for row in await letters.list_letters(shop.office.db)} == {"sent"}


async def test_outcome_waits_for_a_store_that_is_away_and_is_then_kept(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "_STORE_PAUSE", 0)
    await write_letters(shop, 1)
    real, away = shop.office.db.transact, 3

    async def transact(work: Callable[[Transaction], object], *, beside: bool = False) -> object:
        nonlocal away
        if shop.relay.tried and away:
            away -= 1
            raise StoreUnavailable("locked")
        return await real(work, beside=beside)  # type: ignore[arg-type]

    monkeypatch.setattr(shop.office.db, "transact", transact)
    await shop.deliver()
    assert (away, (await letter_of(shop)).state) == (0, "sent")
    await shop.advance(days=1)
    assert len(shop.relay.tried) == 1


@pytest.mark.parametrize("part", ["mark_delivered", "_record"])
async def test_fault_in_what_goes_with_an_outcome_does_not_send_the_letter_again(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    where = verdicts if part == "_record" else credentials
    monkeypatch.setattr(where, part, fail)
    await shop.issue("INV-1", password=True)
    await shop.advance(days=1)
    assert len(shop.relay.tried) == 1
    assert (await letter_of(shop)).state == "sent"


async def test_dropped_letter_is_never_sent(shop: HouseWorld) -> None:
    await write_letters(shop, 1)
    await change_letter(shop.office, (await letter_of(shop)).id, DROP, actor="test")
    await shop.advance(days=1)
    assert not shop.relay.tried


Way = Literal["fault", "store"]


@pytest.mark.parametrize("way", ["fault", "store"])
async def test_loop_outlives_a_fault_and_goes_on(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    await write_letters(shop, 1)
    real, times = letters.claim_letters, 0

    async def claim(*args: object, **more: object) -> object:
        nonlocal times
        times += 1
        if times == 1:
            raise RuntimeError("a fault") if way == "fault" else StoreUnavailable("locked")
        return await real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(letters, "claim_letters", claim)
    stop = asyncio.Event()
    loop = asyncio.create_task(run_delivery(shop.office, shop.relay, "loop", stop))
    async with asyncio.timeout(10):
        while not shop.relay.delivered:
            change = shop.office.db.watch()
            if not loop.done() and times:
                # any commit wakes it
                await shop.office.db.transact(lambda tx: tx.execute("DELETE FROM sessions"))
            await asyncio.wait_for(change.wait(), 10)
    stop.set()
    await loop
    assert (await letter_of(shop)).state == "sent"


async def test_loop_sleeps_until_the_next_letter_is_due(shop: HouseWorld, tmp_path: Path) -> None:
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    shop.clock.advance(seconds=60 - 0.05)
    stop = asyncio.Event()
    relay = FakeRelay()
    loop = asyncio.create_task(run_delivery(shop.office, relay, "loop", stop))
    await asyncio.sleep(0)
    shop.clock.instant += SECOND
    async with asyncio.timeout(10):
        while not relay.delivered:
            await shop.office.db.watch().wait()
    stop.set()
    await loop


async def test_letter_that_finds_no_connection_free_waits_as_if_never_tried(
    shop: HouseWorld,
) -> None:
    await write_letters(shop, 1)

    def refuse(_: str) -> Outcome:
        raise Busy("no connection")

    shop.relay.answer = refuse
    before = await letter_of(shop)
    assert await deliver_due(shop.office, shop.relay, "first", 2) == 1
    assert await letter_of(shop) == before
    shop.relay.answer = lambda _: SENT
    assert await deliver_due(shop.office, shop.relay, "second", 2) == 1
    assert (await letter_of(shop)).state == "sent"
