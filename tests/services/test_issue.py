"""Issuing: once for each number, whole or not at all, to the right people with the right links."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from maild.access.links import Scope
from maild.errors import BadInput, BadTemplate, NotFound, Refused
from maild.ids import Purpose
from maild.mail.compose import Attached
from maild.services.customers import add_contact, change_client
from maild.services.handover import disable_contact
from maild.services.issue import commit_issue, prepare_issue, resend
from maild.store import links
from tests.mails import Mail
from tests.paper import PaperPress
from tests.world import HouseWorld, make_document

SHEET = Attached("sheet.pdf", "application/pdf", b"%PDF-sheet")
TABLES = ("documents", "links", "letters", "credentials", "attachments", "blobs", "events")


async def count_rows(shop: HouseWorld) -> Mapping[str, int]:
    db = shop.office.db
    return {t: (await db.rows(f"SELECT count(*) AS n FROM {t}"))[0]["n"] for t in TABLES}


async def link_scope(shop: HouseWorld, mail: Mail) -> str:
    link_id = shop.office.keys.check(Purpose.LINK, mail.link.rpartition("/")[2])
    assert link_id
    link = await links.get_link(shop.office.db, link_id)
    assert link
    return link.scope


async def test_same_number_and_content_again_changes_nothing(shop: HouseWorld) -> None:
    await shop.issue("INV-1", files=[SHEET])
    before = await count_rows(shop)
    again = await prepare_issue(shop.office, make_document("INV-1"), [SHEET], password=True)
    assert again.already
    assert not await commit_issue(shop.office, again, actor="test")
    assert await count_rows(shop) == before
    assert len(await shop.mail()) == 1


async def test_same_content_in_another_spelling_is_the_same(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    line = {"description": "Support ", "quantity": 1, "unit_price": "250", "tax_rate": "20.00"}
    again = make_document("INV-1", client=" acme", lines=[line])
    assert (await prepare_issue(shop.office, again, ())).already


async def test_same_number_with_other_content_is_refused_with_what_differs(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", files=[SHEET])
    before = await count_rows(shop)
    other = [replace(SHEET, content=b"%PDF-other"), replace(SHEET, name="more.pdf")]
    with pytest.raises(Refused) as caught:
        await prepare_issue(shop.office, make_document("INV-1", reference="PO 7"), other)
    told = str(caught.value)
    for part in (
        "reference: nothing → PO 7",
        "sheet.pdf has other content",
        "more.pdf is new",
        "void",
    ):
        assert part in told
    assert await count_rows(shop) == before


async def test_number_of_another_client_is_refused(shop: HouseWorld) -> None:
    await shop.client("Bolt Ltd", "bob@bolt.example")
    await shop.issue("INV-1")
    with pytest.raises(Refused, match="client: ACME → BOLT"):
        await prepare_issue(shop.office, make_document("INV-1", client="BOLT"), ())


async def test_same_document_issued_at_once_by_several_goes_out_once(shop: HouseWorld) -> None:
    async def issue() -> bool:
        shipment = await prepare_issue(shop.office, make_document("INV-1"), [SHEET], password=True)
        return await commit_issue(shop.office, shipment, actor="test")

    assert sorted(await asyncio.gather(*(issue() for _ in range(5)))) == [False] * 4 + [True]
    await shop.deliver()
    assert len(await shop.mail()) == 1
    assert {t: n for t, n in (await count_rows(shop)).items() if t != "events"} == dict.fromkeys(
        TABLES[:-1], 1
    )


async def test_of_two_contents_prepared_at_once_the_first_to_be_kept_wins(
    shop: HouseWorld,
) -> None:
    one = await prepare_issue(shop.office, make_document("INV-1"), ())
    other = await prepare_issue(shop.office, make_document("INV-1", notes="other"), ())
    assert await commit_issue(shop.office, one, actor="test")
    before = await count_rows(shop)
    with pytest.raises(Refused, match="notes"):
        await commit_issue(shop.office, other, actor="test")
    assert await count_rows(shop) == before


async def test_nothing_is_kept_of_an_issue_that_fails(shop: HouseWorld) -> None:
    before = await count_rows(shop)
    press = shop.office.press
    assert isinstance(press, PaperPress)
    press.broken = True
    with pytest.raises(BadTemplate):
        await shop.issue("INV-1")
    press.broken = False
    big = Attached("big.bin", "application/octet-stream", b"x" * 10485761)
    failures: list[tuple[type[Exception], dict[str, object]]] = [
        (NotFound, {"client": "NOBODY"}),
        (NotFound, {"contacts": ["tom@acme.example"]}),
        (BadInput, {"files": [big]}),
        (BadInput, {"files": [SHEET, SHEET]}),
        (BadInput, {"files": [replace(SHEET, name="a\nb")]}),
    ]
    for error, fields in failures:
        with pytest.raises(error):
            await shop.issue("INV-1", **fields)  # type: ignore[arg-type]
    assert await count_rows(shop) == before
    assert not await shop.mail()


async def test_nothing_is_kept_when_the_last_statement_fails(
    shop: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await count_rows(shop)
    shipment = await prepare_issue(shop.office, make_document("INV-1"), [SHEET], password=True)
    # the event's id is taken: the very last insert of the transaction fails
    taken = (await shop.office.db.rows("SELECT id FROM events"))[0]["id"]
    with monkeypatch.context() as patch:
        patch.setattr(shop.office.ids, "ordered", lambda _: taken)
        with pytest.raises(Exception, match=r"(?i)unique"):
            await commit_issue(shop.office, shipment, actor="test")
    assert await count_rows(shop) == before
    assert await commit_issue(shop.office, shipment, actor="test")


async def test_client_without_contacts_is_refused_with_the_command(shop: HouseWorld) -> None:
    await disable_contact(shop.office, "ACME", "jane@acme.example", actor="test")
    with pytest.raises(Refused, match="maild contact add ACME"):
        await shop.issue("INV-1")
    with pytest.raises(NotFound, match="not a contact"):
        await shop.issue("INV-1", contacts=["jane@acme.example"])


async def test_first_contact_may_see_the_account_and_copies_the_document_only(
    shop: HouseWorld,
) -> None:
    shop.clock.advance(seconds=1)
    await add_contact(shop.office, "ACME", "tom@acme.example", actor="test")
    await shop.issue("INV-1")
    (jane,), (tom,) = [await shop.mail_to(f"{who}@acme.example") for who in ("jane", "tom")]
    assert await link_scope(shop, jane) == Scope.ACCOUNT
    assert await link_scope(shop, tom) == Scope.DOCUMENT
    assert jane.link != tom.link
    assert jane.reply_to != tom.reply_to


async def test_document_may_name_its_contacts_and_a_repeat_is_one(shop: HouseWorld) -> None:
    shop.clock.advance(seconds=1)
    await add_contact(shop.office, "ACME", "tom@acme.example", actor="test")
    named = ["TOM@acme.example", "jane@acme.example", "tom@ACME.example"]
    shipment = await shop.issue("INV-1", contacts=named)
    assert [parcel.contact.address for parcel in shipment.parcels] == [
        "tom@acme.example",
        "jane@acme.example",
    ]
    (tom,) = await shop.mail_to("tom@acme.example")
    assert await link_scope(shop, tom) == Scope.ACCOUNT


async def test_everybody_of_a_shared_client_sees_their_document_only(shop: HouseWorld) -> None:
    await change_client(shop.office, "ACME", {"shared": True}, actor="test")
    await shop.issue("INV-1")
    (jane,) = await shop.mail_to("jane@acme.example")
    assert await link_scope(shop, jane) == Scope.DOCUMENT


async def test_sending_again_brings_a_fresh_link_in_the_same_thread(shop: HouseWorld) -> None:
    await shop.issue("INV-1", files=[SHEET])
    await resend(shop.office, "INV-1", actor="test")
    await shop.deliver()
    first, again = await shop.mail_to("jane@acme.example")
    assert again.link != first.link
    assert (
        again.message["References"] == again.message["In-Reply-To"] == first.message["Message-ID"]
    )
    assert again.attached().keys() == first.attached().keys() == {"INV-1.pdf", "sheet.pdf"}
    async with shop.browser() as browser:
        assert (await browser.get(first.link)).status == 200
        assert (await browser.get(again.link)).status == 200


async def test_a_copy_stays_a_copy_when_the_document_is_sent_again(shop: HouseWorld) -> None:
    shop.clock.advance(seconds=1)
    await add_contact(shop.office, "ACME", "tom@acme.example", actor="test")
    await shop.issue("INV-1", contacts=["tom@acme.example", "jane@acme.example"])
    await resend(shop.office, "INV-1", actor="test")
    await disable_contact(shop.office, "ACME", "tom@acme.example", actor="test")
    await shop.deliver()
    await resend(shop.office, "INV-1", actor="test")
    await shop.deliver()
    toms = await shop.mail_to("tom@acme.example")
    janes = await shop.mail_to("jane@acme.example")
    assert [await link_scope(shop, mail) for mail in toms] == [Scope.ACCOUNT]
    assert [await link_scope(shop, mail) for mail in janes] == [Scope.DOCUMENT] * 3


async def test_sending_again_needs_somebody_who_is_still_there(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await disable_contact(shop.office, "ACME", "jane@acme.example", actor="test")
    with pytest.raises(Refused, match="maild contact add ACME"):
        await resend(shop.office, "INV-1", actor="test")
    with pytest.raises(NotFound, match="maild document list"):
        await resend(shop.office, "INV-2", actor="test")


async def test_contact_who_left_before_the_letter_was_queued_gets_none(shop: HouseWorld) -> None:
    shipment = await prepare_issue(shop.office, make_document("INV-1"), (), password=True)
    before = await count_rows(shop)
    await disable_contact(shop.office, "ACME", "jane@acme.example", actor="test")
    with pytest.raises(Refused, match="no longer a contact"):
        await commit_issue(shop.office, shipment, actor="test")
    assert {**await count_rows(shop), "events": 0} == {**before, "events": 0}
