"""The DNS as it is: found, not found, unknown; within a time, and remembered."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from maild.dns import NOT_FOUND, UNKNOWN, Answer, DnsResolver, Nobody, Outcome, open_resolver
from tests.fakes import FakeClock
from tests.nameserver import Nameserver, run_nameserver

ZONE = (
    'acme.example. 60 TXT "v=spf1 " "-all"',
    "acme.example. 60 MX 10 mail.acme.example.",
    "acme.example. 60 MX 20 second.acme.example.",
    "mail.acme.example. 60 A 192.0.2.10",
    "mail.acme.example. 60 AAAA 2001:db8::10",
    "www.acme.example. 60 CNAME mail.acme.example.",
    "10.2.0.192.in-addr.arpa. 60 PTR mail.acme.example.",
    "nomail.example. 60 MX 0 .",
)


@pytest.fixture
def nameserver() -> Iterator[Nameserver]:
    with run_nameserver(*ZONE) as running:
        yield running


def make(nameserver: Nameserver, clock: FakeClock | None = None) -> DnsResolver:
    return DnsResolver(("127.0.0.1", nameserver.port), clock=clock or FakeClock())


def found(*records: str) -> Answer:
    return Answer(Outcome.FOUND, records)


def test_every_kind_of_record_is_read(nameserver: Nameserver) -> None:
    lookup = make(nameserver).within(5)
    assert lookup("acme.example", "TXT") == found("v=spf1 -all")
    assert set(lookup("Acme.Example.", "MX").records) == {
        "10 mail.acme.example",
        "20 second.acme.example",
    }
    assert lookup("mail.acme.example", "A") == found("192.0.2.10")
    assert lookup("mail.acme.example", "AAAA") == found("2001:db8::10")
    assert lookup("www.acme.example", "A") == found("192.0.2.10")
    assert lookup("10.2.0.192.in-addr.arpa", "PTR") == found("mail.acme.example")
    assert lookup("nomail.example", "MX") == found("0 ")


def test_missing_name_missing_type_and_impossible_names_are_not_found(
    nameserver: Nameserver,
) -> None:
    lookup = make(nameserver).within(5)
    assert lookup("gone.example", "TXT") == NOT_FOUND
    assert lookup("mail.acme.example", "TXT") == NOT_FOUND
    asked = len(nameserver.asked)
    for name in ("a..example", ".", "", "x" * 64 + ".example", "a." * 130 + "example", "ü.example"):
        assert lookup(name, "TXT") == NOT_FOUND
    assert len(nameserver.asked) == asked


@pytest.mark.parametrize("trouble", ["SERVFAIL", "REFUSED", "silence"])
def test_trouble_is_unknown_and_over_when_it_is_over(nameserver: Nameserver, trouble: str) -> None:
    resolver = make(nameserver)
    nameserver.trouble = trouble
    assert resolver.within(0.3)("acme.example", "TXT") == UNKNOWN
    nameserver.trouble = ""
    assert resolver.within(5)("acme.example", "TXT") == found("v=spf1 -all")


def test_nameserver_that_is_not_there_is_unknown() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        resolver = DnsResolver(("127.0.0.1", taken.getsockname()[1]))
        assert resolver.within(0.2)("acme.example", "TXT") == UNKNOWN


def test_nothing_is_asked_when_the_time_is_over(nameserver: Nameserver) -> None:
    now = [100.0]
    resolver = DnsResolver(("127.0.0.1", nameserver.port), stopwatch=lambda: now[0])
    lookup = resolver.within(5)
    now[0] = 105.0
    assert lookup("acme.example", "TXT") == UNKNOWN
    assert nameserver.asked == []


def test_one_piece_of_work_asks_no_more_than_a_hundred_questions(nameserver: Nameserver) -> None:
    lookup = make(nameserver).within(30)
    answers = [lookup(f"n{number}.example", "TXT") for number in range(120)]
    assert answers == [NOT_FOUND] * 100 + [UNKNOWN] * 20
    assert len(nameserver.asked) == 100


def test_answers_are_remembered_as_long_as_they_say(nameserver: Nameserver) -> None:
    clock = FakeClock()
    resolver = make(nameserver, clock)

    def ask() -> int:
        resolver.within(5)("acme.example", "TXT")
        resolver.within(5)("gone.example", "TXT")
        return len(nameserver.asked)

    assert ask() == 2
    clock.advance(seconds=59)
    assert ask() == 2
    clock.advance(seconds=1)
    assert ask() == 4


def test_same_question_in_one_piece_of_work_has_one_answer(nameserver: Nameserver) -> None:
    lookup = make(nameserver).within(5)
    nameserver.trouble = "SERVFAIL"
    assert lookup("acme.example", "TXT") == UNKNOWN
    nameserver.trouble = ""
    assert lookup("acme.example", "TXT") == UNKNOWN


def test_memory_is_bounded(nameserver: Nameserver) -> None:
    resolver = make(nameserver)
    for number in range(600):
        resolver.within(5)(f"n{number}.example", "A")
    asked = len(nameserver.asked)
    resolver.within(5)("n599.example", "A")
    assert len(nameserver.asked) == asked, "the latest is remembered"
    resolver.within(5)("n0.example", "A")
    assert len(nameserver.asked) == asked + 1, "the oldest is forgotten"


def test_long_text_is_read_and_a_huge_one_is_passed_over(nameserver: Nameserver) -> None:
    nameserver.texts = {"long.example": b"x" * 4000, "huge.example": b"x" * 60_000}
    lookup = make(nameserver).within(5)
    assert lookup("long.example", "TXT") == found("x" * 4000)
    assert lookup("huge.example", "TXT") == NOT_FOUND


def test_bytes_beyond_utf8_are_kept(nameserver: Nameserver) -> None:
    nameserver.texts = {"odd.example": b"v=spf1 \xff"}
    (text,) = make(nameserver).within(5)("odd.example", "TXT").records
    assert text.encode("utf-8", "surrogateescape") == b"v=spf1 \xff"


def test_threads_share_a_resolver(nameserver: Nameserver) -> None:
    resolver = make(nameserver)

    def ask(number: int) -> Answer:
        return resolver.within(10)("mail.acme.example", ("A", "AAAA")[number % 2])

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(ask, range(64)))
    assert answers == {found("192.0.2.10"), found("2001:db8::10")}


def test_option_names_the_resolver(nameserver: Nameserver) -> None:
    assert isinstance(open_resolver("none"), Nobody)
    assert isinstance(open_resolver("system"), DnsResolver)
    lookup = open_resolver(f"127.0.0.1:{nameserver.port}").within(5)
    assert lookup("mail.acme.example", "A") == found("192.0.2.10")
    assert Nobody().within(5)("mail.acme.example", "A") == NOT_FOUND
