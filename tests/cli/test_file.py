from __future__ import annotations

from .conftest import Business


def test_files_are_added_listed_and_removed(acme: Business) -> None:
    contract = acme.write("contract.pdf", b"signed")
    prices = acme.write("prices.csv", b"oak,7\n")
    assert acme.did("file", "add", "ACME", contract, prices) == (
        "ACME: contract.pdf, prices.csv added\n"
    )
    assert "nothing new" in acme.did("file", "add", "ACME", contract)
    listed = acme.json("file", "list", "ACME")
    assert [(f["name"], f["media_type"], f["size"]) for f in listed] == [
        ("contract.pdf", "application/pdf", 6),
        ("prices.csv", "text/csv", 6),
    ]
    assert listed[0]["created_at"].endswith("Z")
    assert acme.did("file", "remove", "ACME", "contract.pdf") == "ACME: contract.pdf removed\n"
    table = acme.did("file", "list", "ACME")
    assert "prices.csv" in table
    assert "contract.pdf" not in table
    assert "operator:kim file removed ACME: contract.pdf" in acme.did("log").replace("  ", " ")


def test_other_content_is_refused_unless_it_is_to_replace(acme: Business) -> None:
    path = acme.write("contract.pdf", b"draft")
    acme.did("file", "add", "ACME", path)
    acme.write("contract.pdf", b"signed")
    refused = acme("file", "add", "ACME", path)
    assert (refused.exit_code, "--replace" in refused.stderr) == (1, True)
    assert acme.did("file", "add", "ACME", path, "--replace") == "ACME: contract.pdf added\n"
    assert len(acme.json("file", "list", "ACME")) == 1


def test_unknown_client_name_and_file_are_told_apart(acme: Business) -> None:
    path = acme.write("contract.pdf", b"")
    for arguments, code, words in (
        (("add", "NONE", path), 1, "there is no client"),
        (("list", "NONE"), 1, "there is no client"),
        (("remove", "ACME", "none.pdf"), 1, "has no file none.pdf"),
        (("add", "ACME", path + "x"), 2, "there is no such file"),
        (("add", "ACME", str(acme.folder)), 2, "is not a file"),
    ):
        result = acme("file", *arguments)
        assert (result.exit_code, words in result.stderr) == (code, True), result.output
    assert "has no file yet" in acme.did("file", "list", "ACME")


def test_file_over_the_limit_is_refused_before_it_is_read(acme: Business) -> None:
    huge = acme.folder / "huge.iso"
    with huge.open("wb") as file:
        file.truncate(2**36)
    for command in (("file", "add", "ACME"), ("attach", "INV-1001")):
        result = acme(*command, str(huge))
        assert result.exit_code == 2
        assert "huge.iso has 68,719,476,736 bytes; at most 10,485,760 are" in result.stderr
    assert acme.json("file", "list", "ACME") == []


def test_statement_of_a_period_is_told_and_written_as_json(acme: Business) -> None:
    acme.did("send", acme.invoice(issued="2020-11-01", due="2020-12-01"))
    acme.did("paid", "INV-1001", "--on", "2020-11-20", "--amount", "100")
    told = acme.did("statement", "ACME", "--from", "2020-11-01", "--to", "2020-11-20")
    assert told.startswith("You owe £200.00 as of 20 November 2020.\n")
    for words in ("Opening balance", "Payment of INV-1001", "-£100.00", "Closing balance"):
        assert words in told
    shown = acme.json("statement", "ACME", "--from", "2020-11-02", "--to", "2020-11-20")
    assert (shown["client"], shown["from"], shown["as_of"]) == ("ACME", "2020-11-02", "2020-11-20")
    assert shown["sections"] == [
        {
            "currency": "GBP",
            "opening": "300.00",
            "entries": [
                {
                    "date": "2020-11-20",
                    "kind": "payment",
                    "number": "INV-1001",
                    "amount": "-100.00",
                    "balance": "200.00",
                }
            ],
            "closing": "200.00",
        }
    ]


def test_statement_refuses_a_bad_period_and_an_unknown_client(acme: Business) -> None:
    for arguments, code, words in (
        (("NONE",), 1, "there is no client"),
        (("ACME", "--from", "yesterday"), 2, "not a date"),
        (("ACME", "--from", "2026-12-02", "--to", "2026-12-01"), 2, "after the last"),
    ):
        result = acme("statement", *arguments)
        assert (result.exit_code, words in result.stderr) == (code, True), result.output
