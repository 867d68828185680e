"""DKIM: every signature is looked at, and one that proves nothing counts as nothing."""

from __future__ import annotations

import time

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from maild.clock import SECOND
from maild.mail.dkim import MOST_SIGNATURES, verify_dkim
from maild.mail.fields import read_raw
from maild.mail.findings import Finding
from tests.fakes import START, FakeResolver
from tests.signer import Signer, canonical_body, rsa_key

ACME = Signer("acme.example")
PLAIN = (
    b"From: Jane <jane@acme.example>\r\n"
    b"To: billing@example.test\r\n"
    b"Subject: Re:\r\n  Invoice \t INV-1\r\n"
    b"Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
    b"Message-ID: <1@acme.example>\r\n"
    b"\r\n"
    b"I  cannot log in. \t\r\n"
    b"\r\n"
    b"Jane\r\n"
    b"\r\n"
)
# too short to sign mail since RFC 8301; nothing but these tests ever used it
SMALL = b"""-----BEGIN RSA PRIVATE KEY-----
MIIBzAIBAAJhAOlAS10YUsnhvCa14HhcWmzO5NRdWSpGuyN+cGUlgB46hvkBem5T
ZDaetiOsuOehpWr0Cf1hcdWj7kwcSFqPuJRCAiOx7x2lfKftv093FQzuIKJlnf1N
IzeYeJLW9HVSfQIDAQABAmA8+zA44JkUas30GOzcythhRh4RX25mXSOj/fSInStH
u+l5xGcr3OWAWjIoVYnqFRpYdptQ7diaF+Oq3YTRjHh48NkkHaXfRndEwbJvP0Os
lC4Cn7MePI9NNLWTXrd2ugkCMQD41iSMHfMweWQ/W5ZT00RWGFFGtfJTdh6/Wi9F
MBCfOszeK/v1ijDpeGOUVrxUOtsCMQDv90q4RqtR4J1P/+aaVaEicUHd3nbQg9Xd
7IilKS5ipXP/Tm9KnNLnD9CAz/ZOq4cCMQDWHS2Fg5/mbg3clqpbpsZ+bp5BAf5p
4pHChY93MUycNrRh1+cN+MLtojHNSnTy5VECMQDPg4ioJuTMX3Nq1R80Y8x+nnaZ
SWJyGy/9RCk+uogUYoQXSlrPqSJxEqn6WtzjV00CMQDh8PGavrKWDzb+6TLKznmy
lBil4VpU0FtqXFTOmIJs0Xbrn9T35eQX/ke4qXrlXTg=
-----END RSA PRIVATE KEY-----
"""


def zone(*signers: Signer) -> FakeResolver:
    resolver = FakeResolver()
    for signer in signers or (ACME,):
        resolver.publish(signer.place, "TXT", signer.record)
    return resolver


def verify(message: bytes, resolver: FakeResolver | None = None) -> list[tuple[str, str]]:
    lookup = (resolver or zone()).lookup
    return [(f.result, f.reason) for f in verify_dkim(read_raw(message), lookup, START)]


VALID = ("pass", "valid")


@pytest.mark.parametrize("form", ["relaxed/relaxed", "simple/simple", "relaxed/simple"])
def test_signature_holds_in_every_canonical_form(form: str) -> None:
    assert verify(ACME.sign(PLAIN, c=form)) == [VALID]


@pytest.mark.parametrize(
    "body", [b"", b"\r\n", b" \r\n \r\n", b"x", b"x \r\n\r\n\r\n", b"\xff\r\n"]
)
def test_signature_holds_whatever_the_body_ends_with(body: bytes) -> None:
    message = PLAIN.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body
    for form in ("relaxed/relaxed", "simple/simple"):
        assert verify(ACME.sign(message, c=form)) == [VALID]


@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"bc", b"\xe9"])).map(b"".join))
def test_body_is_hashed_as_the_book_says(body: bytes) -> None:
    from hashlib import sha256

    raw = read_raw(b"From: a@b.example\r\n\r\n" + body)
    for form in (b"simple", b"relaxed"):
        expected = sha256(canonical_body(body, f"relaxed/{form.decode()}")).digest()
        assert raw.hash_body(form) == expected


def test_dkimpy_agrees_with_signer_and_verifier() -> None:
    resolver = zone()

    def find(name: bytes, timeout: int = 5) -> bytes:
        return resolver.lookup(name.decode(), "TXT").records[0].encode()

    assert dkimpy.verify(ACME.sign(PLAIN), dnsfunc=find)
    pem = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    field = dkimpy.sign(PLAIN, b"key1", b"acme.example", pem)
    assert verify(field + PLAIN) == [VALID]


def test_ed25519_is_known() -> None:
    signer = Signer("acme.example", "ed", Ed25519PrivateKey.generate())
    assert verify(signer.sign(PLAIN), zone(signer)) == [VALID]
    forged = signer.sign(PLAIN).replace(b"Jane <jane", b"Eve <jane")
    assert verify(forged, zone(signer)) == [("fail", "signature-wrong")]


def test_changed_body_and_changed_fields_are_noticed() -> None:
    signed = ACME.sign(PLAIN)
    assert verify(signed.replace(b"cannot", b"can")) == [("fail", "body-changed")]
    assert verify(signed.replace(b"INV-1", b"INV-2")) == [("fail", "signature-wrong")]
    assert verify(signed.replace(b"h=from:to", b"h=from:cc")) == [("fail", "signature-wrong")]


def test_body_length_counts_as_nothing_even_where_it_covers_all() -> None:
    covered = len(canonical_body(PLAIN.partition(b"\r\n\r\n")[2], "relaxed/relaxed"))
    signed = ACME.sign(PLAIN, l=str(covered))
    assert verify(signed) == [("fail", "body-length")]
    assert verify(signed + b"Send it all to eve@evil.example\r\n") == [("fail", "body-length")]


def test_sha1_and_unknown_algorithms_count_as_nothing() -> None:
    assert verify(ACME.sign(PLAIN, a="rsa-sha1")) == [("fail", "algorithm")]
    assert verify(ACME.sign(PLAIN, a="rsa-md5")) == [("fail", "algorithm")]


def test_signature_that_does_not_sign_from_counts_as_nothing() -> None:
    assert verify(ACME.sign(PLAIN, ["to", "subject"])) == [("fail", "from-unsigned")]


def test_second_from_above_or_below_a_signed_one_is_noticed() -> None:
    evil = b"From: Eve <eve@evil.example>\r\n"
    signed = ACME.sign(PLAIN)
    assert verify(evil + signed) == [("fail", "malformed")]
    assert verify(signed.replace(b"\r\n\r\n", b"\r\n" + evil + b"\r\n", 1)) == [
        ("fail", "malformed")
    ]


@pytest.mark.parametrize("field", ["Subject: I accept", "Content-Type: text/html", "subject : x"])
def test_field_that_is_read_once_and_stands_twice_spoils_the_signature(field: str) -> None:
    message = b"Content-Type: text/plain\r\n" + PLAIN
    assert verify(ACME.sign(message)) == [VALID]
    assert verify(f"{field}\r\n".encode() + ACME.sign(message)) == [("fail", "malformed")]


def test_bare_carriage_return_hides_no_field() -> None:
    signed = ACME.sign(PLAIN.replace(b"To: ", b"X: a\rFrom: eve@evil.example\r\nTo: "))
    assert verify(signed) == [("fail", "malformed")]


def test_key_below_1024_bits_counts_as_nothing() -> None:
    key = load_pem_private_key(SMALL, None)
    assert isinstance(key, RSAPrivateKey)
    signer = Signer("acme.example", "small", key)
    assert verify(signer.sign(PLAIN), zone(signer)) == [("fail", "key-size")]


def test_expired_signature_counts_as_nothing() -> None:
    seconds = START // SECOND
    assert verify(ACME.sign(PLAIN, x=str(seconds + 1))) == [VALID]
    assert verify(ACME.sign(PLAIN, x=str(seconds - 1))) == [("fail", "expired")]
    assert verify(ACME.sign(PLAIN, x="soon")) == [("fail", "expired")]


def test_junk_signature_on_top_hides_no_good_one() -> None:
    signed = ACME.sign(PLAIN)
    for junk in (b"x", b"v=1; a=rsa-sha256; d=acme.example", b"\xff;;=", b"v=1;" * 2000):
        assert verify(b"DKIM-Signature: " + junk + b"\r\n" + signed)[-1] == VALID
    forged = ACME.sign(PLAIN.replace(b"log in", b"pay")).partition(b"\r\n")[0] + b"\r\n"
    assert verify(forged + signed) == [("fail", "body-changed"), VALID]


def test_no_more_signatures_are_checked_than_the_limit() -> None:
    signed, resolver = PLAIN, FakeResolver()
    for number in range(50):
        signed = Signer("acme.example", f"key{number}").sign(signed)
    assert verify(signed, resolver) == [("fail", "key-missing")] * MOST_SIGNATURES
    assert len(resolver.asked) == MOST_SIGNATURES


def test_signatures_of_others_neither_cost_a_question_nor_count_against_the_limit() -> None:
    signed, resolver = ACME.sign(PLAIN), zone()
    for number in range(50):
        signed = Signer("evil.example", f"key{number}").sign(signed)
    found = verify_dkim(
        read_raw(signed), resolver.lookup, START, lambda domain: domain == "acme.example"
    )
    assert [str(finding) for finding in found] == ["pass (valid acme.example)"]
    assert len(resolver.asked) == 1


def test_domains_are_compared_without_case() -> None:
    found = verify_dkim(read_raw(ACME.sign(PLAIN, d="ACME.Example")), zone().lookup, START)
    assert found[0].domain == "acme.example"
    assert found[0].result == "pass"


def test_domain_beyond_ascii_is_asked_for_in_ascii() -> None:
    signer = Signer("xn--bcher-kva.example")
    found = verify_dkim(
        read_raw(signer.sign(PLAIN, d="Bücher.example")), zone(signer).lookup, START
    )
    assert found == (Finding(found[0].result, "valid", "xn--bcher-kva.example"),)
    assert found[0].result == "pass"


@pytest.mark.parametrize("domain", ["a\x1b.acme.example", "acme example", "(x)", "é\udcff " * 99])
def test_domain_that_is_no_name_is_malformed(domain: str) -> None:
    assert verify(ACME.sign(PLAIN, d=domain.encode("utf-8", "replace").decode())) == [
        ("fail", "malformed")
    ]


def test_dns_trouble_is_unknown_and_a_missing_key_is_not() -> None:
    signed = ACME.sign(PLAIN)
    assert verify(signed, FakeResolver()) == [("fail", "key-missing")]
    assert verify(signed, FakeResolver(troubled={ACME.place})) == [("unknown", "dns")]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("v=DKIM1; p=", "key-revoked"),
        ("v=DKIM2; p={p}", "key-unfit"),
        ("k=ed25519; p={p}", "key-unfit"),
        ("h=sha1; p={p}", "key-unfit"),
        ("s=tlsrpt; p={p}", "key-unfit"),
        ("p=AAAA", "key-unfit"),
        ("p=!", "malformed"),
        ("p=x; p=y", "malformed"),
        ("v=spf1 -all", "key-missing"),
        ("t=s; p={p}", "valid"),
        ("h=sha1 : sha256; s=email:*; p={p}", "valid"),
        ("p={p}; n=some notes", "valid"),
    ],
)
def test_key_record_says_what_the_key_is_for(record: str, reason: str) -> None:
    key = ACME.record.partition("p=")[2]
    resolver = FakeResolver({(ACME.place, "TXT"): [record.format(p=key)]})
    assert verify(ACME.sign(PLAIN), resolver)[0][1] == reason


def test_identity_must_lie_in_the_domain_and_be_it_where_the_key_says_so() -> None:
    assert verify(ACME.sign(PLAIN, i="jane@mail.acme.example")) == [VALID]
    assert verify(ACME.sign(PLAIN, i="jane@evil.example")) == [("fail", "malformed")]
    assert verify(ACME.sign(PLAIN, i="jane@evilacme.example")) == [("fail", "malformed")]
    strict = FakeResolver({(ACME.place, "TXT"): [ACME.record + "; t=s"]})
    assert verify(ACME.sign(PLAIN, i="jane@acme.example"), strict) == [VALID]
    assert verify(ACME.sign(PLAIN, i="jane@mail.acme.example"), strict) == [("fail", "key-unfit")]


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_hostile_signature_and_key_are_a_fail_and_no_error(value: bytes, key: bytes) -> None:
    resolver = FakeResolver({(ACME.place, "TXT"): [key.decode("utf-8", "surrogateescape")]})
    for field in (value, b" v=1; a=rsa-sha256; d=acme.example; s=key1; h=from; bh=" + value):
        message = read_raw(b"DKIM-Signature:" + field + b"\r\n" + ACME.sign(PLAIN))
        results = [f.result for f in verify_dkim(message, resolver.lookup, START)]
        assert set(results) <= {"fail"}


def test_hostile_body_costs_no_more_than_its_size() -> None:
    def cost(lines: int) -> float:
        message = read_raw(PLAIN + (b" " * 16_000 + b"x\r\n") * lines)
        before = time.thread_time()
        message.hash_body(b"relaxed")
        return time.thread_time() - before

    cost(10)
    assert cost(600) < 2.0, "ten megabytes of blanks"
