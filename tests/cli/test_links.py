from __future__ import annotations

from datetime import datetime, timedelta

from .conftest import Business

JANE = "jane@acme.example"


def test_links_are_listed_by_client_and_by_contact(acme: Business) -> None:
    acme.did("client", "add", "Bolt Ltd", "--email", "bob@bolt.example")
    acme.did("send", acme.invoice(), acme.invoice("INV-2", client="BOLT"))
    assert {one["document"] for one in acme.json("link", "list")} == {"INV-1001", "INV-2"}
    (one,) = acme.json("link", "list", "--client", "acme")
    said = (one["contact"], one["scope"], one["opens"], one["state"], one["reason"])
    assert said == (JANE, "account", "account", "live", "")
    assert [x["client"] for x in acme.json("link", "list", "--contact", "BOB@bolt.example")] == [
        "BOLT"
    ]
    assert acme("link", "list", "--contact", "nobody@acme.example").exit_code == 1
    assert "live until" in acme.did("link", "list")


def test_link_is_revoked_by_the_beginning_of_its_id_and_once(acme: Business) -> None:
    acme.did("send", acme.invoice())
    (one,) = acme.json("link", "list")
    assert acme.did("link", "revoke", one["id"][:6]) == "1 link revoked\n"
    assert "nothing to revoke" in acme.did("link", "revoke", one["id"])
    (dead,) = acme.json("link", "list")
    assert (dead["state"], dead["reason"]) == ("revoked", "by the operator")
    assert (dead["scope"], dead["opens"]) == ("account", None)
    assert " nothing " in acme.did("link", "list")
    assert acme.json("log")[-1]["verb"] == "link revoked"


def test_several_links_end_only_when_that_is_said(acme: Business) -> None:
    acme.did("send", acme.invoice(), acme.invoice("INV-2"))
    refused = acme("link", "revoke", "--client", "ACME")
    assert (refused.exit_code, "add --yes" in refused.stderr) == (2, True)
    assert {one["state"] for one in acme.json("link", "list")} == {"live"}
    assert acme.did("link", "revoke", "--contact", JANE, "--yes") == "2 links revoked\n"
    assert {one["state"] for one in acme.json("link", "list")} == {"revoked"}
    for usage in ((), ("abcd", "--client", "ACME")):
        assert acme("link", "revoke", *usage).exit_code == 2


def test_link_is_narrowed_and_given_a_last_day(acme: Business) -> None:
    acme.did("send", acme.invoice())
    (one,) = acme.json("link", "list")
    said = acme.did("link", "set", one["id"], "--scope", "document", "--expires", "2999-12-31")
    assert "scope document, live until" in said
    (changed,) = acme.json("link", "list")
    assert (changed["scope"], changed["until"]) == ("document", "3000-01-01T00:00:00.000000Z")
    assert acme("link", "set", one["id"]).exit_code == 2
    assert acme("link", "set", one["id"], "--expires", "31.12.2999").exit_code == 2
    assert acme("link", "set", one["id"], "--expires", "2001-01-01").exit_code == 1
    assert acme("link", "set", "zzzz", "--scope", "account").exit_code == 1


def test_links_say_what_they_open_where_their_client_is_narrower(acme: Business) -> None:
    acme.did("send", acme.invoice())
    (one,) = acme.json("link", "list")
    acme.did("client", "set", "ACME", "--link-scope", "document")
    (narrowed,) = acme.json("link", "list")
    assert (narrowed["scope"], narrowed["opens"]) == ("account", "document")
    said = acme.did("link", "set", one["id"], "--scope", "account")
    assert "opens its document alone all the same" in said
    assert "all the same" not in acme.did("link", "set", one["id"], "--scope", "document")


def test_clients_links_live_as_long_as_the_client_is_told(acme: Business) -> None:
    acme.did("send", acme.invoice())
    (one,) = acme.json("link", "list")
    assert "account for 7 days" in acme.did("client", "set", "ACME", "--link-days", "7")
    (shorter,) = acme.json("link", "list")
    assert (datetime.fromisoformat(one["until"]) - datetime.fromisoformat(shorter["until"])) == (
        timedelta(days=83)
    )
    assert acme.json("client", "show", "ACME")["link_days"] == 7
    assert "for 7" not in acme.did("client", "set", "ACME", "--default-link-days")
    (as_before,) = acme.json("link", "list")
    assert as_before["until"] == one["until"]
    assert acme.json("client", "show", "ACME")["link_days"] == 90
    acme.did("client", "add", "Bolt Ltd", "--link-days", "1")
    assert "account for 1 day\n" in acme.did("client", "show", "BOLT")
    for usage in (("--link-days", "0"), ("--link-days", "9", "--default-link-days")):
        assert acme("client", "set", "ACME", *usage).exit_code == 2
