"""An ordinary mailbox as a door: a real Dovecot, from which replies are fetched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from maild import imap, intake
from maild.errors import StoreUnavailable
from maild.imap import run_imap
from maild.mailbox import TAKEN, Login, find_login
from maild.model import Reply
from maild.store import mailboxes, replies
from tests.dovecot import PASSWORD, USER, Dovecot, run_dovecot
from tests.letterbox import BUSINESS, JANE, STRANGER, letter_to
from tests.mails import answer_to
from tests.paper import without_ink
from tests.postgres import Cluster
from tests.world import OPERATOR, STORE, HouseWorld, open_house_world

DEADLINE = 20.0
HELP = "It won't let me log in."
PRIVATE = b"From: mum@home.example\r\nTo: me@home.example\r\nSubject: Dinner\r\n\r\nSunday?\r\n"


@pytest.fixture(scope="module")
def _server() -> Iterator[Dovecot]:
    with run_dovecot() as server:
        yield server


@pytest.fixture
def server(_server: Dovecot) -> Dovecot:
    """A server whose mailbox is empty."""
    with _server.open() as client:
        client.delete_messages(client.search())
        client.expunge()
        if client.folder_exists("Taken"):
            client.delete_folder("Taken")
    return _server


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[HouseWorld]:
    """A world with a customer who was sent an invoice."""
    async with open_house_world(tmp_path) as world:
        without_ink(world)
        await world.client("Acme Ltd", JANE)
        await world.issue("INV-1")
        yield world


def login_at(server: Dovecot, *, url: str = "", move_to: str = "") -> Login:
    where = url or f"imap://127.0.0.1:{server.port}"
    return Login(where, USER, PASSWORD, "INBOX", move_to, server.ca_file)


@asynccontextmanager
async def reading(world: HouseWorld, login: Login) -> AsyncIterator[None]:
    """Let the mailbox be read meanwhile, and wait until it is open."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_imap(world.office, login, stop))
    try:
        name = f"{login.username} {login.url} {login.folder}"
        async with asyncio.timeout(DEADLINE):
            while await mailboxes.find_progress(world.office.db, name) is None:
                await asyncio.sleep(0.02)
        yield
    finally:
        stop.set()
        async with asyncio.timeout(DEADLINE):
            await task


async def taken(world: HouseWorld, count: int) -> list[Reply]:
    """Return the replies, oldest first, once so many have been taken."""
    async with asyncio.timeout(DEADLINE):
        while len(found := await replies.list_replies(world.office.db)) < count:
            await asyncio.sleep(0.02)
    await world.settle()
    await world.deliver()
    found = await replies.list_replies(world.office.db)
    return sorted(found, key=lambda reply: (reply.received_at, reply.id))


async def until(holds: object) -> None:
    """Wait until a condition on the mailbox holds."""
    assert callable(holds)
    async with asyncio.timeout(DEADLINE):
        while not await asyncio.to_thread(holds):
            await asyncio.sleep(0.02)


def flags(server: Dovecot) -> list[set[bytes]]:
    with server.open() as client:
        return [set(one) for one in client.get_flags(client.search()).values()]


async def test_reply_is_taken_at_once_acted_on_and_marked_but_left_unread(
    shop: HouseWorld, server: Dovecot
) -> None:
    letter = await letter_to(shop)
    async with reading(shop, login_at(server)):
        await asyncio.to_thread(server.deliver, answer_to(letter, HELP))
        (reply,) = await taken(shop, 1)
        await until(lambda: flags(server)[0] & {TAKEN})
    assert (reply.action, reply.level) == ("reissue", 2)
    assert len(await shop.mail_to(JANE)) == 2
    (found,) = flags(server)
    assert b"\\Seen" not in found
    assert b"\\Deleted" not in found


async def test_what_lay_there_before_and_what_is_for_others_is_left_alone(
    shop: HouseWorld, server: Dovecot
) -> None:
    letter = await letter_to(shop)
    server.deliver(answer_to(letter, "old: can't log in"))
    async with reading(shop, login_at(server)):
        await asyncio.to_thread(server.deliver, PRIVATE)
        await asyncio.to_thread(server.deliver, answer_to(letter, HELP))
        (reply,) = await taken(shop, 1)
        await until(lambda: any(TAKEN in one for one in flags(server)))
    assert "old" not in reply.excerpt
    assert [TAKEN in one for one in flags(server)] == [False, False, True]


async def test_reply_whose_address_lost_its_plus_is_known_by_our_message_id(
    shop: HouseWorld, server: Dovecot
) -> None:
    letter = await letter_to(shop)
    plain = answer_to(letter, HELP).replace(letter.reply_to.encode(), b"post@host.example")
    async with reading(shop, login_at(server)):
        await asyncio.to_thread(server.deliver, plain)
        (reply,) = await taken(shop, 1)
    assert (reply.action, reply.level) == ("reissue", 2)


async def test_what_was_taken_is_moved_where_the_business_wants_it(
    shop: HouseWorld, server: Dovecot
) -> None:
    letter = await letter_to(shop)
    async with reading(shop, login_at(server, move_to="Taken")):
        await asyncio.to_thread(server.deliver, answer_to(letter, HELP))
        await taken(shop, 1)

        def moved() -> bool:
            with server.open() as client:
                return (
                    client.folder_status("INBOX")[b"MESSAGES"],
                    client.folder_status("Taken")[b"MESSAGES"],
                ) == (0, 1)

        await until(moved)


async def test_same_message_by_smtp_and_by_imap_acts_once(
    shop: HouseWorld, server: Dovecot
) -> None:
    letter = await letter_to(shop)
    content = answer_to(letter, HELP)
    async with reading(shop, login_at(server)):
        await shop.post(content, to=letter.reply_to, sender=JANE)
        await asyncio.to_thread(server.deliver, b"Delivered-To: x@y.example\r\n" + content)
        found = await taken(shop, 2)
    assert sorted(reply.reason for reply in found) == ["cannot_get_in", "duplicate"]
    assert len(await shop.mail_to(JANE)) == 2


async def test_reading_goes_on_where_it_stopped_and_after_a_renumbering_acts_once(
    shop: HouseWorld, server: Dovecot
) -> None:
    letter = await letter_to(shop)
    async with reading(shop, login_at(server)):
        await asyncio.to_thread(server.deliver, answer_to(letter, HELP))
        await taken(shop, 1)
    server.deliver(answer_to(letter, "What is this for?"))
    async with reading(shop, login_at(server)):
        assert len(await taken(shop, 2)) == 2
    server.renumber()
    async with reading(shop, login_at(server)):
        found = await taken(shop, 4)
    assert [reply.reason for reply in found].count("duplicate") == 2
    assert len(await shop.mail_to(JANE)) == 2


async def test_message_is_marked_only_once_it_is_in_the_store(
    shop: HouseWorld, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0
    accept = intake.accept

    async def fail_once(*arguments: object) -> object:
        nonlocal tries
        tries += 1
        if tries == 1:
            assert not flags(server)[0] & {TAKEN}
            raise StoreUnavailable("the disk is away")
        return await accept(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "accept", fail_once)
    letter = await letter_to(shop)
    async with reading(shop, login_at(server)):
        await asyncio.to_thread(server.deliver, answer_to(letter, HELP))
        await taken(shop, 1)
    assert tries == 2


async def test_lost_connection_is_made_anew(shop: HouseWorld, server: Dovecot) -> None:
    letter = await letter_to(shop)
    async with reading(shop, login_at(server)):
        server.hang_up()
        await asyncio.to_thread(server.deliver, answer_to(letter, HELP))
        (reply,) = await taken(shop, 1)
    assert reply.action == "reissue"


async def test_server_without_news_is_asked_from_time_to_time(
    tmp_path: Path,
) -> None:
    with run_dovecot(idle=False) as server:
        async with open_house_world(tmp_path, more="[imap]\npoll_seconds = 1\n") as world:
            without_ink(world)
            await world.client("Acme Ltd", JANE)
            await world.issue("INV-1")
            async with reading(world, login_at(server)):
                letter = await letter_to(world)
                await asyncio.to_thread(server.deliver, answer_to(letter, HELP))
                (reply,) = await taken(world, 1)
    assert reply.action == "reissue"


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
async def test_connection_is_encrypted_and_the_certificate_checked(
    shop: HouseWorld, server: Dovecot, scheme: str
) -> None:
    port = server.tls_port if scheme == "imaps" else server.port
    login = login_at(server, url=f"{scheme}://127.0.0.1:{port}")
    letter = await letter_to(shop)
    async with reading(shop, login):
        await asyncio.to_thread(server.deliver, answer_to(letter, HELP))
        assert len(await taken(shop, 1)) == 1
    stop = asyncio.Event()
    stranger = replace(login, ca_file=None, folder="other")
    task = asyncio.create_task(run_imap(shop.office, stranger, stop))
    await asyncio.sleep(0)
    name = f"{USER} {login.url} other"
    for _ in range(20):
        assert await mailboxes.find_progress(shop.office.db, name) is None
        await asyncio.sleep(0.02)
    stop.set()
    await task


async def test_message_over_the_limit_stays_and_the_operator_is_told(
    shop: HouseWorld, server: Dovecot
) -> None:
    limits = shop.office.config.limits.model_copy(update={"message_size": 2000})
    config = shop.office.config.model_copy(update={"limits": limits})
    shop.office = replace(shop.office, config=config)
    letter = await letter_to(shop)
    async with reading(shop, login_at(server)):
        await asyncio.to_thread(server.deliver, answer_to(letter, "x" * 3000))
        async with asyncio.timeout(DEADLINE):
            while not await shop.mail_to(OPERATOR):
                await shop.deliver()
                await asyncio.sleep(0.02)
    (told,) = await shop.mail_to(OPERATOR)
    assert told.subject == "A message too large for maild"
    assert JANE in told.text
    assert not flags(server)[0] & {TAKEN}
    assert await replies.list_replies(shop.office.db) == []


async def test_strange_header_reaches_a_person(shop: HouseWorld, server: Dovecot) -> None:
    odd = b"X: y\r\n" * 20_000 + b"\r\nHello\r\n"
    async with reading(shop, login_at(server)):
        await asyncio.to_thread(server.deliver, odd)
        (reply,) = await taken(shop, 1)
    assert (reply.state, reply.reason) == ("set_aside", "poison")


async def test_business_address_is_enough_and_a_stranger_is_held(
    shop: HouseWorld, server: Dovecot
) -> None:
    content = f"From: {STRANGER}\r\nTo: {BUSINESS}\r\nMessage-ID: <s@evil.example>\r\n\r\nHi\r\n"
    async with reading(shop, login_at(server)):
        await asyncio.to_thread(server.deliver, content.encode())
        (reply,) = await taken(shop, 1)
    assert (reply.state, reply.reason) == ("held", "unknown-sender")


def test_no_mailbox_is_read_where_none_is_configured(tmp_path: Path) -> None:
    from tests.world import write_config

    assert find_login(write_config(tmp_path, port=1)) is None


async def test_of_two_nodes_one_reads_and_the_other_goes_on_when_it_stops(
    tmp_path: Path, server: Dovecot, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE, cluster.empty())
    monkeypatch.setattr(imap, "_LOOK_SECONDS", 0.05)
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        world = await second.enter_async_context(open_house_world(tmp_path))
        without_ink(world)
        await world.client("Acme Ltd", JANE)
        await world.issue("INV-1")
        letter = await letter_to(world)
        await first.enter_async_context(reading(world, login_at(server)))
        await second.enter_async_context(reading(world, login_at(server)))
        await asyncio.to_thread(server.deliver, answer_to(letter, HELP))
        assert len(await taken(world, 1)) == 1
        readers = await world.office.db.rows("SELECT owner FROM turns")
        await first.aclose()
        await asyncio.to_thread(server.deliver, answer_to(letter, "What is this for?"))
        assert len(await taken(world, 2)) == 2
        assert await world.office.db.rows("SELECT owner FROM turns") != readers
