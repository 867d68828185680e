"""Whole messages with their zones, as `corpus/auth` holds them, and what is found about each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from maild.clock import from_datetime
from maild.mail.authenticate import authenticate
from maild.mail.authentication import Authentication, Origin, Trust, explain, find_client
from maild.mail.findings import Finding, Result
from maild.mail.parse import parse
from tests.zones import read_zone

CORPUS = Path(__file__).parent.parent / "corpus" / "auth"
MESSAGES = sorted(CORPUS.glob("*.eml"))
RECEIVED = from_datetime(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))


def judge(path: Path, **changes: Any) -> Authentication:
    told = json.loads(path.with_suffix(".json").read_text("utf-8")) | changes
    content = path.read_bytes()
    return authenticate(
        content,
        parse(content).from_,
        Origin(find_client(told["peer"]), told["helo"], told["sender"]),
        read_zone(path.with_suffix(".dns").read_text("utf-8")).lookup,
        Trust(told.get("trusted_authserv", ()), told.get("trusted_forwarders", ())),
        RECEIVED,
    )


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_message_is_judged_as_its_entry_says(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    found = judge(path)
    assert {
        "authenticated": found.authenticated,
        "contradiction": found.contradiction,
        "found": str(found),
    } == {key: expected[key] for key in ("authenticated", "contradiction", "found")}


def test_every_entry_is_whole_and_says_why() -> None:
    assert len(MESSAGES) > 40
    assert {path.stem for path in CORPUS.iterdir() if path.stem[:2].isdigit()} == {
        path.stem for path in MESSAGES
    }
    for path in MESSAGES:
        assert path.with_suffix(".why").read_text("utf-8").strip()


def passing() -> Iterator[Path]:
    for path in MESSAGES:
        if json.loads(path.with_suffix(".json").read_text("utf-8"))["authenticated"]:
            yield path


@pytest.mark.parametrize("path", list(passing()), ids=lambda path: path.stem)
def test_nothing_passes_with_another_domain_in_from(path: Path) -> None:
    content = path.read_bytes()
    (sender,) = parse(content).from_
    domain = sender.address.rpartition("@")[2]
    told = json.loads(path.with_suffix(".json").read_text("utf-8"))
    head, _, body = content.partition(b"\r\nMIME-Version")
    lines = [
        b"From: <x@victim.example>" if line[:5].lower() == b"from:" else line
        for line in head.split(b"\r\n")
    ]
    forged = b"\r\n".join(lines) + b"\r\nMIME-Version" + body
    zone = path.with_suffix(".dns").read_text("utf-8")
    found = authenticate(
        forged,
        parse(forged).from_,
        Origin(find_client(told["peer"]), told["helo"], told["sender"]),
        read_zone(zone + "\n_dmarc.victim.example TXT v=DMARC1; p=reject").lookup,
        Trust(told.get("trusted_authserv", ()), told.get("trusted_forwarders", ())),
        RECEIVED,
    )
    assert domain != "victim.example"
    assert found.authenticated is False


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        ("192.0.2.10", "192.0.2.10"),
        ("::ffff:192.0.2.10", "192.0.2.10"),
        ("2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:10.0.0.1", None),
        ("172.31.9.9", None),
        ("192.168.1.1", None),
        ("fd00::1", None),
        ("fe80::1%eth0", None),
        ("", None),
        ("imap.example.test", None),
    ],
)
def test_peer_inside_our_network_is_not_the_client(peer: str, client: str | None) -> None:
    assert find_client(peer) == client


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dkim-speaks-for-from", "acme.example stands by it (DMARC by DKIM)"),
        ("spf-speaks-for-from", "acme.example stands by it (DMARC by SPF)"),
        ("nothing-speaks-for-from", "acme.example does not stand by it (DMARC, policy reject)"),
        ("forged-results-below-ours", "mx.example.test says that it is forged (DMARC)"),
        ("results-of-our-server", "mx.example.test says that it is genuine (DMARC)"),
        ("policy-in-trouble", "nothing can be said: the DNS did not answer"),
        ("no-policy", "nothing can be said: acme.example publishes no DMARC policy"),
        ("behind-our-relay", "nothing can be said: a mail server of yours handed it on"),
        (
            "forwarder-changed-it-and-is-trusted",
            "lists.example, a forwarder you trust, found it genuine",
        ),
        ("two-senders-in-one-from", ""),
    ],
)
def test_finding_is_told_in_plain_words(name: str, words: str) -> None:
    (path,) = (path for path in MESSAGES if path.stem[3:] == name)
    assert explain(judge(path)) == words


def test_nobody_asked_is_told_as_nothing() -> None:
    assert str(Authentication()) == ""
    assert explain(Authentication()) == ""
    assert Authentication().authenticated is False


def test_trusted_forwarder_in_trouble_leaves_a_fail_unsure() -> None:
    failed, unknown = Finding(Result.FAIL, "reject", "a.example"), Finding(Result.UNKNOWN, "dns")
    found = Authentication(dmarc=failed, arc=unknown)
    assert (found.authenticated, found.contradiction) == (None, False)
