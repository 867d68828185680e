from __future__ import annotations

from .conftest import Business

JANE = "jane@acme.example"


def test_why_tells_people_and_programs_the_same(acme: Business) -> None:
    acme.did("send", acme.invoice(), "--password")
    said = acme.did("why", JANE)
    for words in ("Acme Ltd (ACME)", "INV-1001", "live until", "not delivered yet", "none"):
        assert words in said
    facts = acme.json("why", JANE)
    (place,) = facts["clients"]
    assert (place["ref"], place["by_link"], place["enforce_login"]) == ("ACME", ["INV-1001"], False)
    assert [one["state"] for one in facts["passwords"]] == ["undelivered"]
    assert said.rstrip().endswith(facts["command"])
    assert facts["finding"] in said


def test_unknown_address_is_not_found_and_close_ones_are_named(acme: Business) -> None:
    result = acme("why", "jan@acme.example")
    assert result.exit_code == 1
    assert f"maild why {JANE}" in result.stdout
    assert acme("why", "nonsense").exit_code == 2


def test_why_prints_no_secret(acme: Business) -> None:
    acme.did("send", acme.invoice(), "--password")
    rows = acme.in_office(lambda office: office.db.rows("SELECT hash FROM credentials"))
    said = acme.did("why", JANE) + acme.did("why", JANE, "--json")
    assert rows[0]["hash"] not in said
    assert "/l/" not in said
