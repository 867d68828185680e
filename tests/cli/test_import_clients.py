"""Clients and contacts from a table."""

from __future__ import annotations

import csv
import os
import pty
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import Business
from .test_program import PROGRAM, environ, read_until


def contacts_of(business: Business, ref: str) -> dict[str, str]:
    return {one["address"]: one["name"] for one in business.json("contact", "list", ref)}


def test_rows_become_clients_and_further_rows_their_contacts(maild: Business) -> None:
    table = maild.write(
        "clients.csv",
        "name,ref,email,contact\n"
        "Acme Ltd,ACME,jane@acme.example,Jane Doe\n"
        ",acme,tom@acme.example,\n"
        "Beta & Co,B-7,,\n",
    )
    told = maild.did("import", "clients", table)
    assert told == f"{table}: 2 clients added, 2 contacts added\n"
    assert [(one["ref"], one["name"]) for one in maild.json("client", "list")] == [
        ("ACME", "Acme Ltd"),
        ("B-7", "Beta & Co"),
    ]
    people = {"jane@acme.example": "Jane Doe", "tom@acme.example": ""}
    assert contacts_of(maild, "ACME") == people
    assert [line["actor"] for line in maild.json("log")] == ["operator:kim"] * 4


def test_same_table_again_adds_nothing(maild: Business) -> None:
    table = maild.write("clients.csv", "name;email\nAcme Ltd;jane@acme.example\nBeta;b@b.example\n")
    maild.did("import", "clients", table)
    before = maild.json("log")
    assert maild.did("import", "clients", table) == f"{table}: 2 rows there already\n"
    assert maild.json("log") == before


def test_clients_without_a_reference_are_told_apart_by_their_names(maild: Business) -> None:
    names = ("Smith", "Smith Brothers", "smith  brothers", "Smith & Brothers")
    table = maild.write("clients.csv", "name\n" + "\n".join(names) + "\n")
    result = maild("import", "clients", table)
    assert result.exit_code == 1
    assert [one["ref"] for one in maild.json("client", "list")] == ["SMITH", "SMITH-BROTHERS"]
    assert f"{table}:4: SMITH-BROTHERS is called Smith Brothers here" in result.stderr
    assert f"{table}:5: another client has the reference SMITH-BROTHERS" in result.stderr


def test_name_of_two_clients_wants_a_reference(maild: Business) -> None:
    for ref in ("A1", "A2"):
        maild.did("client", "add", "Acme", "--ref", ref)
    result = maild("import", "clients", maild.write("c.csv", "name,email\nacme,j@acme.example\n"))
    assert result.exit_code == 1
    assert "is the name of A1, A2: say which" in result.stderr


def test_refused_rows_are_told_with_line_and_reason_and_stop_no_other(acme: Business) -> None:
    acme.did("client", "add", "Try", "--dummy", "--email", "me@try.example")
    table = acme.write(
        "clients.csv",
        "name,ref,email,contact\n"
        "Acme Limited,ACME,,\n"
        "Acme Ltd,ACME,jane@acme.example,Jane\n"
        ",NEW,,\n"
        ",,x@y.example,\n"
        'Beta,B,"Ann <ann@beta.example>",\n'
        "Gamma,G,,Greta\n"
        "Delta,D E,d@delta.example,\n"
        "Eta,E,me@try.example,\n"
        "Zeta,Z,z@zeta.example\n"
        "one,two,three,four,five\n",
    )
    result = acme("import", "clients", table)
    assert result.exit_code == 1
    told = result.stderr.splitlines()
    for line, words in (
        (2, "ACME is called Acme Ltd here, and Acme Limited in the file"),
        (3, "jane@acme.example has no name here, and is Jane in the file"),
        (4, "there is no client NEW yet, and the row names none"),
        (5, "names no client"),
        (6, "is not an email address"),
        (7, "Greta has no email address"),
        (8, "cannot be a reference"),
        (9, "is a contact of TRY, a dummy client"),
        (11, "has 5 cells under 4 headings"),
    ):
        assert [one for one in told if one.startswith(f"maild: {table}:{line}: ") and words in one]
    assert result.stdout == f"{table}: 1 client added, 1 contact added, 9 rows refused\n"
    # a row is kept whole or not at all
    assert [one["ref"] for one in acme.json("client", "list")] == ["ACME", "TRY", "Z"]


@pytest.mark.parametrize(
    "row",
    [
        '"Evil\nBcc: x@evil.example",E,e@evil.example,',
        "Evil\x1b[31m,E,e@evil.example,",
        "Evil\u202eLtd,E,e@evil.example,",
        'Evil,E,"e@evil.example\r\nBcc: x@evil.example",',
        'Evil,E,e@evil.example,"Eve\r\nBcc: x@evil.example"',
        "Evil,E/../F,e@evil.example,",
        "Evil,E,e@evil.example%00,\x00"[:-1] + "\x7f",
    ],
)
def test_rows_pass_the_same_checks_as_clients_added_by_hand(row: str, maild: Business) -> None:
    result = maild("import", "clients", maild.write("c.csv", f"name,ref,email,contact\n{row}\n"))
    assert result.exit_code == 1
    assert "1 row refused" in result.stdout
    assert maild.json("client", "list") == []


def test_update_changes_names_and_nothing_else(acme: Business) -> None:
    table = acme.write("c.csv", "name,ref,email,contact\nAcme Inc,ACME,jane@acme.example,Jane\n")
    told = acme.did("import", "clients", table, "--update")
    assert told == f"{table}: 1 client renamed, 1 contact renamed\n"
    assert acme.json("client", "show", "ACME")["name"] == "Acme Inc"
    assert contacts_of(acme, "ACME") == {"jane@acme.example": "Jane"}
    assert acme.did("import", "clients", table) == f"{table}: 1 row there already\n"


def test_address_that_was_taken_away_does_not_come_back_with_an_old_table(acme: Business) -> None:
    acme.did("contact", "add", "ACME", "tom@acme.example")
    acme.did("contact", "disable", "ACME", "tom@acme.example")
    acme.did(
        *("contact", "set", "ACME", "jane@acme.example", "--email", "jane@new.example"),
        "--revoke-links",
    )
    table = acme.write("c.csv", "ref,email\nACME,tom@acme.example\nACME,Jane@Acme.example\n")
    result = acme("import", "clients", table, "--update")
    assert result.exit_code == 1
    assert "tom@acme.example was disabled as a contact of ACME" in result.stderr
    assert "has been changed to jane@new.example at ACME" in result.stderr
    live = [one for one in acme.json("contact", "list", "ACME") if not one["disabled_at"]]
    assert [one["address"] for one in live] == ["jane@new.example"]


def test_dry_run_tells_the_same_and_changes_nothing(acme: Business) -> None:
    table = acme.write(
        "c.csv",
        "name,ref,email\nBeta,BETA,b@beta.example\n,BETA,c@beta.example\n"
        ",ACME,jane@acme.example\n,ACME,new@acme.example\nOther,ACME,\n",
    )
    before = acme.json("log")
    trial, real = acme("import", "clients", table, "--dry-run"), None
    assert acme.json("log") == before
    assert [one["ref"] for one in acme.json("client", "list")] == ["ACME"]
    real = acme("import", "clients", table)
    assert trial.stdout == real.stdout + "It was a dry run: nothing has been changed\n"
    assert (trial.stderr, trial.exit_code) == (real.stderr, real.exit_code)
    assert "1 client added, 3 contacts added, 1 row there already, 1 row refused" in real.stdout


def test_report_holds_what_was_refused_and_can_be_mended_and_imported(maild: Business) -> None:
    table = maild.write(
        "c.csv", 'name,City,email\nAcme,"Bath\nUK",a@acme.example\nBéta,"York, UK",nonsense\n'
    )
    report = maild.folder / "refused.csv"
    result = maild("import", "clients", table, "--report", str(report))
    assert result.exit_code == 1
    assert "nonsense" not in result.stderr
    with report.open(encoding="utf-8-sig", newline="") as file:
        headings, row = csv.reader(file)
    assert headings == ["line", "reason", "name", "City", "email"]
    reason = '"nonsense" is not an email address: it has no @'
    assert row == ["4", reason, "Béta", "York, UK", "nonsense"]
    report.write_bytes(report.read_bytes().replace(b",nonsense", b",b@beta.example"))
    assert "1 client added, 1 contact added" in maild.did("import", "clients", str(report))


def test_report_never_takes_the_place_of_the_table(maild: Business) -> None:
    table = maild.write("c.csv", "name\nAcme\n")
    result = maild("import", "clients", table, "--report", table)
    assert result.exit_code == 2
    assert "would replace what is imported" in result.stderr
    assert Path(table).read_text() == "name\nAcme\n"
    assert maild.json("client", "list") == []


def test_report_that_cannot_be_written_is_told_before_anything_is_done(maild: Business) -> None:
    table = maild.write("c.csv", "name\nAcme\n")
    result = maild("import", "clients", table, "--report", str(maild.folder / "no" / "r.csv"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert maild.json("client", "list") == []


def test_columns_not_used_and_a_guessed_encoding_are_told(maild: Business) -> None:
    table = maild.write("c.csv", "name;Ort\nMüller;Köln\n".encode("cp1252"))
    result = maild("import", "clients", table)
    assert result.exit_code == 0
    assert "was read as Windows-1252" in result.stderr
    assert "columns that are not used: Ort" in result.stderr
    assert maild.json("client", "list")[0]["name"] == "Müller"


def test_person_who_watches_sees_a_bar(maild: Business) -> None:
    table = maild.write("c.csv", "name\n" + "".join(f"Firm {n}\n" for n in range(5)))
    command = [*PROGRAM, "--config", str(maild.config), "import", "clients", table]
    master, terminal = pty.openpty()
    with subprocess.Popen(command, stdout=terminal, env=environ(TERM="xterm")) as process:
        try:
            shown = read_until(master, b"5 clients added")
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
            os.close(terminal)
            os.close(master)
    assert b"Importing" in shown


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_interrupted_import_carries_on_without_doubles(
    how: signal.Signals, maild: Business
) -> None:
    maild.did("client", "list")
    rows = (f"Firm {n} Ltd,p{n}@firm{n}.example\n" for n in range(3000))
    table = maild.write("c.csv", "name,email\n" + "".join(rows))
    command = [*PROGRAM, "--config", str(maild.config), "import", "clients", table]
    with subprocess.Popen(command, env=environ(), stdout=-3, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not count_rows(maild, "contacts"):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(how)
        _, errors = process.communicate(timeout=60)
    done = count_rows(maild, "contacts")
    assert 0 < done < 3000
    assert count_rows(maild, "clients") == done
    if how == signal.SIGINT:
        assert process.returncode == 1
        assert b"what was done until here stays done" in errors
    told = maild.did("import", "clients", table)
    left = 3000 - done
    assert f"{left} clients added, {left} contacts added" in told
    assert f"{done} rows there already" in told
    assert count_rows(maild, "clients") == count_rows(maild, "contacts") == 3000


def count_rows(business: Business, table: str) -> int:
    with closing(sqlite3.connect(business.folder / "data" / "maild.db")) as db:
        number: int = db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
        return number
