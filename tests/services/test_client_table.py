"""Reading tables of clients as other programs write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.errors import BadInput
from maild.services.client_table import ClientTable, read_clients


def table_of(folder: Path, content: str | bytes) -> ClientTable:
    path = folder / "clients.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_clients(path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_found_out(
    separator: str, ending: str, tmp_path: Path
) -> None:
    lines = (("name", "ref", "email"), ("Acme, Inc; Ltd", "ACME", "jane@acme.example"))
    text = ending.join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    (row,) = table_of(tmp_path, text).rows
    assert (row.line, row.name, row.ref) == (2, "Acme, Inc; Ltd", "ACME")
    assert row.email == "jane@acme.example"


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        ("Company,Customer No.,E-mail,Contact name", "Acme,A1,jane@acme.example,Jane Doe"),
        (
            "CUSTOMER_NAME;Client Number;Email Address;Contact-Person",
            "Acme;A1;jane@acme.example;Jane Doe",
        ),
        ("Organisation,ID,Mail,First name,Surname", "Acme,A1,jane@acme.example,Jane,Doe"),
        ("Phone,name , ref,EMAIL,contact", "1,Acme,A1,jane@acme.example,Jane Doe"),
    ],
)
def test_headings_are_known_in_several_spellings(headings: str, cells: str, tmp_path: Path) -> None:
    (row,) = table_of(tmp_path, f"{headings}\n{cells}\n").rows
    told = (row.name, row.ref, row.email, row.contact)
    assert told == ("Acme", "A1", "jane@acme.example", "Jane Doe")


def test_columns_that_say_nothing_are_named(tmp_path: Path) -> None:
    assert table_of(tmp_path, "name,City,Phone\nAcme,Bath,1\n").unused == ("City", "Phone")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_with_and_without_a_mark(encoding: str, tmp_path: Path) -> None:
    table = table_of(tmp_path, "name,email\nMüller & Söhne,a@b.example\n".encode(encoding))
    assert (table.rows[0].name, table.guessed) == ("Müller & Söhne", False)


def test_windows_text_is_read_and_said_to_be_a_guess(tmp_path: Path) -> None:
    table = table_of(tmp_path, "name\nMüller – Söhne\n".encode("cp1252"))
    assert (table.rows[0].name, table.guessed) == ("Müller – Söhne", True)


def test_lines_are_counted_through_quoted_line_ends_and_blank_lines(tmp_path: Path) -> None:
    text = '\nname,address\n"Acme","1 Lane\nBath\nUK"\n\n,\nBeta,"x"\r\n"Gamma",y\n'
    rows = table_of(tmp_path, text).rows
    assert [(row.line, row.name) for row in rows] == [(3, "Acme"), (8, "Beta"), (9, "Gamma")]


def test_row_with_too_many_cells_is_at_fault_and_one_with_too_few_is_not(tmp_path: Path) -> None:
    rows = table_of(tmp_path, "name,ref,email\nAcme, Inc,A1,a@b.example\nBeta\nGamma,G,,,\n").rows
    assert "4 cells under 3 headings" in rows[0].fault
    assert [(row.name, row.fault) for row in rows[1:]] == [("Beta", ""), ("Gamma", "")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no heading says"),
        (b"\n\n", "no heading says"),
        (b"name,email\n", "no row stands under"),
        (b"email,phone\na@b.example,1\n", "no heading says which column"),
        (b"name,company\nAcme,Acme\n", 'csv:1: "name", "company" both hold the name'),
        (b"name\nAcme\n\0\n", "csv:3: holds a NUL"),
        (b"PK\x03\x04rest", "is a workbook"),
        (b"name\nAc\x81me\xff\n", "neither UTF-8 nor Windows-1252"),
        (b"\xff\xfename\n", "neither UTF-8 nor"),
        (b'name,ref\nAcme,1\n"Beta,2\nGamma,3\n', "csv:3: the quotation marks of the row"),
        (b'name,ref\n"Acme "Best" Ltd",1\n', "csv:2: the quotation marks of the row"),
    ],
)
def test_what_is_no_such_table_is_refused_with_the_reason(
    content: bytes, words: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="clients") as refused:
        table_of(tmp_path, content)
    assert words in str(refused.value)


def test_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "none.csv", "no such file"), (tmp_path, "cannot be read")):
        with pytest.raises(BadInput, match=words):
            read_clients(path)


@given(content=st.binary(max_size=300))
def test_whatever_bytes_come_are_a_table_or_are_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"name,ref\n" + content)
    try:
        table = read_clients(path)
    except BadInput:
        return
    lines = [row.line for row in table.rows]
    assert lines == sorted(set(lines))
    assert lines[0] > 1
