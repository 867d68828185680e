"""Whole messages in a small shop, as `corpus/replies` holds them, and what becomes of each.

`NN-name.eml` is the message, with `@REPLY@`, `@BOUNCE@`, `@DESK@` and `@LETTER@` where the address
of a letter, its return path, the operator's desk and its Message-ID go; `.dns` is what the world
says of the senders, `.json` the envelope and what is expected, `.why` the reason in a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from maild import intake
from maild.mail.request import Request
from maild.model import Envelope, Reply
from maild.services.customers import add_contact
from maild.services.handover import disable_contact
from maild.services.payments import pay
from maild.store import replies
from tests.fakes import FakeResolver
from tests.letterbox import BUSINESS, JANE, TOM
from tests.mails import Mail
from tests.paper import without_ink
from tests.world import OPERATOR, HouseWorld
from tests.zones import read_zone

CORPUS = Path(__file__).parent / "corpus" / "replies"
NAMES = sorted(path.stem for path in CORPUS.glob("*.eml"))
GONE, BEA = "gone@acme.example", "bea@beta.example"
PAPERS = {"INV-3": GONE, "INV-2": TOM, "EST-0": JANE, "INV-1": JANE, "EST-1": JANE}
ON_RECORD = {JANE, TOM, BEA, OPERATOR}
# what a decision sends to the person on record; every held reply goes to the operator instead
LETTERS = {
    "reissue": "credentials",
    "resend": "document",
    "confirm_link": "confirm",
    "confirm_or_act": "confirm",
}


@dataclass(frozen=True)
class Sample:
    """One message of the corpus."""

    content: bytes
    zone: str
    facts: Mapping[str, Any]

    @property
    def expected(self) -> tuple[str, str, str, int]:
        """State, action, reason and level."""
        found = self.facts["expect"]
        return found["state"], found["action"], found["reason"], found["level"]


def read_sample(name: str) -> Sample:
    """Read one message with what stands beside it."""
    zone = CORPUS / f"{name}.dns"
    return Sample(
        (CORPUS / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n"),
        zone.read_text() if zone.exists() else "",
        json.loads((CORPUS / f"{name}.json").read_text()),
    )


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """Acme with Jane, Tom and one who has left, another client, invoices and estimates."""
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.client("Beta Ltd", BEA)
    await add_contact(house.office, "ACME", TOM, actor="test")
    await add_contact(house.office, "ACME", GONE, actor="test")
    await house.issue("INV-9", client="BETA")
    for number, who in PAPERS.items():
        house.clock.advance(seconds=60)
        await house.issue(number, contacts=[who], **_kind_of(number))
    await pay(house.office, "INV-2", on=None, amount=None, actor="test")
    await disable_contact(house.office, "ACME", GONE, actor="test")
    return house


def _kind_of(number: str) -> dict[str, Any]:
    if number.startswith("INV"):
        return {}
    return {"type": "estimate", "valid_until": "2026-11-22" if number == "EST-0" else "2026-12-01"}


async def receive(shop: HouseWorld, sample: Sample) -> Reply:
    """Take a message of the corpus in, and deal with it."""
    shop.office = replace(shop.office, resolver=read_zone(sample.zone) or FakeResolver())
    letter = await _letter_about(shop, sample.facts["about"])
    places = {
        b"@REPLY@": letter.reply_to,
        b"@BOUNCE@": letter.sender,
        b"@LETTER@": str(letter.message["Message-ID"]).strip("<>"),
    }
    content = sample.content
    for mark, value in places.items():
        content = content.replace(mark, value.encode())
    to = {"reply": letter.reply_to, "business": BUSINESS, "bounce": letter.sender}
    envelope = Envelope(
        sample.facts["peer"],
        "mail.acme.example",
        sample.facts["sender"],
        (to[sample.facts["to"]],),
        content,
    )
    reply_id = await intake.accept(shop.office, envelope)
    await shop.settle()
    await shop.deliver()
    reply = await replies.get_reply(shop.office.db, reply_id)
    assert reply
    return reply


async def _letter_about(shop: HouseWorld, number: str) -> Mail:
    return next(mail for mail in await shop.mail() if number in mail.subject)


@pytest.mark.parametrize("name", NAMES)
async def test_message_meets_its_fate(shop: HouseWorld, name: str) -> None:
    sample = read_sample(name)
    before = len(await shop.mail())
    reply = await receive(shop, sample)
    assert (reply.state, reply.action, reply.reason, reply.level) == sample.expected
    sent = (await shop.mail())[before:]
    # whatever a message says, letters go to people on record and to nobody else
    assert {mail.recipient for mail in sent} <= ON_RECORD
    if reply.state != "settled":
        assert OPERATOR in {mail.recipient for mail in sent}
    assert not any("Bcc" in mail.message or "evil" in str(mail.message["To"]) for mail in sent)


def test_corpus_covers_the_whole_table() -> None:
    facts = [read_sample(name).facts["expect"] for name in NAMES]
    covered = {(one["reason"], one["level"]) for one in facts}
    assert {(request.value, level) for request in Request for level in (1, 2, 3)} <= covered
    assert {("unknown-sender", 0), ("disowned", 0), ("contradiction", 0)} <= covered
    assert len(NAMES) >= 150
    assert all((CORPUS / f"{name}.why").read_text().strip() for name in NAMES)
