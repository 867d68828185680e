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
    for words in ("1 live", "none open", "has none", "INV-1001", "Nothing was changed."):
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
    declined = waiting(*move, typed="keep\nreaddress\nn\n")
    assert (declined.exit_code, declined.stderr.splitlines()[-1]) == (
        1,
        "maild: nothing was changed",
    )
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


@pytest.mark.parametrize("answer", ["y", "n", ""])
def test_at_a_terminal_it_is_asked_whether_the_new_one_sees_the_past(
    acme: Business, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr("maild.cli.asking.at_terminal", lambda: True)
    said = acme("contact", "replace", "ACME", JANE, TOM, typed=f"{answer}\ny\n")
    assert said.exit_code == 0, said.output
    assert f"Shall {TOM} see what was sent before today?" in said.stdout
    tom = next(x for x in acme.json("contact", "list", "ACME") if x["address"] == TOM)
    assert bool(tom["history_from"]) is (answer == "n")


def test_nothing_is_asked_of_who_has_said_it_all(
    waiting: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maild.cli.asking.at_terminal", lambda: True)
    waiting.did("contact", "replace", "ACME", JANE, TOM, "--letters", "drop", "--yes")
    move = ("contact", "set", "ACME", TOM, "--email", JANE[1:], "--keep-links", "--yes")
    assert waiting(*move, typed="").exit_code == 0
    assert people(waiting) == {JANE: False, JANE[1:]: True}


def test_bad_name_beside_a_new_address_changes_neither(acme: Business) -> None:
    move = ("contact", "set", "ACME", JANE, "--email", TOM, "--revoke-links")
    result = acme(*move, "--name", "a\nb")
    assert (result.exit_code, "cannot be a contact's name" in result.stderr) == (2, True)
    assert people(acme) == {JANE: True}


@pytest.mark.parametrize(
    ("new", "code", "said"),
    [
        (JANE, 1, "cannot come in their own place"),
        (JANE.upper(), 1, "cannot come in their own place"),
        ("tom", 2, "is not an email address"),
        ("tom@acme.example\nBcc: x@y.example", 2, "is not an email address"),
        ("sue@acme.example", 1, "sue@acme.example is another contact of ACME already"),
        ("try@try.example", 1, "cannot be one of ACME too"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["done", "dry"])
def test_hand_over_that_makes_no_sense_is_refused_before_anything_is_shown(
    acme: Business, new: str, code: int, said: str, more: tuple[str, ...]
) -> None:
    acme.did("contact", "add", "ACME", "sue@acme.example")
    acme.did("client", "add", "Try", "--dummy", "--email", "try@try.example")
    before = acme.json("log")
    result = acme("contact", "replace", "ACME", JANE, new, *more)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert acme.json("log") == before


def test_who_left_earlier_comes_back_in_anothers_place(acme: Business) -> None:
    acme.did("contact", "replace", "ACME", JANE, TOM)
    said = acme.did("contact", "replace", "ACME", TOM, JANE)
    assert f"maild contact set ACME {JANE} --password" in said
    assert people(acme) == {JANE: True, TOM: False}


def test_contact_who_leaves_is_told_with_what_ended_and_the_last_one_with_a_hint(
    waiting: Business,
) -> None:
    waiting.did("contact", "add", "acme", TOM)
    said = waiting.did("contact", "disable", "acme", JANE)
    assert said == f"{JANE} has no access to ACME any more: 1 link revoked, " + (
        "1 waiting letter dropped\n"
    )
    said = waiting.did("contact", "disable", "acme", TOM)
    assert said.splitlines()[1].startswith("ACME has no contact left; add one: maild contact add")


def test_letters_that_would_be_lost_or_never_arrived_are_listed(waiting: Business) -> None:
    said = waiting.did("contact", "replace", "ACME", JANE, TOM, "--dry-run")
    (letter,) = waiting.json("queue", "list")
    assert f"{letter['id']}  queued  Invoice INV-1001" in said
    assert "1 letter not delivered: --letters readdress" in said
