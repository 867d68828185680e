"""Who may send for our domains."""

from __future__ import annotations

import pytest

from maild.checkup.senders import Way, judge_dmarc, judge_spf
from maild.checkup.verdicts import Grade
from tests.zones import read_zone

PROVIDER = Way("mail.host.example", ("9.9.9.9", "2620:fe::fe"), "mx.ours.example")
OURSELVES = Way("", ("9.9.9.9",), "mx.ours.example")
UNKNOWN = Way("", (), "mx.ours.example")
HOST = "mail.host.example A 9.9.9.9\nmail.host.example AAAA 2620:fe::fe\n"


@pytest.mark.parametrize(
    ("way", "zone", "grade", "words", "remedy"),
    [
        (
            PROVIDER,
            f"{HOST}ours.example TXT v=spf1 a:mail.host.example -all",
            Grade.OK,
            "ours.example lets 9.9.9.9, 2620:fe::fe send for it",
            "",
        ),
        (
            PROVIDER,
            "",
            Grade.WARNING,
            "does not say who sends for it",
            'ours.example. TXT "v=spf1 a:mail.host.example ~all"',
        ),
        (OURSELVES, "", Grade.WARNING, "does not say", 'TXT "v=spf1 ip4:9.9.9.9 ~all"'),
        (UNKNOWN, "", Grade.WARNING, "does not say", "a:YOUR-MAIL-SERVER"),
        (
            PROVIDER,
            "ours.example TXT v=spf1 ip4:9.9.9.9 mx -all",
            Grade.WARNING,
            "does not let 2620:fe::fe send for it (SPF); mail.host.example may send from other",
            '"v=spf1 ip4:9.9.9.9 mx a:mail.host.example -all"',
        ),
        (
            OURSELVES,
            "ours.example TXT v=spf1 include:some.example ~all\nsome.example TXT v=spf1 -all",
            Grade.WARNING,
            "does not let 9.9.9.9 send for it (SPF)",
            '"v=spf1 include:some.example ip4:9.9.9.9 ~all"',
        ),
        (
            OURSELVES,
            "ours.example TXT v=spf1 redirect=some.example\nsome.example TXT v=spf1 -all",
            Grade.WARNING,
            "does not let 9.9.9.9",
            '"v=spf1 redirect=some.example ip4:9.9.9.9"',
        ),
        (
            OURSELVES,
            "ours.example TXT v=spf1 -all\nours.example TXT v=spf1 mx",
            Grade.FAULT,
            "has 2 SPF records, and so none counts",
            "leave one of them",
        ),
        (OURSELVES, "ours.example TXT v=spf1 nonsense:x -all", Grade.FAULT, "is broken", "correct"),
        (UNKNOWN, "ours.example TXT v=spf1 mx -all", Grade.UNSEEN, "cannot be seen from here", ""),
        (OURSELVES, "ours.example TROUBLE", Grade.UNSEEN, "could not be looked up", ""),
        (
            OURSELVES,
            "ours.example TXT v=spf1 include:some.example -all\nsome.example TROUBLE",
            Grade.UNSEEN,
            "could not be looked up in full",
            "",
        ),
    ],
)
def test_spf_names_the_relay_or_says_what_to_publish(
    way: Way, zone: str, grade: Grade, words: str, remedy: str
) -> None:
    found = judge_spf("ours.example", way, read_zone(zone).lookup)
    assert found.grade == grade
    assert words in found.text
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("zone", "signed_by", "returns_to", "grade", "words"),
    [
        ("v=DMARC1; p=reject", (), "reply.ours.example", Grade.OK, "(reject), and SPF can satisfy"),
        ("v=DMARC1; p=none", ("ours.example",), "x.example", Grade.OK, "and DKIM can satisfy it"),
        (
            "v=DMARC1; p=reject; aspf=s",
            ("ours.example",),
            "reply.ours.example",
            Grade.OK,
            "and DKIM can",
        ),
        (
            "v=DMARC1; p=reject; aspf=s",
            (),
            "reply.ours.example",
            Grade.FAULT,
            "return to reply.ours.example and are not signed: DMARC (reject) fails",
        ),
        (
            "v=DMARC1; p=none",
            ("host.example",),
            "x.example",
            Grade.WARNING,
            "are signed by host.example: DMARC (none) fails",
        ),
        ("v=DMARC1; p=nonsense", (), "ours.example", Grade.FAULT, "is misspelt"),
        ("v=spf1 -all", (), "ours.example", Grade.WARNING, "has no DMARC record"),
    ],
)
def test_dmarc_can_be_satisfied_by_what_letters_bring(
    zone: str, signed_by: tuple[str, ...], returns_to: str, grade: Grade, words: str
) -> None:
    lookup = read_zone(f"_dmarc.ours.example TXT {zone}").lookup
    found = judge_dmarc("ours.example", returns_to, signed_by, lookup)
    assert found.grade == grade
    assert words in found.text
    assert bool(found.remedy) is (grade != Grade.OK)


def test_dmarc_of_the_organisation_holds_for_a_domain_below_it() -> None:
    lookup = read_zone("_dmarc.ours.example TXT v=DMARC1; p=none; sp=reject").lookup
    found = judge_dmarc("mail.ours.example", "ours.example", (), lookup)
    assert found.text.startswith("mail.ours.example has a DMARC record (reject)")


def test_dmarc_said_twice_does_not_count() -> None:
    resolver = read_zone("")
    resolver.publish("_dmarc.ours.example", "TXT", "v=DMARC1; p=none", "v=DMARC1; p=reject")
    found = judge_dmarc("ours.example", "ours.example", (), resolver.lookup)
    assert (found.grade, "is there 2 times" in found.text) == (Grade.FAULT, True)


def test_dmarc_that_cannot_be_looked_up_is_not_seen() -> None:
    lookup = read_zone("_dmarc.ours.example TROUBLE").lookup
    assert judge_dmarc("ours.example", "ours.example", (), lookup).grade == Grade.UNSEEN
