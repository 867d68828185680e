"""Past documents, kept without a letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Business


@pytest.fixture
def folder(acme: Business) -> Path:
    """A folder with an invoice, an estimate in TOML below it, and a file that goes with it."""
    (acme.folder / "old" / "2024").mkdir(parents=True)
    acme.invoice(
        "old/INV-1", number="INV-1", attachments=["time.csv"], issued="2024-01-02", due="2024-02-01"
    )
    acme.write("old/time.csv", "a,b\n")
    acme.write(
        "old/2024/EST-1.toml",
        'type = "estimate"\nnumber = "EST-1"\nclient = "ACME"\nissued = 2024-01-01\n'
        'valid_until = 2024-03-01\n[[lines]]\ndescription = "Wall"\nunit_price = "10.00"\n',
    )
    return acme.folder / "old"


def document(business: Business, number: str) -> dict[str, object]:
    shown: dict[str, object] = business.json("document", "show", number)
    return shown


def test_documents_are_kept_with_their_files_and_no_letter_is_written(
    acme: Business, folder: Path
) -> None:
    told = acme.did("import", "documents", str(folder))
    assert told == f"{folder}: 2 documents kept\n"
    assert [one["number"] for one in acme.json("document", "list")] == ["INV-1", "EST-1"]
    invoice = document(acme, "INV-1")
    assert (invoice["status"], invoice["balance"]) == ("Overdue", "300.00")
    assert [one["name"] for one in invoice["attachments"]] == ["time.csv"]  # type: ignore[attr-defined]
    assert acme.json("queue", "list") == []
    assert acme.json("link", "list") == []


def test_same_folder_again_changes_nothing(acme: Business, folder: Path) -> None:
    acme.did("import", "documents", str(folder))
    before = acme.json("log")
    assert acme.did("import", "documents", str(folder)) == f"{folder}: 2 files there already\n"
    assert acme.json("log") == before


def test_paid_invoices_are_paid_on_the_day_they_were_due(acme: Business, folder: Path) -> None:
    told = acme.did("import", "documents", str(folder), "--paid")
    assert told == f"{folder}: 2 documents kept, 1 document paid\n"
    assert document(acme, "INV-1")["status"] == "Paid"
    assert document(acme, "EST-1")["status"] == "Expired"
    statement = acme.did("statement", "ACME", "--from", "2024-01-01", "--to", "2024-12-31")
    assert "1 February 2024  Payment of INV-1" in statement
    assert acme.json("queue", "list") == []


def test_paid_invoices_are_paid_on_the_day_that_is_said(acme: Business, folder: Path) -> None:
    acme.did("import", "documents", str(folder), "--paid", "--on", "2024-01-20")
    statement = acme.did("statement", "ACME", "--from", "2024-01-01", "--to", "2024-12-31")
    assert "20 January 2024  Payment of INV-1" in statement
    assert acme("import", "documents", str(folder), "--on", "2024-01-20").exit_code == 2


def test_open_invoice_is_not_made_paid_by_the_way(acme: Business, folder: Path) -> None:
    acme.did("import", "documents", str(folder))
    result = acme("import", "documents", str(folder), "--paid")
    assert result.exit_code == 1
    assert (
        "INV-1 is there already and still open; if it was paid: maild paid INV-1" in result.stderr
    )
    assert document(acme, "INV-1")["status"] == "Overdue"


def test_what_is_refused_is_told_with_its_file_and_stops_no_other(
    acme: Business, folder: Path
) -> None:
    acme.did("import", "documents", str(folder / "2024"))
    acme.write("old/a-broken.json", "{")
    acme.invoice("old/b-stranger", number="INV-2", client="NOBODY")
    acme.invoice("old/c-alone", number="INV-3", attachments=["gone.pdf"])
    acme.invoice("old/d-other", number="EST-1")
    acme.invoice("old/e-gone", number="INV-4", contacts=["tom@acme.example"])
    acme.invoice("old/z-double", number="INV-1")
    result = acme("import", "documents", str(folder))
    assert result.exit_code == 1
    for name, words in (
        ("a-broken.json", "is not valid JSON"),
        ("b-stranger.json", 'there is no client "NOBODY"'),
        ("c-alone.json", "there is no such file"),
        ("d-other.json", "EST-1 was issued before with other content"),
        ("e-gone.json", "tom@acme.example is not a contact of ACME"),
        ("z-double.json", f"INV-1 stands in {folder / 'INV-1.json'} too, with other content"),
    ):
        assert [
            line
            for line in result.stderr.splitlines()
            if line.startswith(f"maild: {folder / name}: ") and words in line
        ], words
    assert result.stdout.endswith("1 document kept, 1 file there already, 6 files refused\n")


def test_file_that_is_attached_is_not_taken_for_a_document(acme: Business, folder: Path) -> None:
    acme.invoice("old/INV-5", number="INV-5", attachments=["data.json"])
    acme.write("old/data.json", '{"some": "data"}')
    acme.write("old/.hidden.json", "{")
    assert "3 documents kept" in acme.did("import", "documents", str(folder))


def test_dry_run_tells_the_same_and_keeps_nothing(acme: Business, folder: Path) -> None:
    acme.write("old/broken.json", "{")
    trial = acme("import", "documents", str(folder), "--paid", "--dry-run")
    assert acme.json("document", "list") == []
    real = acme("import", "documents", str(folder), "--paid")
    assert trial.stdout == real.stdout + "It was a dry run: nothing has been changed\n"
    assert trial.stderr == real.stderr


def test_report_names_each_file_with_the_reason(acme: Business, folder: Path) -> None:
    acme.write("old/broken.json", "{")
    report = acme.folder / "refused.csv"
    assert acme("import", "documents", str(folder), "--report", str(report)).exit_code == 1
    headings, row = report.read_text("utf-8-sig").splitlines()
    assert headings == "file,reason"
    assert str(folder / "broken.json") in row


def test_folder_without_documents_is_told(acme: Business) -> None:
    (acme.folder / "empty").mkdir()
    result = acme("import", "documents", str(acme.folder / "empty"))
    assert result.exit_code == 2
    assert "there is no .json or .toml file" in result.stderr


def test_imported_invoice_is_not_sent_by_send_but_by_resend_to_whom_it_was_meant_for(
    acme: Business, folder: Path
) -> None:
    acme.did("contact", "add", "ACME", "tom@acme.example")
    one = acme.invoice("old/INV-6", number="INV-6", contacts=["tom@acme.example"])
    acme.did("import", "documents", str(folder))
    told = "INV-6: imported, nothing was sent; to send it: maild resend INV-6\n"
    assert acme.did("send", one) == told
    assert acme.json("queue", "list") == []
    assert acme.did("resend", "INV-6") == "INV-6 → tom@acme.example (queued)\n"
    assert acme.did("send", one) == "INV-6: already sent, nothing was sent again\n"


def test_invoice_of_a_client_without_contacts_is_kept_and_sent_once_there_is_one(
    maild: Business,
) -> None:
    maild.did("client", "add", "Beta")
    (maild.folder / "old").mkdir()
    maild.invoice("old/INV-7", number="INV-7", client="BETA")
    maild.did("import", "documents", str(maild.folder / "old"))
    assert maild("resend", "INV-7").exit_code == 1
    maild.did("contact", "add", "BETA", "b@beta.example")
    assert maild.did("resend", "INV-7") == "INV-7 → b@beta.example (queued)\n"
