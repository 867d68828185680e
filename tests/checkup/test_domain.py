"""Who takes mail for a domain, and what an address is called."""

from __future__ import annotations

import pytest

from maild.checkup.domain import find_addresses, judge_mail_exchange, judge_pointer
from maild.checkup.verdicts import Grade
from tests.zones import read_zone

REMEDY = "ours.example. MX 10 mx.ours.example."


@pytest.mark.parametrize(
    ("zone", "grade", "words"),
    [
        (
            "ours.example MX 20 b.example\nours.example MX 10 a.example\na.example A 9.9.9.9\n"
            "b.example AAAA 2620:fe::fe",
            Grade.OK,
            "ours.example's mail goes to a.example (9.9.9.9), b.example (2620:fe::fe)",
        ),
        ("ours.example A 9.9.9.9", Grade.OK, "has no MX record; its mail goes to ours.example"),
        ("", Grade.FAULT, "ours.example has no MX record, nor an address"),
        ("ours.example MX 0 .", Grade.FAULT, "says that it takes no mail"),
        ("ours.example MX 10 a.example", Grade.FAULT, "goes to a.example, which has no address"),
        (
            "ours.example MX 10 a.example\na.example A 192.168.1.2",
            Grade.WARNING,
            "a.example (192.168.1.2), which nobody on the internet can reach",
        ),
        ("ours.example TROUBLE", Grade.UNSEEN, "could not be looked up"),
        (
            "ours.example MX 10 a.example\na.example TROUBLE",
            Grade.UNSEEN,
            "a.example, whose address could not be looked up",
        ),
    ],
)
def test_who_takes_the_mail_of_a_domain(zone: str, grade: Grade, words: str) -> None:
    found = judge_mail_exchange("mx", "Ours.example", read_zone(zone).lookup, REMEDY)
    assert (found.topic, found.grade) == ("mx", grade)
    assert words in found.text
    assert bool(found.remedy) is (grade in {Grade.FAULT, Grade.WARNING})


def test_null_exchange_is_known_in_the_form_in_which_records_come() -> None:
    # without its final dot nothing is left of the name
    resolver = read_zone("")
    resolver.publish("ours.example", "MX", "0 ")
    found = judge_mail_exchange("mx", "ours.example", resolver.lookup, REMEDY)
    assert "a null MX" in found.text


@pytest.mark.parametrize(
    ("zone", "grade", "words"),
    [
        (
            "9.9.9.9.in-addr.arpa PTR mx.ours.example\nmx.ours.example A 9.9.9.9",
            Grade.OK,
            "9.9.9.9 is mx.ours.example, and mx.ours.example is 9.9.9.9",
        ),
        ("", Grade.FAULT, "9.9.9.9, by which letters leave, has no name (PTR)"),
        (
            "9.9.9.9.in-addr.arpa PTR host.isp.example\nhost.isp.example A 9.9.9.8",
            Grade.WARNING,
            "which has another address",
        ),
        ("9.9.9.9.in-addr.arpa TROUBLE", Grade.UNSEEN, "could not be looked up"),
        (
            "9.9.9.9.in-addr.arpa PTR mx.ours.example\nmx.ours.example TROUBLE",
            Grade.UNSEEN,
            "mx.ours.example, which could not be looked up",
        ),
    ],
)
def test_address_has_a_name_that_leads_back(zone: str, grade: Grade, words: str) -> None:
    found = judge_pointer("9.9.9.9", read_zone(zone).lookup)
    assert found.grade == grade
    assert words in found.text


def test_address_is_its_own_address() -> None:
    lookup = read_zone("a.example A 9.9.9.9\na.example AAAA 2620:fe::fe").lookup
    assert find_addresses("2001:db8::0:1", lookup) == ("2001:db8::1",)
    assert find_addresses("a.example", lookup) == ("9.9.9.9", "2620:fe::fe")
    assert find_addresses("b.example", lookup) == ()
