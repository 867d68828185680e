from __future__ import annotations

from functools import partial

import pytest

from maild.office import Office
from maild.store import letters
from maild.store.database import Transaction
from maild.store.outages import Outage, save_outage

from .conftest import Business

LEASE = 10**9


async def claim(office: Office) -> str:
    """Take the only letter as a sender does, and return its id."""
    now = office.clock()

    async def work(tx: Transaction) -> str:
        leased = await letters.claim_letters(
            tx, owner="sender", now=now, lease_until=now + LEASE, most=1
        )
        return leased[0].id

    return await office.db.transact(work)


async def settle_as(office: Office, letter_id: str, state: str, tx: Transaction) -> None:
    await letters.settle_letter(
        tx,
        letter_id=letter_id,
        owner="sender",
        state=state,
        outcome="550 no such user",
        next_at=office.clock() + LEASE,
        sent_at=None,
    )


def settle(business: Business, state: str) -> None:
    """Let the only letter be attempted, with that outcome."""

    async def work(office: Office) -> None:
        letter_id = await claim(office)
        await office.db.transact(partial(settle_as, office, letter_id, state))

    business.in_office(work)


@pytest.fixture
def waiting(acme: Business) -> Business:
    acme.did("send", acme.invoice())
    return acme


def only(business: Business) -> dict[str, str]:
    (letter,) = business.json("queue", "list")
    return dict(letter)


def test_held_letter_goes_out_only_when_released(waiting: Business) -> None:
    start = only(waiting)["id"][:6]
    waiting.did("queue", "hold", start)
    assert only(waiting)["state"] == "held"
    assert waiting("queue", "retry", start).exit_code == 1
    waiting.did("queue", "release", start)
    assert only(waiting)["state"] == "queued"
    verbs = [event["verb"] for event in waiting.json("log")]
    assert verbs[-2:] == ["letter held", "letter released"]


@pytest.mark.parametrize("state", ["deferred", "failed"])
def test_retried_letter_is_due_at_once(waiting: Business, state: str) -> None:
    settle(waiting, state)
    before = only(waiting)
    assert (before["state"], before["outcome"]) == (state, "550 no such user")
    waiting.did("queue", "retry", before["id"])
    after = waiting.json("queue", "show", before["id"])
    assert after["state"] == "queued"
    assert after["next_at"] > after["created_at"]
    assert waiting.in_office(claim) == before["id"]


def test_all_that_failed_is_retried_at_a_word(acme: Business) -> None:
    acme.did("contact", "add", "ACME", "tom@acme.example")
    acme.did("send", acme.invoice())

    async def fail(office: Office) -> None:
        for _ in range(2):
            letter_id = await claim(office)
            await office.db.transact(partial(settle_as, office, letter_id, "failed"))

    acme.in_office(fail)
    assert [letter["state"] for letter in acme.json("queue", "list")] == ["failed", "failed"]
    acme.did("queue", "retry", "--all")
    assert [letter["state"] for letter in acme.json("queue", "list")] == ["queued", "queued"]
    assert acme("queue", "retry").exit_code == 2
    assert acme("queue", "retry", "--all", "k3vq").exit_code == 2


def test_list_tells_that_the_mail_server_is_down(waiting: Business) -> None:
    async def go_down(office: Office) -> None:
        url, now = office.config.relay.url, office.clock()
        outage = Outage(url, now, 12, now + LEASE, "Connection \x1b[31mrefused")
        await office.db.transact(lambda tx: save_outage(tx, outage))

    assert "mail server" not in waiting.did("queue", "list")
    waiting.in_office(go_down)
    said = waiting.did("queue", "list")
    assert "No letter has got through to the mail server since" in said
    assert "refused" in said
    assert "\x1b" not in said
    assert only(waiting)["state"] == "queued"


def test_sent_letter_cannot_be_touched_any_more(waiting: Business) -> None:
    settle(waiting, "sent")
    for command in ("retry", "hold", "release"):
        result = waiting("queue", command, only(waiting)["id"])
        assert result.exit_code == 1
        assert "is sent" in result.stderr
    assert waiting("queue", "drop", "--yes", only(waiting)["id"]).exit_code == 1


def test_letter_that_is_being_sent_is_left_alone(waiting: Business) -> None:
    letter_id = waiting.in_office(claim)
    for command in (("hold",), ("drop", "--yes")):
        result = waiting("queue", *command, letter_id)
        assert result.exit_code == 1
        assert "is being sent just now" in result.stderr
    assert only(waiting)["state"] == "queued"


def test_letter_to_a_disabled_contact_cannot_be_sent_any_more(waiting: Business) -> None:
    settle(waiting, "failed")
    waiting.did("contact", "disable", "ACME", "jane@acme.example")
    result = waiting("queue", "retry", only(waiting)["id"])
    assert result.exit_code == 1
    assert "no longer a contact" in result.stderr
    waiting.did("queue", "drop", "--yes", only(waiting)["id"])


def test_drop_asks_first(waiting: Business) -> None:
    letter_id = only(waiting)["id"]
    assert waiting("queue", "drop", letter_id, typed="n\n").exit_code == 1
    assert only(waiting)["state"] == "queued"
    assert waiting("queue", "drop", letter_id, typed="y\n").exit_code == 0
    assert only(waiting)["state"] == "dropped"


def test_id_may_be_shortened_as_long_as_it_means_one_letter(acme: Business) -> None:
    acme.did("contact", "add", "ACME", "tom@acme.example")
    acme.did("send", acme.invoice())
    first, second = acme.json("queue", "list")

    async def rename(office: Office) -> None:
        async def work(tx: Transaction) -> None:
            # their bytes refer to them
            await tx.rows("PRAGMA defer_foreign_keys = ON")
            for letter, name in ((first, "abcd" * 4), (second, "abcdzzzzzzzzzzzz")):
                for table, key in (("letters", "id"), ("letter_messages", "letter_id")):
                    sql = f"UPDATE {table} SET {key} = $2 WHERE {key} = $1"
                    await tx.execute(sql, letter["id"], name)

        await office.db.transact(work)

    acme.in_office(rename)
    assert acme.json("queue", "show", "ABCDA")["id"] == "abcd" * 4
    assert acme.json("queue", "show", "abcdz")["id"] == "abcdzzzzzzzzzzzz"
    assert "more than one letter" in acme("queue", "show", "abcd").stderr
    assert acme("queue", "show", "abc").exit_code == 2
    assert acme("queue", "show", "zzzz").exit_code == 1


def test_one_unknown_id_stops_no_other(waiting: Business) -> None:
    result = waiting("queue", "hold", "zzzz", only(waiting)["id"])
    assert result.exit_code == 1
    assert only(waiting)["state"] == "held"


def test_list_shows_one_state(waiting: Business) -> None:
    assert waiting.json("queue", "list", "--state", "failed") == []
    assert only(waiting)["id"] in waiting.did("queue", "list", "--state", "queued")
    assert "Invoice INV-1001" in waiting.did("queue", "show", only(waiting)["id"])
    assert waiting("queue", "list", "--state", "lost").exit_code == 2
