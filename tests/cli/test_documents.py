from __future__ import annotations

import pytest

from maild.office import Office
from maild.services.sightings import note_fetch, note_read
from maild.store import clients, documents
from maild.store.database import Transaction

from .conftest import Business


@pytest.fixture
def issued(acme: Business) -> Business:
    acme.did("send", acme.invoice())
    return acme


def test_show_tells_lines_sums_letters_and_events(issued: Business) -> None:
    text = issued.did("document", "show", "INV-1001")
    for words in ("Acme Ltd (ACME)", "1 December 2026", "£50.00", "£300.00", "jane@acme.example"):
        assert words in text
    assert "operator:kim  issued INV-1001: to jane@acme.example" in text


def test_show_as_json_writes_money_as_text_and_instants_in_utc(issued: Business) -> None:
    shown = issued.json("document", "show", "INV-1001")
    assert (shown["net"], shown["total"], shown["balance"]) == ("250.00", "300.00", "300.00")
    assert shown["taxes"] == [{"rate": "20", "net": "250.00", "amount": "50.00"}]
    assert shown["lines"][0]["amount"] == "250.00"
    assert shown["created_at"].endswith("Z")
    assert [event["actor"] for event in shown["events"]] == ["operator:kim"]


def test_show_tells_fetched_from_probably_read_per_contact(issued: Business) -> None:
    async def look(office: Office) -> None:
        found = await documents.find_document(office.db, "INV-1001")
        assert found
        jane = await clients.find_contact(office.db, found.client_id, "jane@acme.example")
        assert jane
        await note_fetch(office, found.id, jane.id)

    (before,) = issued.json("document", "show", "INV-1001")["contacts"]
    assert {name for name, at in before.items() if at} == {"address"}
    issued.in_office(look)
    (jane,) = issued.json("document", "show", "INV-1001")["contacts"]
    assert jane["fetched_at"] == jane["fetched_last_at"]
    assert jane["fetched_at"].endswith("Z")
    assert jane["probably_read_at"] is None
    text = issued.did("document", "show", "INV-1001")
    row = next(line for line in text.splitlines() if line.startswith("jane@acme.example"))
    assert row.split("  ")[0] == "jane@acme.example"
    assert row.count("–") == 4


def test_log_tells_fetched_read_logged_in_and_replied_apart_each_with_contact_and_time(
    issued: Business,
) -> None:
    async def happen(office: Office) -> None:
        found = await documents.find_document(office.db, "INV-1001")
        assert found
        jane = await clients.find_contact(office.db, found.client_id, "jane@acme.example")
        assert jane
        await note_fetch(office, found.id, jane.id)
        await note_read(office, found, jane)

        async def more(tx: Transaction) -> None:
            for actor, verb, reason in (
                ("contact jane@acme.example", "logged in", ""),
                ("maild", "reply held", "hold: question"),
            ):
                await office.record(
                    tx,
                    verb,
                    "r1" if actor == "maild" else jane.address,
                    actor=actor,
                    reason=reason,
                    client_id=jane.client_id,
                    document_id=found.id,
                    contact_id=jane.id,
                )

        await office.db.transact(more)

    issued.in_office(happen)
    told = [" ".join(line.split()[4:]) for line in issued.did("log").splitlines()[-4:]]
    assert told == [
        "visitor fetched INV-1001: for jane@acme.example, perhaps by a machine [ACME]",
        "contact jane@acme.example probably read INV-1001 [ACME]",
        "contact jane@acme.example logged in jane@acme.example [ACME]",
        "maild reply held r1: hold: question [ACME jane@acme.example]",
    ]
    assert "reply held r1: hold: question [jane@acme.example]" in issued.did(
        "document", "show", "INV-1001"
    )
    for events in (
        issued.json("log"),
        issued.json("document", "show", "INV-1001")["events"],
    ):
        assert [event["contact"] for event in events[-4:]] == ["jane@acme.example"] * 4


def test_price_finer_than_the_currency_is_shown_in_full(acme: Business) -> None:
    line = {"description": "Calls", "quantity": "1000", "unit_price": "0.0125"}
    acme.did("send", acme.invoice(lines=[line]))
    assert "0.0125" in acme.did("document", "show", "INV-1001")


def test_payment_in_part_leaves_a_balance_and_the_rest_settles_it(issued: Business) -> None:
    part = issued.did("paid", "INV-1001", "--amount", "100", "--on", "2026-11-20")
    assert part == "INV-1001: £200.00 is still owed\n"
    assert issued.did("paid", "INV-1001") == ("INV-1001 is paid\nthanks go to jane@acme.example\n")
    shown = issued.json("document", "show", "INV-1001")
    assert (shown["state"], shown["paid"], shown["balance"]) == ("paid", "300.00", "0.00")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--amount", "400"), 1),
        (("--amount", "0"), 2),
        (("--amount", "1.005"), 2),
        (("--amount", "nan"), 2),
        (("--amount", "much"), 2),
        (("--on", "yesterday"), 2),
    ],
)
def test_payment_that_cannot_be_is_refused(
    issued: Business, options: tuple[str, ...], code: int
) -> None:
    assert issued("paid", "INV-1001", *options).exit_code == code
    assert issued.json("document", "show", "INV-1001")["paid"] == "0.00"


def test_void_document_cannot_be_paid(issued: Business) -> None:
    assert issued.did("void", "INV-1001") == "INV-1001 is void\n"
    result = issued("paid", "INV-1001")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


def test_attached_file_is_listed_and_the_same_again_changes_nothing(issued: Business) -> None:
    path = issued.write("plan.txt", "a plan")
    assert issued.did("attach", "INV-1001", path) == "INV-1001: 1 file added\n"
    assert issued.did("attach", "INV-1001", path) == "INV-1001: nothing new was added\n"
    assert [one["name"] for one in issued.json("document", "show", "INV-1001")["attachments"]] == [
        "plan.txt"
    ]


def test_list_can_be_narrowed_to_a_client(issued: Business) -> None:
    issued.did("client", "add", "Beta", "--email", "bob@beta.example")
    issued.did("send", issued.invoice("INV-2", client="BETA"))
    assert len(issued.json("document", "list")) == 2
    assert [one["number"] for one in issued.json("document", "list", "--client", "beta")] == [
        "INV-2"
    ]
    table = issued.did("document", "list", "--client", "beta")
    assert "INV-2" in table
    assert "INV-1001" not in table


@pytest.mark.parametrize("command", ["document show", "document reopen", "resend", "paid", "void"])
def test_unknown_number_is_not_found(maild: Business, command: str) -> None:
    result = maild(*command.split(), "NOPE")
    assert result.exit_code == 1
    assert result.stderr == "maild: there is no document NOPE; see: maild document list\n"


def test_empty_list_says_what_to_do(maild: Business) -> None:
    assert "maild send FILE" in maild.did("document", "list")
    assert maild.json("document", "list") == []
