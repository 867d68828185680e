"""What ends when an address leaves, what is said of it, and what slips in between."""

from __future__ import annotations

from datetime import date

import pytest

from maild.errors import BadInput, Refused
from maild.relay import Outcome
from maild.services.customers import add_contact
from maild.services.diagnosis import diagnose
from maild.services.handover import (
    Pending,
    disable_contact,
    hand_over,
    plan_move,
    plan_replacement,
    replace_contact,
)
from maild.services.issue import commit_issue, prepare_issue, resend
from maild.services.login import log_in
from maild.services.lookup import need_client, need_contact
from maild.services.payments import pay, void
from maild.services.queue import DROP, change_letter
from maild.store import events, links
from maild.store.letters import list_letters
from tests.world import HouseWorld, make_document

JANE, TOM, SUE = "jane@acme.example", "tom@acme.example", "sue@acme.example"
SENT = Outcome("sent", 250, "ok")
LATER = Outcome("deferred", 451, "later")
NOBODY = Outcome("failed", 550, "no such person")


async def move(
    shop: HouseWorld, *, pending: Pending = Pending.DROP, name: str | None = None
) -> None:
    plan = await plan_move(shop.office, "ACME", JANE, TOM, revoke_links=True, name=name)
    await hand_over(shop.office, plan, pending, actor="test")


async def reasons(shop: HouseWorld) -> dict[str, str]:
    """Return the reason of the latest event of each kind."""
    return {e.verb: e.reason for e in await events.list_events(shop.office.db)}


async def passwords(shop: HouseWorld, address: str = JANE) -> list[str]:
    return [one.state.value for one in (await diagnose(shop.office, address)).passwords]


async def fates(shop: HouseWorld) -> dict[str, str]:
    """Return how the latest letter to each address stands."""
    found = await list_letters(shop.office.db)
    return {letter.recipient: letter.state for letter in reversed(found)}


async def test_log_and_answer_tell_what_ended(shop: HouseWorld) -> None:
    await shop.issue("INV-1", password=True)
    (mail,) = await shop.mail_to(JANE)
    await log_in(shop.office, JANE, mail.password, "net")
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-2")
    _, ended = await disable_contact(shop.office, "ACME", JANE, actor="test")
    told = "2 links revoked, 1 log-in ended, the password ended, 1 waiting letter dropped"
    assert str(ended) == told
    said = await reasons(shop)
    assert said["contact disabled"] == told
    assert said["letter dropped"] == f"to {JANE}: the contact left"
    _, again = await disable_contact(shop.office, "ACME", JANE, actor="test")
    assert str(again) == ""
    assert await reasons(shop) == said


async def test_change_of_address_is_told_with_what_ended_and_what_did_not(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    await move(shop)
    assert (await reasons(shop))["address changed"] == f"was {JANE}; 1 link revoked"
    plan = await plan_move(shop.office, "ACME", TOM, SUE, revoke_links=False)
    await hand_over(shop.office, plan, Pending.DROP, actor="test")
    assert (await reasons(shop))["address changed"] == f"was {TOM}, links kept"


@pytest.mark.parametrize("how", ["left", "moved", "dropped", "voided"])
async def test_password_whose_letter_was_dropped_is_none(shop: HouseWorld, how: str) -> None:
    await shop.client("Bolt Ltd", JANE)
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1", password=True)
    assert await passwords(shop) == ["undelivered"]
    if how == "left":
        await disable_contact(shop.office, "ACME", JANE, actor="test")
    elif how == "moved":
        await move(shop)
    elif how == "voided":
        await void(shop.office, "INV-1", actor="test")
    else:
        (letter,) = await list_letters(shop.office.db)
        await change_letter(shop.office, letter.id, DROP, actor="test")
    assert await passwords(shop) == []


async def test_password_that_was_delivered_outlives_a_dropped_letter(shop: HouseWorld) -> None:
    await shop.client("Bolt Ltd", JANE)
    await shop.issue("INV-1", password=True)
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-2")
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    assert await passwords(shop) == ["unused"]


@pytest.mark.parametrize("pending", list(Pending))
async def test_letter_that_came_after_the_plan_is_never_dropped_unasked(
    shop: HouseWorld, pending: Pending
) -> None:
    plan = await plan_replacement(shop.office, "ACME", JANE, TOM)
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    with pytest.raises(Refused, match="in this very moment"):
        await hand_over(shop.office, plan, pending, actor="test")
    assert await fates(shop) == {JANE: "deferred"}


async def test_letter_packed_for_an_address_does_not_go_there_once_it_has_changed(
    shop: HouseWorld,
) -> None:
    packed = await prepare_issue(shop.office, make_document("INV-1"), ())
    await move(shop)
    with pytest.raises(Refused, match=f"{JANE} has just become {TOM}"):
        await commit_issue(shop.office, packed, actor="test")
    await shop.issue("INV-1")
    assert [mail.recipient for mail in await shop.mail()] == [TOM]


@pytest.mark.parametrize("moved", [False, True], ids=["replaced", "moved"])
async def test_letter_that_never_arrived_goes_to_the_new_address_too(
    shop: HouseWorld, moved: bool
) -> None:
    shop.relay.answer = lambda _: NOBODY
    await shop.issue("INV-1")
    shop.relay.answer = lambda _: SENT
    if moved:
        await move(shop, pending=Pending.READDRESS)
    else:
        await replace_contact(
            shop.office, "ACME", JANE, TOM, pending=Pending.READDRESS, actor="test"
        )
    await shop.deliver()
    (mail,) = await shop.mail_to(TOM)
    assert mail.subject.startswith("Invoice INV-1")
    assert (await fates(shop))[JANE] == "failed"


async def test_letter_that_never_arrived_is_left_where_the_operator_says_drop(
    shop: HouseWorld,
) -> None:
    shop.relay.answer = lambda address: NOBODY if address == JANE else SENT
    await shop.issue("INV-1")
    await move(shop, pending=Pending.DROP)
    await shop.deliver()
    assert await shop.mail_to(TOM) == []
    assert (await fates(shop))[JANE] == "failed"


@pytest.mark.parametrize("why", ["arrived since", "paid since"])
async def test_failed_letter_that_nobody_needs_any_more_is_not_offered(
    shop: HouseWorld, why: str
) -> None:
    shop.relay.answer = lambda _: NOBODY
    await shop.issue("INV-1")
    shop.relay.answer = lambda _: SENT
    shop.clock.advance(seconds=1)
    if why == "paid since":
        await pay(shop.office, "INV-1", on=date(2026, 11, 24), amount=None, actor="test")
    else:
        await resend(shop.office, "INV-1", actor="test")
        await shop.deliver()
    assert (await plan_replacement(shop.office, "ACME", JANE, TOM)).letters == ()


async def test_address_and_name_change_together_or_not_at_all(shop: HouseWorld) -> None:
    before = await shop.log()
    with pytest.raises(BadInput, match="cannot be a contact's name"):
        await move(shop, name="a\nb")
    assert await shop.log() == before
    await move(shop, name="Tom Jones")
    client = await need_client(shop.office.db, "ACME")
    assert (await need_contact(shop.office.db, client, TOM)).name == "Tom Jones"


@pytest.mark.parametrize("disabled", [False, True], ids=["live", "disabled"])
async def test_nobody_comes_in_their_own_place(shop: HouseWorld, disabled: bool) -> None:
    if disabled:
        await disable_contact(shop.office, "ACME", JANE, actor="test")
    for new in (JANE, JANE.upper()):
        with pytest.raises(Refused, match="in their own place"):
            await plan_replacement(shop.office, "ACME", JANE, new)


async def test_people_of_a_client_are_told_apart_in_a_refusal(shop: HouseWorld) -> None:
    await add_contact(shop.office, "ACME", TOM, actor="test")
    with pytest.raises(Refused, match=f"{TOM} is another contact of ACME already"):
        await plan_replacement(shop.office, "ACME", JANE, TOM)


async def test_link_of_a_letter_that_lost_the_race_is_not_left_alive(shop: HouseWorld) -> None:
    packed = await prepare_issue(shop.office, make_document("INV-1"), ())
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    with pytest.raises(Refused, match="no longer a contact"):
        await commit_issue(shop.office, packed, actor="test")
    assert await links.list_links(shop.office.db) == []
