"""DMARC: whose word counts for a From domain, and what its owner wishes."""

from __future__ import annotations

import pytest

from maild.mail.dmarc import find_organisation, find_policy, judge, public_suffixes
from maild.mail.findings import Finding, Result, Unsure
from tests.fakes import FakeResolver
from tests.zones import read_zone

NO_SPF = Finding(Result.NONE, "none")
SUFFIXES = public_suffixes()


def decide(zone: str, domain: str, dkim: str = "", spf: str = "") -> tuple[str, str]:
    """Judge a From domain for which these domains passed."""
    policy = find_policy(domain, read_zone(zone).lookup, SUFFIXES)
    assert policy
    signatures = [Finding(Result.PASS, "valid", dkim)] if dkim else []
    found = judge(policy, Finding(Result.PASS, "pass", spf) if spf else NO_SPF, signatures)
    return found.result, found.reason


REJECT = "_dmarc.acme.example TXT v=DMARC1; p=reject"


def test_aligned_pass_of_either_kind_is_a_pass() -> None:
    assert decide(REJECT, "acme.example", dkim="acme.example") == ("pass", "dkim")
    assert decide(REJECT, "acme.example", spf="bounce.acme.example") == ("pass", "spf")
    assert decide(REJECT, "mail.acme.example", dkim="acme.example") == ("pass", "dkim")
    assert decide(REJECT, "a.acme.example", dkim="b.acme.example") == ("pass", "dkim")


def test_pass_of_another_domain_is_a_fail() -> None:
    for other in ("evil.example", "acme.example.evil.example", "evilacme.example", "example"):
        assert decide(REJECT, "acme.example", dkim=other, spf=other) == ("fail", "reject")


def test_strict_alignment_wants_the_very_domain() -> None:
    strict = REJECT + "; adkim=s; aspf=s"
    assert decide(strict, "acme.example", dkim="mail.acme.example") == ("fail", "reject")
    assert decide(strict, "acme.example", spf="mail.acme.example") == ("fail", "reject")
    assert decide(strict, "acme.example", dkim="acme.example") == ("pass", "dkim")
    half = REJECT + "; adkim=s"
    assert decide(half, "acme.example", spf="mail.acme.example") == ("pass", "spf")


@pytest.mark.parametrize("parent", ["co.uk", "uk"])
def test_public_suffix_speaks_for_none_of_its_users(parent: str) -> None:
    zone = "_dmarc.acme.co.uk TXT v=DMARC1; p=quarantine\n_dmarc.co.uk TXT v=DMARC1; p=none"
    assert decide(zone, "acme.co.uk", dkim=parent) == ("fail", "quarantine")
    assert decide(zone, "acme.co.uk", dkim="other.co.uk") == ("fail", "quarantine")
    assert decide(zone, "co.uk", dkim="acme.co.uk") == ("fail", "none")
    assert decide(zone, "www.acme.co.uk", dkim="acme.co.uk") == ("pass", "dkim")


def test_organisation_is_found_for_names_beyond_ascii() -> None:
    assert find_organisation("mail.xn--bcher-kva.example", SUFFIXES) == "xn--bcher-kva.example"
    assert find_organisation("a.b.xn--55qx5d.cn", SUFFIXES) == "b.xn--55qx5d.cn"


@pytest.mark.parametrize(
    ("tags", "domain", "wish"),
    [
        ("p=reject", "acme.example", "reject"),
        ("p=reject; sp=quarantine", "acme.example", "reject"),
        ("p=reject; sp=quarantine", "mail.acme.example", "quarantine"),
        ("p=none", "mail.acme.example", "none"),
        ("p=quarantine; np=reject", "gone.acme.example", "reject"),
        ("p=quarantine; np=reject", "mail.acme.example", "quarantine"),
        ("p=none; sp=quarantine; NP=Reject;", "gone.acme.example", "reject"),
        ("p=reject; sp=none", "own.acme.example", "quarantine"),
        ("p=reject; pct=0", "acme.example", "quarantine"),
        ("p=quarantine; t=y", "acme.example", "none"),
        ("p=REJECT ; sp=sometimes", "mail.acme.example", "reject"),
    ],
)
def test_owner_wishes_by_domain_subdomain_and_missing_subdomain(
    tags: str, domain: str, wish: str
) -> None:
    zone = (
        f"_dmarc.acme.example TXT v=DMARC1; {tags}\nmail.acme.example A 192.0.2.1\n"
        "_dmarc.own.acme.example TXT v=DMARC1; p=quarantine"
    )
    assert decide(zone, domain) == ("fail", wish)


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "_dmarc.acme.example TXT v=spf1 -all",
        "_dmarc.acme.example TXT v=DMARC1",
        "_dmarc.acme.example TXT v=DMARC1; p=maybe",
        "_dmarc.acme.example TXT v=DMARC1; ; ;",
        "_dmarc.acme.example TXT v=DMARC10; p=reject",
        f"{REJECT}\n{REJECT}",
    ],
)
def test_no_clear_policy_is_no_policy(zone: str) -> None:
    assert find_policy("acme.example", read_zone(zone).lookup, SUFFIXES) is None


def test_policy_is_found_beside_other_texts() -> None:
    zone = f"_dmarc.acme.example TXT hello\n{REJECT}"
    assert decide(zone, "acme.example") == ("fail", "reject")


def test_dns_trouble_leaves_the_policy_unsaid() -> None:
    for place in ("_dmarc.mail.acme.example", "_dmarc.acme.example"):
        with pytest.raises(Unsure):
            find_policy("mail.acme.example", FakeResolver(troubled={place}).lookup, SUFFIXES)


def test_only_trouble_of_an_aligned_domain_matters() -> None:
    policy = find_policy("acme.example", read_zone(REJECT).lookup, SUFFIXES)
    assert policy

    def judged(*troubled: str) -> str:
        return judge(policy, NO_SPF, [Finding(Result.UNKNOWN, "dns", d) for d in troubled]).result

    assert judged("evil.example") == "fail"
    assert judged("evil.example", "mail.acme.example") == "unknown"


def test_behind_a_relay_of_ours_nothing_can_fail() -> None:
    policy = find_policy("acme.example", read_zone(REJECT).lookup, SUFFIXES)
    assert policy
    assert judge(policy, Finding(Result.NONE, "relayed"), []).result == "none"
