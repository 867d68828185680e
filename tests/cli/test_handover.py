from __future__ import annotations

import pytest

from .conftest import Business

JANE, TOM = "jane@acme.example", "tom@acme.example"


def people(business: Business) -> dict[str, bool]:
    found = business.json("contact", "list", "ACME")
    return {one["address"]: one["disabled_at"] is None for one in found}


@pytest.fixture
def waiting(acme: Business) -> Business:
    """The business with a letter that waits to go to Jane."""
    acme.did("send", acme.invoice())
    return acme


@pytest.mark.parametrize(
    "command",
    [("replace", "ACME", JANE, TOM), ("set", "ACME", JANE, "--email", TOM)],
    ids=["replace", "set"],
)
def test_dry_run_shows_what_will_change_and_changes_nothing(
    waiting: Business, command: tuple[str, ...]
) -> None:
    before = waiting.json("log")
    said = waiting.did("contact", *command, "--dry-run")
    for words in ("1 live", "0 sessions", "has none", "INV-1001", "Nothing was changed."):
        assert words in said
    assert (waiting.json("log"), people(waiting)) == (before, {JANE: True})


def test_without_a_terminal_the_error_names_the_options_that_answer(waiting: Business) -> None:
    result = waiting("contact", "replace", "ACME", JANE, TOM)
    assert result.exit_code == 2
    assert "--letters readdress or --letters drop" in result.stderr
    move = ("contact", "set", "ACME", JANE, "--email", TOM)
    result = waiting(*move)
    assert (result.exit_code, "--revoke-links or --keep-links" in result.stderr) == (2, True)
    assert waiting(*move, "--keep-links").exit_code == 2
    assert people(waiting) == {JANE: True}


def test_at_a_terminal_the_questions_are_asked(
    waiting: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maild.cli.asking.at_terminal", lambda: True)
    move = ("contact", "set", "ACME", JANE, "--email", TOM)
    assert waiting(*move, typed="keep\nreaddress\nn\n").exit_code == 1
    assert people(waiting) == {JANE: True}
    assert waiting(*move, typed="keep\nreaddress\ny\n").exit_code == 0
    assert people(waiting) == {TOM: True}
    letters = {one["recipient"]: one["state"] for one in waiting.json("queue", "list")}
    assert letters == {JANE: "dropped", TOM: "queued"}
    assert [one["state"] for one in waiting.json("link", "list")] == ["live", "live"]


def test_replaced_without_history_and_with_letters_written_anew(waiting: Business) -> None:
    waiting.did("contact", "replace", "ACME", JANE, TOM, "--no-history", "--letters", "readdress")
    assert people(waiting) == {JANE: False, TOM: True}
    tom = next(x for x in waiting.json("contact", "list", "ACME") if x["address"] == TOM)
    assert tom["history_from"]
    assert "sees what was sent since" in waiting.did("contact", "list", "ACME")
    assert waiting.json("why", TOM)["clients"][0]["by_link"] == ["INV-1001"]


def test_nothing_is_asked_where_nothing_waits(acme: Business) -> None:
    acme.did("contact", "replace", "ACME", JANE, TOM)
    acme.did("contact", "set", "ACME", TOM, "--email", "tim@acme.example", "--revoke-links")
    assert people(acme) == {JANE: False, "tim@acme.example": True}


def test_address_name_and_password_change_in_one_command(acme: Business) -> None:
    acme.did(
        *("contact", "set", "ACME", JANE, "--email", TOM, "--revoke-links"),
        *("--name", "Tom", "--password"),
    )
    (tom,) = acme.json("contact", "list", "ACME")
    assert (tom["address"], tom["name"]) == (TOM, "Tom")
    assert [one["recipient"] for one in acme.json("queue", "list")] == [TOM]


def test_options_of_a_hand_over_go_with_a_new_address(acme: Business) -> None:
    for option in ("--keep-links", "--dry-run"):
        assert acme("contact", "set", "ACME", JANE, "--name", "J", option).exit_code == 2
