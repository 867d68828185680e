from __future__ import annotations

import pytest

from .conftest import Business


def letters_to(business: Business, address: str) -> list[str]:
    found = business.json("queue", "list")
    return [letter["kind"] for letter in found if letter["recipient"] == address]


def test_client_gets_its_first_word_as_reference_and_its_first_contact(maild: Business) -> None:
    maild.did("client", "add", "Acme Ltd", "--email", "jane@acme.example", "--enforce-login")
    shown = maild.json("client", "show", "acme")
    assert (shown["ref"], shown["name"], shown["enforce_login"]) == ("ACME", "Acme Ltd", True)
    assert [one["address"] for one in shown["contacts"]] == ["jane@acme.example"]
    assert "link, then password" in maild.did("client", "list")


def test_client_set_changes_what_is_named_and_nothing_else(acme: Business) -> None:
    acme.did("client", "set", "ACME", "--name", "Acme plc", "--shared")
    acme.did("client", "set", "ACME", "--link-scope", "document")
    shown = acme.json("client", "list")[0]
    assert (shown["name"], shown["shared"], shown["link_scope"]) == ("Acme plc", True, "document")
    assert shown["enforce_login"] is False
    assert acme("client", "set", "ACME").exit_code == 2


def test_reference_that_is_taken_is_refused_and_no_contact_is_kept(acme: Business) -> None:
    result = acme("client", "add", "Acme Inc", "--email", "ann@acme.example")
    assert result.exit_code == 1
    assert "--ref" in result.stderr
    assert len(acme.json("contact", "list", "ACME")) == 1


@pytest.mark.parametrize("address", ["jane", "jane@acme.example\nBcc: x@y.example", "a@b@c", ""])
def test_malformed_address_is_bad_input(acme: Business, address: str) -> None:
    assert acme("contact", "add", "ACME", address).exit_code == 2
    assert acme("reissue", address).exit_code == 2
    assert len(acme.json("contact", "list", "ACME")) == 1


def test_contact_with_password_is_mailed_one(acme: Business) -> None:
    said = acme.did("contact", "add", "ACME", "tom@acme.example", "--name", "Tom", "--password")
    assert "new password → tom@acme.example (queued)" in said
    assert letters_to(acme, "tom@acme.example") == ["credentials"]


def test_contact_twice_is_refused(acme: Business) -> None:
    assert acme("contact", "add", "ACME", "JANE@acme.example").exit_code == 1


def test_contact_set_renames_and_mails_a_password(acme: Business) -> None:
    acme.did("contact", "set", "ACME", "jane@acme.example", "--name", "Jane Roe", "--password")
    assert acme.json("contact", "list", "ACME")[0]["name"] == "Jane Roe"
    assert letters_to(acme, "jane@acme.example") == ["credentials"]
    assert acme("contact", "set", "ACME", "jane@acme.example").exit_code == 2


def test_replaced_contact_loses_access_and_waiting_letters(acme: Business) -> None:
    acme.did("send", acme.invoice())
    hand_over = ("contact", "replace", "ACME", "jane@acme.example", "tom@acme.example")
    acme.did(*hand_over, "--letters", "drop")
    people = {one["address"]: one["disabled_at"] for one in acme.json("contact", "list", "ACME")}
    assert people["tom@acme.example"] is None
    assert people["jane@acme.example"].endswith("Z")
    assert [letter["state"] for letter in acme.json("queue", "list")] == ["dropped"]
    assert "disabled" in acme.did("contact", "list", "ACME")


def test_disabled_contact_is_sent_no_password(acme: Business) -> None:
    acme.did("contact", "disable", "ACME", "jane@acme.example")
    assert acme("reissue", "jane@acme.example").exit_code == 1
    assert acme("contact", "set", "ACME", "jane@acme.example", "--password").exit_code == 1
    assert acme.json("queue", "list") == []


def test_reissue_for_an_address_of_several_clients_picks_the_one_written_to_last(
    acme: Business,
) -> None:
    acme.did("client", "add", "Beta", "--email", "jane@acme.example")
    result = acme("reissue", "jane@acme.example")
    assert result.exit_code == 1
    assert "ACME and BETA; say which: --client REF" in result.stderr
    acme.did("send", acme.invoice("INV-2", client="BETA"))
    acme.did("reissue", "jane@acme.example")
    assert acme.json("log", "--client", "BETA")[-1]["verb"] == "reissued"
    acme.did("reissue", "jane@acme.example", "--client", "ACME")
    assert acme.json("log", "--client", "ACME")[-1]["verb"] == "reissued"


def test_client_show_tells_documents_and_last_letters(acme: Business) -> None:
    acme.did("send", acme.invoice())
    text = acme.did("client", "show", "ACME")
    assert "£300.00" in text
    assert "Invoice INV-1001" in text
    shown = acme.json("client", "show", "ACME")
    assert shown["documents"][0]["balance"] == "300.00"
    assert shown["letters"][0]["recipient"] == "jane@acme.example"


@pytest.mark.parametrize("command", ["client show", "client set --shared", "contact list"])
def test_unknown_client_is_not_found(maild: Business, command: str) -> None:
    result = maild(*command.split(), "NOPE")
    assert result.exit_code == 1
    assert 'there is no client "NOPE"' in result.stderr


def test_business_wide_default_holds_where_a_client_has_no_choice_of_its_own(
    acme: Business,
) -> None:
    acme.did("client", "add", "Bolt Ltd", "--no-enforce-login")
    acme.did("client", "add", "Cog Ltd", "--enforce-login")

    def enforced() -> dict[str, bool]:
        return {one["ref"]: one["enforce_login"] for one in acme.json("client", "list")}

    assert enforced() == {"ACME": False, "BOLT": False, "COG": True}
    acme.config.write_text(acme.config.read_text() + "[links]\nenforce_login = true\n")
    assert enforced() == {"ACME": True, "BOLT": False, "COG": True}
    acme.did("client", "set", "BOLT", "--default-login")
    assert enforced()["BOLT"] is True
    assert acme("client", "set", "BOLT", "--default-login", "--enforce-login").exit_code == 2


def test_dummy_is_marked_in_lists(acme: Business) -> None:
    said = acme.did("client", "add", "Try", "--dummy", "--email", "me@try.example")
    assert "its letters go to owner@example.test" in said
    assert {x["ref"]: x["dummy"] for x in acme.json("client", "list")} == {
        "ACME": False,
        "TRY": True,
    }
    assert "dummy" in acme.did("client", "list")
    acme.did("send", acme.invoice(client="TRY"))
    (letter,) = acme.json("queue", "list")
    assert letter["recipient"] == "owner@example.test"
    assert letter["subject"].startswith("[Test for me@try.example] ")


def test_client_has_a_locale_of_its_own_until_it_writes_as_the_business_does(
    acme: Business,
) -> None:
    assert acme.json("client", "show", "ACME")["locale"] is None
    acme.did("client", "set", "ACME", "--locale", "de-de")
    assert acme.json("client", "show", "ACME")["locale"] == "de_DE"
    assert "de_DE" in acme.did("client", "show", "ACME")
    acme.did("client", "set", "ACME", "--default-locale")
    assert "en_GB" in acme.did("client", "show", "ACME")
    acme.did("client", "add", "Bolt", "--locale", "fr_CH")
    assert acme.json("client", "show", "BOLT")["locale"] == "fr_CH"


def test_locale_that_nobody_knows_is_bad_input(acme: Business) -> None:
    result = acme("client", "set", "ACME", "--locale", "German")
    assert result.exit_code == 2
    assert "such as de_DE" in result.stderr
    both = acme("client", "set", "ACME", "--locale", "de_DE", "--default-locale")
    assert both.exit_code == 2
