"""Clients for trying out: what is sent to their people reaches the operator, and nobody else."""

from __future__ import annotations

import pytest

from maild.errors import Refused
from maild.relay import Outcome
from maild.services.customers import add_contact
from maild.services.handover import Pending, hand_over, plan_move, replace_contact
from maild.services.issue import resend
from maild.services.lookup import need_client, need_contact
from maild.services.reissue import Reissue, commit_reissue, prepare_reissue
from tests.world import OPERATOR, HouseWorld

JANE, TRIAL, OTHER = "jane@acme.example", "jane@trial.example", "tom@trial.example"


@pytest.fixture
async def trial(shop: HouseWorld) -> HouseWorld:
    """The shop with a dummy client TRY and its contact."""
    await shop.client("Try", TRIAL, dummy=True)
    return shop


async def test_every_letter_to_a_dummy_goes_to_the_operator_and_says_so(
    trial: HouseWorld,
) -> None:
    await trial.issue("INV-1", client="TRY", password=True)
    await resend(trial.office, "INV-1", actor="test")
    await trial.deliver()
    first = (await trial.mail())[0]
    client = await need_client(trial.office.db, "TRY")
    contact = await need_contact(trial.office.db, client, TRIAL)
    wanted = Reissue(client, contact, None, "try", False, "test", "")
    parcel = await prepare_reissue(trial.office, wanted)
    await trial.office.db.transact(lambda tx: commit_reissue(trial.office, tx, wanted, parcel))
    await trial.deliver()
    trial.clock.advance(days=1)
    await trial.reply(first, "it won't let me log in", sender=OPERATOR)
    mails = await trial.mail()
    assert len(mails) == 4
    for mail in mails:
        assert mail.recipient == OPERATOR
        assert mail.message["To"].addresses[0].addr_spec == OPERATOR
        assert mail.subject.startswith(f"[Test for {TRIAL}] ")
        said = f"This is a test: the letter would have gone to {TRIAL}."
        assert said in " ".join(mail.text.split())
        assert said in " ".join(mail.html.split())


async def test_links_and_passwords_of_a_dummy_work_as_they_would(trial: HouseWorld) -> None:
    await trial.issue("INV-1", client="TRY", password=True)
    (mail,) = await trial.mail_to(OPERATOR)
    async with trial.browser() as browser:
        assert (await browser.get(mail.link)).status == 200
    async with trial.browser() as browser:
        assert "INV-1" in (await browser.log_in(TRIAL, mail.password)).text


async def test_letters_of_real_clients_say_nothing_of_tests(trial: HouseWorld) -> None:
    await trial.issue("INV-1")
    (mail,) = await trial.mail()
    assert mail.recipient == JANE
    assert "test" not in (mail.subject + mail.text).lower().replace("example.test", "")


async def test_letters_written_anew_for_a_dummy_still_go_to_the_operator(
    trial: HouseWorld,
) -> None:
    trial.relay.answer = lambda _: Outcome("deferred", 451, "later")
    await trial.issue("INV-1", client="TRY")
    plan = await plan_move(trial.office, "TRY", TRIAL, OTHER, revoke_links=True)
    await hand_over(trial.office, plan, Pending.READDRESS, actor="test")
    await trial.deliver()
    assert {recipient for _, recipient, _ in trial.relay.tried} == {OPERATOR}


async def test_one_address_is_never_of_a_real_and_of_a_dummy_client(trial: HouseWorld) -> None:
    for attempt in (
        add_contact(trial.office, "TRY", JANE.upper(), actor="test"),
        add_contact(trial.office, "ACME", TRIAL, actor="test"),
        replace_contact(trial.office, "TRY", TRIAL, JANE, actor="test"),
        trial.client("Bolt", JANE, dummy=True),
    ):
        with pytest.raises(Refused, match="cannot be one of"):
            await attempt
    with pytest.raises(Refused, match="cannot be one of"):
        await plan_move(trial.office, "TRY", TRIAL, JANE, revoke_links=True)


async def test_address_that_became_a_real_clients_meanwhile_is_not_moved_to(
    trial: HouseWorld,
) -> None:
    plan = await plan_move(trial.office, "TRY", TRIAL, OTHER, revoke_links=True)
    await add_contact(trial.office, "ACME", OTHER, actor="test")
    with pytest.raises(Refused, match="cannot be one of"):
        await hand_over(trial.office, plan, Pending.DROP, actor="test")
