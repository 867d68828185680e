"""What is known of a document having been looked at, by whom, and on what evidence."""

from __future__ import annotations

import asyncio

import pytest

from maild.clock import SECOND
from maild.model import Contact, StoredDocument
from maild.services.customers import add_contact
from maild.services.login import LoginResult, log_in
from maild.services.sightings import Trace, note_fetch, note_read, trace_document
from maild.store import clients, documents
from tests.fakes import START
from tests.world import HouseWorld

JANE = "jane@acme.example"
TOM = "tom@acme.example"


@pytest.fixture
async def sent(shop: HouseWorld) -> HouseWorld:
    """The shop with a second contact, after one invoice to Jane."""
    await add_contact(shop.office, "ACME", TOM, actor="test")
    await shop.issue("INV-1", password=True, contacts=[JANE])
    return shop


async def find(world: HouseWorld, address: str = JANE) -> tuple[StoredDocument, Contact]:
    """Return INV-1 and a contact of its client."""
    document = await documents.find_document(world.office.db, "INV-1")
    assert document
    contact = await clients.find_contact(world.office.db, document.client_id, address)
    assert contact
    return document, contact


async def trace(world: HouseWorld) -> dict[str, Trace]:
    """Return the traces of INV-1 by address."""
    document, _ = await find(world)
    found = await trace_document(world.office.db, document)
    return {one.contact.address: one for one in found}


async def test_fetches_within_a_minute_are_one(sent: HouseWorld) -> None:
    document, jane = await find(sent)
    for _ in range(13):
        await note_fetch(sent.office, document.id, jane.id)
        sent.clock.advance(seconds=10)
    fetched = (await trace(sent))[JANE].fetched
    assert fetched
    assert (fetched.first_at, fetched.times) == (START, 3)
    assert fetched.last_at == START + 120 * SECOND


async def test_fetches_at_the_same_moment_are_one(sent: HouseWorld) -> None:
    document, jane = await find(sent)
    await asyncio.gather(*(note_fetch(sent.office, document.id, jane.id) for _ in range(20)))
    fetched = (await trace(sent))[JANE].fetched
    assert fetched
    assert fetched.times == 1


async def test_first_fetch_is_an_event_that_blames_no_person(sent: HouseWorld) -> None:
    document, jane = await find(sent)
    for _ in range(3):
        await note_fetch(sent.office, document.id, jane.id)
        sent.clock.advance(days=1)
    (event,) = await sent.office.db.rows("SELECT * FROM events WHERE verb = 'fetched'")
    assert (event["actor"], event["subject"]) == ("visitor", "INV-1")
    assert event["reason"] == f"for {JANE}, perhaps by a machine"
    assert (event["at"], event["contact_id"], event["document_id"]) == (START, jane.id, document.id)


async def test_first_read_is_an_event_and_the_next_ones_are_not(sent: HouseWorld) -> None:
    document, jane = await find(sent)
    for _ in range(3):
        await note_read(sent.office, document, jane)
        sent.clock.advance(days=1)
    assert (await sent.log()).count("probably read INV-1") == 1
    _, tom = await find(sent, TOM)
    await note_read(sent.office, document, tom)
    assert (await sent.log()).count("probably read INV-1") == 2


async def test_each_contact_has_its_own_trace_with_each_first_time(sent: HouseWorld) -> None:
    letter = (await sent.mail_to(JANE))[0]
    sent.clock.advance(seconds=60)
    for _ in range(2):
        login = await log_in(sent.office, JANE, letter.password, "127.0.0.0/24")
        assert login.result is LoginResult.DONE
    sent.clock.advance(seconds=60)
    for _ in range(2):
        await sent.reply(letter, "When is the delivery?")
        sent.clock.advance(seconds=60)
    document, tom = await find(sent, TOM)
    await note_fetch(sent.office, document.id, tom.id)
    traces = await trace(sent)
    jane = traces[JANE]
    assert (jane.sent_at, jane.fetched, jane.read) == (START, None, None)
    assert (jane.logged_in_at, jane.replied_at) == (START + 60 * SECOND, START + 120 * SECOND)
    assert (traces[TOM].sent_at, traces[TOM].logged_in_at, traces[TOM].replied_at) == (None,) * 3
    assert traces[TOM].fetched


async def test_out_of_office_is_no_reply_and_an_older_log_in_tells_nothing(
    sent: HouseWorld,
) -> None:
    letter = (await sent.mail_to(JANE))[0]
    await log_in(sent.office, JANE, letter.password, "127.0.0.0/24")
    sent.clock.advance(seconds=60)
    await sent.issue("INV-2", contacts=[JANE])
    newer = (await sent.mail_to(JANE))[-1]
    await sent.reply(newer, "I am away.", auto_submitted="auto-replied")
    document = await documents.find_document(sent.office.db, "INV-2")
    assert document
    (jane,) = await trace_document(sent.office.db, document)
    assert jane.sent_at
    assert (jane.logged_in_at, jane.replied_at) == (None, None)


async def test_log_in_that_opens_several_clients_counts_in_each(sent: HouseWorld) -> None:
    await sent.client("Beta", JANE)
    letter = (await sent.mail_to(JANE))[0]
    document, _ = await find(sent)
    other = await clients.find_client(sent.office.db, "BETA")
    assert other
    await log_in(sent.office, JANE, letter.password, "127.0.0.0/24", client_id=other.id)
    (jane,) = await trace_document(sent.office.db, document)
    assert jane.logged_in_at == START
