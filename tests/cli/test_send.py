from __future__ import annotations

import email
import email.policy
import re
from base64 import b64decode
from pathlib import Path

import pytest

from maild.errors import StoreUnavailable
from maild.model import Event
from maild.store import events
from maild.store.database import Transaction
from tests.mail.test_logo import png as make_png

from .conftest import Business

TOML = """
type = "estimate"
number = "EST-7"
client = "acme"
issued = 2026-11-01
valid_until = 2026-12-01
[[lines]]
description = "A new roof"
quantity = "2"
unit_price = "1200"
"""


def nothing_was_kept(business: Business) -> bool:
    return not business.json("document", "list") and not business.json("queue", "list")


def test_json_document_goes_to_every_contact_of_its_client(acme: Business) -> None:
    acme.did("contact", "add", "ACME", "tom@acme.example")
    said = acme.did("send", acme.invoice())
    assert said.startswith("INV-1001 → jane@acme.example, tom@acme.example (queued)\n")
    letters = acme.json("queue", "list")
    assert {letter["recipient"] for letter in letters} == {"jane@acme.example", "tom@acme.example"}
    assert {letter["state"] for letter in letters} == {"queued"}


def test_toml_document_is_read_and_takes_the_currency_of_the_business(acme: Business) -> None:
    said = acme.did("send", acme.write("EST-7.toml", TOML))
    assert said.startswith("EST-7 → jane@acme.example (queued)\n")
    shown = acme.json("document", "show", "EST-7")
    assert (shown["type"], shown["client"], shown["currency"]) == ("estimate", "ACME", "GBP")
    assert (shown["valid_until"], shown["due"], shown["total"]) == ("2026-12-01", None, "2400.00")


def test_same_number_with_same_content_sends_nothing_twice(acme: Business) -> None:
    acme.did("send", acme.invoice())
    assert acme.did("send", acme.invoice()) == "INV-1001: already sent, nothing was sent again\n"
    assert len(acme.json("queue", "list")) == 1


def test_same_number_with_other_content_is_refused_with_what_differs(acme: Business) -> None:
    acme.did("send", acme.invoice())
    result = acme("send", acme.invoice(due="2026-12-15"))
    assert result.exit_code == 1
    assert "due: 2026-12-01 → 2026-12-15" in result.stderr
    assert "maild void INV-1001" in result.stderr
    assert acme.json("document", "show", "INV-1001")["due"] == "2026-12-01"
    assert len(acme.json("queue", "list")) == 1


def test_unknown_client_is_refused_with_the_commands_that_help(maild: Business) -> None:
    result = maild("send", maild.invoice())
    assert result.exit_code == 1
    assert result.stderr.startswith("maild: ")
    assert 'there is no client "ACME"' in result.stderr
    assert "maild client add" in result.stderr
    assert nothing_was_kept(maild)


def test_document_for_a_client_without_contacts_is_refused(maild: Business) -> None:
    maild.did("client", "add", "Acme")
    result = maild("send", maild.invoice())
    assert result.exit_code == 1
    assert "maild contact add ACME" in result.stderr
    assert nothing_was_kept(maild)


def test_contact_that_is_none_of_the_clients_is_refused(acme: Business) -> None:
    result = acme("send", acme.invoice(contacts=["jane@acme.example", "eve@other.example"]))
    assert result.exit_code == 1
    assert "eve@other.example is not a contact of ACME" in result.stderr
    assert nothing_was_kept(acme)


FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "a line end in an address": (
        {"contacts": ["jane@acme.example\nBcc: eve@x.example"]},
        "address",
    ),
    "a line end in the number": ({"number": "INV-1\r\nBcc: eve@x.example"}, "one line"),
    "an unknown field": ({"colour": "red"}, "colour: is not a field"),
    "a missing field": ({"lines": None}, "lines: is missing"),
    "money that is no number": ({"lines": [{"description": "x", "unit_price": True}]}, "in quotes"),
    "an unknown currency": ({"currency": "XYZ"}, "is not a currency"),
    "a missing attachment": ({"attachments": ["timesheet.pdf"]}, "there is no such file"),
    "a folder as attachment": ({"attachments": ["."]}, "is not a file"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_document_is_bad_input_and_keeps_nothing(acme: Business, fault: str) -> None:
    changes, words = FAULTS[fault]
    result = acme("send", acme.invoice(**changes))
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert nothing_was_kept(acme)


def test_every_fault_of_a_document_is_told_at_once(acme: Business) -> None:
    result = acme("send", acme.invoice(colour="red", currency="XYZ", due="2026-10-01"))
    assert "colour" in result.stderr
    assert "XYZ" in result.stderr


@pytest.mark.parametrize("content", ['{"type": ', "[]", "{]", "\ufeff", "NaN"])
def test_file_that_is_no_json_object_is_bad_input(acme: Business, content: str) -> None:
    path = acme.write("broken.json", content)
    result = acme("send", path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"maild: {path}: ")
    assert result.stderr.count(path) == 1


def test_attachments_lie_beside_the_document_and_keep_their_type(acme: Business) -> None:
    acme.write("timesheet.csv", "day,hours\n")
    acme.write("photos.tar.gz", b"\x1f\x8b")
    acme.did("send", acme.invoice(attachments=["timesheet.csv", "photos.tar.gz"]))
    shown = acme.json("document", "show", "INV-1001")["attachments"]
    assert [(one["name"], one["media_type"]) for one in shown] == [
        ("photos.tar.gz", "application/gzip"),
        ("timesheet.csv", "text/csv"),
    ]


def test_attachment_over_the_limit_is_refused_with_the_option_that_sets_it(acme: Business) -> None:
    acme.config.write_text(acme.config.read_text() + "[limits]\nattachment_size = 1000\n")
    acme.write("plan.pdf", b"x" * 1001)
    result = acme("send", acme.invoice(attachments=["plan.pdf"]))
    assert result.exit_code == 2
    assert "1,001 bytes" in result.stderr
    assert "[limits] attachment_size" in result.stderr
    assert nothing_was_kept(acme)


def test_one_broken_file_stops_no_other_and_gives_the_worst_code(acme: Business) -> None:
    unknown = acme.invoice("INV-2", client="NOBODY")
    broken = acme.write("broken.json", "{")
    result = acme("send", acme.invoice("INV-1"), unknown, broken, acme.invoice("INV-3"))
    assert result.exit_code == 2
    assert result.stdout.count("(queued)") == 2
    assert len(result.stderr.splitlines()) == 2
    assert {one["number"] for one in acme.json("document", "list")} == {"INV-1", "INV-3"}


def test_failure_at_the_last_moment_leaves_nothing_half_written(
    acme: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(tx: Transaction, event: Event) -> None:
        raise StoreUnavailable("the store cannot be used now")

    with monkeypatch.context() as patch:
        patch.setattr(events, "add_event", fail)
        result = acme("send", acme.invoice())
    assert result.exit_code == 1
    assert nothing_was_kept(acme)


def test_dry_run_says_what_would_go_to_whom_and_keeps_nothing(acme: Business) -> None:
    said = acme.did("send", "--dry-run", acme.invoice())
    assert said == "INV-1001 would go to jane@acme.example: £250.00 + £50.00 tax = £300.00\n"
    assert nothing_was_kept(acme)


@pytest.mark.parametrize(
    ("currency", "price", "total"),
    [("JPY", "250", "¥300"), ("GBP", "10.555", "£12.67"), ("KWD", "1.2345", "1.482")],
)
def test_totals_have_the_decimals_of_their_currency(
    acme: Business, currency: str, price: str, total: str
) -> None:
    line = {"description": "Support", "unit_price": price, "tax_rate": "20"}
    said = acme.did("send", "--dry-run", acme.invoice(currency=currency, lines=[line]))
    assert said.partition(" = ")[2].endswith(f"{total}\n")


def test_preview_writes_letters_and_pdf_and_keeps_nothing(acme: Business, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    acme.did("send", "--password", "--preview", str(folder), acme.invoice(number="2026/77"))
    assert sorted(path.name for path in folder.iterdir()) == [
        "2026-77 jane@acme.example.eml",
        "2026-77 jane@acme.example.html",
        "2026-77 jane@acme.example.txt",
        "2026-77.pdf",
    ]
    raw = (folder / "2026-77 jane@acme.example.eml").read_bytes()
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert letter["To"] == "jane@acme.example"
    attached = [part.get_filename() for part in letter.iter_attachments()]
    assert attached == ["2026-77.pdf"]
    assert nothing_was_kept(acme)


def test_preview_shows_the_letter_in_a_browser_as_a_mail_program_would(
    acme: Business, tmp_path: Path
) -> None:
    acme.write("logo.png", make_png(300, 60))
    text = acme.config.read_text()
    acme.config.write_text(text.replace("[inbound]", 'logo = "logo.png"\n[inbound]'))
    acme.did("send", "--preview", str(tmp_path / "out"), acme.invoice(notes="Für **dich**"))
    html = (tmp_path / "out" / "INV-1001 jane@acme.example.html").read_text()
    plain = (tmp_path / "out" / "INV-1001 jane@acme.example.txt").read_text()
    assert '<meta charset="utf-8">' in html
    assert "Für <strong" in html
    assert "Für dich" in plain
    (source,) = re.findall(r'<img[^>]* src="data:image/png;base64,([^"]+)"', html)
    assert b64decode(source) == make_png(300, 60)
    assert "cid:" not in html


def test_preview_into_a_folder_that_cannot_be_made_is_bad_input(acme: Business) -> None:
    result = acme("send", "--preview", acme.write("taken", "") + "/x", acme.invoice())
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_resend_queues_a_letter_for_those_who_are_still_contacts(acme: Business) -> None:
    acme.did("contact", "add", "ACME", "tom@acme.example")
    acme.did("send", acme.invoice())
    acme.did("contact", "disable", "ACME", "tom@acme.example")
    assert acme.did("resend", "INV-1001") == "INV-1001 → jane@acme.example (queued)\n"
    assert len(acme.json("document", "show", "INV-1001")["letters"]) == 3
