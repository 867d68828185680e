"""Log-ins that meet something else half-way: what has ended meanwhile opens nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from maild.access.passwords import Hasher
from maild.access.sessions import hash_secret
from maild.access.visitors import Visitor, admit_session
from maild.services.customers import add_contact
from maild.services.handover import disable_contact
from maild.services.login import LoginResult, log_in
from maild.services.passwords import choose_password
from tests.world import OPERATOR, HouseWorld

JANE = "jane@acme.example"
OWN = "seven quiet herons"
Deed = Callable[[HouseWorld], Awaitable[None]]


async def let_in(shop: HouseWorld, secret: str) -> Visitor:
    found = await admit_session(shop.office.db, hash_secret(secret), shop.clock())
    assert isinstance(found, Visitor)
    return found


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[HouseWorld, Deed], None]:
    """Let something happen once, after a password was found right and before that is written."""
    find_match = Hasher.find_match

    def arrange(shop: HouseWorld, deed: Deed) -> None:
        async def slowly(self: Hasher, *held: Any) -> Any:
            found = await find_match(self, *held)
            monkeypatch.setattr(Hasher, "find_match", find_match)
            await deed(shop)
            return found

        monkeypatch.setattr(Hasher, "find_match", slowly)

    return arrange


async def sessions_of(shop: HouseWorld) -> int:
    return len(await shop.office.db.rows("SELECT 1 FROM sessions"))


async def test_a_password_that_ends_while_it_is_checked_opens_nothing(
    shop: HouseWorld, meanwhile: Callable[[HouseWorld, Deed], None]
) -> None:
    await shop.issue("INV-1", password=True)
    password = (await shop.mail_to(JANE))[0].password
    owner = await log_in(shop.office, JANE, password, "net")

    async def choose(shop: HouseWorld) -> None:
        visitor = await let_in(shop, owner.secret)
        assert await choose_password(shop.office, visitor, OWN, owner.secret)

    meanwhile(shop, choose)
    thief = await log_in(shop.office, JANE, password, "net")
    assert (thief.result, thief.secret, thief.browser) == (LoginResult.WRONG, "", "")
    # the owner's own, and no other
    assert await sessions_of(shop) == 1
    assert (await log_in(shop.office, JANE, OWN, "net")).result is LoginResult.DONE


async def test_who_leaves_while_the_password_is_checked_is_not_let_in(
    shop: HouseWorld, meanwhile: Callable[[HouseWorld, Deed], None]
) -> None:
    await shop.issue("INV-1", password=True)
    password = (await shop.mail_to(JANE))[0].password

    async def leave(shop: HouseWorld) -> None:
        await disable_contact(shop.office, "ACME", JANE, actor="test")

    meanwhile(shop, leave)
    assert (await log_in(shop.office, JANE, password, "net")).result is LoginResult.WRONG
    await add_contact(shop.office, "ACME", JANE, actor="test")
    assert await sessions_of(shop) == 0


async def test_who_leaves_one_client_of_two_is_let_in_to_the_other(
    shop: HouseWorld, meanwhile: Callable[[HouseWorld, Deed], None]
) -> None:
    await shop.issue("INV-1", password=True)
    password = (await shop.mail_to(JANE))[0].password
    shop.clock.advance(seconds=1)
    other = await shop.client("Beta Ltd", JANE)

    async def leave(shop: HouseWorld) -> None:
        await disable_contact(shop.office, "ACME", JANE, actor="test")

    meanwhile(shop, leave)
    login = await log_in(shop.office, JANE, password, "net")
    assert (await let_in(shop, login.secret)).client.id == other.id


async def test_who_leaves_while_a_lapsed_password_is_replaced_gets_none(
    shop: HouseWorld, meanwhile: Callable[[HouseWorld, Deed], None]
) -> None:
    await shop.issue("INV-1", password=True)
    password = (await shop.mail_to(JANE))[0].password
    shop.clock.advance(days=4)

    async def leave(shop: HouseWorld) -> None:
        await disable_contact(shop.office, "ACME", JANE, actor="test")

    meanwhile(shop, leave)
    assert (await log_in(shop.office, JANE, password, "net")).result is LoginResult.WRONG
    await shop.deliver()
    assert len(await shop.mail_to(JANE)) == 1


async def test_what_the_limits_stop_for_a_lapsed_password_reaches_the_operator_once_a_day(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", password=True)
    lapsed = (await shop.mail_to(JANE))[0].password
    shop.clock.advance(days=4)
    first = await log_in(shop.office, JANE, lapsed, "net")
    assert (first.result, first.mailed) == (LoginResult.LAPSED, True)
    for _ in range(2):
        again = await log_in(shop.office, JANE, lapsed, "net")
        assert (again.result, again.mailed) == (LoginResult.LAPSED, False)
    await shop.deliver()
    assert len(await shop.mail_to(JANE)) == 2
    (told,) = await shop.mail_to(OPERATOR)
    assert "still cannot get in" in told.subject
    assert "a password that had lapsed" in told.text
    assert f"maild reissue {JANE}" in told.text
