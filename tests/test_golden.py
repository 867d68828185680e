"""Every letter is what it was when somebody last looked at it and found it good.

To change what is kept: `REWRITE_GOLDEN=1 python -m pytest tests/test_golden.py`, and read what git
says has changed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden_letters import REWRITE, compare, write_golden
from tests.screens.branded import PICTURED_LETTERS, furnish_branded, open_branded_world
from tests.screens.post import LETTERS, find_letters
from tests.screens.scene import furnish
from tests.world import open_house_world


async def test_letters_are_as_they_are_kept(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "pictured").mkdir()
    async with open_house_world(tmp_path / "plain") as world:
        letters = find_letters(await furnish(world), LETTERS)
    async with open_branded_world(tmp_path / "pictured", "logo.png") as world:
        letters |= find_letters(await furnish_branded(world), PICTURED_LETTERS)
    files = write_golden(letters)
    difference = compare(files)
    if difference:
        pytest.fail(f"letters have changed; if that is meant, run with {REWRITE}=1\n{difference}")


def test_difference_is_told_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    # else what is kept would be written anew from this one
    monkeypatch.delenv(REWRITE, raising=False)
    told = compare({"letter-invoice.txt": "From: somebody else\n"})
    assert "+From: somebody else" in told
    assert "-From: " in told
    assert "--- kept/letter-invoice.txt" in told
