"""Addresses: what is taken, what is refused, which are the same, and how they are shown."""

from __future__ import annotations

import pytest

from maild.address import address_key, mask_address, parse_address, split_tag
from maild.errors import BadInput


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("jane@acme.example", "jane@acme.example"),
        (" jane@acme.example\t", "jane@acme.example"),
        ("Jane.O'Neil+bills@ACME.Example", "Jane.O'Neil+bills@acme.example"),
        ("root@localhost", "root@localhost"),
        ("a" * 64 + "@acme.example", "a" * 64 + "@acme.example"),
        ("jürgen@bücher.example", "jürgen@bücher.example"),
        ("{jane}/x=y!z@a-b.example", "{jane}/x=y!z@a-b.example"),
    ],
)
def test_address_is_taken_with_its_domain_in_lower_case(text: str, address: str) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jane",
        "@acme.example",
        "jane@",
        "jane@@acme.example",
        "jane@x@acme.example",
        "jane doe@acme.example",
        '"jane doe"@acme.example',
        "Jane <jane@acme.example>",
        "jane@acme.example, tom@acme.example",
        "jane@acme.example>",
        ".jane@acme.example",
        "jane.@acme.example",
        "ja..ne@acme.example",
        "jane@acme..example",
        "jane@.acme.example",
        "jane@acme.example.",
        "jane@-acme.example",
        "jane@acme-.example",
        "jane@ac_me.example",
        "jane@[127.0.0.1]",
        "jane@acme.example\nBcc: x@evil.example",
        "jane@acme.example\r\n",
        "ja\0ne@acme.example",
        "jane\x7f@acme.example",
        "ja\u200bne@acme.example",
        "ja\u202ene@acme.example",
        "jane\u2028@acme.example",
        "jane\udcff@acme.example",
        "jane@acme.exam\u00adple",
        "a" * 65 + "@acme.example",
        "jane@" + "a" * 64 + ".example",
        "jane@" + ".".join(["a" * 60] * 5),
        "jane@" + "é" * 100_000,
    ],
)
def test_malformed_address_is_refused_without_echoing_what_could_harm(text: str) -> None:
    with pytest.raises(BadInput, match="not an email address") as caught:
        parse_address(text)
    assert "".join(str(caught.value).split()).isprintable()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane@Acme.example", "jane@acme.EXAMPLE"),
        (" jane@acme.example ", "jane@acme.example"),
        ("JÜRGEN@acme.example", "jürgen@acme.example"),
        ("ju\u0308rgen@acme.example", "jürgen@acme.example"),
        ("jane@BÜCHER.example", "jane@xn--bcher-kva.example"),
    ],
)
def test_two_spellings_of_one_address_are_equal(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jane@acme.example", "jane@acme.examples"),
        ("jane+a@acme.example", "jane@acme.example"),
        ("ja.ne@acme.example", "jane@acme.example"),
        ("jane@faß.example", "jane@fass.example"),
        ("ſam@acme.example", "sam@acme.example"),
        ("oﬃce@acme.example", "office@acme.example"),
        ("\u0131an@acme.example", "ian@acme.example"),
        ("\u0430nna@acme.example", "anna@acme.example"),
    ],
)
def test_addresses_of_two_people_are_never_equal(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize("text", ["", "@", "a@xn--", "a@xn--\udcff", "a@xn--99999999999", "\0" * 9])
def test_any_text_has_a_key(text: str) -> None:
    assert address_key(text) == address_key(address_key(text))


def test_masked_address_keeps_first_letters_and_the_ending() -> None:
    assert mask_address("jane@acme.example") == "j•••@a•••.example"
    assert mask_address("jane@mail.acme.co.uk") == "j•••@m•••.acme.co.uk"
    assert mask_address("jane@localhost") == "j•••@l•••"


def test_tag_is_split_off_and_may_be_empty() -> None:
    assert split_tag("Reply+ToKen@Example.TEST") == ("reply", "ToKen", "example.test")
    assert split_tag("billing@example.test") == ("billing", "", "example.test")
    assert split_tag("reply+a+b@example.test") == ("reply", "a+b", "example.test")
    assert split_tag("nonsense") == ("", "", "nonsense")
