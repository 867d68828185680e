"""People come and go: one step, and what was the old one's ends with it."""

from __future__ import annotations

import asyncio

import pytest

from maild.access.links import Scope
from maild.access.visitors import list_numbers
from maild.errors import NotFound, Refused
from maild.relay import Outcome
from maild.services.customers import add_contact
from maild.services.handover import (
    Pending,
    disable_contact,
    hand_over,
    plan_move,
    plan_replacement,
    replace_contact,
)
from maild.services.login import LoginResult, log_in
from maild.services.lookup import need_client, need_contact
from maild.services.queue import HOLD, RETRY, change_letter
from maild.store import letters, links
from maild.store.letters import list_letters
from tests.world import OPERATOR, HouseWorld

JANE, TOM = "jane@acme.example", "tom@acme.example"
HELP = "it won't let me log in"
SENT = Outcome("sent", 250, "ok")
LATER = Outcome("deferred", 451, "later")


async def move(
    shop: HouseWorld, *, revoke: bool, pending: Pending = Pending.DROP, to: str = TOM
) -> None:
    plan = await plan_move(shop.office, "ACME", JANE, to, revoke_links=revoke)
    await hand_over(shop.office, plan, pending, actor="test")


async def tries(shop: HouseWorld, address: str, password: str) -> LoginResult:
    return (await log_in(shop.office, address, password, "net")).result


async def sees(shop: HouseWorld, address: str, ref: str = "ACME") -> set[str]:
    client = await need_client(shop.office.db, ref)
    contact = await need_contact(shop.office.db, client, address)
    return set(await list_numbers(shop.office.db, contact, client))


async def test_open_browsers_of_the_old_contact_are_shut_at_the_next_request(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", password=True)
    (mail,) = await shop.mail_to(JANE)
    async with shop.browser() as linked, shop.browser() as logged_in:
        assert (await linked.get(mail.link)).status == 200
        assert (await logged_in.log_in(JANE, mail.password)).path == "/"
        await replace_contact(shop.office, "ACME", JANE, TOM, actor="test")
        for path in ("/invoices/INV-1", "/invoices/INV-1.pdf", "/", "/invoices"):
            assert (await linked.get(path)).status == 410
            assert (await logged_in.get(path)).path.startswith("/login")
        assert (await linked.get(mail.link)).status == 410
    assert await tries(shop, JANE, mail.password) is LoginResult.WRONG
    assert await tries(shop, TOM, mail.password) is LoginResult.WRONG


async def test_replaced_contacts_reply_reaches_the_operator_and_nobody_is_let_in(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    (mail,) = await shop.mail_to(JANE)
    await replace_contact(shop.office, "ACME", JANE, TOM, actor="test")
    reply = await shop.reply(mail, HELP)
    assert (reply.state, reply.reason) == ("held", "disabled")
    assert [one.recipient for one in await shop.mail()] == [JANE, OPERATOR]


@pytest.mark.parametrize("moved", [False, True], ids=["replaced", "moved"])
async def test_waiting_letter_goes_to_the_new_address_with_a_link_of_its_own(
    shop: HouseWorld, moved: bool
) -> None:
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1", password=True)
    (old,) = await links.list_links(shop.office.db, key=JANE)
    if moved:
        await move(shop, revoke=True, pending=Pending.READDRESS)
    else:
        await replace_contact(
            shop.office, "ACME", JANE, TOM, pending=Pending.READDRESS, actor="test"
        )
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=1)
    (mail,) = await shop.mail()
    assert (mail.recipient, mail.subject.startswith("Invoice INV-1")) == (TOM, True)
    (new,) = [one for one in await links.list_links(shop.office.db, key=TOM) if one.id != old.id]
    assert new.scope == Scope.ACCOUNT
    async with shop.browser() as browser:
        assert (await browser.get(mail.link)).status == 200
    assert await tries(shop, TOM, mail.password) is LoginResult.DONE
    assert {row.state for row in await list_letters(shop.office.db)} == {"sent", "dropped"}


async def test_of_several_waiting_letters_about_one_thing_the_newest_is_written_anew(
    shop: HouseWorld,
) -> None:
    from maild.services.issue import resend

    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    shop.clock.advance(seconds=1)
    await resend(shop.office, "INV-1", actor="test")
    await shop.issue("INV-2")
    await replace_contact(shop.office, "ACME", JANE, TOM, pending=Pending.READDRESS, actor="test")
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=1)
    assert sorted(mail.subject.split()[1] for mail in await shop.mail_to(TOM)) == ["INV-1", "INV-2"]
    assert not await shop.mail_to(JANE)


async def test_copy_written_anew_stays_a_copy_and_a_held_letter_stays_held(
    shop: HouseWorld,
) -> None:
    shop.clock.advance(seconds=1)
    await add_contact(shop.office, "ACME", TOM, actor="test")
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    (waiting,) = [x for x in await list_letters(shop.office.db) if x.recipient == TOM]
    await change_letter(shop.office, waiting.id, HOLD, actor="test")
    sue = "sue@acme.example"
    await replace_contact(shop.office, "ACME", TOM, sue, pending=Pending.READDRESS, actor="test")
    (anew,) = [x for x in await list_letters(shop.office.db) if x.recipient == sue]
    assert anew.state == "held"
    (link,) = await links.list_links(shop.office.db, key=sue)
    assert link.scope == Scope.DOCUMENT


async def test_waiting_password_is_made_anew_for_the_new_address(shop: HouseWorld) -> None:
    from maild.services.reissue import Reissue, commit_reissue, prepare_reissue

    shop.relay.answer = lambda _: LATER
    client = await need_client(shop.office.db, "ACME")
    jane = await need_contact(shop.office.db, client, JANE)
    wanted = Reissue(client, jane, None, "test", False, "test", "")
    parcel = await prepare_reissue(shop.office, wanted)
    await shop.office.db.transact(lambda tx: commit_reissue(shop.office, tx, wanted, parcel))
    await move(shop, revoke=True, pending=Pending.READDRESS)
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=1)
    (mail,) = await shop.mail()
    assert mail.recipient == TOM
    assert await tries(shop, TOM, mail.password) is LoginResult.DONE


async def test_without_history_the_new_one_sees_what_is_sent_from_then_on(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1")
    shop.clock.advance(seconds=1)
    await replace_contact(shop.office, "ACME", JANE, TOM, history=False, actor="test")
    shop.clock.advance(seconds=1)
    await shop.issue("INV-2", password=True)
    (mail,) = await shop.mail_to(TOM)
    assert await sees(shop, TOM) == {"INV-2"}
    for come in ("link", "password"):
        async with shop.browser() as browser:
            if come == "link":
                await browser.get(mail.link)
            else:
                await browser.log_in(TOM, mail.password)
            home = (await browser.get("/")).text
            assert ("INV-1" in home, "INV-2" in home) == (False, True)
            assert (await browser.get("/invoices/INV-1")).status == 404
            assert (await browser.get("/invoices/INV-1.pdf")).status == 404
            assert "INV-1" not in (await browser.get("/statement")).text


async def test_letter_written_anew_shows_its_document_to_one_without_history(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-0")
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    shop.clock.advance(seconds=1)
    await replace_contact(
        shop.office, "ACME", JANE, TOM, history=False, pending=Pending.READDRESS, actor="test"
    )
    assert await sees(shop, TOM) == {"INV-1"}


async def test_with_history_the_new_one_sees_what_was(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    shop.clock.advance(seconds=1)
    await replace_contact(shop.office, "ACME", JANE, TOM, actor="test")
    assert await sees(shop, TOM) == {"INV-1"}


async def test_moved_with_links_revoked_leaves_nothing_to_the_old_address(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", password=True)
    (mail,) = await shop.mail_to(JANE)
    client = await need_client(shop.office.db, "ACME")
    before = await need_contact(shop.office.db, client, JANE)
    async with shop.browser() as linked, shop.browser() as logged_in:
        await linked.get(mail.link)
        await logged_in.log_in(JANE, mail.password)
        await move(shop, revoke=True)
        assert (await linked.get("/invoices/INV-1")).status == 410
        assert (await logged_in.get("/invoices/INV-1")).path.startswith("/login")
    for address in (JANE, TOM):
        assert await tries(shop, address, mail.password) is LoginResult.WRONG
    after = await need_contact(shop.office.db, client, TOM)
    assert (after.id, after.disabled_at) == (before.id, None)
    with pytest.raises(NotFound):
        await need_contact(shop.office.db, client, JANE)
    assert await sees(shop, TOM) == {"INV-1"}


async def test_moved_with_links_kept_the_old_link_opens_and_the_old_password_does_not(
    shop: HouseWorld,
) -> None:
    await shop.issue("INV-1", password=True)
    (mail,) = await shop.mail_to(JANE)
    async with shop.browser() as linked, shop.browser() as logged_in:
        await linked.get(mail.link)
        await logged_in.log_in(JANE, mail.password)
        await move(shop, revoke=False)
        assert (await linked.get("/invoices/INV-1")).status == 200
        assert (await logged_in.get("/invoices/INV-1")).path.startswith("/login")
    for address in (JANE, TOM):
        assert await tries(shop, address, mail.password) is LoginResult.WRONG
    # nor when somebody brings the old address back
    await add_contact(shop.office, "ACME", JANE, actor="test")
    assert await tries(shop, JANE, mail.password) is LoginResult.WRONG


@pytest.mark.parametrize("revoke", [False, True], ids=["kept", "revoked"])
async def test_moved_contacts_old_reply_address_proves_nothing_and_the_new_address_does(
    shop: HouseWorld, revoke: bool
) -> None:
    await shop.issue("INV-1")
    (mail,) = await shop.mail_to(JANE)
    await move(shop, revoke=revoke)
    old = await shop.reply(mail, HELP, sender=JANE)
    assert (old.level, old.state, old.reason) == (0, "held", "unknown-sender")
    new = await shop.reply(mail, HELP, sender=TOM)
    assert (new.level, new.action) == (1, "reissue")
    assert [one.recipient for one in await shop.mail()] == [JANE, OPERATOR, TOM]


async def test_password_and_log_in_go_on_where_the_address_is_still_a_contact(
    shop: HouseWorld,
) -> None:
    await shop.client("Bolt Ltd", JANE)
    await shop.issue("INV-1", password=True)
    await shop.issue("INV-9", client="BOLT")
    mail = (await shop.mail_to(JANE))[0]
    async with shop.browser() as browser:
        await browser.log_in(JANE, mail.password)
        await replace_contact(shop.office, "ACME", JANE, TOM, actor="test")
        assert (await browser.get("/invoices/INV-1")).status != 200 or (
            "INV-1" not in (await browser.get("/")).text
        )
        again = await browser.log_in(JANE, mail.password)
        assert ("INV-9" in again.text, "INV-1" in again.text) == (True, False)


async def test_failed_letter_to_the_address_of_before_is_not_tried_again(
    shop: HouseWorld,
) -> None:
    shop.relay.answer = lambda _: Outcome("failed", 550, "no such person")
    await shop.issue("INV-1")
    (failed,) = [x for x in await list_letters(shop.office.db) if x.recipient == JANE]
    await move(shop, revoke=True)
    with pytest.raises(Refused, match="no longer a contact"):
        await change_letter(shop.office, failed.id, RETRY, actor="test")


async def test_plan_shows_what_will_change_and_changes_nothing(shop: HouseWorld) -> None:
    shop.clock.advance(seconds=1)
    await shop.client("Bolt Ltd", JANE)
    await shop.issue("INV-1", password=True)
    (mail,) = await shop.mail_to(JANE)
    await log_in(shop.office, JANE, mail.password, "net", client_id=None)
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-2")
    before = await shop.log()
    plan = await plan_replacement(shop.office, "ACME", JANE, TOM, name="Tom")
    assert (len(plan.links), plan.sessions, plan.password, plan.elsewhere) == (
        2,
        1,
        True,
        ("BOLT",),
    )
    assert ([x.document_id for x in plan.letters] != [], set(plan.documents)) == (
        True,
        {"INV-1", "INV-2"},
    )
    assert await shop.log() == before
    assert await sees(shop, JANE) == {"INV-1", "INV-2"}


async def test_plan_that_is_out_of_date_is_refused_whole(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    plan = await plan_replacement(shop.office, "ACME", JANE, TOM)
    await shop.issue("INV-2")
    before = await shop.log()
    with pytest.raises(Refused, match="in this very moment"):
        await hand_over(shop.office, plan, Pending.READDRESS, actor="test")
    plan = await plan_replacement(shop.office, "ACME", JANE, TOM)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    with pytest.raises(Refused, match="in this very moment"):
        await hand_over(shop.office, plan, Pending.DROP, actor="test")
    assert (await shop.log())[len(before) + 2 :] == [f"contact disabled {JANE}"]


async def test_two_hand_overs_at_once_are_one(shop: HouseWorld) -> None:
    plans = [await plan_replacement(shop.office, "ACME", JANE, TOM) for _ in range(5)]
    results = await asyncio.gather(
        *(hand_over(shop.office, plan, Pending.DROP, actor="test") for plan in plans),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Contact"] + ["Refused"] * 4


async def test_letter_that_left_meanwhile_is_not_repeated(shop: HouseWorld) -> None:
    shop.relay.answer = lambda _: LATER
    await shop.issue("INV-1")
    plan = await plan_replacement(shop.office, "ACME", JANE, TOM)
    shop.relay.answer = lambda _: SENT
    await shop.advance(days=1)
    await hand_over(shop.office, plan, Pending.READDRESS, actor="test")
    await shop.advance(days=1)
    assert [mail.recipient for mail in await shop.mail()] == [JANE]
    assert len(await letters.list_letters(shop.office.db)) == 1


async def test_move_that_makes_no_sense_changes_nothing(shop: HouseWorld) -> None:
    await add_contact(shop.office, "ACME", TOM, actor="test")
    for new, fault in (
        (TOM, "another contact of ACME already"),
        (JANE, "this contact's address already"),
        (JANE.upper(), "this contact's address already"),
    ):
        with pytest.raises(Refused, match=fault):
            await plan_move(shop.office, "ACME", JANE, new, revoke_links=True)
    await disable_contact(shop.office, "ACME", TOM, actor="test")
    with pytest.raises(Refused, match=f"maild contact replace ACME {JANE} {TOM}"):
        await plan_move(shop.office, "ACME", JANE, TOM, revoke_links=True)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    with pytest.raises(Refused, match="no longer a contact"):
        await plan_move(shop.office, "ACME", JANE, "sue@acme.example", revoke_links=True)
