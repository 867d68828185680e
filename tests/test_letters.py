"""Letters are frozen without a usable secret, and filled with the same one at every attempt."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from maild.access.passwords import normalise_generated
from maild.errors import BadInput
from maild.ids import Ids, Key, KeyRing, Purpose, load_keys
from maild.letters import Letterhead, Secret, fill, find_message_id, return_path
from maild.matching import Addresses
from maild.services.handoff import Handoff, post_handoff, write_handoff
from maild.services.issue import resend
from maild.services.reissue import Reissue, commit_reissue, prepare_reissue
from maild.store import clients, letters
from maild.store.database import Transaction
from tests.fakes import SENT
from tests.paper import without_ink
from tests.screens.branded import open_branded_world
from tests.world import OPERATOR, HouseWorld

OLD, NEW = Key("a", b"\1" * 32), Key("b", b"\2" * 32)
RING = KeyRing((OLD,))
TOKEN = re.compile(r"[a-z2-7]{43}|[a-z2-7]{33}|(?:[a-z0-9]{4}-){3}[a-z0-9]{4}")


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """A world whose documents cost no ink, with one customer."""
    without_ink(house)
    await house.client("Acme Ltd", "jane@acme.example")
    return house


async def reissue(shop: HouseWorld, occasion: str) -> None:
    """Give Jane a new link and password, as the operator may order."""
    shop.clock.advance(seconds=1)
    office = shop.office
    (contact,) = await clients.list_contacts_of_address(office.db, "jane@acme.example")
    client = await clients.get_client(office.db, contact.client_id)
    assert client
    wanted = Reissue(client, contact, None, occasion, asked=False, actor="test", reason="test")
    parcel = await prepare_reissue(office, wanted)

    async def work(tx: Transaction) -> None:
        await commit_reissue(office, tx, wanted, parcel)

    await office.db.transact(work)
    await shop.deliver()


def turn_keys(shop: HouseWorld, *keys: Key) -> None:
    """Restart the office with another key ring."""
    office, ring = shop.office, KeyRing(keys)
    shop.office = replace(
        office,
        keys=ring,
        letterhead=Letterhead(office.config, office.templates, ring, office.ids),
        addresses=Addresses(office.config.inbound.domain, office.config.inbound.addresses, ring),
    )


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.COOKIE])
def test_placeholder_is_as_long_as_its_secret_and_opens_nothing(purpose: Purpose) -> None:
    secret = Secret(purpose, Ids().new(), "a")
    made = RING.make(purpose, secret.row_id)
    assert len(secret.placeholder) == len(made)
    assert all(RING.check(other, secret.placeholder) is None for other in Purpose)
    assert normalise_generated(secret.placeholder) != normalise_generated(made)


def test_every_placeholder_of_a_row_is_another() -> None:
    row_id = Ids().new()
    spelt = [Secret(purpose, row_id, "a").placeholder for purpose in Purpose]
    assert not [one for one in spelt for other in spelt if one is not other and one in other]


def test_filling_changes_nothing_but_the_placeholders() -> None:
    secrets = [Secret(p, Ids().new(), "a") for p in (Purpose.LINK, Purpose.PASSWORD, Purpose.REPLY)]
    frozen = b"\0\xff".join(s.placeholder.encode() * 2 for s in secrets)
    listed = json.dumps([[s.purpose, s.row_id, s.key] for s in secrets])
    filled = fill(frozen, listed, RING)
    assert len(filled) == len(frozen)
    assert filled == b"\0\xff".join(RING.make(s.purpose, s.row_id).encode() * 2 for s in secrets)
    assert fill(frozen, listed, KeyRing((NEW, OLD))) == filled
    with pytest.raises(BadInput, match="no longer in the key ring"):
        fill(frozen, listed, KeyRing((NEW,)))


def test_message_id_is_found_among_the_secrets_with_its_own_key() -> None:
    row, first = Ids().new(), Ids().new()
    listed = json.dumps([["message", first, "a"], ["reply", row, "b"], ["message", row, "b"]])
    assert find_message_id(row, listed) == Secret(Purpose.MESSAGE, row, "b")


def test_return_path_names_the_letter() -> None:
    row = Ids().new()
    local, _, domain = return_path(RING, row, "example.test").partition("@")
    assert domain == "example.test"
    assert RING.check(Purpose.BOUNCE, local.removeprefix("bounce+")) == row


async def test_no_secret_that_went_out_lies_in_the_store(shop: HouseWorld, tmp_path: Path) -> None:
    await shop.issue("INV-1", password=True)
    await resend(shop.office, "INV-1", actor="test", password=True)
    await reissue(shop, "one")
    await shop.deliver()
    mails = await shop.mail()
    assert len(mails) == 3
    secrets = {mail.link.rpartition("/")[2] for mail in mails} | {mail.password for mail in mails}
    for mail in mails:
        secrets |= set(TOKEN.findall(mail.sender + mail.reply_to + str(mail.message["Message-ID"])))
    assert len(secrets) == 5 * 3
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("data/maild.db*"))
    assert b"INV-1" in kept
    assert mails[0].link.rpartition("/")[2][1:17].encode() in kept, "the row's id is no secret"
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret.replace("-", "").encode() not in kept


@pytest.mark.parametrize("reference", ["", "№ 7 " * 60, "plain " * 60])
async def test_no_encoding_breaks_a_password_or_a_link_in_either_part(
    shop: HouseWorld, reference: str
) -> None:
    await shop.issue("INV-1", password=True, reference=reference[:200].strip())
    await reissue(shop, "one")
    await shop.deliver()
    for mail in await shop.mail_to("jane@acme.example"):
        text, html = [
            part for part in mail.message.walk() if part.get_content_maintype() == "text"
        ][:2]
        assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
        for part in (text, html):
            assert part["Content-Transfer-Encoding"] in {"7bit", "quoted-printable"}
            assert mail.link.rpartition("/")[2] in str(part.get_payload())
        assert mail.password in str(text.get_payload()).splitlines()
        assert f">{mail.password}<" in str(html.get_payload())


async def test_no_secret_lies_in_the_store_after_an_answer_either(
    shop: HouseWorld, tmp_path: Path
) -> None:
    await shop.issue("INV-1")
    (letter,) = await shop.mail()
    head = "From: jane@acme.example\r\nMessage-ID: <1@acme.example>\r\nSubject: help"
    answer = f"{head}\r\n\r\nI can't log in\r\n".encode()
    reply = await shop.post(answer, to=letter.reply_to, sender="jane@acme.example")
    assert reply.action == "reissue"
    sent = (await shop.mail())[1]
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("data/maild.db*"))
    assert b"can't log in" in kept
    for secret in (sent.password, sent.link.rpartition("/")[2], letter.link.rpartition("/")[2]):
        assert secret.encode() not in kept


async def test_keys_are_made_once_and_kept_beside_the_store(
    shop: HouseWorld, tmp_path: Path
) -> None:
    ring = load_keys(tmp_path / "data" / "keys")
    row = Ids().new()
    assert ring.make(Purpose.LINK, row) == shop.office.keys.make(Purpose.LINK, row)


async def test_letter_frozen_before_a_key_was_added_keeps_its_bytes(shop: HouseWorld) -> None:
    turn_keys(shop, OLD)
    shop.relay.answer = lambda _: replace(SENT, state="deferred")
    await shop.issue("INV-1", password=True)
    turn_keys(shop, NEW, OLD)
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=1)
    (_, _, first), (_, _, second) = shop.relay.tried
    assert first == second
    (mail,) = await shop.mail()
    assert mail.link.rpartition("/")[2].startswith("a")


async def test_thread_goes_on_when_a_key_was_added_and_is_cut_when_it_left(
    shop: HouseWorld,
) -> None:
    turn_keys(shop, OLD)
    await shop.issue("INV-1")
    turn_keys(shop, NEW, OLD)
    await reissue(shop, "one")
    turn_keys(shop, NEW)
    await reissue(shop, "two")
    first, second, third = await shop.mail()
    assert second.message["References"] == first.message["Message-ID"]
    assert third.message["References"] is None
    assert third.link != second.link


async def test_letter_whose_key_is_gone_waits_for_it(shop: HouseWorld) -> None:
    turn_keys(shop, OLD)
    shop.relay.answer = lambda _: replace(SENT, state="deferred")
    await shop.issue("INV-1")
    turn_keys(shop, NEW)
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=1)
    (letter,) = await letters.list_letters(shop.office.db)
    assert letter.state == "deferred"
    assert "no longer in the key ring" in letter.outcome
    turn_keys(shop, NEW, OLD)
    await shop.advance(days=1)
    assert len(await shop.mail()) == 1


async def test_nasty_words_of_strangers_fit_into_a_letter_to_the_operator(shop: HouseWorld) -> None:
    handoff = Handoff(
        occasion="x",
        headline="Re: \u202eevil =?utf-8?q?=0d=0aBcc:_x@evil.example?= {{ 1 + 1 }} <b>" + "é" * 400,
        facts=(("From", "x" * 2000), ("Name", "</td><script>")),
        excerpt="From here\n.\n..\n\u2028" + "y" * 5000,
        original=b"From: x\r\n\r\n\xff\0\r\n.\r\n",
    )
    letter = write_handoff(shop.office, handoff)

    async def work(tx: Transaction) -> list[bool]:
        return [await post_handoff(tx, letter) for _ in "12"]

    assert await shop.office.db.transact(work) == [True, False]
    await shop.deliver()
    (mail,) = await shop.mail_to(OPERATOR)
    assert mail.message["Bcc"] is None
    assert "{{ 1 + 1 }}" in mail.subject
    assert "<script>" not in mail.html
    assert mail.attached()["original.eml"]


@pytest.fixture
async def branded(tmp_path: Path) -> AsyncIterator[HouseWorld]:
    """A shop with a logo."""
    async with open_branded_world(tmp_path, "logo.png") as world:
        without_ink(world)
        await world.client("Acme Ltd", "jane@acme.example")
        yield world


async def test_logo_comes_along_with_what_a_customer_gets_and_nothing_is_loaded_from_afar(
    branded: HouseWorld, tmp_path: Path
) -> None:
    await branded.issue("INV-1")
    (mail,) = await branded.mail()
    (picture,) = [part for part in mail.message.walk() if part["Content-ID"]]
    assert picture.get_payload(decode=True) == (tmp_path / "logo.png").read_bytes()
    (shown,) = re.findall(r"<img[^>]*>", mail.html)
    assert f'src="cid:{str(picture["Content-ID"]).strip("<>")}"' in shown
    assert 'alt="Example Ltd"' in shown
    assert not re.search(r"<link|url\(|@import|src=\"(?!cid:)", mail.html)
    assert list(mail.attached()) == ["INV-1.pdf"]


async def test_letters_to_the_operator_bring_no_logo(branded: HouseWorld) -> None:
    letter = write_handoff(branded.office, Handoff("x", "Hello", ()))
    assert b"Content-ID" not in letter.message


async def test_what_programs_are_told_of_an_invoice_brings_the_readers_own_link(
    shop: HouseWorld,
) -> None:
    await shop.client("Try It", "try@try.example", dummy=True)
    await shop.issue("INV-1")
    await shop.issue("EST-1", type="estimate")
    await shop.issue("TRY-1", client="TRY")
    invoice, estimate, trial = await shop.mail()
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', invoice.html)
    assert json.loads(found)["url"] == invoice.link
    assert "<script" not in estimate.html + trial.html
