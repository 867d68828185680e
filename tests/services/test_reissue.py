"""New credentials: to the record, within limits, and never at the cost of what worked."""

from __future__ import annotations

import asyncio

import pytest

from maild.access.links import Scope
from maild.errors import Refused, Throttled
from maild.ids import Purpose
from maild.services.customers import add_contact, change_client
from maild.services.handover import Pending, disable_contact, hand_over, plan_move
from maild.services.login import LoginResult, log_in
from maild.services.reissue import Reissue, commit_reissue, prepare_reissue
from maild.store import clients, links
from maild.store.database import Transaction
from tests.world import HouseWorld

JANE = "jane@acme.example"
MINUTES = 60
HOURS = 60 * MINUTES


async def want(shop: HouseWorld, occasion: str, *, asked: bool = True) -> Reissue:
    db = shop.office.db
    (contact,) = await clients.list_contacts_of_address(db, JANE)
    client = await clients.get_client(db, contact.client_id)
    assert client
    return Reissue(client, contact, None, occasion, asked=asked, actor="test", reason="test")


async def reissue(shop: HouseWorld, occasion: str, *, asked: bool = True) -> None:
    await grant(shop, await want(shop, occasion, asked=asked))
    await shop.deliver()


async def grant(shop: HouseWorld, wanted: Reissue) -> None:
    parcel = await prepare_reissue(shop.office, wanted)

    async def work(tx: Transaction) -> None:
        await commit_reissue(shop.office, tx, wanted, parcel)

    await shop.office.db.transact(work)


async def try_at(shop: HouseWorld, *waits: int) -> list[bool]:
    """Ask again after each wait; return which of them were granted."""
    granted = []
    for number, wait in enumerate(waits):
        shop.clock.advance(seconds=wait)
        try:
            await reissue(shop, f"{shop.clock()} {number}")
            granted.append(True)
        except Throttled:
            granted.append(False)
    return granted


async def test_one_in_a_quarter_of_an_hour(shop: HouseWorld) -> None:
    assert await try_at(shop, 0, 0, 15 * MINUTES - 1, 1) == [True, False, False, True]
    assert len(await shop.mail_to(JANE)) == 2


async def test_refusal_says_when_it_opens_again(shop: HouseWorld) -> None:
    await reissue(shop, "one")
    opens = shop.clock() + 15 * MINUTES * 1_000_000
    shop.clock.advance(seconds=60)
    with pytest.raises(Throttled) as caught:
        await reissue(shop, "two")
    assert caught.value.retry_at == opens


async def test_three_in_a_day(shop: HouseWorld) -> None:
    hourly = await try_at(shop, *[HOURS] * 5)
    assert hourly == [True, True, True, False, False]
    # a day after the first one it opens again, for one
    assert await try_at(shop, 20 * HOURS - 1, 1, 20 * MINUTES) == [False, True, False]


async def test_ten_in_thirty_days(shop: HouseWorld) -> None:
    twice_a_day = await try_at(shop, *[12 * HOURS] * 12)
    assert twice_a_day == [True] * 10 + [False] * 2
    # thirty days after the first one, which was half a day after the start
    assert await try_at(shop, 588 * HOURS - 1, 1) == [False, True]


async def test_operators_order_counts_and_is_never_stopped(shop: HouseWorld) -> None:
    for number in range(12):
        await reissue(shop, f"order {number}", asked=False)
    assert len(await shop.mail_to(JANE)) == 12
    assert await try_at(shop, 15 * MINUTES) == [False]


async def test_fifty_letters_in_ten_minutes_break_off_what_anybody_asks_for(
    shop: HouseWorld,
) -> None:
    other = await shop.client("Bolt Ltd", "tom@bolt.example")
    (tom,) = await clients.list_contacts(shop.office.db, other.id)
    start = shop.clock()
    for number in range(50):
        shop.clock.advance(seconds=1)
        wanted = Reissue(other, tom, None, str(number), asked=False, actor="test", reason="test")
        await grant(shop, wanted)
    with pytest.raises(Throttled) as caught:
        await reissue(shop, "one")
    assert caught.value.retry_at == start + (1 + 10 * MINUTES) * 1_000_000
    await reissue(shop, "ordered", asked=False)
    assert len(await shop.mail_to(JANE)) == 1
    shop.clock.advance(seconds=10 * MINUTES)
    assert await try_at(shop, 15 * MINUTES) == [True]


async def test_limits_survive_a_clock_that_was_ahead(shop: HouseWorld) -> None:
    shop.clock.advance(days=365)
    await reissue(shop, "ahead")
    shop.clock.advance(days=-365)
    assert await try_at(shop, 0) == [True]


async def test_same_occasion_is_served_once(shop: HouseWorld) -> None:
    for _ in "123":
        await reissue(shop, "same", asked=False)
    assert len(await shop.mail_to(JANE)) == 1
    assert len(await shop.office.db.rows("SELECT 1 FROM credentials")) == 1


async def test_wishes_at_the_same_moment_are_granted_once(shop: HouseWorld) -> None:
    wishes = (reissue(shop, f"wish {n}") for n in range(5))
    results = await asyncio.gather(*wishes, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType"] + ["Throttled"] * 4
    assert len(await shop.office.db.rows("SELECT 1 FROM credentials")) == 1


async def test_old_password_is_good_until_the_new_one_is_used(shop: HouseWorld) -> None:
    await reissue(shop, "old", asked=False)
    shop.clock.advance(seconds=1)
    await reissue(shop, "new", asked=False)
    old, new = [mail.password for mail in await shop.mail_to(JANE)]
    steps = [(old, "done"), (old, "done"), (new, "done"), (old, "wrong"), (new, "done")]
    for password, result in steps:
        assert (await log_in(shop.office, JANE, password, "net")).result == result


async def test_new_passwords_that_strangers_ask_for_never_push_out_the_one_in_use(
    shop: HouseWorld,
) -> None:
    await reissue(shop, "in use", asked=False)
    password = (await shop.mail_to(JANE))[0].password
    assert (await log_in(shop.office, JANE, password, "net")).result is LoginResult.DONE
    for number in range(9):
        shop.clock.advance(seconds=12 * HOURS)
        await reissue(shop, f"stranger {number}")
    assert (await log_in(shop.office, JANE, password, "net")).result is LoginResult.DONE
    newest = (await shop.mail_to(JANE))[-1].password
    assert (await log_in(shop.office, JANE, newest, "net")).result is LoginResult.DONE


async def test_first_of_many_letters_is_as_good_as_the_last_until_one_is_used(
    shop: HouseWorld,
) -> None:
    for number in range(8):
        shop.clock.advance(seconds=60)
        await reissue(shop, f"again {number}", asked=False)
    passwords = [mail.password for mail in await shop.mail_to(JANE)]
    for password in (passwords[0], passwords[3], passwords[3], passwords[7]):
        assert (await log_in(shop.office, JANE, password, "net")).result is LoginResult.DONE
    for password in passwords[:7]:
        assert (await log_in(shop.office, JANE, password, "net")).result is LoginResult.WRONG
        shop.clock.advance(seconds=15 * MINUTES)
    assert (await log_in(shop.office, JANE, passwords[7], "net")).result is LoginResult.DONE


async def test_lapsed_password_brings_a_new_one_each_time_it_is_needed(shop: HouseWorld) -> None:
    await reissue(shop, "first", asked=False)
    lapsed = (await shop.mail_to(JANE))[0].password
    for round_ in (1, 2):
        shop.clock.advance(days=4)
        assert (await log_in(shop.office, JANE, lapsed, "net")).result is LoginResult.LAPSED
        assert (await log_in(shop.office, JANE, lapsed, "net")).result is LoginResult.LAPSED
        await shop.deliver()
        assert len(await shop.mail_to(JANE)) == 1 + round_
    fresh = (await shop.mail_to(JANE))[-1].password
    assert (await log_in(shop.office, JANE, fresh, "net")).result is LoginResult.DONE


async def test_new_link_reaches_no_farther_than_the_last(shop: HouseWorld) -> None:
    shop.clock.advance(seconds=1)
    await add_contact(shop.office, "ACME", "tom@acme.example", actor="test")
    await shop.issue("INV-1", contacts=["tom@acme.example", JANE])
    await reissue(shop, "one")
    assert await scope_of_last(shop) == Scope.DOCUMENT


async def test_new_link_of_a_shared_client_shows_the_document_only(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await change_client(shop.office, "ACME", {"shared": True}, actor="test")
    await reissue(shop, "one")
    assert await scope_of_last(shop) == Scope.DOCUMENT


async def scope_of_last(shop: HouseWorld) -> str:
    mail = (await shop.mail_to(JANE))[-1]
    link_id = shop.office.keys.check(Purpose.LINK, mail.link.rpartition("/")[2])
    link = await links.get_link(shop.office.db, link_id or "")
    assert link
    return link.scope


async def test_old_link_goes_on_opening_after_a_new_one_was_sent(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await reissue(shop, "one")
    for mail in await shop.mail_to(JANE):
        async with shop.browser() as browser:
            assert "£300.00" in (await browser.get(mail.link)).text


async def test_who_left_gets_nothing_even_at_the_last_moment(shop: HouseWorld) -> None:
    wanted = await want(shop, "one")
    parcel = await prepare_reissue(shop.office, wanted)
    await disable_contact(shop.office, "ACME", JANE, actor="test")

    async def work(tx: Transaction) -> None:
        await commit_reissue(shop.office, tx, wanted, parcel)

    with pytest.raises(Refused, match="no longer a contact"):
        await shop.office.db.transact(work)
    for table in ("credentials", "throttle_hits", "letters"):
        assert not await shop.office.db.rows(f"SELECT 1 FROM {table}")


async def test_letter_written_while_the_address_changes_goes_to_neither(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    wanted = await want(shop, "one")
    parcel = await prepare_reissue(shop.office, wanted)
    plan = await plan_move(shop.office, "ACME", JANE, "jane@new.example", revoke_links=False)
    await hand_over(shop.office, plan, Pending.DROP, actor="test")

    async def work(tx: Transaction) -> None:
        await commit_reissue(shop.office, tx, wanted, parcel)

    with pytest.raises(Refused, match=f"{JANE} has just become jane@new.example"):
        await shop.office.db.transact(work)
    await shop.deliver()
    assert len(await shop.mail()) == 1
    assert not await shop.office.db.rows("SELECT 1 FROM credentials")
