"""The log: each line with who did it, to what and why, and no secret in any of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from maild.ids import Purpose
from maild.relay import Outcome
from maild.services.customers import add_contact, change_client, rename_contact
from maild.services.handover import Pending, hand_over, plan_move, replace_contact
from maild.services.impersonation import (
    end_impersonation,
    redeem_impersonation,
    start_impersonation,
)
from maild.services.links import list_standings, revoke_links
from maild.services.lookup import need_client, need_contact
from maild.services.payments import pay, void
from maild.store import events
from maild.web.cookies import ONLOOKER, SESSION
from tests.visitor import Browser
from tests.world import HouseWorld

JANE, TOM, SUE = "jane@acme.example", "tom@acme.example", "sue@acme.example"
TOKENS = {
    "links": (Purpose.LINK,),
    "letters": (Purpose.REPLY, Purpose.BOUNCE, Purpose.DESK),
    "credentials": (Purpose.PASSWORD,),
    "impersonations": (Purpose.IMPERSONATION,),
}


async def derive_secrets(shop: HouseWorld) -> list[str]:
    """Return every token and password that can be derived from the rows there are."""
    found = []
    for table, purposes in TOKENS.items():
        for row in await shop.office.db.rows(f"SELECT id FROM {table}"):
            found += [shop.office.keys.make(purpose, row["id"]) for purpose in purposes]
    return found


def held(browser: Browser) -> list[str]:
    """Return the secrets in a browser's cookies."""
    jar = {cookie.key: cookie.value for cookie in browser._session.cookie_jar}
    return [value for name, value in jar.items() if name in {SESSION, ONLOOKER}]


@pytest.fixture
async def lived(shop: HouseWorld) -> AsyncIterator[tuple[HouseWorld, list[str]]]:
    """The shop after a busy week, and the secrets of its visitors' cookies."""
    office, cookies = shop.office, []
    await shop.issue("INV-1", password=True)
    await shop.issue("EST-1", type="estimate", due=None, valid_until="2026-12-24")
    mail = (await shop.mail_to(JANE))[0]
    async with shop.browser() as browser:
        await browser.get(mail.link)
        await browser.log_in(JANE, mail.password)
        page = await browser.get("/estimates/EST-1")
        why = f"{mail.password} does not work, nor does {mail.link}"
        form = {"csrf": page.csrf, "name": "Jane", "reason": why}
        form["version"] = version_on(page.text)
        assert (await browser.post("/estimates/EST-1/decline", form)).status == 200
        cookies += held(browser)
    await shop.advance(seconds=60)
    await shop.reply(mail, "it won't let me log in")
    looked = f"she says {mail.link} is dead, and {mail.reply_to} too"
    made = await start_impersonation(office, "ACME", JANE, reason=looked, actor="operator:kim")
    secret = await redeem_impersonation(office, made.url.rpartition("/")[2])
    assert secret
    cookies.append(secret)
    await end_impersonation(office, secret)
    client = await need_client(office.db, "ACME")
    jane = await need_contact(office.db, client, JANE)
    await rename_contact(office, client, jane, "Jane", actor="operator:kim")
    await change_client(office, "ACME", {"enforce_login": True}, actor="operator:kim")
    links = [one.visit.link for one in await list_standings(office)]
    await revoke_links(office, links[:1], actor="operator:kim")
    shop.relay.answer = lambda _: Outcome("failed", 550, f"no such sender {mail.sender}")
    await shop.issue("INV-2")
    await pay(office, "INV-1", on=date(2026, 11, 24), amount=None, actor="operator:kim")
    await void(office, "INV-2", actor="operator:kim")
    await replace_contact(office, "ACME", JANE, TOM, actor="operator:kim")
    plan = await plan_move(office, "ACME", TOM, SUE, revoke_links=True)
    await hand_over(office, plan, Pending.READDRESS, actor="operator:kim")
    await add_contact(office, "ACME", JANE, actor="operator:kim")
    yield shop, cookies


def version_on(page: str) -> str:
    return page.partition('name="version" value="')[2].partition('"')[0]


async def test_every_event_tells_who_and_what_and_where_something_ended_why(
    lived: tuple[HouseWorld, list[str]],
) -> None:
    told = await events.list_events(lived[0].office.db)
    assert len({event.verb for event in told}) > 15
    assert [event for event in told if not event.actor or not event.subject] == []
    silent = {event.verb for event in told if not event.reason}
    # what has no reason but that somebody did it
    assert silent <= {"contact added", "contact enabled", "logged in", "voided", "paid"}


async def test_no_event_holds_a_usable_secret(lived: tuple[HouseWorld, list[str]]) -> None:
    shop, cookies = lived
    told = str(await events.list_events(shop.office.db))
    assert "she says http://" in told
    assert "does not work, nor does http://" in told
    assert "550 no such sender bounce+" in told
    secrets = [*await derive_secrets(shop), *cookies]
    assert len(secrets) > 20
    assert [secret for secret in secrets if secret in told] == []
