"""Changes that a reply asks for wait for the operator, ready to be done; the owner is told."""

from __future__ import annotations

import pytest

from maild.services.lookup import need_client
from maild.store import clients
from tests.letterbox import JANE, STRANGER, TOM, letter_to, told_operator, write
from tests.world import HouseWorld

LEFT = f"Jane has left the company, please send all future invoices to {TOM} from now on."


@pytest.fixture
async def sent(shop: HouseWorld) -> HouseWorld:
    """A shop whose invoice went to Jane."""
    await shop.issue("INV-1")
    return shop


async def addresses(world: HouseWorld) -> list[str]:
    client = await need_client(world.office.db, "ACME")
    return [one.address for one in await clients.list_contacts(world.office.db, client.id)]


async def test_change_of_contact_is_proposed_and_never_made(sent: HouseWorld) -> None:
    reply = await sent.reply(await letter_to(sent), LEFT)
    assert (reply.state, reply.action, reply.reason) == ("held", "propose", "contact_change")
    handed = await told_operator(sent)
    assert "maild contact set ACME jane@acme.example --email" in handed.text.replace("\r\n", "\n")
    assert TOM in handed.text
    assert await addresses(sent) == [JANE]
    assert not await sent.mail_to(TOM)


async def test_stranger_proposes_nothing(sent: HouseWorld) -> None:
    reply = await write(sent, LEFT, sender=STRANGER)
    assert (reply.state, reply.action) == ("held", "hold")
    assert "maild contact" not in (await told_operator(sent)).text


async def test_wrong_person_loses_the_link_at_once_and_the_operator_is_told(
    sent: HouseWorld,
) -> None:
    letter = await letter_to(sent)
    async with sent.browser() as browser:
        assert (await browser.get(letter.link)).status == 200
        reply = await sent.reply(letter, "You have the wrong person, this is not for me.")
        assert (reply.state, reply.action) == ("settled", "revoke_link")
        assert (await browser.get("/invoices/INV-1")).status != 200
        assert (await browser.get(letter.link)).status == 410
    handed = await told_operator(sent)
    assert "no longer opens anything" in handed.text
    assert "link revoked" in " ".join(await sent.log())
    assert len(await sent.mail_to(JANE)) == 1
