"""The calendar at the command line: what comes, what is held back, and the operator's pauses."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from maild.office import Office
from maild.store import letters
from maild.store.database import Transaction
from tests.cli.conftest import Business

TODAY = date.today()
DUE = TODAY + timedelta(days=60)


def send(business: Business, number: str = "INV-1001", **changes: object) -> str:
    """Send an invoice that is due in sixty days, as if the relay had taken it at once."""
    fields = {"issued": str(TODAY), "due": str(DUE)} | changes
    said = business.did("send", business.invoice(number, **fields))

    async def take(office: Office) -> None:
        async def work(tx: Transaction) -> None:
            for one in await letters.claim_letters(
                tx, owner="t", now=office.clock(), lease_until=office.clock(), most=9
            ):
                await letters.settle_letter(
                    tx,
                    letter_id=one.id,
                    owner="t",
                    state="sent",
                    outcome="",
                    next_at=0,
                    sent_at=office.clock(),
                )

        await office.db.transact(work)

    business.in_office(take)
    return said


def open_day(day: date) -> date:
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def test_send_says_when_the_document_is_first_recalled(acme: Business) -> None:
    said = send(acme)
    first = open_day(DUE - timedelta(days=3))
    assert f"  reminded of from {first.day} {first:%B %Y} on; see: maild calendar" in said
    acme.did("client", "set", "ACME", "--reminders", "off")
    assert "reminded" not in send(acme, "INV-1002")


def test_calendar_tells_what_comes_next_to_whom_and_why(acme: Business) -> None:
    send(acme)
    (next_,) = acme.json("calendar")
    assert next_ == {
        "at": next_["at"],
        "what": "reminder, friendly",
        "about": "INV-1001",
        "client": "ACME",
        "to": ["jane@acme.example"],
        "why": f"3 days before: due {DUE.day} {DUE:%B %Y}",
        "held": None,
    }
    told = acme.did("calendar")
    assert "reminder, friendly" in told
    assert "Held back" not in told


def test_calendar_shows_a_day_to_come(acme: Business) -> None:
    send(acme)
    day = open_day(DUE + timedelta(days=10))
    (one,) = acme.json("calendar", "--at", str(day), "--client", "ACME")
    assert (one["what"], one["why"][:13]) == ("reminder, firm", "10 days after")
    assert acme.json("calendar", "--at", str(day + timedelta(days=1))) == []
    empty = acme.did("calendar", "--at", "2019-01-01")
    assert empty == "Nothing will be sent by itself on 1 January 2019.\n"


def test_estimate_is_recalled_and_then_expires(acme: Business) -> None:
    ends = str(DUE)
    said = send(acme, "EST-1", type="estimate", due=None, valid_until=ends)
    assert "  recalled from" in said
    (chase,) = acme.json("calendar")
    assert chase["what"] == "chase"
    (end,) = acme.json("calendar", "--at", str(DUE + timedelta(days=1)))
    assert (end["what"], end["about"], end["to"]) == ("expires", "EST-1", [])


def test_pause_holds_a_document_back_and_unpause_lets_it_go(acme: Business) -> None:
    send(acme)
    until = TODAY + timedelta(days=90)
    said = acme.did("pause", "INV-1001", "--until", str(until), "--reason", "in  instalments")
    day = f"{until.day} {until:%B %Y}"
    assert said == f"Reminders about INV-1001 are paused until {day}\n"
    (held,) = acme.json("calendar")
    assert held["held"] == f"paused until {day}: in instalments"
    assert held["at"]
    told = acme.did("calendar")
    assert "Nothing will be sent by itself." in told
    assert "Held back" in told
    assert f"paused until {day}: in instalments" in acme.did("document", "show", "INV-1001")
    assert acme.did("unpause", "INV-1001") == "INV-1001: 1 pause ended; see: maild calendar\n"
    (free,) = acme.json("calendar")
    assert free["held"] is None
    verbs = [line["verb"] for line in acme.json("log")]
    assert [verb for verb in verbs if verb.startswith("reminders")] == [
        "reminders paused",
        "reminders resumed",
    ]


def test_client_is_paused_with_all_it_owes(acme: Business) -> None:
    send(acme)
    assert acme.did("pause", "acme") == "Reminders to ACME are paused until further notice\n"
    (held,) = acme.json("calendar")
    assert held["held"] == "paused until further notice: the operator said so"
    assert held["at"] is None
    refused = acme("unpause", "INV-1001")
    assert refused.exit_code == 1
    assert "reminders are paused for all of ACME" in refused.stderr
    acme.did("unpause", "ACME")
    again = acme("unpause", "ACME")
    assert "no reminders of ACME are paused" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("pause", "NOBODY"), 1, "NOBODY is neither a document nor a client"),
        (("pause", "ACME", "--until", "2020-01-01"), 2, "2020-01-01 is over"),
        (("calendar", "--client", "NOBODY"), 1, 'there is no client "NOBODY"'),
        (("client", "set", "ACME", "--reminders", "soon"), 2, '"soon" is not a step'),
        (("client", "set", "ACME", "--reminders", ""), 2, 'say "default", "off", or the steps'),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(
    acme: Business, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = acme(*arguments)
    assert (result.exit_code, words in result.stderr) == (code, True), result.stderr


def test_name_of_both_a_client_and_a_document_pauses_neither(acme: Business) -> None:
    acme.did("client", "add", "Other", "--ref", "INV-1001", "--email", "o@other.example")
    send(acme)
    assert "is a document and a client" in acme("pause", "INV-1001").stderr


def test_client_shows_its_own_ladder(acme: Business) -> None:
    assert "as [reminders] ladder says" in acme.did("client", "show", "ACME")
    said = acme.did("client", "set", "ACME", "--reminders", "+10 FIRM, 3 days after: friendly")
    assert said.endswith("Reminders: 3 days after: friendly, 10 days after: firm\n")
    assert acme.json("client", "show", "ACME")["reminders"] == (
        "3 days after: friendly, 10 days after: firm"
    )
    acme.did("client", "set", "ACME", "--reminders", "default")
    assert acme.json("client", "show", "ACME")["reminders"] == "default"
