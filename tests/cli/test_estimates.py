from __future__ import annotations

import pytest

from maild.model import Answer
from maild.office import Office
from maild.services.estimates import Words, answer_estimate
from maild.services.lookup import client_of, need_contact, need_document
from maild.states import DocumentState

from .conftest import Business


@pytest.fixture
def accepted(acme: Business) -> Business:
    """The business with an estimate that Jane has accepted."""
    acme.did("send", acme.invoice("EST-1", type="estimate", due=None))

    async def accept(office: Office) -> None:
        document = await need_document(office.db, "EST-1")
        client = await client_of(office.db, document)
        jane = await need_contact(office.db, client, "jane@acme.example")
        words = Words(DocumentState.ACCEPTED, "Jane Smith", order_number="PO 77")
        taken = await answer_estimate(office, document, jane, words, version=document.version)
        assert isinstance(taken, Answer)

    acme.in_office(accept)
    return acme


def test_show_tells_who_accepted_and_in_which_words(accepted: Business) -> None:
    text = accepted.did("document", "show", "EST-1")
    for words in ("Accepted by jane@acme.example", "Jane Smith", "PO 77"):
        assert words in text
    assert "contact jane@acme.example  accepted EST-1: Jane Smith, order number PO 77" in text
    (answer,) = accepted.json("document", "show", "EST-1")["answers"]
    assert (answer["kind"], answer["contact"]) == ("accepted", "jane@acme.example")
    assert (answer["name"], answer["order_number"], answer["reason"]) == ("Jane Smith", "PO 77", "")
    assert answer["at"].endswith("Z")
    assert answer["undone_at"] is None


def test_both_sides_are_written_to(accepted: Business) -> None:
    letters = accepted.json("queue", "list")
    assert sorted((letter["kind"], letter["recipient"]) for letter in letters) == [
        ("answer", "jane@acme.example"),
        ("document", "jane@acme.example"),
        ("operator", "owner@example.test"),
    ]


def test_reopened_estimate_is_open_and_still_shows_what_was_undone(accepted: Business) -> None:
    assert accepted.did("document", "reopen", "EST-1") == "EST-1 is open again\n"
    shown = accepted.json("document", "show", "EST-1")
    assert (shown["state"], shown["status"]) == ("open", "Open")
    assert shown["answers"][0]["undone_at"].endswith("Z")
    event = shown["events"][-1]
    assert (event["verb"], event["actor"]) == ("reopened", "operator:kim")
    assert "Undone" in accepted.did("document", "show", "EST-1")


def test_estimate_that_was_not_answered_is_not_reopened(accepted: Business) -> None:
    accepted.did("document", "reopen", "EST-1")
    result = accepted("document", "reopen", "EST-1")
    assert result.exit_code == 1
    assert result.stderr == "maild: EST-1 has not been answered; there is nothing to undo\n"


def test_reopening_what_has_expired_says_so(acme: Business) -> None:
    acme.did(
        "send",
        acme.invoice(
            "EST-1", type="estimate", due=None, issued="2020-01-01", valid_until="2020-02-01"
        ),
    )

    async def decline(office: Office) -> None:
        await office.db.transact(lambda tx: tx.execute("UPDATE documents SET state = 'declined'"))

    acme.in_office(decline)
    assert acme.did("document", "reopen", "EST-1") == "EST-1 is open again, but it has expired\n"


def test_invoice_is_not_reopened(acme: Business) -> None:
    acme.did("send", acme.invoice())
    result = acme("document", "reopen", "INV-1001")
    assert result.exit_code == 1
    assert "only an estimate is reopened" in result.stderr
