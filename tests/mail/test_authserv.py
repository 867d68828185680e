"""Authentication-Results: believed from a server of ours, whoever else writes such fields."""

from __future__ import annotations

import pytest

from maild.mail.authserv import read_results
from maild.mail.fields import read_raw
from tests.mail.test_dkim import PLAIN

OURS = ("mx.example.test",)
PASS = "mx.example.test; spf=pass smtp.mailfrom=acme.example; dmarc=pass header.from=acme.example"
FAIL = PASS.replace("dmarc=pass", "dmarc=fail")


def read(*values: str, domain: str = "acme.example") -> str | None:
    fields = "".join(f"Authentication-Results: {value}\r\n" for value in values)
    found = read_results(read_raw(fields.encode() + PLAIN), OURS, domain)
    return found.result.value if found else None


def test_server_of_ours_is_believed_for_the_domain_in_from() -> None:
    assert read(PASS) == "pass"
    assert read(FAIL) == "fail"
    assert read(PASS.replace("dmarc=pass", "dmarc=none")) == "none"
    assert read(PASS, domain="other.example") is None
    assert read(PASS.upper()) == "pass"


def test_forged_field_below_ours_is_ignored() -> None:
    assert read(FAIL, PASS) == "fail"
    assert read("mx.example.test; none", PASS) is None
    assert read("mx.example.test; dmarc=temperror header.from=acme.example", PASS) is None


def test_field_of_another_server_is_ignored_wherever_it_stands() -> None:
    stranger = PASS.replace("mx.example.test", "mx.evil.example")
    assert read(stranger) is None
    assert read(stranger, FAIL) == "fail"
    for near in ("(mx.example.test) evil.example", "x.mx.example.test", "mx.example.test.evil"):
        assert read(PASS.replace("mx.example.test", near)) is None
    assert read_results(read_raw(PLAIN), (), "acme.example") is None


@pytest.mark.parametrize(
    "value",
    [
        "mx.example.test 1;\r\n\tdkim=pass (2048-bit key; secure) header.d=acme.example\r\n"
        " header.i=@acme.example;\r\n\tdmarc=pass (p=reject sp=none pct=100)"
        " header.from=ACME.example",
        "mx.example.test; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=acme.example;"
        " dkim=pass header.d=acme.example;dmarc=pass action=none"
        " header.from=acme.example;compauth=pass reason=100",
        "mx.example.test; arc=none; dmarc=pass policy.published-domain-policy=reject"
        " header.from=acme.example (jane)",
        '"mx.example.test"; dmarc=pass header.from=acme.example',
    ],
)
def test_fields_as_servers_write_them_are_understood(value: str) -> None:
    assert read(value) in ("pass", None)
    if not value.startswith('"'):
        assert read(value) == "pass"


@pytest.mark.parametrize(
    "value",
    [
        'mx.example.test; spf=fail smtp.mailfrom="; dmarc=pass header.from=acme.example"@e.example',
        "mx.example.test; spf=fail (x; dmarc=pass header.from=acme.example) smtp.helo=e.example",
        "mx.example.test; spf=fail smtp.mailfrom="
        "=?utf-8?q?=3B_dmarc=3Dpass_header=2Efrom=3Dacme=2Eexample?=@evil.example",
        "mx.example.test; dmarc=fail header.from=acme.example; dmarc=pass header.from=acme.example",
        "mx.example.test; dmarc=pass",
        "mx.example.test; dmarc=pass header.from=evil.example header.from=acme.example",
        "mx.example.test; x-dmarc=pass header.from=acme.example",
        "mx.example.test; dmarc=passed header.from=acme.example",
        "mx.example.test; " + "(" * 3000,
        "mx.example.test; " + "dmarc=pass header.from=acme.example; " * 300,
    ],
)
def test_words_of_the_sender_inside_our_field_are_not_taken_for_ours(value: str) -> None:
    assert read(value) is None
