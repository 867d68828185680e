"""The note by which a second terminal finds a running demo."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from maild.demo import send_reply
from maild.demo.notice import Notice, find_notice, put_up
from maild.errors import Refused

FIRST = Notice("http://127.0.0.1:1", "first")
SECOND = Notice("http://127.0.0.1:2", "second")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that no other test uses."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path


def test_a_notice_is_found_while_it_is_up_and_then_nothing_is_left(place: Path) -> None:
    with put_up(FIRST):
        assert find_notice() == FIRST
        modes = {path.stat().st_mode & 0o777 for path in place.rglob("*")}
        assert modes == {0o700, 0o600}
    assert list(place.iterdir()) == []


def test_the_latest_notice_counts_and_an_earlier_demo_leaves_it_alone() -> None:
    earlier = put_up(FIRST)
    earlier.__enter__()
    with put_up(SECOND):
        assert find_notice() == SECOND
        earlier.__exit__(None, None, None)
        assert find_notice() == SECOND


@pytest.mark.parametrize("loose", ["maild-demo-of-*", "maild-demo-of-*/running.json"])
def test_a_notice_that_others_could_have_written_is_not_trusted(place: Path, loose: str) -> None:
    with put_up(FIRST):
        (path,) = place.glob(loose)
        path.chmod(0o777)
        with pytest.raises(Refused, match="no demo is running"):
            find_notice()
        path.chmod(0o700)


def test_a_demo_does_not_start_on_a_folder_of_somebody_else(place: Path) -> None:
    with put_up(FIRST):
        (folder,) = place.iterdir()
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(Refused, match="can be written by others"), put_up(FIRST):
        pass


def test_without_a_demo_a_reply_is_refused_with_what_to_do() -> None:
    with pytest.raises(Refused, match="no demo is running; start one: maild demo"):
        send_reply("can't log in", None)


def test_a_notice_left_behind_by_a_killed_demo_counts_as_none() -> None:
    with put_up(FIRST), pytest.raises(Refused, match="no demo is running"):
        send_reply("can't log in", None)
