"""SPF: pyspf's judgement, with answers that are handed to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.findings import Result
from maild.mail.spf import check_spf
from tests.fakes import FakeResolver
from tests.zones import read_zone

HERE, ELSEWHERE = "192.0.2.10", "198.51.100.9"
JANE, HELO = "jane@acme.example", "mail.acme.example"


def check(zone: str, ip: str = HERE, sender: str = JANE, helo: str = HELO) -> tuple[str, str]:
    found = check_spf(ip, helo, sender, read_zone(zone).lookup)
    return found.result, found.reason


def record(text: str, more: str = "") -> str:
    return f"acme.example TXT v=spf1 {text}\n{more}"


@pytest.mark.parametrize(
    ("text", "result", "reason"),
    [
        ("ip4:192.0.2.0/24 -all", "pass", "pass"),
        ("-all", "fail", "fail"),
        ("~all", "fail", "softfail"),
        ("?all", "none", "neutral"),
        ("a:", "fail", "permerror"),
        ("a:host.acme.example -all", "pass", "pass"),
        ("mx -all", "pass", "pass"),
        ("ptr -all", "pass", "pass"),
        ("exists:%{ir}.%{l}.acme.example -all", "pass", "pass"),
        ("include:_spf.acme.example -all", "pass", "pass"),
        ("redirect=_spf.acme.example", "pass", "pass"),
        ("include:troubled.example -all", "unknown", "temperror"),
    ],
)
def test_every_mechanism_is_answered(text: str, result: str, reason: str) -> None:
    more = (
        "host.acme.example A 192.0.2.10\nacme.example MX 10 host.acme.example\n"
        "10.2.0.192.in-addr.arpa PTR host.acme.example\n10.2.0.192.jane.acme.example A 127.0.0.2\n"
        "_spf.acme.example TXT v=spf1 ip4:192.0.2.10 -all\ntroubled.example TROUBLE\n"
    )
    assert check(record(text, more)) == (result, reason)


def test_no_record_and_no_domain_are_none() -> None:
    assert check("") == ("none", "none")
    assert check("", sender="", helo="") == ("none", "none")
    assert check("", sender="jane@localhost") == ("none", "none")


def test_null_sender_is_judged_by_helo() -> None:
    found = check_spf(
        HERE, HELO, "", read_zone("mail.acme.example TXT v=spf1 ip4:192.0.2.10 -all").lookup
    )
    assert (found.result, found.domain) == ("pass", HELO)


def test_ipv6_and_mixed_case() -> None:
    zone = "acme.example TXT v=spf1 ip6:2001:db8::/32 -all"
    assert check(zone, ip="2001:db8::9", sender="Jane@ACME.Example") == ("pass", "pass")
    assert check(zone, ip="2001:dead::9") == ("fail", "fail")


def test_sender_beyond_ascii_is_asked_for_in_ascii() -> None:
    zone = "xn--bcher-kva.example TXT v=spf1 ip4:192.0.2.10 -all"
    found = check_spf(HERE, HELO, "jörg@Bücher.example", read_zone(zone).lookup)
    assert (found.result, found.domain) == ("pass", "xn--bcher-kva.example")


def test_text_that_is_no_spf_record_is_passed_over() -> None:
    long = "x" * 4000
    assert check(f"acme.example TXT {long}\n" + record("ip4:192.0.2.10 -all")) == ("pass", "pass")
    assert check(record("ip4:192.0.2.10 -all", record("-all"))) == ("fail", "permerror")
    assert check("acme.example TXT v=spf1 \udcff -all") == ("fail", "permerror")


def test_loops_end_at_ten_questions() -> None:
    zone = read_zone(record("include:b.example -all", "b.example TXT v=spf1 include:acme.example"))
    assert check_spf(HERE, HELO, JANE, zone.lookup).reason == "permerror"
    assert len(zone.asked) <= 12
    chain = "".join(f"h{n}.example TXT v=spf1 include:h{n + 1}.example ?all\n" for n in range(20))
    zone = read_zone(record("redirect=h0.example", chain))
    assert check_spf(HERE, HELO, JANE, zone.lookup).reason == "permerror"
    assert len(zone.asked) <= 12


def test_questions_that_find_nothing_are_limited_to_two() -> None:
    zone = read_zone(record("a:a.example a:b.example a:c.example ip4:192.0.2.10 -all"))
    assert check_spf(HERE, HELO, JANE, zone.lookup).reason == "permerror"
    assert len(zone.asked) == 4
    assert check(record("a:a.example a:b.example ip4:192.0.2.10 -all")) == ("pass", "pass")


def test_checks_in_many_threads_do_not_mix_their_zones() -> None:
    zones = {
        ip: FakeResolver({("acme.example", "TXT"): [f"v=spf1 ip4:{ip} -all"]})
        for ip in (f"192.0.2.{n}" for n in range(1, 9))
    }

    def judge(ip: str) -> list[Result]:
        return [check_spf(ip, HELO, JANE, zones[ip].lookup).result for _ in range(30)]

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(judge, zones))
    assert {result for found in results for result in found} == {Result.PASS}


def test_nobody_is_asked_behind_our_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("spf.DNSLookup", never)
    assert check(record("mx a ptr exists:%{d} include:b.example -all"))[1] == "permerror"


WORDS = [
    "a", "mx", "ptr", "all", "include:", "exists:", "redirect=", "exp=", "ip4:", "ip6:", "%{", "}",
    "%{d}", "%{l1r-}", "%{p}", "%{h}", "%%", "/", "//", "-", "~", "?", "+", " ", "=", ":", ".",
    "acme.example", "1.2.3.4", "::1", "0", "129", "99999999999", "é", "\t", "\\", '"',
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join), st.text(max_size=20))
def test_hostile_record_and_sender_are_judged_without_an_error(text: str, local: str) -> None:
    zone = FakeResolver({("acme.example", "TXT"): [f"v=spf1 {text}"]})
    zone.publish("1.2.3.4.in-addr.arpa", "PTR", "x.acme.example")
    zone.publish("acme.example", "MX", "10 acme.example", "0 ")
    for sender in (f"{local}@acme.example", local, ""):
        for ip in ("4.3.2.1", "2001:db8::1"):
            assert check_spf(ip, "acme.example", sender, zone.lookup).result in Result
