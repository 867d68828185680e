"""Estimates answered: once, by the version shown, told to both sides, undone by the operator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maild.clock import from_datetime
from maild.errors import NotFound, Refused
from maild.model import Answer, Contact, StoredDocument
from maild.services.customers import add_contact
from maild.services.estimates import FaultyWords, Hindrance, Words, answer_estimate, reopen
from maild.services.handover import disable_contact
from maild.services.lookup import need_client, need_contact, need_document
from maild.services.payments import void
from maild.states import DocumentState
from maild.store import answers, clients
from maild.store.database import Transaction
from tests.world import OPERATOR, HouseWorld

JANE = "jane@acme.example"
YES = Words(DocumentState.ACCEPTED, "Jane Smith", order_number="PO 77")
NO = Words(DocumentState.DECLINED, reason="Too dear.\nAnd late.")


@pytest.fixture
async def asked(shop: HouseWorld) -> HouseWorld:
    """A world in which Jane was sent an estimate that is valid until 1 December 2026."""
    await shop.issue("EST-1", type="estimate")
    return shop


async def load(world: HouseWorld) -> StoredDocument:
    return await need_document(world.office.db, "EST-1")


async def find_jane(world: HouseWorld) -> Contact:
    client = await need_client(world.office.db, "ACME")
    return await need_contact(world.office.db, client, JANE)


async def say(
    world: HouseWorld, words: Words = YES, version: str | None = None
) -> Answer | Hindrance:
    """Answer as Jane, to the present version or another."""
    document = await load(world)
    shown = document.version if version is None else version
    return await answer_estimate(
        world.office, document, await find_jane(world), words, version=shown
    )


async def change(world: HouseWorld) -> None:
    """Make another version of the estimate."""
    document = await load(world)
    content = document.content.model_copy(update={"notes": "Something else"})

    async def work(tx: Transaction) -> None:
        await tx.execute(
            "UPDATE documents SET canonical = $2 WHERE id = $1", document.id, content.canonical()
        )

    await world.office.db.transact(work)


async def count_effects(world: HouseWorld) -> tuple[int, int, int]:
    """Return how many answers, letters and events there are."""
    counts = []
    for table in ("answers", "letters", "events"):
        rows = await world.office.db.rows(f"SELECT COUNT(*) AS n FROM {table}")
        counts.append(rows[0]["n"])
    return counts[0], counts[1], counts[2]


async def test_acceptance_is_kept_with_its_words_and_told_in_the_log(asked: HouseWorld) -> None:
    answer = await say(asked)
    assert isinstance(answer, Answer)
    document = await load(asked)
    assert (document.state, document.settled_at) == ("accepted", None)
    assert await answers.find_standing(asked.office.db, document.id) == answer
    assert (answer.name, answer.order_number, answer.at) == ("Jane Smith", "PO 77", asked.clock())
    assert answer.version == document.version
    (event,) = await asked.office.db.rows("SELECT * FROM events WHERE verb = 'accepted'")
    assert (event["actor"], event["subject"]) == (f"contact {JANE}", "EST-1")
    assert event["reason"] == "Jane Smith, order number PO 77"


async def test_acceptance_is_confirmed_to_who_gave_it_and_to_the_operator(
    asked: HouseWorld,
) -> None:
    await say(asked)
    await asked.deliver()
    first, confirmed = await asked.mail_to(JANE)
    assert confirmed.subject == "You accepted estimate EST-1 from Example Ltd: £300.00"
    for words in ("Jane Smith", "PO 77", "23 Nov 2026, 09:30", "£300.00"):
        assert words in confirmed.text
        assert words in confirmed.html
    assert "not you" in confirmed.text
    assert confirmed.message["References"] == first.message["Message-ID"]
    (told,) = await asked.mail_to(OPERATOR)
    assert told.subject == "Jane Smith (Acme Ltd) accepted estimate EST-1"
    assert told.reply_to == JANE
    for words in ("£300.00", "PO 77", "maild document reopen EST-1"):
        assert words in told.text


async def test_refusal_needs_no_name_and_its_reason_keeps_its_lines(asked: HouseWorld) -> None:
    answer = await say(asked, replace(NO, reason="  Too dear.\r\nAnd late.\r\n"))
    assert isinstance(answer, Answer)
    assert (answer.name, answer.reason) == ("", "Too dear.\nAnd late.")
    assert (await load(asked)).state == "declined"
    await asked.deliver()
    confirmed = (await asked.mail_to(JANE))[-1]
    assert confirmed.subject == "You declined estimate EST-1 from Example Ltd: £300.00"
    assert {"> Too dear.", "> And late."} <= set(confirmed.text.splitlines())
    (told,) = await asked.mail_to(OPERATOR)
    assert told.subject == f"{JANE} (Acme Ltd) declined estimate EST-1"
    assert {"> Too dear.", "> And late."} <= set(told.text.splitlines())


async def test_same_answers_at_once_act_once_and_get_the_same(asked: HouseWorld) -> None:
    before = await count_effects(asked)
    found = await asyncio.gather(*(say(asked) for _ in range(20)))
    assert len({answer.id for answer in found if isinstance(answer, Answer)}) == 1
    assert [isinstance(answer, Answer) for answer in found] == [True] * 20
    after = await count_effects(asked)
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 2, 1]


async def test_of_contrary_answers_at_once_one_is_taken(asked: HouseWorld) -> None:
    found = await asyncio.gather(*(say(asked, words) for words in (YES, NO) * 5))
    assert found.count(Hindrance.ANSWERED) == 5
    assert (await count_effects(asked))[0] == 1


async def test_of_two_people_who_accept_at_once_one_is_taken_and_the_other_is_told(
    asked: HouseWorld,
) -> None:
    tom = await add_contact(asked.office, "ACME", "tom@acme.example", actor="test")
    document, jane = await load(asked), await find_jane(asked)
    found = await asyncio.gather(
        *(
            answer_estimate(
                asked.office, document, who, replace(YES, name=name), version=document.version
            )
            for who, name in ((tom, "Tom Jones"), (jane, "Jane Smith"))
        )
    )
    (taken,) = [one for one in found if isinstance(one, Answer)]
    assert found.count(Hindrance.ANSWERED) == 1
    await asked.deliver()
    confirmed = [m.recipient for m in await asked.mail() if m.subject.startswith("You accepted")]
    assert confirmed == [taken.address]


async def test_same_person_with_other_words_is_told_that_they_were_not_taken(
    asked: HouseWorld,
) -> None:
    first = await say(asked)
    assert await say(asked) == first
    assert await say(asked, replace(YES, order_number="PO 78")) is Hindrance.ANSWERED
    assert (await count_effects(asked))[0] == 1


@pytest.mark.parametrize("first", ["answer", "other"])
@pytest.mark.parametrize("other", [void, reopen])
async def test_answer_while_the_operator_voids_or_reopens_leaves_one_clear_state(
    asked: HouseWorld, first: str, other: Callable[..., Awaitable[StoredDocument]]
) -> None:
    if other is reopen:
        await say(asked, NO)
    document, jane = await load(asked), await find_jane(asked)
    both = [
        answer_estimate(asked.office, document, jane, YES, version=document.version),
        other(asked.office, "EST-1", actor="test"),
    ]
    done = await asyncio.gather(*(both if first == "answer" else both[::-1]))
    now = await load(asked)
    standing = await answers.find_standing(asked.office.db, now.id)
    if other is void:
        assert now.state == "void"
        assert (standing is None) == (Hindrance.VOID in done)
    else:
        assert now.state == ("accepted" if standing else "open")
        assert (standing is None) == (Hindrance.ANSWERED in done)


async def test_contrary_second_answer_is_refused(asked: HouseWorld) -> None:
    await say(asked, NO)
    assert await say(asked, YES) is Hindrance.ANSWERED
    assert (await load(asked)).state == "declined"


async def test_answer_to_another_version_is_refused(asked: HouseWorld) -> None:
    shown = (await load(asked)).version
    await change(asked)
    before = await count_effects(asked)
    assert await say(asked, YES, shown) is Hindrance.CHANGED
    assert await say(asked, YES, "") is Hindrance.CHANGED
    assert await count_effects(asked) == before
    assert isinstance(await say(asked), Answer)


@pytest.mark.parametrize(
    ("last", "instant", "taken"),
    [
        ("2026-12-01", datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC), True),
        ("2026-12-01", datetime(2026, 12, 2, 0, 0, 0, tzinfo=UTC), False),
        # in London, where it is summer
        ("2027-06-30", datetime(2027, 6, 30, 22, 59, 59, 999_999, tzinfo=UTC), True),
        ("2027-06-30", datetime(2027, 6, 30, 23, 0, 0, tzinfo=UTC), False),
    ],
)
async def test_last_day_counts_to_its_end_in_the_time_zone_of_the_business(
    shop: HouseWorld, last: str, instant: datetime, taken: bool
) -> None:
    await shop.issue("EST-1", type="estimate", valid_until=last)
    shop.clock.instant = from_datetime(instant)
    outcome = await say(shop)
    assert isinstance(outcome, Answer) if taken else outcome is Hindrance.EXPIRED


async def test_estimate_without_a_last_day_never_expires(shop: HouseWorld) -> None:
    await shop.issue("EST-1", type="estimate", valid_until=None)
    shop.clock.advance(days=1000)
    assert isinstance(await say(shop), Answer)


async def test_void_estimate_is_not_answered_even_as_before(asked: HouseWorld) -> None:
    await say(asked)
    await void(asked.office, "EST-1", actor="test")
    assert await say(asked) is Hindrance.VOID
    with pytest.raises(Refused, match="is void"):
        await reopen(asked.office, "EST-1", actor="test")


async def test_invoice_is_neither_accepted_nor_reopened(shop: HouseWorld) -> None:
    await shop.issue("EST-1")
    with pytest.raises(Refused, match="is an invoice"):
        await say(shop)
    with pytest.raises(Refused, match="is an invoice"):
        await reopen(shop.office, "EST-1", actor="test")
    assert (await count_effects(shop))[0] == 0


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (replace(YES, name=""), ["name"]),
        (replace(YES, name=" \u00a0 "), ["name"]),
        (replace(YES, name="\u200c\u200d"), ["name"]),
        (replace(YES, name="\u0301\u0301"), ["name"]),
        (replace(YES, name="-"), ["name"]),
        (replace(YES, name="\u3164"), ["name"]),
        (replace(YES, name="Jane\u2800Smith"), ["name"]),
        (replace(YES, name="\u202e\u2066"), ["name"]),
        (replace(YES, name="x" * 5000), ["name"]),
        (replace(NO, name="\u3164"), ["name"]),
        (replace(YES, name="x" * 121), ["name"]),
        (replace(YES, name="Jane\x07"), ["name"]),
        (replace(YES, name="Jane\x1b[31m"), ["name"]),
        (replace(YES, name="Jane \u202egnp.exe"), ["name"]),
        (replace(YES, name="x" * 121, order_number="1" * 61), ["name", "order_number"]),
        (replace(YES, order_number="PO\u20667"), ["order_number"]),
        (replace(NO, reason="x" * 2001), ["reason"]),
        (replace(NO, reason="a\x00b"), ["reason"]),
    ],
)
async def test_words_with_faults_are_told_all_at_once_and_change_nothing(
    asked: HouseWorld, words: Words, fields: list[str]
) -> None:
    before = await count_effects(asked)
    with pytest.raises(FaultyWords) as caught:
        await say(asked, words)
    assert list(caught.value.faults) == fields
    assert await count_effects(asked) == before
    assert (await load(asked)).state == "open"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("x" * 120, "x" * 120),
        ("  Jane \t Smith\n", "Jane Smith"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("محمد بن عبد الله", "محمد بن عبد الله"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("山田\u3000太郎", "山田 太郎"),
    ],
)
async def test_names_of_all_people_are_taken(asked: HouseWorld, typed: str, kept: str) -> None:
    answer = await say(asked, replace(YES, name=typed))
    assert isinstance(answer, Answer)
    assert answer.name == kept
    await asked.deliver()
    confirmed = (await asked.mail_to(JANE))[-1]
    assert kept in confirmed.text
    assert "<script" not in confirmed.html


async def test_contact_disabled_meanwhile_answers_nothing(asked: HouseWorld) -> None:
    document, jane = await load(asked), await find_jane(asked)
    await disable_contact(asked.office, "ACME", JANE, actor="test")
    before = await count_effects(asked)
    with pytest.raises(Refused, match="no longer a contact"):
        await answer_estimate(asked.office, document, jane, YES, version=document.version)
    assert await count_effects(asked) == before
    assert (await load(asked)).state == "open"


async def test_operator_undoes_an_answer_and_another_one_is_taken(asked: HouseWorld) -> None:
    await say(asked)
    asked.clock.advance(seconds=60)
    back = await reopen(asked.office, "EST-1", actor="operator:kim")
    assert back.state == "open"
    assert await answers.find_standing(asked.office.db, back.id) is None
    assert isinstance(await say(asked, NO), Answer)
    first, second = await answers.list_answers(asked.office.db, back.id)
    assert (first.kind, first.undone_at) == ("accepted", asked.clock())
    assert (second.kind, second.undone_at) == ("declined", None)
    assert (await asked.log())[-3:] == ["accepted EST-1", "reopened EST-1", "declined EST-1"]
    await asked.deliver()
    assert len(await asked.mail_to(JANE)) == 3


async def test_what_was_not_answered_or_is_unknown_is_not_reopened(asked: HouseWorld) -> None:
    with pytest.raises(Refused, match="has not been answered"):
        await reopen(asked.office, "EST-1", actor="test")
    with pytest.raises(NotFound, match="EST-9"):
        await reopen(asked.office, "EST-9", actor="test")


async def test_letter_that_cannot_be_written_leaves_the_estimate_open(
    asked: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await count_effects(asked)
    templates = asked.office.templates
    monkeypatch.setattr(templates, "render", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await say(asked)
    monkeypatch.undo()
    assert await count_effects(asked) == before
    assert (await load(asked)).state == "open"


async def test_answer_names_the_address_it_came_from_even_after_that_has_changed(
    asked: HouseWorld,
) -> None:
    await say(asked)
    jane = await find_jane(asked)
    moved = replace(jane, address="jane@new.example")
    await asked.office.db.transact(lambda tx: clients.save_contact(tx, moved))
    standing = await answers.find_standing(asked.office.db, (await load(asked)).id)
    assert standing
    assert (standing.contact_id, standing.address) == (jane.id, JANE)
