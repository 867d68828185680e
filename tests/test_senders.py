"""Who sent a reply, as far as the sender's domain tells: weighed, waited for, told to a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from maild import intake
from maild.dns import DnsResolver
from maild.model import Envelope, Reply
from maild.store import replies
from tests.fakes import FakeResolver
from tests.letterbox import BUSINESS, JANE, letter_to, told
from tests.mails import Mail, answer_to
from tests.nameserver import run_nameserver
from tests.paper import without_ink
from tests.signer import Signer
from tests.test_intake import HELP, recipients
from tests.world import OPERATOR, HouseWorld, open_socket_world

ACME = Signer("acme.example")
HERE, ELSEWHERE = "192.0.2.10", "198.51.100.66"
QUESTION = "What is the second line for?"
ACCEPT = "We accept your estimate."


@pytest.fixture
def dns() -> FakeResolver:
    """The zone of Jane's company, which wants forgeries rejected."""
    resolver = FakeResolver()
    resolver.publish("_dmarc.acme.example", "TXT", "v=DMARC1; p=reject")
    resolver.publish("acme.example", "TXT", f"v=spf1 ip4:{HERE} -all")
    resolver.publish(ACME.place, "TXT", ACME.record)
    return resolver


@pytest.fixture
async def shop(house: HouseWorld, dns: FakeResolver) -> HouseWorld:
    """A world that asks the DNS, with one customer who was sent an estimate."""
    without_ink(house)
    house.office = replace(house.office, resolver=dns)
    await house.client("Acme Ltd", JANE)
    await house.issue("EST-1", type="estimate")
    return house


async def receive(
    shop: HouseWorld, content: bytes, *, peer: str = ELSEWHERE, to: str = "", sender: str = JANE
) -> Reply:
    """Take a message from an SMTP client at that address, and deal with it."""
    to = to or (await letter_to(shop)).reply_to
    envelope = Envelope(peer, "mail.acme.example", sender, (to,), content)
    reply_id = await intake.accept(shop.office, envelope)
    await shop.settle()
    await shop.deliver()
    return await known(shop, reply_id)


async def known(shop: HouseWorld, reply_id: str) -> Reply:
    reply = await replies.get_reply(shop.office.db, reply_id)
    assert reply
    return reply


async def answer(shop: HouseWorld, words: str, sender: str = JANE) -> bytes:
    return answer_to(await letter_to(shop), words, sender=sender)


async def handed_over(shop: HouseWorld) -> Mail:
    return (await shop.mail_to(OPERATOR))[-1]


async def test_signature_of_the_senders_domain_makes_the_evidence_whole(shop: HouseWorld) -> None:
    reply = await receive(shop, ACME.sign(await answer(shop, HELP)))
    assert (reply.action, reply.level) == ("reissue", 3)
    assert "dmarc=pass (dkim acme.example)" in reply.authentication


async def test_client_that_spf_permits_does_so_too(shop: HouseWorld) -> None:
    assert (await receive(shop, await answer(shop, HELP), peer=HERE)).level == 3


async def test_from_and_its_domain_together_weigh_two(shop: HouseWorld) -> None:
    content = ACME.sign(b"From: jane@acme.example\r\nSubject: x\r\n\r\nI can't log in\r\n")
    reply = await receive(shop, content, to=BUSINESS)
    assert (reply.action, reply.level) == ("reissue", 2)


async def test_message_that_its_domain_disowns_is_held_even_with_a_token(shop: HouseWorld) -> None:
    reply = await receive(shop, await answer(shop, HELP))
    assert told(reply) == ("held", "hold", "disowned")
    assert reply.level == 0
    assert await recipients(shop) == [OPERATOR]
    text = (await handed_over(shop)).text
    assert "acme.example does not stand by it (DMARC, policy reject)" in text
    assert "the domain of its From address says that it is forged" in text


async def test_disowned_message_reaches_a_person_even_if_the_contact_has_left(
    shop: HouseWorld,
) -> None:
    from maild.services.handover import disable_contact

    content = await answer(shop, HELP)
    await disable_contact(shop.office, "ACME", JANE, actor="test")
    assert told(await receive(shop, content)) == ("held", "hold", "disowned")


async def test_mail_that_our_own_server_hands_on_is_not_judged_by_its_address(
    shop: HouseWorld,
) -> None:
    reply = await receive(shop, await answer(shop, HELP), peer="127.0.0.1")
    assert (reply.action, reply.level) == ("reissue", 2)
    reply = await receive(shop, ACME.sign(await answer(shop, QUESTION)), peer="10.0.0.9")
    assert reply.level == 3
    assert "acme.example stands by it" in (await handed_over(shop)).text


async def test_strangers_and_machines_cost_no_question(shop: HouseWorld, dns: FakeResolver) -> None:
    stranger = b"From: eve@evil.example\r\n\r\ncan't log in\r\n"
    reply = await receive(shop, stranger, to=BUSINESS, sender="eve@evil.example")
    assert told(reply) == ("held", "hold", "unknown-sender")
    robot = b"Auto-Submitted: auto-replied\r\n" + await answer(shop, "I am away")
    assert (await receive(shop, robot)).state == "settled"
    assert dns.asked == []


async def test_dns_trouble_keeps_nobody_waiting_who_would_be_helped_anyway(
    shop: HouseWorld, dns: FakeResolver
) -> None:
    dns.down = True
    reply = await receive(shop, await answer(shop, HELP))
    assert (reply.state, reply.action, reply.level) == ("settled", "reissue", 2)
    assert "dmarc=unknown (dns acme.example)" in reply.authentication
    held = await receive(shop, await answer(shop, QUESTION))
    assert told(held) == ("held", "hold", "question")
    assert "the DNS did not answer" in (await handed_over(shop)).text


async def test_what_depends_on_the_dns_is_looked_at_again_until_it_is_back(
    shop: HouseWorld, dns: FakeResolver
) -> None:
    dns.down = True
    waiting = await receive(shop, ACME.sign(await answer(shop, ACCEPT)))
    assert waiting.state == "accepted"
    await shop.advance(seconds=60)
    assert (await known(shop, waiting.id)).state == "accepted"
    dns.down = False
    await shop.advance(seconds=239)
    assert (await known(shop, waiting.id)).state == "accepted"
    await shop.advance(seconds=1)
    assert (await known(shop, waiting.id)).level == 3


async def test_after_half_an_hour_it_is_decided_without_the_dns(
    shop: HouseWorld, dns: FakeResolver
) -> None:
    dns.down = True
    waiting = await receive(shop, ACME.sign(await answer(shop, ACCEPT)))
    looks = 1
    for _ in range(29):
        await shop.advance(seconds=60)
        assert (await known(shop, waiting.id)).state == "accepted"
        looks = max(looks, len(dns.asked))
    await shop.advance(seconds=60)
    decided = await known(shop, waiting.id)
    assert (decided.request, decided.level) == ("accept", 2)
    assert decided.state != "accepted"
    assert looks == 4, "at once, after 1, 5 and 15 minutes"
    assert decided.attempts == 1, "to wait is not to fail"


async def test_word_of_a_trusted_server_is_taken(shop: HouseWorld) -> None:
    trust(shop, trusted_authserv=("mx.example.test",))
    results = b"Authentication-Results: mx.example.test; dmarc=%s header.from=acme.example\r\n"
    reply = await receive(shop, results % b"pass" + await answer(shop, HELP), peer="10.0.0.1")
    assert reply.level == 3
    signed = ACME.sign(await answer(shop, QUESTION))
    reply = await receive(shop, results % b"fail" + signed, peer="10.0.0.1")
    assert told(reply) == ("held", "hold", "disowned")
    assert "mx.example.test says that it is forged" in (await handed_over(shop)).text


async def test_word_of_a_trusted_forwarder_is_taken(shop: HouseWorld, dns: FakeResolver) -> None:
    lists = Signer("xn--bcher-kva.example")
    dns.publish(lists.place, "TXT", lists.record)
    passed = "mx.lists.example; dmarc=pass header.from=acme.example"
    assert (await receive(shop, lists.seal(await answer(shop, HELP), passed))).level == 0
    trust(shop, trusted_forwarders=("bücher.example",))
    assert (await receive(shop, lists.seal(await answer(shop, QUESTION), passed))).level == 3


def trust(shop: HouseWorld, **options: tuple[str, ...]) -> None:
    config = shop.office.config
    inbound = config.inbound.model_copy(update=options)
    shop.office = replace(shop.office, config=config.model_copy(update={"inbound": inbound}))


async def test_signed_answer_is_believed_over_sockets_and_the_wire_of_the_dns(
    tmp_path: Path,
) -> None:
    key = " ".join(f'"{ACME.record[at : at + 200]}"' for at in range(0, len(ACME.record), 200))
    zone = ('_dmarc.acme.example. 60 TXT "v=DMARC1; p=reject"', f"{ACME.place}. 60 TXT {key}")
    with run_nameserver(*zone) as nameserver:
        resolver = DnsResolver(("127.0.0.1", nameserver.port))
        async with open_socket_world(tmp_path, resolver=resolver) as world:
            await world.client("Acme Ltd", JANE)
            await world.issue("INV-1")
            (letter,) = await world.mail_to(JANE)
            content = ACME.sign(answer_to(letter, HELP))
            reply = await world.post(content, to=letter.reply_to, sender=JANE)
            assert (reply.action, reply.level) == ("reissue", 3)
            nameserver.trouble = "SERVFAIL"
            again = await world.post(answer_to(letter, QUESTION), to=letter.reply_to, sender=JANE)
            assert again.state == "held"


async def test_helo_is_kept_with_the_message(shop: HouseWorld, dns: FakeResolver) -> None:
    dns.publish("mail.acme.example", "TXT", f"v=spf1 ip4:{HERE} -all")
    content = await answer(shop, HELP)
    envelope = Envelope(HERE, "mail.acme.example", "", (BUSINESS,), content)
    await intake.accept(shop.office, envelope)
    (raw,) = await shop.office.db.transact(
        lambda tx: replies.claim_replies(tx, owner="x", now=2**60, lease_until=0, most=1)
    )
    assert (raw.helo, raw.peer, raw.sender) == ("mail.acme.example", HERE, "")
