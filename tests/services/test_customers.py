"""Clients and contacts: kept under one reference, ended at once, succeeded by others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from maild.access.sessions import hash_secret
from maild.access.visitors import Refusal, admit_session
from maild.errors import BadInput, NotFound, Refused
from maild.relay import Outcome
from maild.services.customers import add_client, add_contact, change_client, rename_contact
from maild.services.handover import disable_contact, replace_contact
from maild.services.login import LoginResult, log_in
from maild.services.lookup import need_client, need_contact
from maild.store import clients, letters
from tests.world import HouseWorld

JANE, TOM = "jane@acme.example", "tom@acme.example"


async def state_of(shop: HouseWorld, address: str) -> str:
    client = await need_client(shop.office.db, "ACME")
    contact = await need_contact(shop.office.db, client, address)
    return "live" if contact.disabled_at is None else "disabled"


async def test_reference_is_the_first_word_and_belongs_to_one_client(shop: HouseWorld) -> None:
    assert (await add_client(shop.office, "Überall & Söhne", actor="test")).ref == "ÜBERALL"
    for ref in (None, "acme", "AcMe"):
        with pytest.raises(Refused, match="is taken"):
            await add_client(shop.office, "Acme Inc", ref=ref, actor="test")
    assert (await add_client(shop.office, "Acme Inc", ref="ACME2", actor="test")).ref == "ACME2"
    assert (await need_client(shop.office.db, " acme2 ")).name == "Acme Inc"


async def test_one_reference_wanted_by_many_at_once_goes_to_one(shop: HouseWorld) -> None:
    wishes = (
        add_client(shop.office, "Bolt", email="b@bolt.example", actor="test") for _ in "12345"
    )
    results = await asyncio.gather(*wishes, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Client"] + ["Refused"] * 4


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "a\nb"},
        {"name": "x" * 201},
        {"name": "a\u202eb"},
        {"name": "ok", "ref": "a b"},
        {"name": "ok", "ref": "a/b"},
        {"name": "ok", "ref": "x" * 41},
        {"name": "ok", "ref": "a\u200b"},
        {"name": "ok", "email": "nobody"},
        {"name": "ok", "email": "a@b.example\nBcc: c@d.example"},
    ],
)
async def test_malformed_client_is_refused_and_nothing_kept(
    shop: HouseWorld, fields: dict[str, Any]
) -> None:
    with pytest.raises(BadInput):
        await add_client(shop.office, actor="test", **fields)
    assert len(await clients.list_clients(shop.office.db)) == 1


async def test_empty_name_is_named_as_the_fault(shop: HouseWorld) -> None:
    with pytest.raises(BadInput, match="a client's name"):
        await add_client(shop.office, "", actor="test")


async def test_changed_name_is_kept_as_one_line(shop: HouseWorld) -> None:
    changed = await change_client(shop.office, "acme", {"name": " Acme plc\n"}, actor="test")
    assert changed.name == "Acme plc"
    assert (await need_client(shop.office.db, "ACME")).name == "Acme plc"
    with pytest.raises(BadInput):
        await change_client(shop.office, "ACME", {"name": "a\nb"}, actor="test")


async def test_contact_is_one_in_any_spelling(shop: HouseWorld) -> None:
    with pytest.raises(Refused, match="already"):
        await add_contact(shop.office, "ACME", "JANE@Acme.example", actor="test")
    with pytest.raises(NotFound):
        await add_contact(shop.office, "NOBODY", TOM, actor="test")


async def test_renaming_does_not_bring_a_disabled_contact_back(shop: HouseWorld) -> None:
    client = await need_client(shop.office.db, "ACME")
    stale = await need_contact(shop.office.db, client, JANE)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    await rename_contact(shop.office, client, stale, "Jane D", actor="test")
    assert await state_of(shop, JANE) == "disabled"


async def test_who_leaves_loses_link_password_session_and_waiting_letters(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", password=True)
    (letter,) = await shop.mail_to(JANE)
    login = await log_in(shop.office, JANE, letter.password, "net")
    shop.relay.answer = lambda _: Outcome("deferred", 451, "later")
    await shop.issue("INV-2")
    shop.clock.advance(seconds=1)

    await disable_contact(shop.office, "ACME", JANE, actor="test")

    shop.relay.answer = lambda _: Outcome("sent", 250, "ok")
    await shop.advance(days=1)
    assert len(await shop.mail_to(JANE)) == 1
    states = {row.state for row in await letters.list_letters(shop.office.db)}
    assert states == {"sent", "dropped"}
    async with shop.browser() as browser:
        page = await browser.get(letter.link)
        assert "INV-1" not in page.text
        assert page.status in {403, 404, 410}
    assert (await log_in(shop.office, JANE, letter.password, "net")).result is LoginResult.WRONG
    admitted = await admit_session(shop.office.db, hash_secret(login.secret), shop.clock())
    assert isinstance(admitted, Refusal)


async def test_disabling_twice_changes_nothing(shop: HouseWorld) -> None:
    first = await disable_contact(shop.office, "ACME", JANE, actor="test")
    log = await shop.log()
    shop.clock.advance(days=1)
    assert await disable_contact(shop.office, "ACME", JANE, actor="test") == first
    assert await shop.log() == log


async def test_letter_under_way_when_its_contact_leaves_is_not_tried_again(
    shop: HouseWorld,
) -> None:
    leave = asyncio.get_running_loop().create_future()

    class Slow(type(shop.relay)):  # type: ignore[misc]
        async def deliver(self, *what: Any) -> Outcome:
            await disable_contact(shop.office, "ACME", JANE, actor="test")
            leave.set_result(None)
            return Outcome("deferred", 451, "later")

    shop.relay = Slow()
    await shop.issue("INV-1")
    assert leave.done()
    (letter,) = await letters.list_letters(shop.office.db)
    assert letter.state == "dropped"
    await shop.advance(days=2)
    assert not await shop.mail()


async def test_password_goes_with_the_last_client_that_has_the_address(shop: HouseWorld) -> None:
    await shop.client("Bolt Ltd", JANE)
    await shop.issue("INV-1", password=True)
    (letter,) = await shop.mail_to(JANE)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    assert (await log_in(shop.office, JANE, letter.password, "net")).result is LoginResult.DONE
    await disable_contact(shop.office, "BOLT", JANE, actor="test")
    assert (await log_in(shop.office, JANE, letter.password, "net")).result is LoginResult.WRONG
    await add_contact(shop.office, "BOLT", JANE, actor="test")
    assert (await log_in(shop.office, JANE, letter.password, "net")).result is LoginResult.WRONG


async def test_links_stay_dead_when_a_contact_comes_back(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    (letter,) = await shop.mail_to(JANE)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    back = await add_contact(shop.office, "ACME", JANE, name="Jane", actor="test")
    assert (back.disabled_at, back.name) == (None, "Jane")
    async with shop.browser() as browser:
        assert "INV-1" not in (await browser.get(letter.link)).text


async def test_successor_takes_over_in_one_step(shop: HouseWorld) -> None:
    new = await replace_contact(shop.office, "ACME", JANE, TOM, name="Tom", actor="test")
    assert (new.address, new.name) == (TOM, "Tom")
    assert (await state_of(shop, JANE), await state_of(shop, TOM)) == ("disabled", "live")
    assert f"contact replaced {TOM}" in await shop.log()


async def test_handover_that_makes_no_sense_changes_nothing(shop: HouseWorld) -> None:
    await add_contact(shop.office, "ACME", TOM, actor="test")
    wrong: list[tuple[type[Exception], str, str]] = [
        (Refused, JANE, TOM),
        (Refused, JANE, JANE),
        (BadInput, JANE, "nobody"),
        (NotFound, "sue@acme.example", "ann@acme.example"),
    ]
    for error, old, new in wrong:
        with pytest.raises(error):
            await replace_contact(shop.office, "ACME", old, new, actor="test")
    assert (await state_of(shop, JANE), await state_of(shop, TOM)) == ("live", "live")


async def test_someone_who_left_may_come_back_as_a_successor(shop: HouseWorld) -> None:
    await replace_contact(shop.office, "ACME", JANE, TOM, actor="test")
    back = await replace_contact(shop.office, "ACME", TOM, JANE, actor="test")
    assert back.disabled_at is None
    assert await state_of(shop, TOM) == "disabled"
