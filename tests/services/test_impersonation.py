"""Starting, redeeming and ending an impersonation: who may be looked through, once, and why."""

from __future__ import annotations

from collections import Counter

import pytest

from maild.errors import BadInput, NotFound, Refused
from maild.services.customers import add_client
from maild.services.handover import disable_contact, replace_contact
from maild.services.impersonation import (
    end_impersonation,
    find_invitation,
    redeem_impersonation,
    start_impersonation,
)
from maild.store import events
from tests.world import HouseWorld

JANE = "jane@acme.example"


async def start(world: HouseWorld, address: str | None = None) -> str:
    """Start looking at Acme and return the token."""
    made = await start_impersonation(
        world.office, "ACME", address, reason="she sees nothing", actor="operator:kim"
    )
    return made.url.rpartition("/")[2]


async def test_first_living_contact_is_meant_where_none_is_named(shop: HouseWorld) -> None:
    await replace_contact(shop.office, "ACME", JANE, "tom@acme.example", actor="test")
    made = await start_impersonation(shop.office, "acme", None, reason="why", actor="test")
    assert (made.contact.address, made.client.ref) == ("tom@acme.example", "ACME")
    assert made.url.startswith(f"{shop.office.config.web.base_url}/impersonate/")


@pytest.mark.parametrize(
    ("client", "address", "reason", "error"),
    [
        ("NONE", None, "why", NotFound),
        ("ACME", "tom@acme.example", "why", NotFound),
        ("ACME", "gone@acme.example", "why", Refused),
        ("EMPTY", None, "why", Refused),
        ("ACME", JANE, " ", BadInput),
    ],
)
async def test_what_cannot_be_looked_at_is_refused_and_not_logged(
    shop: HouseWorld, client: str, address: str | None, reason: str, error: type[Exception]
) -> None:
    await add_client(shop.office, "Empty", actor="test")
    await replace_contact(shop.office, "ACME", JANE, "gone@acme.example", actor="test")
    await disable_contact(shop.office, "ACME", "gone@acme.example", actor="test")
    before = await shop.log()
    with pytest.raises(error):
        await start_impersonation(shop.office, client, address, reason=reason, actor="test")
    assert await shop.log() == before


async def test_token_is_redeemed_once_within_two_minutes(shop: HouseWorld) -> None:
    token = await start(shop)
    shop.clock.advance(seconds=119)
    assert await find_invitation(shop.office, token)
    assert await redeem_impersonation(shop.office, token)
    assert await redeem_impersonation(shop.office, token) is None
    late = await start(shop)
    shop.clock.advance(seconds=120)
    assert await find_invitation(shop.office, late) is None
    assert await redeem_impersonation(shop.office, late) is None


async def test_token_of_a_contact_who_has_left_opens_nothing(shop: HouseWorld) -> None:
    token = await start(shop)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    assert await redeem_impersonation(shop.office, token) is None


async def test_every_step_is_an_event_with_who_and_why(shop: HouseWorld) -> None:
    secret = await redeem_impersonation(shop.office, await start(shop))
    assert secret
    for _ in range(2):
        await end_impersonation(shop.office, secret)
    told = await events.list_events(shop.office.db)
    steps = [event for event in told if event.verb.startswith("impersonation")]
    assert [event.verb.split()[1] for event in steps] == ["started", "redeemed", "ended"]
    assert Counter((e.actor, e.reason, e.subject) for e in steps) == {
        ("operator:kim", "she sees nothing", JANE): 3
    }
    assert {event.client_id for event in steps} != {None}


async def test_store_and_log_hold_neither_token_nor_secret(shop: HouseWorld) -> None:
    token = await start(shop)
    secret = await redeem_impersonation(shop.office, token)
    assert secret
    rows = await shop.office.db.rows("SELECT * FROM impersonations")
    kept = str([dict(row) for row in rows]) + str(await events.list_events(shop.office.db))
    assert token not in kept
    assert secret not in kept
