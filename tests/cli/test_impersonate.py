"""`maild impersonate`: a URL for the operator, a reason for the log."""

from __future__ import annotations

import re

from .conftest import Business


def test_prints_a_url_whose_eyes_it_lends_and_until_when(acme: Business) -> None:
    url, told = acme.did("impersonate", "acme", "--reason", "sees nothing").splitlines()
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/impersonate/[a-z2-7]{43}", url)
    assert re.fullmatch(
        r"jane@acme\.example of ACME, read-only; open it once, before \d\d:\d\d", told
    )


def test_log_tells_who_looked_and_why_but_not_how(acme: Business) -> None:
    url = acme.did("impersonate", "ACME", "jane@acme.example", "--reason", "a call").split()[0]
    text = acme.did("log")
    assert "operator:kim  impersonation started jane@acme.example: a call [ACME]" in text
    assert url.rpartition("/")[2] not in text


def test_without_a_reason_there_is_no_look(acme: Business) -> None:
    assert acme("impersonate", "ACME").exit_code == 2
    for reason in (" ", "a\nb", "x" * 201, "red \x1b[31m"):
        assert acme("impersonate", "ACME", "--reason", reason).exit_code == 2
    assert "impersonation" not in acme.did("log")


def test_stranger_cannot_be_looked_through(acme: Business) -> None:
    result = acme("impersonate", "ACME", "tom@acme.example", "--reason", "why")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
