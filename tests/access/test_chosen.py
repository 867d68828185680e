"""What a chosen password must be, what a try of one costs, and which browsers are known."""

from __future__ import annotations

from importlib.resources import files

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from maild.access.chosen import SHORTEST, find_fault
from maild.access.passwords import CANDIDATES, Hasher, normalise_chosen, pick_candidates
from maild.access.sessions import open_browser, open_link, seal_browser, seal_link
from maild.access.throttle import browser_place, describe_place, link_place, login_name
from maild.clock import DAY
from maild.ids import Ids, Key, KeyRing, Purpose
from maild.model import Credential
from tests.fakes import START

RING = KeyRing((Key("a", b"\1" * 32),))
JANE = "jane@acme.example"
NAMES = ("Example Ltd", "Acme & Sons", JANE, "jane.smithson", "", "1066")


def fault(password: str) -> str:
    return find_fault(password, password, NAMES)


@pytest.mark.parametrize(
    "password",
    ["12 horses", "quiet herons", "aaaaaaab", "ünïcödé!", "例えば今日の天気です", "x" * 128],
)
def test_what_is_long_enough_and_uncommon_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert fault(password) == ""


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "too short"),
        ("seven q", "too short"),
        ("   seven   ", "too short"),
        ("x" * 129, "too long"),
        ("password", "Too many people"),
        ("PassWord1", "Too many people"),
        ("P@ssw0rd", "Too many people"),
        ("qwerty 123", "Too many people"),
        ("examplel td", "A name"),
        ("ACME&SONS2026", "A name"),
        ("acme-and-", ""),
        ("Jane.Smithson", "A name"),
        ("99 janesmithson", "A name"),
        ("jane@ACME.example", "A name"),
        ("10 66 10 66", ""),
    ],
)
def test_what_is_wrong_with_a_password_is_said_in_words(password: str, words: str) -> None:
    assert words in fault(password)
    assert bool(words) == bool(fault(password))


def test_the_same_password_typed_on_two_keyboards_is_the_same() -> None:
    assert find_fault("cafe\u0301 noir", "café noir ", ()) == ""
    assert "not the same" in find_fault("quiet herons", "quiet heron", ())


@given(st.text(max_size=300))
def test_no_text_makes_the_rules_fall_over(typed: str) -> None:
    assert normalise_chosen(normalise_chosen(typed)) == normalise_chosen(typed)
    assert isinstance(find_fault(typed, typed, (typed,)), str)


def test_the_list_of_common_passwords_holds_nothing_that_is_refused_anyway() -> None:
    known = (files("maild.access") / "common_passwords.txt").read_text("utf-8").split("\n")
    assert known.pop() == ""
    assert known == sorted(set(known))
    assert all(word == word.casefold() and len(word) >= SHORTEST for word in known)
    assert len(known) > 200


def made(number: int, *, used: bool = False, generated: bool = True) -> Credential:
    row_id = "abcdefghijklmno" + "abcdefghij"[number]
    return Credential(row_id, JANE, "", generated, START, START, START if used else None, None)


def test_of_many_mailed_passwords_the_one_typed_is_worth_a_hash_and_the_one_in_use() -> None:
    held = [made(n) for n in range(6)] + [made(6, used=True)]
    older = KeyRing((Key("b", b"\2" * 32), Key("a", b"\1" * 32)))
    for ring in (RING, older):
        for one in held:
            typed = RING.make(Purpose.PASSWORD, one.id).upper().replace("-", " ")
            picked = pick_candidates(ring, held, typed)
            assert picked == ([one] if one is held[6] else [one, held[6]])
            assert len(picked) <= CANDIDATES
    for typed in ("", "wrong", "\udcff", RING.make(Purpose.PASSWORD, "a" * 16)):
        assert pick_candidates(RING, held, typed) == [held[6]]


def test_a_password_of_ones_own_is_never_taken_for_a_mailed_one() -> None:
    own = made(0, generated=False)
    assert pick_candidates(RING, [own], RING.make(Purpose.PASSWORD, own.id)) == []


@pytest.mark.parametrize("held", range(CANDIDATES + 1))
async def test_a_wrong_password_costs_the_same_for_any_number_of_credentials(
    held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = Hasher()
    hashed = await hasher.hash("right")
    checked: list[str] = []
    verify = PasswordHasher.verify

    def count(self: PasswordHasher, known: str, typed: str | bytes) -> bool:
        checked.append(known)
        return verify(self, known, typed)

    monkeypatch.setattr(PasswordHasher, "verify", count)
    credentials = [
        Credential(str(n), JANE, hashed, bool(n % 2), START, START, None, None) for n in range(held)
    ]
    assert await hasher.find_match(credentials, "wrong") is None
    assert len(checked) == CANDIDATES
    # and each of them is work of the same kind
    parameters = {known.rsplit("$", 2)[0] for known in [*checked, hashed]}
    assert parameters == {"$argon2id$v=19$m=19456,t=2,p=1"}
    hasher.close()


def test_a_browser_is_known_by_its_cookie_for_a_year_to_one_address() -> None:
    cookie = seal_browser(RING, JANE, lambda n: b"\7" * n, START)
    name = open_browser(RING, cookie, JANE, START)
    assert name
    assert open_browser(RING, cookie, JANE, START + 365 * DAY - 1_000_000) == name
    assert open_browser(RING, cookie, JANE, START + 365 * DAY) is None
    assert open_browser(RING, cookie, "tom@acme.example", START) is None
    assert open_browser(KeyRing((Key("b", b"\2" * 32),)), cookie, JANE, START) is None


def test_every_place_has_a_limit_of_its_own_and_is_said_in_words() -> None:
    places = {
        "192.0.2.0/24": "network 192.0.2.0/24",
        browser_place("x"): "a browser known before",
        link_place("x"): "a browser that came by a link",
    }
    assert len({login_name(JANE, place) for place in places}) == 3
    assert {place: describe_place(place) for place in places} == places


def test_no_signed_text_can_be_taken_for_another() -> None:
    link = seal_link(RING, Ids().new(), lambda n: b"\7" * n, START)
    browser = seal_browser(RING, JANE, lambda n: b"\7" * n, START)
    assert open_link(RING, browser, START) is None
    for key in (JANE, "", "link", f"{JANE}\n"):
        assert open_browser(RING, link, key, START) is None
    for text in ("x.1", "x.y", "form\nx.1", "link x.1", f"browser {JANE} x.1", "..", ""):
        cookie = f"{text}.{RING.sign(Purpose.COOKIE, text)}"
        assert open_link(RING, cookie, START) is None
        assert open_browser(RING, cookie, JANE, START) is None


@given(st.text(), st.text(max_size=20))
def test_no_text_makes_a_cookie_reader_fall_over(cookie: str, key: str) -> None:
    assert open_link(RING, cookie, START) is None
    assert open_browser(RING, cookie, key, START) is None
