"""No letter looks like spam to the filter that most mail servers ask."""

from __future__ import annotations

from pathlib import Path

from tests.screens.branded import PICTURED_LETTERS, furnish_branded, open_branded_world
from tests.screens.post import LETTERS, find_letters
from tests.screens.scene import furnish
from tests.spam import judge
from tests.world import open_house_world

MOST = 1.0
SPAM = b"""From: x <x@x.example>
Subject: !!! FREE V1AGRA CASH MONEY $$$ 100% GUARANTEED
Content-Type: text/html

<html><body><font color="#ffffff"><a href="http://1.2.3.4/">CLICK HERE NOW</a></font></body></html>
"""


async def test_no_letter_gets_a_point_from_spamassassin(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "pictured").mkdir()
    async with open_house_world(tmp_path / "plain") as world:
        letters = find_letters(await furnish(world), LETTERS)
    async with open_branded_world(tmp_path / "pictured", "logo.png") as world:
        letters |= find_letters(await furnish_branded(world), PICTURED_LETTERS)
    verdicts = await judge([mail.raw for mail in letters.values()], tmp_path)
    told = dict(zip(letters, verdicts, strict=True))
    assert {name: one for name, one in told.items() if one.points >= MOST} == {}


async def test_filter_knows_spam_when_it_sees_it(tmp_path: Path) -> None:
    (verdict,) = await judge([SPAM], tmp_path)
    assert verdict.points > MOST
