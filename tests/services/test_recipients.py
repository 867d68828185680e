"""One letter to several people: the same bytes for each, a fate of its own, nothing too much."""

from __future__ import annotations

import pytest

from maild.access.links import LinkState, Scope
from maild.errors import NotFound
from maild.mail.compose import Attached
from maild.model import Letter
from maild.services.bounces import find_undelivered
from maild.services.customers import add_contact, change_client
from maild.services.diagnosis import diagnose
from maild.services.handover import disable_contact, plan_replacement
from maild.services.issue import resend
from maild.services.links import list_standings
from maild.services.lookup import need_client, need_contact, need_document
from maild.services.sightings import trace_document
from maild.services.sparing import why_spared
from maild.store import clients, letters
from tests.letterbox import (
    BUSINESS,
    JANE,
    TOM,
    letter_to,
    report_bounce,
    told,
    told_operator,
    write,
)
from tests.mails import Mail
from tests.paper import PAGE
from tests.world import OPERATOR, HouseWorld

ANN = "ann@acme.example"
SHEET = Attached("sheet.pdf", "application/pdf", b"%PDF-sheet")


@pytest.fixture
async def trio(shop: HouseWorld) -> HouseWorld:
    """A shop whose ACME has Jane, Tom and Ann, and wants one letter for all of them."""
    for address, name in ((TOM, "Tom Jones"), (ANN, "")):
        shop.clock.advance(seconds=1)
        await add_contact(shop.office, "ACME", address, name=name, actor="test")
    await change_client(shop.office, "ACME", {"copies": "cc"}, actor="test")
    return shop


async def rows(world: HouseWorld, number: str = "INV-1") -> list[Letter]:
    document = await need_document(world.office.db, number)
    found = await letters.list_document_letters(world.office.db, document.id)
    return [one for one in found if one.kind == "document"]


async def fates(world: HouseWorld, number: str) -> dict[str, str]:
    return {one.recipient: one.state for one in await rows(world, number)}


def named(mail: Mail, header: str) -> list[str]:
    return [one.addr_spec for one in mail.message[header].addresses]


async def test_one_letter_names_all_and_goes_to_each_in_an_envelope_of_its_own(
    trio: HouseWorld,
) -> None:
    await trio.issue("INV-1", files=[SHEET])
    mails = await trio.mail()
    assert sorted(mail.recipient for mail in mails) == [ANN, JANE, TOM]
    assert len({mail.raw for mail in mails}) == 1
    assert len({mail.sender for mail in mails}) == 3, "a bounce must tell whose it is"
    assert named(mails[0], "To") == [JANE]
    assert named(mails[0], "Cc") == [TOM, ANN]
    assert mails[0].message["Cc"].addresses[0].display_name == "Tom Jones"
    assert mails[0].attached().keys() == {"INV-1.pdf", "sheet.pdf"}


async def test_its_link_opens_the_document_alone(trio: HouseWorld) -> None:
    await trio.issue("INV-0", contacts=[ANN])
    await trio.issue("INV-1")
    link = (await letter_to(trio)).link
    async with trio.browser() as browser:
        assert "INV-1" in (await browser.get(link)).text
        assert (await browser.get("/invoices/INV-0")).status == 404
        assert (await browser.get("/statement")).status == 404


async def test_one_person_of_such_a_client_gets_a_personal_letter(trio: HouseWorld) -> None:
    await trio.issue("INV-1", contacts=[TOM])
    (mail,) = await trio.mail()
    assert mail.message["Cc"] is None
    assert [one.opens for one in await list_standings(trio.office)] == [Scope.ACCOUNT]


async def test_a_password_is_never_shared(trio: HouseWorld) -> None:
    await trio.issue("INV-1", password=True)
    mails = await trio.mail()
    assert len({mail.password for mail in mails}) == 3
    assert len({mail.link for mail in mails}) == 3
    assert all(mail.message["Cc"] is None for mail in mails)


async def test_sent_again_it_is_one_letter_again_to_the_same_addressee(trio: HouseWorld) -> None:
    await trio.issue("INV-1", contacts=[TOM, JANE])
    await resend(trio.office, "INV-1", actor="test")
    await trio.deliver()
    first, again = [mail for mail in await trio.mail() if mail.recipient == JANE]
    assert (named(again, "To"), named(again, "Cc")) == ([TOM], [JANE])
    assert again.link != first.link
    assert again.message["References"] == first.message["Message-ID"]
    assert len({one.occurrence for one in await rows(trio)}) == 4


async def test_same_letter_posted_twice_is_posted_once(trio: HouseWorld) -> None:
    await trio.issue("INV-1")
    await trio.issue("INV-1")
    assert len(await trio.mail()) == 3


async def test_each_recipient_has_a_fate_of_its_own(trio: HouseWorld) -> None:
    await trio.issue("INV-1")
    letter = await letter_to(trio, TOM)
    reply = await trio.post(report_bounce(letter), to=letter.sender, sender="")
    assert told(reply) == ("settled", "bounce_hold", "hard")
    assert await fates(trio, "INV-1") == {JANE: "sent", TOM: "bounced", ANN: "sent"}
    assert [one.recipient for one in find_undelivered(await rows(trio))] == [TOM]
    client = await need_client(trio.office.db, "ACME")
    spared = {
        c.address: why_spared(c) for c in await clients.list_contacts(trio.office.db, client.id)
    }
    assert [address for address, why in spared.items() if why] == [TOM]
    await trio.issue("INV-2")
    assert await fates(trio, "INV-2") == {JANE: "sent", TOM: "held", ANN: "sent"}
    assert named(await letter_to(trio, ANN), "Cc") == [TOM, ANN]


async def test_report_that_gives_back_the_message_id_alone_is_laid_to_whom_it_names(
    trio: HouseWorld,
) -> None:
    await trio.issue("INV-1")
    letter = await letter_to(trio, TOM)
    id_line = f"Message-ID: {letter.message['Message-ID']}\r\n"
    copy = f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{id_line}"
    report = report_bounce(letter).replace(b"--b--", f"{copy}--b--".encode())
    reply = await trio.post(report, to=BUSINESS, sender="")
    assert told(reply) == ("settled", "bounce_hold", "hard")
    assert await fates(trio, "INV-1") == {JANE: "sent", TOM: "bounced", ANN: "sent"}


async def test_each_is_traced_by_name(trio: HouseWorld) -> None:
    await trio.issue("INV-1")
    document = await need_document(trio.office.db, "INV-1")
    traces = await trace_document(trio.office.db, document)
    assert sorted(trace.contact.address for trace in traces) == [ANN, JANE, TOM]
    assert all(trace.sent_at for trace in traces)


async def test_addressee_who_answers_is_known_by_token_and_sender(trio: HouseWorld) -> None:
    await trio.issue("INV-1")
    reply = await trio.reply(await letter_to(trio, JANE), "I can't log in")
    assert (reply.action, reply.level) == ("reissue", 2)
    assert (await letter_to(trio, JANE)).subject.startswith("Your way in")


async def test_reader_in_copy_who_answers_is_known_by_sender_alone_and_answered_themselves(
    trio: HouseWorld,
) -> None:
    await trio.issue("INV-1")
    trio.clock.advance(seconds=1)
    reply = await trio.reply(await letter_to(trio, TOM), "I can't log in")
    assert (reply.action, reply.level) == ("reissue", 1)
    client = await need_client(trio.office.db, "ACME")
    tom = await need_contact(trio.office.db, client, TOM)
    assert reply.contact_id == tom.id
    answer = await letter_to(trio, TOM)
    assert named(answer, "To") == [TOM]
    assert answer.message["Cc"] is None
    own = (await list_standings(trio.office))[0]
    assert (own.visit.contact.address, own.visit.link.scope) == (TOM, "document")
    assert len(await trio.mail_to(JANE)) == 1


async def test_stranger_with_the_shared_reply_address_gets_nothing(trio: HouseWorld) -> None:
    await trio.issue("INV-1")
    letter = await letter_to(trio, TOM)
    reply = await trio.reply(letter, "I can't log in", sender="eve@evil.example")
    assert reply.level == 1
    assert await trio.mail_to("eve@evil.example") == []
    # as with any letter: what is asked for goes to the address on record
    assert len(await trio.mail_to(JANE)) == 2
    assert len(await trio.mail_to(TOM)) == 1


async def test_contact_who_left_the_copies_proves_nothing_of_themselves(trio: HouseWorld) -> None:
    await trio.issue("INV-1")
    letter = await letter_to(trio, TOM)
    await disable_contact(trio.office, "ACME", TOM, actor="test")
    reply = await trio.reply(letter, "I can't log in", sender=TOM)
    assert reply.level == 1
    assert len(await trio.mail_to(TOM)) == 1


async def test_copy_that_is_asked_for_again_goes_to_its_reader_alone(trio: HouseWorld) -> None:
    await trio.issue("INV-1")
    await trio.reply(await letter_to(trio, TOM), "Can you send me the invoice again?")
    again = await letter_to(trio, TOM)
    assert again.subject.startswith("Sent again: invoice INV-1")
    assert (named(again, "To"), again.message["Cc"]) == ([TOM], None)
    assert [one.visit.link.scope for one in await list_standings(trio.office)] == ["document"] * 2


async def test_statement_goes_to_the_addressee_and_not_to_who_is_in_copy(trio: HouseWorld) -> None:
    await trio.issue("INV-1")
    letter = await letter_to(trio, JANE)
    refused = await trio.reply(letter, "Please send me a statement of our account", sender=TOM)
    assert told(refused) == ("held", "hold", "document-scope")
    answered = await trio.reply(letter, "Please send me a statement of account", sender=JANE)
    assert answered.action == "resend"
    assert (await letter_to(trio, JANE)).subject == "Your account with Example Ltd"


async def test_who_leaves_takes_the_shared_link_along_and_the_others_get_a_fresh_one(
    trio: HouseWorld,
) -> None:
    await trio.issue("INV-1")
    link = (await letter_to(trio, TOM)).link
    plan = await plan_replacement(trio.office, "ACME", TOM, "new@acme.example")
    assert len(plan.links) == 1
    _, ended = await disable_contact(trio.office, "ACME", TOM, actor="test")
    assert ended.links == 1
    async with trio.browser() as browser:
        page = await browser.get(link)
        assert page.status == 410
        assert "INV-1" not in page.text
    await trio.reply(await letter_to(trio, JANE), "the link is dead, I can't open it")
    async with trio.browser() as browser:
        assert "INV-1" in (await browser.get((await letter_to(trio, JANE)).link)).text


async def test_reader_in_copy_sees_their_documents_when_logged_in_and_why_tells_so(
    trio: HouseWorld,
) -> None:
    await change_client(trio.office, "ACME", {"shared": True}, actor="test")
    await trio.issue("INV-0", contacts=[JANE])
    await trio.issue("INV-1")
    found = await diagnose(trio.office, TOM)
    assert [place.by_link for place in found.places] == [("INV-1",)]
    assert [one.state for one in found.places[0].links] == [LinkState.LIVE]
    await write(trio, "I can't log in", sender=TOM)
    letter = await letter_to(trio, TOM)
    async with trio.browser() as browser:
        page = await browser.log_in(TOM, letter.password, "/invoices")
        assert "INV-1" in page.text
        assert "INV-0" not in page.text


async def test_wrong_person_in_copy_ends_the_link(trio: HouseWorld) -> None:
    await trio.issue("INV-1")
    reply = await trio.reply(await letter_to(trio, TOM), "You have the wrong person")
    assert reply.action == "revoke_link"
    assert [one.state for one in await list_standings(trio.office)] == [LinkState.REVOKED]
    told_so = " ".join((await told_operator(trio)).text.split())
    assert f"The link that {TOM} had no longer opens anything for anybody" in told_so


async def test_letter_for_all_of_a_dummy_goes_to_the_operator_alone(trio: HouseWorld) -> None:
    await trio.client("Try", "a@trial.example", dummy=True, copies="cc")
    trio.clock.advance(seconds=1)
    await add_contact(trio.office, "TRY", "b@trial.example", actor="test")
    await trio.issue("INV-1", client="TRY")
    await resend(trio.office, "INV-1", to="b@trial.example", actor="test")
    await trio.deliver()
    mails = await trio.mail()
    assert [mail.recipient for mail in mails] == [OPERATOR] * 3
    for mail, meant in zip(
        mails, ["a@trial.example, b@trial.example"] * 2 + ["b@trial.example"], strict=True
    ):
        assert named(mail, "To") == [OPERATOR]
        assert mail.message["Cc"] is None
        assert mail.subject.startswith(f"[Test for {meant}] ")
        assert f"would have gone to {meant}." in " ".join(mail.text.split())


async def test_pdf_stays_behind_the_link_where_the_client_wants_it_so(trio: HouseWorld) -> None:
    await change_client(trio.office, "ACME", {"pdf": "link"}, actor="test")
    await trio.issue("INV-1", files=[SHEET])
    letter = await letter_to(trio)
    assert letter.attached().keys() == {"sheet.pdf"}
    assert "too large" not in letter.text
    await trio.reply(letter, "Can you send me the invoice again?")
    again = await letter_to(trio)
    assert again.subject.startswith("Sent again")
    assert again.attached().keys() == {"sheet.pdf"}
    async with trio.browser() as browser:
        page = await browser.get(letter.link)
        assert (await browser.get(f"{page.path}.pdf")).body.startswith(PAGE[:5])


async def test_one_more_contact_gets_the_document_with_a_link_of_their_own(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-0")
    await shop.issue("INV-1")
    with pytest.raises(NotFound, match=f"maild contact add ACME {TOM}"):
        await resend(shop.office, "INV-1", to=TOM, actor="test")
    shop.clock.advance(seconds=1)
    await add_contact(shop.office, "ACME", TOM, actor="test")
    (parcel,) = await resend(shop.office, "INV-1", to=TOM, actor="test")
    assert parcel.contact.address == TOM
    await shop.deliver()
    assert [mail.recipient for mail in await shop.mail()] == [JANE, JANE, TOM]
    async with shop.browser() as browser:
        assert "INV-1" in (await browser.get((await letter_to(shop, TOM)).link)).text
        assert (await browser.get("/invoices/INV-0")).status == 404
    shop.clock.advance(seconds=1)
    again = await resend(shop.office, "INV-1", actor="test")
    assert [parcel.contact.address for parcel in again] == [JANE, TOM]


async def test_who_follows_when_everybody_has_left_is_the_addressee(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    await add_contact(shop.office, "ACME", TOM, actor="test")
    (parcel,) = await resend(shop.office, "INV-1", to=TOM, actor="test")
    assert parcel.link
    assert parcel.link.scope == Scope.ACCOUNT
