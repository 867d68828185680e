"""Whether the published key is the one that letters are signed with."""

from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from maild.checkup.dkim import judge_key, tell_unsigned
from maild.checkup.verdicts import Grade
from tests.fakes import FakeResolver

NAME = "maild1._domainkey.ours.example"


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def key(request: pytest.FixtureRequest) -> bytes:
    """A public key as p= holds it."""
    if request.param == "ed25519":
        return Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    public = generate_private_key(65537, 1024).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def record_of(key: bytes, more: str = "") -> str:
    kind = "ed25519" if len(key) == 32 else "rsa"
    return f"v=DKIM1; k={kind};{more} p={b64encode(key).decode()}"


def test_line_to_publish_is_what_is_found_good(key: bytes) -> None:
    resolver = FakeResolver()
    missing = judge_key("ours.example", "maild1", key, resolver.lookup)
    assert (missing.grade, "is not published" in missing.text) == (Grade.FAULT, True)
    name, line = missing.remedy.split(" TXT ")
    assert name == f"{NAME}."
    resolver.publish(NAME, "TXT", line.strip('"'))
    found = judge_key("ours.example", "maild1", key, resolver.lookup)
    assert (found.grade, found.remedy) == (Grade.OK, "")


def test_key_in_several_pieces_and_with_blanks_is_the_same(key: bytes) -> None:
    resolver = FakeResolver()
    resolver.publish(
        NAME, "TXT", record_of(key).replace("p=", "p= ", 1)[:-3] + " " + record_of(key)[-3:]
    )
    assert judge_key("ours.example", "maild1", key, resolver.lookup).grade == Grade.OK


@pytest.mark.parametrize(
    ("change", "grade", "words"),
    [
        (lambda r: r.replace("p=", "p=AAAA"), Grade.FAULT, "is not the one"),
        (lambda r: r.replace("k=", "k=x"), Grade.FAULT, "is not the one"),
        (lambda r: r.partition("p=")[0] + "p=", Grade.FAULT, "holds no key"),
        (lambda r: "nonsense", Grade.FAULT, "holds no key"),
        (lambda r: r.replace("p=", "t=s:y; p="), Grade.WARNING, "only tried out"),
    ],
)
def test_record_that_is_not_as_it_should_be_is_told(
    key: bytes, change: object, grade: Grade, words: str
) -> None:
    assert callable(change)
    resolver = FakeResolver()
    resolver.publish(NAME, "TXT", change(record_of(key)))
    found = judge_key("ours.example", "maild1", key, resolver.lookup)
    assert (found.grade, words in found.text) == (grade, True)
    assert b64encode(key).decode() in found.remedy


def test_two_records_are_one_too_many(key: bytes) -> None:
    resolver = FakeResolver()
    resolver.publish(NAME, "TXT", record_of(key), record_of(key))
    found = judge_key("ours.example", "maild1", key, resolver.lookup)
    assert (found.grade, "2 TXT records" in found.text) == (Grade.FAULT, True)


def test_key_that_cannot_be_looked_up_is_not_seen(key: bytes) -> None:
    found = judge_key("ours.example", "maild1", key, FakeResolver(down=True).lookup)
    assert found.grade == Grade.UNSEEN


def test_letters_without_a_key_are_said_to_be_unsigned() -> None:
    assert (tell_unsigned().topic, tell_unsigned().grade) == ("dkim", Grade.WARNING)
