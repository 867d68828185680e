"""Our signatures hold for every verifier, and no change to what they cover goes unnoticed."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import dns.zone
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from maild.errors import BadInput
from maild.mail.compose import Mailbox, compose
from maild.mail.dkim import verify_dkim
from maild.mail.dkim_keys import Kind, Record, SigningKey, make_key, read_pem, write_pem
from maild.mail.fields import read_raw
from maild.mail.findings import Result
from maild.mail.sign import Signer
from tests.fakes import START, FakeResolver
from tests.mail.test_compose import BOUNDARY, LINES, PLAIN
from tests.verifiers import ask_dkimpy, ask_opendkim

RSA = make_key("rsa", "maild202611")
ED25519 = make_key("ed25519", "maild202611-ed25519")
SIGNERS = {
    "RSA": Signer("example.test", (RSA,)),
    "Ed25519": Signer("example.test", (ED25519,)),
    "both": Signer("example.test", (RSA, ED25519)),
}
BOTH = SIGNERS["both"]
# a letter that has every field which is signed
FULL = compose(replace(PLAIN, html=""), BOUNDARY).replace(
    b"Subject:", b"Cc: tom@acme.example\r\nSubject:"
)
SIGNED = [
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding", "In-Reply-To", "References", "Auto-Submitted",
]  # fmt: skip
SEALED = SIGNED[:10]


def records(signer: Signer) -> list[Record]:
    return [key.publish(signer.domain) for key in signer.keys]


def verify(message: bytes, signer: Signer) -> list[bool]:
    """Return what our own verifier makes of each signature."""
    resolver = FakeResolver()
    for record in records(signer):
        resolver.publish(record.name, "TXT", record.value)
    found = verify_dkim(read_raw(message), resolver.lookup, START)
    return [finding.result is Result.PASS for finding in found]


def holds(message: bytes, signer: Signer = BOTH) -> bool:
    """Tell whether every verifier finds every signature valid; they must agree."""
    # the wire knows no last line without an end
    message = message if message.endswith(b"\r\n") else message + b"\r\n"
    verdicts = {*ask_dkimpy(message, records(signer)), *verify(message, signer)}
    assert len(verdicts) == 1, "the verifiers disagree"
    return verdicts.pop()


@pytest.mark.parametrize("signer", SIGNERS.values(), ids=SIGNERS)
def test_letter_is_signed_once_with_each_key(signer: Signer) -> None:
    signed = signer.sign(FULL)
    assert signed.endswith(FULL)
    assert signed.count(b"DKIM-Signature:") == len(signer.keys)
    assert verify(signed, signer) == [True] * len(signer.keys)
    assert holds(signed, signer)


@pytest.mark.parametrize("name", SIGNED)
def test_changed_or_missing_field_breaks_every_signature(name: str) -> None:
    field = re.compile(rb"^" + name.encode() + rb": (.*)\r\n", re.MULTILINE)
    signed = BOTH.sign(FULL)
    assert len(field.findall(signed)) == 1
    assert not holds(field.sub(name.encode() + rb": \1x\r\n", signed))
    assert not holds(field.sub(b"", signed))


@pytest.mark.parametrize("place", ["on top", "below"])
@pytest.mark.parametrize("name", SEALED)
def test_second_field_breaks_every_signature(name: str, place: str) -> None:
    signed, more = BOTH.sign(FULL), f"{name}: eve@evil.example\r\n".encode()
    added = (
        more + signed
        if place == "on top"
        else signed.replace(b"\r\n\r\n", b"\r\n" + more + b"\r\n", 1)
    )
    assert not holds(added)


@pytest.mark.parametrize("name", ["Cc", "Reply-To"])
def test_field_that_the_letter_has_not_cannot_be_added(name: str) -> None:
    signed = BOTH.sign(re.sub(rb"(?m)^(Cc|Reply-To): .*\r\n", b"", FULL))
    assert holds(signed)
    assert not holds(f"{name}: eve@evil.example\r\n".encode() + signed)


def test_field_that_stands_twice_is_signed_twice() -> None:
    signed = BOTH.sign(b"References: <1@x.example>\r\n" + FULL)
    assert holds(signed)
    assert not holds(signed.replace(b"<1@x", b"<2@x"))
    assert not holds(signed.replace(b"<m0@example.test>", b"<m9@example.test>"))


def test_changed_body_breaks_every_signature() -> None:
    signed = BOTH.sign(FULL)
    assert not holds(signed.replace(b"here it is", b"pay elsewhere"))
    assert not holds(signed + b"Pay elsewhere.\r\n")


def test_what_mail_servers_do_to_a_message_breaks_nothing() -> None:
    signed = BOTH.sign(FULL)
    received = b"Return-Path: <x@y.example>\r\nReceived: from a\r\n by b; Mon, 23 Nov 2026\r\n"
    assert holds(received + signed)
    assert holds(signed.replace(b"Subject: Invoice ", b"SUBJECT:\r\n\tInvoice \t"))
    assert holds(signed + b"\r\n\r\n")


def test_same_letter_gets_the_same_bytes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    first = BOTH.sign(FULL)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert BOTH.sign(FULL) == first
    head = first.removesuffix(FULL)
    tags = set(re.findall(rb"[:;]\s*([a-z]+)=", head))
    assert tags == {b"v", b"a", b"c", b"d", b"s", b"h", b"bh", b"b"}


def test_signature_takes_lines_that_fit_and_leaves_the_letter_as_it_is() -> None:
    signed = BOTH.sign(FULL)
    head = signed.removesuffix(FULL)
    assert max(map(len, head.split(b"\r\n"))) <= 78
    before, after = (message_from_bytes(raw, policy=default) for raw in (FULL, signed))
    assert after.items()[2:] == before.items()
    assert after.get_content() == before.get_content()


def test_domain_beyond_ascii_is_signed_and_published_in_ascii() -> None:
    signer = Signer("Bücher.example", (RSA, ED25519))
    signed = signer.sign(FULL)
    assert signed.count(b"d=xn--bcher-kva.example;") == 2
    assert records(signer)[0].name == "maild202611._domainkey.xn--bcher-kva.example"
    assert holds(signed, signer)


BODIES = st.lists(
    st.sampled_from(["", " ", "\t", "  \t ", "a", "word word", "é", ".", "From x", "=3D", "-- "])
).map("\n".join)


@given(LINES, BODIES, st.booleans())
def test_every_letter_that_can_be_composed_is_signed(subject: str, body: str, html: bool) -> None:
    name = Mailbox(subject[:60], "jane@acme.example")
    draft = replace(
        PLAIN, subject=subject, recipient=name, text=body, html=f"<p>{body}" if html else "",
        references=tuple(f"{n}@example.test" for n in range(len(body) % 40)),
    )  # fmt: skip
    assert holds(BOTH.sign(compose(draft, BOUNDARY)))


RAW_BODIES = st.lists(
    st.sampled_from([b" ", b"\t", b"\r\n", b"\r\n\r\n", b"a", b"bc", b"\xe9", b"=20"]), max_size=30
).map(b"".join)
FOLDED = st.lists(
    st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t", b"word", b"x" * 70, b":", b"\xc3\xa9"]),
    max_size=30,
).map(b"".join)


@given(FOLDED, RAW_BODIES)
def test_every_way_to_fold_a_field_and_end_a_body_is_signed(value: bytes, body: bytes) -> None:
    message = b"From: a@example.test\r\nSubject:" + value + b"\r\nTo:b@x.example\r\n\r\n" + body
    assert holds(BOTH.sign(message))


@pytest.mark.parametrize("signer", SIGNERS.values(), ids=SIGNERS)
async def test_opendkim_finds_signatures_valid_and_notices_a_change(
    signer: Signer, tmp_path: Path
) -> None:
    published, each = records(signer), len(signer.keys)
    ended = FULL + b"tabs\there,  blanks  \r\n\r\n \r\n\r\n"
    for letter in (
        FULL,
        compose(PLAIN, BOUNDARY),
        ended,
        FULL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
    ):
        signed = signer.sign(letter)
        assert await ask_opendkim(signed, published, tmp_path) == ["pass"] * each
    for changed in (
        signer.sign(FULL).replace(b"INV-1001", b"INV-1002"),
        signer.sign(FULL) + b"Pay elsewhere.\r\n",
        b"Reply-To: eve@evil.example\r\n" + signer.sign(FULL),
    ):
        assert await ask_opendkim(changed, published, tmp_path) == ["fail"] * each


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_key_that_was_written_is_read_again(kind: Kind) -> None:
    made = make_key(kind, "s1")
    read = read_pem(write_pem(made), kind, "s1")
    assert read.kind == kind
    assert read.publish("example.test") == made.publish("example.test")
    assert read.sign(b"letter") == made.sign(b"letter")


def pem(key: object, password: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        (lambda: b"", "rsa", "no private key in PEM form"),
        (lambda: write_pem(RSA)[:-200], "rsa", "no private key in PEM form"),
        (lambda: pem(RSA.private, b"hush"), "rsa", "encrypted"),
        (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "rsa", "neither RSA nor Ed25519"),
        (lambda: pem(ED25519.private), "rsa", "is Ed25519, not RSA"),
        (lambda: pem(RSA.private), "ed25519", "is RSA, not Ed25519"),
        (lambda: pem(rsa.generate_private_key(65537, 1024)), "rsa", "2048 to 4096 bits.*has 1024"),
        (lambda: pem(rsa.generate_private_key(65537, 2040)), "rsa", "this one has 2040"),
    ],
    ids=["empty", "broken", "encrypted", "curve", "ed25519", "rsa", "1024", "2040"],
)  # fmt: skip
def test_key_that_is_not_fit_is_refused(content: object, kind: Kind, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_pem(content(), kind, "s1")  # type: ignore[operator]


def test_secret_half_of_a_key_is_not_shown() -> None:
    secret = write_pem(ED25519).decode().splitlines()[1]
    assert secret not in repr(BOTH)
    assert "PRIVATE" not in repr(BOTH)


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["RSA", "Ed25519"])
def test_record_is_one_text_however_it_is_written_down(key: SigningKey) -> None:
    record = key.publish("example.test")
    assert "".join(record.strings) == record.value
    assert max(map(len, record.strings)) <= 255
    zone = dns.zone.from_text(
        f"$TTL 60\n@ SOA ns. root. 1 2 3 4 5\n@ NS ns.\n{record.zone_line}\n", origin="example.test"
    )
    [answer] = zone.find_rdataset(f"{record.name}.", "TXT")
    assert b"".join(answer.strings).decode() == record.value
