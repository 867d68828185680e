"""Document files: read whole, every fault told at once, nothing taken for what it is not."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.document import Document, describe_differences, read_document
from maild.errors import BadInput

LINE = {"description": "Support", "quantity": "1", "unit_price": "250.00", "tax_rate": "20"}
INVOICE: dict[str, Any] = {
    "type": "invoice",
    "number": "INV-1",
    "client": "ACME",
    "issued": "2026-11-01",
    "due": "2026-12-01",
    "currency": "GBP",
    "lines": [LINE],
}
TOML = """
type = "estimate"
number = "EST-1"
client = "ACME"
contacts = ["jane@acme.example"]
issued = 2026-11-01
valid_until = 2026-12-01
[[lines]]
description = "Support"
quantity = 1.5
unit_price = "250.00"
tax_rate = 20
"""


def read(folder: Path, **fields: Any) -> Document:
    raw = {key: value for key, value in (INVOICE | fields).items() if value is not None}
    return read_text(folder, json.dumps(raw))


def read_text(folder: Path, text: str, name: str = "invoice.json") -> Document:
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return read_document(path, "EUR")


def read_amount(folder: Path, literal: str) -> Document:
    return read_text(folder, json.dumps(INVOICE).replace('"250.00"', literal))


def test_json_and_toml_are_read_and_added_up(tmp_path: Path) -> None:
    assert read(tmp_path).totals().gross == Decimal("300.00")
    estimate = read_text(tmp_path, TOML, "estimate.toml")
    assert (estimate.type, estimate.currency) == ("estimate", "EUR")
    assert estimate.totals().gross == Decimal("450.00")


def test_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    text = "\ufeff" + json.dumps(INVOICE, indent=1).replace("\n", "\r\n")
    assert read_text(tmp_path, text).number == "INV-1"
    assert read_text(tmp_path, "\ufeff" + TOML.replace("\n", "\r\n"), "x.toml").number == "EST-1"


def test_every_fault_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    line = {"unit_price": "x", "colour": "red"}
    with pytest.raises(BadInput) as caught:
        read(
            tmp_path,
            number=None,
            issued=20261101,
            colour=1,
            contacts=["a@b", "nobody"],
            lines=[LINE, line],
        )
    faults = str(caught.value).replace(str(tmp_path / "invoice.json"), "F").split("\n")
    starts = [
        "F: number: is missing",
        "F: contacts 2: ",
        "F: issued: must be a date",
        "F: line 2 description: is missing",
        "F: line 2 unit_price: ",
        "F: line 2 colour: is not a field",
        "F: colour: is not a field",
    ]
    assert len(faults) == len(starts)
    assert all(fault.startswith(start) for fault, start in zip(faults, starts, strict=True)), faults


def test_faults_of_the_only_line_are_not_told_as_a_missing_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, lines=[LINE | {"unit_price": "x"}])
    assert len(str(caught.value).split("\n")) == 1


@pytest.mark.parametrize("field", ["type", "number", "client", "issued", "lines"])
def test_missing_field_is_named(tmp_path: Path, field: str) -> None:
    with pytest.raises(BadInput, match=f"{field}: is missing"):
        read(tmp_path, **{field: None})


@pytest.mark.parametrize(
    "literal",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        '"NaN"',
        '"sNaN"',
        '"Infinity"',
        "1e400",
        '"1e400"',
        "true",
        "null",
        "[]",
        "{}",
        '""',
        '"ten"',
        '"1,5"',
        '"1_000"',
        '"0.0000001"',
        '"1234567890123456789"',
        "9" * 20,
        "9" * 5000,
        '"' + "9" * 100_000 + '"',
        "1e-400",
    ],
)
def test_what_is_no_amount_is_refused(tmp_path: Path, literal: str) -> None:
    with pytest.raises(BadInput, match=r"unit_price|not valid JSON"):
        read_amount(tmp_path, literal)


@pytest.mark.parametrize("literal", ["nan", "inf", "-inf", "true", "2026-11-01", "1e400"])
def test_what_is_no_amount_in_toml_is_refused(tmp_path: Path, literal: str) -> None:
    with pytest.raises(BadInput, match="unit_price"):
        read_text(tmp_path, TOML.replace('"250.00"', literal), "estimate.toml")


@pytest.mark.parametrize("literal", ["250", "250.0", '"250"', '"+250.00"', "2.5e2", '" 250 "'])
def test_equal_amounts_make_equal_documents(tmp_path: Path, literal: str) -> None:
    assert read_amount(tmp_path, literal).canonical() == read(tmp_path).canonical()


def test_unquoted_decimals_are_taken_as_written_not_as_binary(tmp_path: Path) -> None:
    assert read_amount(tmp_path, "0.100000").lines[0].unit_price == Decimal("0.1")


def test_float_made_in_code_is_refused() -> None:
    with pytest.raises(ValueError, match="in quotes"):
        Document.model_validate(INVOICE | {"lines": [LINE | {"unit_price": 0.1}]})


def test_minus_zero_is_zero(tmp_path: Path) -> None:
    line = LINE | {"quantity": "-0", "unit_price": "-0.0", "tax_rate": "-0"}
    document = read(tmp_path, lines=[line])
    assert [str(document.lines[0].quantity), str(document.lines[0].tax_rate)] == ["0", "0"]
    zero = LINE | {"quantity": "0", "unit_price": "0", "tax_rate": "0"}
    assert document.canonical() == read(tmp_path, lines=[zero]).canonical()


def test_total_beyond_what_the_store_can_keep_is_refused(tmp_path: Path) -> None:
    most = LINE | {"quantity": "999999999999.999999", "unit_price": "999999999999.999999"}
    with pytest.raises(BadInput, match="adds up to more"):
        read(tmp_path, lines=[most])
    half = LINE | {"quantity": "1000", "unit_price": "600000000000"}
    with pytest.raises(BadInput, match="adds up to more"):
        read(tmp_path, lines=[half, half])


@pytest.mark.parametrize("field", ["number", "client", "reference"])
@pytest.mark.parametrize(
    "bad", ["\n", "\r", "\0", "\x1b", "\x7f", "\u0085", "\u2028", "\u2029", "\ud800"]
)
def test_line_break_or_control_in_a_one_line_field_is_refused(
    tmp_path: Path, field: str, bad: str
) -> None:
    for text in (f"a{bad}b", f"a{bad}", f"{bad}a"):
        with pytest.raises(BadInput, match=rf"{field}|JSON"):
            read(tmp_path, **{field: text})
    with pytest.raises(BadInput, match=r"unit|JSON"):
        read(tmp_path, lines=[LINE | {"unit": f"h{bad}"}])
    with pytest.raises(BadInput, match=r"attachments|JSON"):
        read(tmp_path, attachments=[f"a{bad}.pdf"])


@pytest.mark.parametrize(
    "number",
    ["", " ", "x" * 65, "INV-1.pdf", "INV-1.PDF ", ".", "..", " .. ", "INV\u200b-1", "INV\u202e-1"],
)
def test_number_that_could_be_misread_is_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(BadInput, match="number"):
        read(tmp_path, number=number)


@pytest.mark.parametrize("field", ["client", "description"])
def test_blanks_alone_are_no_text(tmp_path: Path, field: str) -> None:
    fields = {"client": "  "} if field == "client" else {"lines": [LINE | {"description": " \n "}]}
    with pytest.raises(BadInput, match=field):
        read(tmp_path, **fields)


def test_text_of_several_lines_keeps_them_and_nothing_else(tmp_path: Path) -> None:
    document = read(
        tmp_path, notes="Dear Jane,\r\n\tthanks \n", lines=[LINE | {"description": "a\nb"}]
    )
    assert document.notes == "Dear Jane,\n\tthanks"
    assert document.lines[0].description == "a\nb"
    with pytest.raises(BadInput, match="notes"):
        read(tmp_path, notes="bell\a")


@pytest.mark.parametrize(
    "day",
    [
        "2026-02-30",
        "01/11/2026",
        "2026-11-01T10:00:00",
        "0",
        "1699920000",
        "20261101",
        "tomorrow",
        0,
        1.5,
        True,
    ],
)
def test_what_is_no_date_is_refused(tmp_path: Path, day: object) -> None:
    with pytest.raises(BadInput, match="issued"):
        read(tmp_path, issued=day)


def test_document_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ends before it is issued"):
        read(tmp_path, due="2026-10-31")
    assert read(tmp_path, due="2026-11-01").due


def test_each_type_has_its_own_last_day(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="only an estimate has valid_until"):
        read(tmp_path, valid_until="2026-12-01")
    with pytest.raises(BadInput, match="only an invoice has due"):
        read(tmp_path, type="estimate")


@pytest.mark.parametrize("currency", ["", "gbp", "£", "GBPX", "ZZZ"])
def test_unknown_currency_is_refused(tmp_path: Path, currency: str) -> None:
    with pytest.raises(BadInput, match="currency"):
        read(tmp_path, currency=currency)


@pytest.mark.parametrize("rate", ["-1", "100.01"])
def test_tax_rate_is_a_percentage(tmp_path: Path, rate: str) -> None:
    with pytest.raises(BadInput, match="tax_rate"):
        read(tmp_path, lines=[LINE | {"tax_rate": rate}])


def test_document_has_one_to_a_thousand_lines(tmp_path: Path) -> None:
    assert len(read(tmp_path, lines=[LINE] * 1000).lines) == 1000
    wrong: tuple[object, ...] = ([], [LINE] * 1001, {}, "x")
    for lines in wrong:
        with pytest.raises(BadInput, match="lines"):
            read(tmp_path, lines=lines)


def test_field_given_twice_is_refused(tmp_path: Path) -> None:
    text = json.dumps(INVOICE)
    with pytest.raises(BadInput, match="number"):
        read_text(tmp_path, text.replace('"client"', '"number": "INV-2", "client"'))
    with pytest.raises(BadInput, match="quantity"):
        read_text(tmp_path, text.replace('"unit_price"', '"quantity": "2", "unit_price"'))
    with pytest.raises(BadInput, match="TOML"):
        read_text(tmp_path, 'number = "EST-2"\n' + TOML, "estimate.toml")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "["),
        ("a.json", ""),
        ("a.json", "[1]"),
        ("a.json", "null"),
        ("a.json", "[" * 10_000 + "]" * 10_000),
        ("a.json", '{"a":' * 10_000 + "1" + "}" * 10_000),
        ("a.json", "\udcff"),
        ("a.toml", "a = ["),
        ("a.toml", "a = " + "[" * 10_000 + "]" * 10_000),
        ("a.toml", "a = 1\na = 2"),
    ],
)
def test_file_that_is_no_document_is_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(BadInput, match=name):
        read_text(tmp_path, text, name)


def test_missing_file_and_folder_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_document(tmp_path / "none.json", "GBP")
    with pytest.raises(BadInput, match="cannot be read"):
        read_document(tmp_path, "GBP")


def test_canonical_text_reads_back_as_the_same_document(tmp_path: Path) -> None:
    document = read(
        tmp_path, notes="Grüße", reference="PO 77", lines=[LINE | {"quantity": "-1.50"}]
    )
    again = Document.model_validate_json(document.canonical())
    assert again.canonical() == document.canonical()
    assert again.totals() == document.totals()


def test_who_gets_it_is_no_part_of_the_content(tmp_path: Path) -> None:
    sent = read(tmp_path, contacts=["jane@acme.example"], attachments=["a.pdf"])
    assert sent.canonical() == read(tmp_path).canonical()


def test_each_difference_is_named_with_old_and_new(tmp_path: Path) -> None:
    ours = read(tmp_path).canonical()
    theirs = read(tmp_path, reference="PO 7", due="2026-12-31", notes="x" * 500).canonical()
    due, notes, reference = sorted(describe_differences(ours, theirs))
    assert due == "due: 2026-12-01 → 2026-12-31"
    assert reference == "reference: nothing → PO 7"
    assert len(notes) < 200
    assert describe_differences(ours, ours) == ()


def test_a_difference_in_a_line_is_named_by_line_and_field(tmp_path: Path) -> None:
    ours = read(tmp_path).canonical()
    theirs = read(tmp_path, lines=[LINE | {"unit_price": "251"}, LINE]).canonical()
    price, *second = describe_differences(ours, theirs)
    assert price == "line 1 unit_price: 250 → 251"
    assert "line 2 description: nothing → Support" in second


@given(
    st.dictionaries(
        st.sampled_from([*INVOICE, "notes", "x"]), st.text() | st.integers() | st.none()
    )
)
def test_no_content_makes_anything_but_a_document_or_a_list_of_faults(
    fields: dict[str, Any],
) -> None:
    try:
        Document.model_validate(INVOICE | fields)
    except ValueError as error:
        assert str(error)
