"""`maild doctor` at the command line."""

from __future__ import annotations

import json

import pytest

from tests.nameserver import run_nameserver
from tests.ports import free_port

from .conftest import Business

ZONE = (
    "example.test. 60 MX 10 mx.example.test.",
    "mx.example.test. 60 A 9.9.9.9",
    '_dmarc.example.test. 60 TXT "v=DMARC1; p=none"',
)


def configure(business: Business, dns: str) -> None:
    text = business.config.read_text().replace("[inbound]\n", f'[inbound]\ndns = "{dns}"\n')
    place = f"127.0.0.1:{free_port()}"
    text += f'[web]\nbase_url = "http://{place}"\nadmin_listen = "127.0.0.1:0"\n'
    business.config.write_text(text)


def test_doctor_tells_each_finding_with_its_remedy_and_counts_them(maild: Business) -> None:
    with run_nameserver(*ZONE) as nameserver:
        configure(maild, f"127.0.0.1:{nameserver.port}")
        result = maild("doctor")
    lines = result.stdout.splitlines()
    assert "ok        inbound    example.test's mail goes to mx.example.test (9.9.9.9)" in lines
    at = next(n for n, line in enumerate(lines) if line.startswith("warning   relay"))
    assert lines[at + 1].startswith(" " * 21 + "set [relay] url to your mail server")
    # the one fault: no daemon serves the base URL
    assert lines[-1].startswith("1 fault, ")
    assert result.exit_code == 1
    assert [path.name for path in maild.folder.iterdir()] == ["config.toml"]


def test_doctor_says_what_it_could_not_see(maild: Business) -> None:
    with run_nameserver() as nameserver:
        nameserver.trouble = "SERVFAIL"
        configure(maild, f"127.0.0.1:{nameserver.port}")
        found = json.loads(maild("doctor", "--json").stdout)
    grades = {one["topic"]: one["grade"] for one in found}
    assert (grades["inbound"], grades["dmarc"]) == ("not seen", "not seen")
    assert found[0].keys() == {"topic", "grade", "text", "remedy"}


def test_doctor_finds_what_check_finds(acme: Business) -> None:
    (acme.folder / "data" / "keys").chmod(0o644)
    (acme.folder / "own" / "mail").mkdir(parents=True)
    acme.write("own/mail/document.txt", "Subject: x\n\n{{ nonsense }}\n")
    acme.config.write_text(acme.config.read_text() + '[templates]\ndir = "own"\n')
    configure(acme, "none")
    result = acme("doctor", "--json")
    faults = {one["topic"] for one in json.loads(result.stdout) if one["grade"] == "fault"}
    assert {"keys", "templates"} <= faults
    assert result.exit_code == 1


def test_doctor_of_a_broken_config_is_bad_usage(maild: Business) -> None:
    maild.config.write_text(maild.config.read_text() + "[log]\nlevel = 1\n")
    assert maild("doctor").exit_code == 2


def test_test_letter_needs_a_relay(maild: Business) -> None:
    configure(maild, "none")
    found = json.loads(maild("doctor", "--send-test", "--json").stdout)
    assert (found[-1]["topic"], found[-1]["grade"]) == ("round trip", "not seen")


@pytest.mark.parametrize("command", [("check",), ("doctor",)])
def test_neither_makes_what_is_missing(command: tuple[str, ...], maild: Business) -> None:
    configure(maild, "none")
    maild(*command)
    assert [path.name for path in maild.folder.iterdir()] == ["config.toml"]
