"""Secrets derived from row ids: each good for one purpose, under a live key, and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import stat
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from maild.errors import BadInput
from maild.ids import (
    Ids,
    Key,
    KeyRing,
    Purpose,
    is_id,
    load_keys,
    token_length,
)

OLD = Key("a", b"\1" * 32)
NEW = Key("b", b"\2" * 32)
ROW = "abcdefghijklmnop"
TOKENS = [purpose for purpose in Purpose if purpose is not Purpose.PASSWORD]


@pytest.mark.parametrize("purpose", TOKENS)
def test_token_of_a_row_gives_the_row_back(purpose: Purpose) -> None:
    ring = KeyRing((OLD,))
    token = ring.make(purpose, ROW)
    assert len(token) == token_length(purpose)
    assert ring.check(purpose, token) == ROW


@pytest.mark.parametrize("purpose", TOKENS)
def test_letter_case_is_part_of_a_token_in_a_url_and_not_in_an_address(purpose: Purpose) -> None:
    ring = KeyRing((OLD,))
    token = ring.make(purpose, ROW)
    known = None if purpose in {Purpose.LINK, Purpose.IMPERSONATION, Purpose.COOKIE} else ROW
    assert ring.check(purpose, token.upper()) == known
    assert ring.check(purpose, token[0] + token[1:].capitalize()) == known


@pytest.mark.parametrize("purpose", TOKENS)
def test_every_altered_character_spoils_a_token(purpose: Purpose) -> None:
    ring = KeyRing((OLD, NEW))
    token = ring.make(purpose, ROW)
    for place, held in enumerate(token):
        for other in set("abcdefghijklmnopqrstuvwxyz234567019-_.= é\0") - {held}:
            altered = token[:place] + other + token[place + 1 :]
            assert ring.check(purpose, altered) is None, altered


@pytest.mark.parametrize(
    "alter", [lambda t: t[:-1], lambda t: t + "a", lambda t: "", lambda t: t * 99]
)
def test_token_of_another_length_is_refused(alter: object) -> None:
    ring = KeyRing((OLD,))
    assert ring.check(Purpose.LINK, alter(ring.make(Purpose.LINK, ROW))) is None  # type: ignore[operator]


@pytest.mark.parametrize("purpose", TOKENS)
def test_letter_that_only_lower_casing_makes_ascii_is_refused(purpose: Purpose) -> None:
    ring = KeyRing((OLD,))
    token = ring.make(purpose, "kkkkkkkkkkkkkkkk")
    assert ring.check(purpose, token.replace("k", "\N{KELVIN SIGN}", 1)) is None


def test_mailed_password_is_known_by_its_row_under_any_live_key_and_to_the_letter() -> None:
    both = KeyRing((NEW, OLD))
    for key in "ab":
        password = both.make(Purpose.PASSWORD, ROW, key)
        assert both.spells(ROW, password)
        for other in (password.upper(), password[:-1], password + "a", "", "é", "\udcff"):
            assert not both.spells(ROW, other)
        assert not both.spells("b" * 16, password)
    assert not KeyRing((NEW,)).spells(ROW, both.make(Purpose.PASSWORD, ROW, "a"))


@pytest.mark.parametrize("purpose", TOKENS)
def test_token_is_nothing_for_another_purpose(purpose: Purpose) -> None:
    ring = KeyRing((OLD,))
    token = ring.make(purpose, ROW)
    accepted = [other for other in Purpose if ring.check(other, token) is not None]
    assert accepted == [purpose]


def test_tokens_of_the_older_key_are_good_until_it_leaves_the_ring() -> None:
    token = KeyRing((OLD,)).make(Purpose.LINK, ROW)
    both = KeyRing((NEW, OLD))
    assert both.current == "b"
    assert both.check(Purpose.LINK, token) == ROW
    assert both.make(Purpose.LINK, ROW, "a") == token
    only_new = KeyRing((NEW,))
    assert only_new.check(Purpose.LINK, token) is None
    with pytest.raises(BadInput, match="no longer in the key ring"):
        only_new.make(Purpose.LINK, ROW, "a")


def test_another_key_of_the_same_name_opens_nothing() -> None:
    token = KeyRing((OLD,)).make(Purpose.LINK, ROW)
    assert KeyRing((Key("a", b"\3" * 32),)).check(Purpose.LINK, token) is None


def test_signature_holds_for_its_text_purpose_and_live_keys_only() -> None:
    signature = KeyRing((OLD,)).sign(Purpose.COOKIE, "said")
    both = KeyRing((NEW, OLD))
    assert both.verify(Purpose.COOKIE, "said", signature)
    assert not both.verify(Purpose.COOKIE, "said.", signature)
    assert not both.verify(Purpose.LINK, "said", signature)
    assert not both.verify(Purpose.COOKIE, "said", signature[:-1])
    assert not KeyRing((NEW,)).verify(Purpose.COOKIE, "said", signature)


@pytest.mark.parametrize("signature", ["", "é", "\udcff", "a" * 10_000])
def test_nonsense_signature_is_refused_and_not_fallen_over(signature: str) -> None:
    assert not KeyRing((OLD,)).verify(Purpose.COOKIE, "said \udcff", signature)


def test_passwords_are_four_groups_of_four_spelt_evenly() -> None:
    ring, ids = KeyRing((OLD,)), Ids()
    spelt = Counter[str]()
    for _ in range(2000):
        groups = ring.make(Purpose.PASSWORD, ids.new()).split("-")
        assert [len(group) for group in groups] == [4, 4, 4, 4]
        spelt.update("".join(groups))
    # nothing that is misread, misheard or mistyped for another
    assert "".join(sorted(spelt)) == "3479acdefhjkmnprtwxy"
    # 32,000 letters over 20: 1,600 each, six standard deviations are 234
    assert all(1366 < count < 1834 for count in spelt.values()), spelt
    assert ring.check(Purpose.PASSWORD, ring.make(Purpose.PASSWORD, ROW)) is None


def test_ids_are_rows_ids_and_never_repeat() -> None:
    ids = Ids()
    made = {ids.new() for _ in range(1000)}
    assert len(made) == 1000
    assert all(is_id(one) for one in made)
    assert not any(map(is_id, ("", "ABC", ROW[:-1], ROW + "a", "1" * 16, "é" * 16)))


def test_ordered_ids_keep_their_order_when_the_clock_stands_or_goes_back() -> None:
    ids = Ids()
    made = [ids.ordered(now) for now in (5, 5, 5, 3, 1, 2**40, 2**40 - 1)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_key_is_never_shown() -> None:
    assert "01" not in repr(OLD)
    assert OLD.secret.hex() not in repr((OLD, KeyRing((OLD,))))


def test_key_file_is_made_for_its_owner_alone_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys"
    old_mask = os.umask(0)
    try:
        ring = load_keys(path)
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [item.name for item in path.parent.iterdir()] == ["keys"]
    token = ring.make(Purpose.LINK, ROW)
    assert load_keys(path).check(Purpose.LINK, token) == ROW


def test_draft_left_by_a_crash_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / f".keys.{os.getpid()}").write_text("half a k")
    assert load_keys(tmp_path / "keys").current == "a"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_key_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys"
    load_keys(path)
    path.chmod(mode)
    with pytest.raises(BadInput, match="chmod 600"):
        load_keys(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"a\n",
        b"a 00\n",
        b"a " + b"0" * 63 + b"\n",
        b"A " + b"0" * 64 + b"\n",
        b"ab " + b"0" * 64 + b"\n",
        b" " + b"0" * 64 + b"\n",
        b"a " + b"g" * 64 + b"\n",
        b"a " + b"0" * 64 + b"\n\xff\xfe\n",
        b"a " + b"0" * 64 + b"\na " + b"1" * 64 + b"\n",
    ],
)
def test_broken_key_file_is_named_and_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(BadInput, match="key"):
        load_keys(path)


def test_key_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    with pytest.raises(BadInput, match="keys"):
        load_keys(tmp_path / "keys")


def test_newest_key_stands_first_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"b {'02' * 32}\r\na {'01' * 32}\r\n")
    path.chmod(0o600)
    ring = load_keys(path)
    assert ring.make(Purpose.LINK, ROW) == KeyRing((NEW,)).make(Purpose.LINK, ROW)
    assert ring.make(Purpose.LINK, ROW, "a") == KeyRing((OLD,)).make(Purpose.LINK, ROW)


def test_processes_that_make_the_key_file_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, mp_context=context) as pool:
        tokens = set(pool.map(_make_token, [path] * 8))
    assert tokens == {load_keys(path).make(Purpose.LINK, ROW)}
    assert [item.name for item in tmp_path.iterdir()] == ["keys"]


def _make_token(path: Path) -> str:
    return load_keys(path).make(Purpose.LINK, ROW)
