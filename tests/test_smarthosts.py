"""What mail servers do wrong, and what becomes of the letter: the catalogue of `missteps.py`.

Each server misbehaves towards one letter, once. Its fate is told by its state and by words in its
outcome; the next letter must leave at once, and the first one when its pause is over. No letter is
ever taken twice unless the connection broke after its final dot, and then once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from maild.delivery import deliver_due
from maild.model import Letter
from maild.relay import Patience, Relay, open_relay
from maild.services.issue import commit_issue, prepare_issue
from maild.store import letters
from tests.missteps import CUTS, NONSENSE, REFUSALS, SILENCES, SLOWNESS, STRANGERS, Case
from tests.paper import without_ink
from tests.scripted_smarthost import (
    CUT,
    HANG,
    Manners,
    Misstep,
    ScriptedSmarthost,
    Speech,
)
from tests.world import HouseWorld, make_document

JANE = "jane@acme.example"
# what is not about silence has all the time it needs on a busy machine
SHORT = Patience(connect=0.4, command=0.4, data=0.4, block=0.4, letter=5, answer=0.4, quit=0.1)
LONG = Patience(connect=20, command=20, data=20, block=20, letter=20, answer=20, quit=1)
LETTER = b"Subject: Invoice\r\n\r\nHello\r\n"


def _of(manners: Manners, *, pipelining: bool) -> Manners:
    return replace(manners, pipelining=pipelining)


@asynccontextmanager
async def opened(
    host: ScriptedSmarthost, folder: Path, patience: Patience = LONG
) -> AsyncIterator[Relay]:
    host.authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    relay = open_relay(
        host.url,
        hostname="maild.ours.example",
        ca_file=folder / "ca.pem" if host.manners.tls else None,
        username="maild" if host.manners.login else "",
        password="secret",
        patience=patience,
    )
    try:
        yield relay
    finally:
        await relay.close()


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """A world whose documents cost no ink and whose pauses no jitter, with one customer."""
    house.office = replace(house.office, random_bytes=bytes)
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    return house


async def send(shop: HouseWorld, number: str, relay: Relay) -> None:
    """Issue a document and let what is due be tried once."""
    shipment = await prepare_issue(shop.office, make_document(number), ())
    await commit_issue(shop.office, shipment, actor="test")
    await run(shop, relay)


async def run(shop: HouseWorld, relay: Relay) -> None:
    while await asyncio.wait_for(deliver_due(shop.office, relay, "test", 1), 30):
        pass


async def letter_about(shop: HouseWorld, number: str) -> Letter:
    found = await letters.list_letters(shop.office.db)
    (letter,) = (one for one in found if f"Invoice {number} " in one.subject and one.contact_id)
    return letter


def copies(host: ScriptedSmarthost, number: str) -> list[bytes]:
    """Return what was taken of a letter, or may have been."""
    marked = f"?Invoice_{number}_from_".encode()
    return [one.content for one in host.messages if marked in one.content and not one.refused]


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step by step"])
@pytest.mark.parametrize(
    "case", [*REFUSALS, *CUTS, *SILENCES, *NONSENSE, *SLOWNESS, *STRANGERS], ids=str
)
async def test_fate_of_a_letter_and_of_the_next(
    shop: HouseWorld, tmp_path: Path, case: Case, pipelining: bool
) -> None:
    manners = _of(case.manners, pipelining=pipelining)
    host = ScriptedSmarthost((Misstep(case.step, case.says),), manners)
    async with host:
        patience = SHORT if case in SILENCES else LONG
        async with opened(host, tmp_path, patience) as relay:
            await send(shop, "ONE", relay)
        first = await letter_about(shop, "ONE")
        assert (first.state, first.attempts) == (case.state, 1)
        assert case.words in first.outcome

        async with opened(host, tmp_path) as relay:
            await send(shop, "TWO", relay)
            assert (await letter_about(shop, "TWO")).state == "sent"
            shop.clock.advance(seconds=61)
            await run(shop, relay)
    assert (await letter_about(shop, "ONE")).state == (
        "sent" if case.state == "deferred" else case.state
    )
    taken = copies(host, "ONE")
    assert len(taken) == case.taken
    assert len(set(taken)) <= 1
    assert len(copies(host, "TWO")) == 1


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step by step"])
@pytest.mark.parametrize(
    "case",
    [case for case in [*REFUSALS, *CUTS, *NONSENSE] if case.step not in {"greeting", "ehlo"}],
    ids=str,
)
async def test_next_letter_goes_well_with_the_very_same_relay(
    shop: HouseWorld, tmp_path: Path, case: Case, pipelining: bool
) -> None:
    manners = _of(case.manners, pipelining=pipelining)
    host = ScriptedSmarthost((Misstep(case.step, case.says),), manners)
    async with host, opened(host, tmp_path) as relay:
        for number in ("ONE", "TWO", "THREE"):
            await send(shop, number, relay)
        assert [(await letter_about(shop, n)).state for n in ("TWO", "THREE")] == ["sent", "sent"]
    assert [len(copies(host, number)) for number in ("TWO", "THREE")] == [1, 1]


@pytest.mark.parametrize(
    ("manners", "words"),
    [
        (Manners(tls="implicit", certificate="expired"), "certificate has expired"),
        (Manners(tls="starttls", certificate="expired"), "certificate has expired"),
        (Manners(tls="implicit", certificate="of another"), "IP address mismatch"),
        (Manners(tls="starttls", certificate="of another"), "IP address mismatch"),
        (Manners(tls="starttls", offers_starttls=False), "STARTTLS extension not supported"),
    ],
)
async def test_server_that_is_not_who_it_says_hears_nothing_of_a_letter(
    shop: HouseWorld, tmp_path: Path, manners: Manners, words: str
) -> None:
    async with (
        ScriptedSmarthost((), replace(manners, login=True)) as host,
        opened(host, tmp_path) as relay,
    ):
        await send(shop, "ONE", relay)
    letter = await letter_about(shop, "ONE")
    assert letter.state == "deferred"
    assert words in letter.outcome
    assert not {command.split()[0] for command in host.heard} & {"AUTH", "MAIL", "RCPT", "DATA"}


async def test_tls_handshake_that_never_ends_is_given_up(shop: HouseWorld, tmp_path: Path) -> None:
    async with ScriptedSmarthost((Misstep("greeting", HANG),)) as host:
        relay = open_relay(host.url.replace("smtp:", "smtps:"), patience=SHORT)
        await send(shop, "ONE", relay)
        await relay.close()
    letter = await letter_about(shop, "ONE")
    assert (letter.state, letter.outcome) == ("deferred", "no answer in time")


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step by step"])
async def test_refused_recipient_never_gets_the_letter_though_the_server_says_go_on(
    shop: HouseWorld, tmp_path: Path, pipelining: bool
) -> None:
    missteps = (Misstep("rcpt", b"550 5.1.1 Nobody\r\n"), Misstep("data", b"354 Go on\r\n"))
    async with (
        ScriptedSmarthost(missteps, Manners(pipelining=pipelining)) as host,
        opened(host, tmp_path) as relay,
    ):
        await send(shop, "ONE", relay)
        await send(shop, "TWO", relay)
        assert host.connections == 1
    assert (await letter_about(shop, "ONE")).outcome == "550 5.1.1 Nobody"
    assert [one.content for one in host.messages if not one.content] == [b""] * pipelining
    assert [len(copies(host, number)) for number in ("ONE", "TWO")] == [0, 1]


async def test_server_that_takes_an_empty_message_for_nobody_is_left(
    shop: HouseWorld, tmp_path: Path
) -> None:
    missteps = (
        Misstep("rcpt", b"450 4.2.0 Later\r\n"),
        Misstep("data", b"354 Go on\r\n"),
        Misstep("after_dot", b"250 2.0.0 Queued\r\n"),
    )
    async with ScriptedSmarthost(missteps) as host, opened(host, tmp_path) as relay:
        await send(shop, "ONE", relay)
        assert (await letter_about(shop, "ONE")).outcome == "450 4.2.0 Later"
        await send(shop, "TWO", relay)
        assert host.connections == 2
    assert copies(host, "ONE") == []
    assert len(copies(host, "TWO")) == 1


async def test_pipelined_letter_is_one_write_and_its_answers_may_come_as_one(
    shop: HouseWorld, tmp_path: Path
) -> None:
    manners = Manners(in_one_go=True)
    async with ScriptedSmarthost((), manners) as host, opened(host, tmp_path) as relay:
        for number in ("ONE", "TWO", "THREE"):
            await send(shop, number, relay)
        assert (len(host.messages), host.connections) == (3, 1)


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step by step"])
@pytest.mark.parametrize("most", [1, 2])
async def test_server_that_drops_the_connection_after_so_many_letters_loses_none(
    shop: HouseWorld, tmp_path: Path, most: int, pipelining: bool
) -> None:
    manners = Manners(letters_per_connection=most, pipelining=pipelining)
    async with ScriptedSmarthost((), manners) as host, opened(host, tmp_path) as relay:
        for number in range(5):
            await send(shop, f"N-{number}", relay)
    assert {one.state for one in await letters.list_letters(shop.office.db)} == {"sent"}
    assert len(host.messages) == 5


async def test_refused_letter_leaves_no_trace_in_the_next_ones_envelope(
    shop: HouseWorld, tmp_path: Path
) -> None:
    async with (
        ScriptedSmarthost((Misstep("rcpt", b"450 4.2.0 Later\r\n"),)) as host,
        opened(host, tmp_path) as relay,
    ):
        await send(shop, "ONE", relay)
        await send(shop, "TWO", relay)
    said = [command.split()[0] for command in host.heard]
    assert said[:7] == ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT"]


@pytest.mark.parametrize(
    ("says", "words"),
    [(HANG, "stopped taking the letter"), (CUT, "mail server")],
    ids=["stops reading", "cuts"],
)
async def test_server_that_leaves_in_the_middle_of_a_letter_has_not_taken_it(
    tmp_path: Path, says: Speech, words: str
) -> None:
    host = ScriptedSmarthost((Misstep("content", says),))
    letter = b"Subject: Invoice\r\n\r\n" + (b"x" * 70 + b"\r\n") * 300_000
    async with host, opened(host, tmp_path, replace(LONG, block=0.5)) as relay:
        outcome = await relay.deliver("bounce@ours.example", JANE, letter)
        assert (outcome.state, outcome.code) == ("deferred", 0)
        assert words in outcome.text
        assert host.messages == []
        assert (await relay.deliver("bounce@ours.example", JANE, LETTER)).state == "sent"


async def test_large_letter_arrives_byte_for_byte(tmp_path: Path) -> None:
    lines = [b"." * (number % 7) + b"x" * (number % 70) + b"\r\n" for number in range(60_000)]
    letter = b".Subject: Invoice\r\n\r\n" + b"".join(lines)
    async with ScriptedSmarthost() as host, opened(host, tmp_path) as relay:
        assert (await relay.deliver("bounce@ours.example", JANE, letter)).state == "sent"
    assert [one.content for one in host.messages] == [letter]


@pytest.mark.parametrize(
    "stray", [b"a\nb", b"a\rb", b"\n.\n", b"\r.\r", b"\n.\r\nMAIL FROM:<x@x.x>"]
)
async def test_stray_line_end_cannot_end_a_letter_or_begin_another(
    tmp_path: Path, stray: bytes
) -> None:
    async with ScriptedSmarthost() as host, opened(host, tmp_path) as relay:
        letter = b"Subject: Invoice\r\n\r\nHello " + stray + b" there\r\n"
        assert (await relay.deliver("bounce@ours.example", JANE, letter)).state == "sent"
    (one,) = host.messages
    assert one.content.count(b"\r\n") == one.content.count(b"\n") == one.content.count(b"\r")
    assert b"there" in one.content


@pytest.mark.parametrize("cuts", [1, 2, 3])
async def test_each_cut_after_the_dot_costs_one_repeat_with_the_same_bytes(
    shop: HouseWorld, tmp_path: Path, cuts: int
) -> None:
    async with (
        ScriptedSmarthost((Misstep("after_dot", CUT, cuts),)) as host,
        opened(host, tmp_path) as relay,
    ):
        await send(shop, "ONE", relay)
        for _ in range(20):
            shop.clock.advance(seconds=20 * 60)
            await run(shop, relay)
    taken = copies(host, "ONE")
    assert len(taken) == cuts + 1
    assert len(set(taken)) == 1
    assert (await letter_about(shop, "ONE")).state == "sent"


def test_catalogue_names_each_case_once() -> None:
    names = [str(case) for case in (*REFUSALS, *CUTS, *SILENCES, *NONSENSE, *SLOWNESS, *STRANGERS)]
    assert _twice(names) == []


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name in set(names) if names.count(name) > 1]
