"""Documents that recur, at the command line."""

from __future__ import annotations

import json
from datetime import date, timedelta

from tests.cli.conftest import Business

TODAY = date.today()
START = date(TODAY.year + 1, 1, 31)


def rent(business: Business, **changes: object) -> str:
    fields = {
        "type": "invoice",
        "number": "RENT-{year}-{seq}",
        "client": "ACME",
        "due_days": 14,
        "lines": [{"description": "Rent, {period}", "unit_price": "800.00"}],
    } | changes
    return business.write("rent.json", json.dumps(fields))


def test_recurring_document_is_added_listed_foreseen_and_stopped(acme: Business) -> None:
    said = acme.did("recur", "add", rent(acme), "--every", "1 month", "--from", str(START))
    year = START.year
    february = 29 if year % 4 == 0 else 28
    assert said.startswith(
        "RENT-{year}-{seq} comes every month on the last day, to jane@acme.example\n"
        f"  first RENT-{year}-1, £800.00\n"
        f"  on 31 January {year}, {february} February {year}, 31 March {year}, 30 April {year}, …\n"
    )
    (one,) = acme.json("recur", "list")
    assert (one["next"], one["every"], one["unit"], one["issued"]) == (str(START), 1, "month", 0)
    (coming,) = acme.json("calendar")
    assert coming["what"] == "recurring document"
    assert coming["why"] == f"every month on the last day: 31 January {year}"
    assert "every month on the last day" in acme.did("recur", "list")
    assert "has ended" in acme.did("recur", "stop", one["id"][:6])
    assert acme.did("recur", "list").startswith("Nothing recurs; add something")
    assert acme.json("calendar") == []


def test_dry_run_keeps_nothing(acme: Business) -> None:
    said = acme.did("recur", "add", rent(acme), "--every", "2 weeks", "--dry-run")
    assert "would come every 2 weeks" in said
    assert acme.json("recur", "list") == []


def test_attachments_are_looked_for_beside_the_file(acme: Business) -> None:
    acme.write("terms.txt", "be kind")
    acme.did("recur", "add", rent(acme, attachments=["terms.txt"]), "--every", "1 week")
    missing = acme("recur", "add", rent(acme, attachments=["gone.txt"]), "--every", "1 week")
    assert missing.exit_code == 2
    assert "gone.txt" in missing.stderr


def test_faults_are_told_with_the_file(acme: Business) -> None:
    for changes, every, words in (
        ({}, "often", "is no rhythm"),
        ({"number": "R"}, "1 month", "would be the same twice"),
        ({"due": "2027-01-01"}, "1 month", "put due_days in its place"),
        ({"client": "NOBODY"}, "1 month", "NOBODY"),
    ):
        result = acme("recur", "add", rent(acme, **changes), "--every", every)
        assert result.exit_code in {1, 2}
        assert words in result.stderr
    past = str(TODAY - timedelta(days=1))
    assert (
        "today or later"
        in acme("recur", "add", rent(acme), "--every", "week", "--from", past).stderr
    )
