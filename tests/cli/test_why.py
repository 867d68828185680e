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


def test_more_links_than_are_shown_are_counted_and_can_be_listed(acme: Business) -> None:
    acme.did("send", *(acme.invoice(f"INV-{n}") for n in range(7)))
    said = acme.did("why", JANE)
    assert said.count("live until") == 5
    command = f"maild link list --client ACME --contact {JANE}"
    assert f"and 2 more: {command}\n" in said
    assert len(acme.json(*command.split()[1:])) == 7
    assert len(acme.json("why", JANE)["clients"][0]["links"]) == 7


def test_address_of_before_says_where_its_letters_go(acme: Business) -> None:
    tom = "tom@acme.example"
    acme.did("contact", "set", "ACME", JANE, "--email", tom, "--revoke-links", "--name", "Tom")
    said = acme.did("why", JANE)
    assert f", to {tom}" in said
    assert f"This was the address of Tom (ACME), whose letters go to {tom} now." in said
    facts = acme.json("why", JANE)
    (place,) = facts["clients"]
    assert (facts["known"], place["contact"], place["moved_at"] is None) == (True, tom, False)


def test_rule_that_asks_for_a_password_is_named(acme: Business) -> None:
    acme.did("client", "set", "ACME", "--enforce-login")
    assert "for the password first, by a choice of its own" in acme.did("why", JANE)
    acme.did("client", "set", "ACME", "--default-login")
    acme.config.write_text(acme.config.read_text() + "[links]\nenforce_login = true\n")
    assert "for the password first, as [links] enforce_login says" in acme.did("why", JANE)
