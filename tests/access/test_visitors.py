"""What a visitor may see: their own, as far as they came in; what is not theirs does not exist."""

from __future__ import annotations

import pytest

from maild.access.links import Scope
from maild.access.sessions import hash_secret
from maild.access.visitors import (
    Refusal,
    Visitor,
    admit_link,
    admit_session,
    find_visible,
    load_visit,
)
from maild.clock import to_date
from maild.ids import Purpose
from maild.services.customers import add_contact, change_client
from maild.services.handover import disable_contact
from maild.services.login import log_in
from maild.services.paging import shelves_for, turn_page
from tests.mails import Mail
from tests.paper import without_ink
from tests.world import HouseWorld

JANE, TOM = "jane@acme.example", "tom@acme.example"


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """Two clients: ACME with Jane and Tom and three documents, BOLT with Jane and one."""
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    house.clock.advance(seconds=1)
    await add_contact(house.office, "ACME", TOM, actor="test")
    await house.client("Bolt Ltd", JANE)
    await house.issue("INV-1", password=True)
    await house.issue("INV-2", contacts=[JANE])
    await house.issue("EST-1", type="estimate", contacts=[JANE])
    await house.issue("INV-9", client="BOLT")
    return house


async def come(shop: HouseWorld, mail: Mail) -> Visitor | Refusal:
    link_id = shop.office.keys.check(Purpose.LINK, mail.link.rpartition("/")[2])
    visit = await load_visit(shop.office.db, link_id or "")
    assert visit
    return admit_link(visit, shop.office.config.links, shop.clock())


async def log_on(shop: HouseWorld, address: str) -> Visitor | Refusal:
    password = (await shop.mail_to(address))[0].password
    login = await log_in(shop.office, address, password, "net")
    assert login.secret
    return await admit_session(shop.office.db, hash_secret(login.secret), shop.clock())


async def numbers(shop: HouseWorld, visitor: Visitor | Refusal) -> set[str]:
    assert isinstance(visitor, Visitor)
    found = set()
    for number in ("INV-1", "INV-2", "EST-1", "INV-9"):
        for kind in ("invoice", "estimate"):
            if await find_visible(shop.office.db, visitor, kind, number):
                assert number.startswith("EST") == (kind == "estimate")
                found.add(number)
    if visitor.scope is Scope.ACCOUNT:
        assert await listed(shop, visitor) == found
    return found


async def listed(shop: HouseWorld, visitor: Visitor) -> set[str]:
    today = to_date(shop.clock(), shop.office.zone)
    found: set[str] = set()
    for kind in ("invoice", "estimate"):
        shelves = shelves_for(kind, today)["all"]
        page = await turn_page(shop.office.db, visitor.reach, kind, shelves)
        found |= {document.number for document in page.documents}
    return found


async def test_young_link_shows_the_account_and_no_other_client(shop: HouseWorld) -> None:
    visitor = await come(shop, (await shop.mail_to(JANE))[0])
    assert await numbers(shop, visitor) == {"INV-1", "INV-2", "EST-1"}


async def test_copy_and_old_link_show_their_document(shop: HouseWorld) -> None:
    copied = (await shop.mail_to(TOM))[0]
    assert await numbers(shop, await come(shop, copied)) == {"INV-1"}
    shop.clock.advance(days=31)
    assert await numbers(shop, await come(shop, (await shop.mail_to(JANE))[1])) == {"INV-2"}


async def test_log_in_shows_a_client_whole_and_names_the_others(shop: HouseWorld) -> None:
    visitor = await log_on(shop, JANE)
    assert isinstance(visitor, Visitor)
    assert {name for _, name in visitor.clients} == {"Acme Ltd", "Bolt Ltd"}
    assert await numbers(shop, visitor) == {"INV-1", "INV-2", "EST-1"}


async def test_people_of_a_shared_client_see_only_what_they_were_sent(shop: HouseWorld) -> None:
    await change_client(shop.office, "ACME", {"shared": True}, actor="test")
    assert await numbers(shop, await log_on(shop, TOM)) == {"INV-1"}
    assert await numbers(shop, await come(shop, (await shop.mail_to(JANE))[0])) == {"INV-1"}


async def test_link_asks_for_the_password_where_the_client_wants_it(shop: HouseWorld) -> None:
    await change_client(shop.office, "ACME", {"enforce_login": True}, actor="test")
    assert await come(shop, (await shop.mail_to(JANE))[0]) is Refusal.LOGIN
    shop.clock.advance(days=90)
    assert await come(shop, (await shop.mail_to(JANE))[0]) is Refusal.EXPIRED


async def test_session_goes_on_at_the_client_where_the_contact_is_still_live(
    shop: HouseWorld,
) -> None:
    password = (await shop.mail_to(JANE))[0].password
    secret = hash_secret((await log_in(shop.office, JANE, password, "net")).secret)
    await disable_contact(shop.office, "BOLT", JANE, actor="test")
    visitor = await admit_session(shop.office.db, secret, shop.clock())
    assert isinstance(visitor, Visitor)
    assert (visitor.client_name, visitor.scope) == ("Acme Ltd", Scope.ACCOUNT)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    assert isinstance(await admit_session(shop.office.db, secret, shop.clock()), Refusal)


async def test_link_that_was_never_made_leads_nowhere(shop: HouseWorld) -> None:
    assert await load_visit(shop.office.db, "a" * 16) is None
