from __future__ import annotations

import tomllib

import dns.zone
import pytest
import time_machine

from maild.config import load
from maild.mail.dkim_keys import Record
from maild.signing import open_signer
from tests.verifiers import ask_dkimpy

from .conftest import Business


def add(business: Business, lines: str) -> None:
    business.config.write_text(f"{business.config.read_text()}{lines}\n")


def options(told: str) -> str:
    return told.partition("\n[dkim]\n")[2].partition("\n\n")[0] + "\n"


def value(told: str) -> str:
    [line] = [line for line in told.splitlines() if line.startswith("Value")]
    return line.removeprefix("Value").strip()


def test_new_key_is_made_beside_the_store_for_its_owner_alone(maild: Business) -> None:
    with time_machine.travel("2026-11-30T23:30:00Z"):
        told = maild.did("dkim", "new")
    path = maild.folder / "data" / "dkim-maild202611.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert tomllib.loads(options(told)) == {
        "selector": "maild202611",
        "key_file": "data/dkim-maild202611.pem",
    }
    assert "maild202611._domainkey.example.test" in told
    assert "PRIVATE" not in told


def test_what_new_prints_makes_the_letters_verify(maild: Business) -> None:
    maild.did("client", "add", "Acme Ltd", "--email", "jane@acme.example")
    rsa = maild.did("dkim", "new", "--selector", "r1")
    ed25519 = maild.did("dkim", "new", "--ed25519", "--selector", "e1")
    add(maild, "[dkim]\n" + options(rsa) + options(ed25519))
    records = [
        Record("r1._domainkey.example.test", value(rsa)),
        Record("e1._domainkey.example.test", value(ed25519)),
    ]
    shown = maild.did("dkim", "show")
    for record in records:
        assert record.name in shown
        assert record.value in shown
    signer = open_signer(load(maild.config, {}))
    assert signer
    assert ask_dkimpy(signer.sign(b"From: a@example.test\r\n\r\nHello\r\n"), records) == [
        True,
        True,
    ]


def test_key_is_never_overwritten(maild: Business) -> None:
    maild.did("dkim", "new", "--selector", "s1")
    before = (maild.folder / "data" / "dkim-s1.pem").read_bytes()
    result = maild("dkim", "new", "--selector", "s1")
    assert result.exit_code == 1
    assert "dkim-s1.pem exists, and a key is never overwritten; name a --selector" in result.stderr
    assert (maild.folder / "data" / "dkim-s1.pem").read_bytes() == before


@pytest.mark.parametrize("selector", ["a/../../b", "a b", "-", "ä", "a" * 64, "a..b"])
def test_selector_that_is_none_is_refused(maild: Business, selector: str) -> None:
    result = maild("dkim", "new", "--selector", selector)
    assert result.exit_code == 2
    assert "is not a selector: write letters, digits and hyphens" in result.stderr
    assert not (maild.folder / "data").exists()


def test_who_makes_another_key_is_told_to_keep_the_old_record(maild: Business) -> None:
    told = maild.did("dkim", "new", "--selector", "s1")
    assert "old record" not in told
    add(maild, "[dkim]\n" + options(told))
    assert "Leave the old record" in maild.did("dkim", "new", "--selector", "s2")
    assert "old record" not in maild.did("dkim", "new", "--ed25519", "--selector", "s3")


def test_key_outside_the_folder_of_the_config_is_named_in_full(maild: Business) -> None:
    elsewhere = maild.folder.parent / f"{maild.folder.name}-data"
    add(maild, f'[store]\nurl = "sqlite:{elsewhere}/maild.db"')
    told = maild.did("dkim", "new", "--selector", "s1")
    assert tomllib.loads(options(told))["key_file"] == f"{elsewhere}/dkim-s1.pem"


def test_folder_that_cannot_be_written_is_told(maild: Business) -> None:
    maild.write("data", "a file in the place of the folder")
    result = maild("dkim", "new")
    assert result.exit_code == 1
    assert "cannot be written: " in result.stderr


def test_show_tells_how_to_begin_where_there_is_no_key(maild: Business) -> None:
    assert "maild dkim new" in maild.did("dkim", "show")
    assert maild.json("dkim", "show") == []


def test_show_spells_each_record_for_forms_zone_files_and_programs(maild: Business) -> None:
    told = maild.did("dkim", "new", "--selector", "s1")
    add(maild, "[dkim]\n" + options(told) + 'domain = "mail.example.test"')
    [shown] = maild.json("dkim", "show")
    assert shown == {
        "kind": "rsa",
        "selector": "s1",
        "domain": "mail.example.test",
        "file": str(maild.folder / "data" / "dkim-s1.pem"),
        "name": "s1._domainkey.mail.example.test",
        "value": value(told),
        "strings": [value(told)[:255], value(told)[255:]],
    }
    text = maild.did("dkim", "show")
    zone = dns.zone.from_text(
        "$TTL 60\n@ SOA ns. root. 1 2 3 4 5\n@ NS ns.\n" + text.partition("zone file:\n\n")[2],
        origin="example.test",
    )
    [answer] = zone.find_rdataset("s1._domainkey.mail.example.test.", "TXT")
    assert [piece.decode() for piece in answer.strings] == shown["strings"]


def test_check_says_who_signs(maild: Business) -> None:
    assert "letters leave unsigned (see: maild dkim new)" in maild.did("check")
    add(maild, "[dkim]\n" + options(maild.did("dkim", "new", "--selector", "s1")))
    result = maild("check")
    assert result.exit_code == 0
    assert "signing by example.test (s1)" in result.stdout
    assert "[dkim]" not in result.stderr


def test_check_names_each_fault_of_signing_with_its_line(maild: Business) -> None:
    maild.did("dkim", "new", "--selector", "s1", "--ed25519")
    add(maild, '[dkim]\nselector = "s1"\nkey_file = "data/dkim-s1.pem"\ned25519_selector = "s2"')
    start = maild.config.read_text().splitlines().index("[dkim]") + 1
    result = maild("check")
    assert result.exit_code == 2
    assert f"{maild.config}:{start + 2}: [dkim] key_file: " in result.stderr
    assert "the key is Ed25519, not RSA" in result.stderr
    assert f'{maild.config}:{start}: [dkim] ed25519_key_file: "s2" has no key' in result.stderr


def test_check_refuses_a_key_that_others_may_read(maild: Business) -> None:
    add(maild, "[dkim]\n" + options(maild.did("dkim", "new", "--selector", "s1")))
    (maild.folder / "data" / "dkim-s1.pem").chmod(0o644)
    result = maild("check")
    assert result.exit_code == 2
    assert f"others may read {maild.folder}/data/dkim-s1.pem (mode 0644)" in result.stderr


def test_check_warns_of_a_domain_that_is_not_the_senders(maild: Business) -> None:
    told = maild.did("dkim", "new", "--selector", "s1")
    add(maild, '[dkim]\ndomain = "example.org"\n' + options(told))
    result = maild("check")
    assert result.exit_code == 0
    assert "warning: " in result.stderr
    assert "letters come from example.test, and a signature of example.org says" in result.stderr
