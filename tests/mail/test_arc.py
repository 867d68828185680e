"""ARC: a chain that holds, and a forwarder whose word is taken."""

from __future__ import annotations

import pytest

from maild.mail.arc import verify_arc, vouch
from maild.mail.fields import read_raw
from tests.fakes import FakeResolver
from tests.mail.test_dkim import PLAIN, zone
from tests.signer import Signer

FIRST, SECOND = Signer("lists.example"), Signer("forwarder.example", "arc")
PASSED = "mx.lists.example; dkim=pass header.d=acme.example; dmarc=pass header.from=acme.example"
FAILED = "mx.forwarder.example; dmarc=fail (p=reject) header.from=acme.example"


def known() -> FakeResolver:
    return zone(FIRST, SECOND)


def verify(message: bytes) -> tuple[str, str, str]:
    found = verify_arc(read_raw(message), known().lookup)
    return found.result, found.reason, found.domain


def said(message: bytes, *trusted: str, resolver: FakeResolver | None = None) -> tuple[str, str]:
    found = vouch(read_raw(message), "acme.example", trusted, (resolver or known()).lookup)
    return found.result, found.reason


def test_chain_of_one_and_of_two_holds() -> None:
    once = FIRST.seal(PLAIN, PASSED)
    assert verify(once) == ("pass", "valid", "lists.example")
    changed = once.replace(b"Subject: ", b"Subject: [list] ")
    assert verify(changed)[:2] == ("fail", "signature-wrong")
    assert verify(SECOND.seal(changed, FAILED)) == ("pass", "valid", "forwarder.example")
    assert verify(PLAIN) == ("none", "unsealed", "")


def test_forwarder_that_is_trusted_vouches() -> None:
    assert said(FIRST.seal(PLAIN, PASSED), "lists.example") == ("pass", "forwarded")
    assert said(FIRST.seal(PLAIN, FAILED), "lists.example") == ("none", "not-vouched")
    assert said(PLAIN, "lists.example") == ("none", "unsealed")


def test_chain_sealed_last_by_a_stranger_is_not_even_asked_about() -> None:
    resolver = known()
    message = FIRST.seal(PLAIN, PASSED)
    assert said(message, "forwarder.example", resolver=resolver) == ("none", "untrusted")
    assert resolver.asked == []


def test_word_of_an_older_seal_counts_only_if_all_since_are_trusted() -> None:
    twice = SECOND.seal(FIRST.seal(PLAIN, PASSED), FAILED)
    assert said(twice, "forwarder.example", "lists.example") == ("pass", "forwarded")
    assert said(twice, "forwarder.example") == ("none", "not-vouched")
    forged = SECOND.seal(Signer("evil.example").seal(PLAIN, PASSED), FAILED)
    both = zone(FIRST, SECOND, Signer("evil.example"))
    assert said(forged, "forwarder.example", resolver=both) == ("none", "not-vouched")


def test_word_must_be_for_the_domain_in_from() -> None:
    other = PASSED.replace("header.from=acme.example", "header.from=evil.example")
    assert said(FIRST.seal(PLAIN, other), "lists.example") == ("none", "not-vouched")
    bare = PASSED.replace(" header.from=acme.example", "")
    assert said(FIRST.seal(PLAIN, bare), "lists.example") == ("none", "not-vouched")


def test_seal_must_cover_from() -> None:
    message = FIRST.seal(PLAIN, PASSED, h="to:subject")
    assert verify(message)[0] == "pass"
    assert said(message, "lists.example") == ("fail", "from-unsigned")
    doubled = b"From: Eve <eve@evil.example>\r\n" + FIRST.seal(PLAIN, PASSED)
    assert said(doubled, "lists.example") == ("fail", "from-unsigned")


def test_broken_chains_fail() -> None:
    once = FIRST.seal(PLAIN, PASSED)
    twice = SECOND.seal(once, FAILED)
    fields = twice.split(b"ARC-")
    gone = [b"ARC-".join(fields[:n] + fields[n + 1 :]) for n in range(1, 7)]
    for message in (
        *gone,
        once.replace(b"i=1", b"i=2"),
        once.replace(b"i=1; mx.", b"i=x; mx."),
        once.replace(b"ARC-Seal: i=1", b"ARC-Seal: i=1; h=from"),
        once.replace(b"dmarc=pass", b"dmarc=fail"),
        once.replace(b"cannot", b"can"),
        once.partition(b"\r\n")[0] + b"\r\n" + once,
        FIRST.seal(PLAIN, PASSED, h="from:arc-seal"),
        FIRST.seal(PLAIN, PASSED, l="3"),
        FIRST.seal(PLAIN, PASSED, cv="pass"),
        SECOND.seal(once, FAILED, cv="none"),
    ):
        assert verify(message)[0] == "fail"
        assert said(message, "lists.example", "forwarder.example")[0] == "fail"


def test_chain_that_a_forwarder_calls_broken_is_none() -> None:
    message = SECOND.seal(FIRST.seal(PLAIN, PASSED), PASSED, cv="fail")
    assert verify(message)[:2] == ("none", "terminated")
    assert said(message, "forwarder.example", "lists.example") == ("none", "terminated")


def test_dns_trouble_is_unknown() -> None:
    resolver = known()
    resolver.troubled.add(FIRST.place)
    assert said(FIRST.seal(PLAIN, PASSED), "lists.example", resolver=resolver) == ("unknown", "dns")


@pytest.mark.parametrize("sets", [50, 51])
def test_chain_has_at_most_fifty_seals(sets: int) -> None:
    message = PLAIN
    for _ in range(sets):
        message = FIRST.seal(message, "x; none")
    found = verify_arc(read_raw(message[:0] + message), known().lookup)
    assert (found.result == "pass") is (sets == 50)
