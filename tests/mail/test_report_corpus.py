"""Machine mail of many makes: whole messages, what is to be read from each, and why.

Beside `NN-name.eml` lie `NN-name.json`, what must come out (a list holds what must be among the
values; a reason is a part of the text quoted), and `NN-name.why`, what the case is there for.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from maild.mail.reading import read

CORPUS = Path(__file__).parent.parent / "corpus" / "reports"
CASES = sorted(CORPUS.glob("*.eml"))
# in these, all that is expected must be found, but there may be more
_AMONG = ("message_ids", "addresses")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_message_is_read_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    received = date.fromisoformat(expected.pop("received"))
    found = asdict(read(path.read_bytes(), expected.pop("sender"), received))
    found["kind"] = str(found["classification"]["kind"])
    assert {name: _pick(found[name], wanted) for name, wanted in expected.items()} == expected


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_line_ends_make_no_difference(path: Path, newline: bytes) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    content = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", newline)
    found = read(content, expected["sender"], date.fromisoformat(expected["received"]))
    assert found.classification.kind == expected["kind"]
    if "bounce" in expected:
        assert found.bounce
        assert found.bounce.hard is expected["bounce"]["hard"]


def test_every_case_has_its_expectation_and_its_reason() -> None:
    assert len(CASES) >= 40
    stems = {path.stem for path in CASES}
    for suffix in (".json", ".why"):
        assert {path.stem for path in CORPUS.glob(f"*{suffix}")} == stems
    assert all(path.with_suffix(".why").read_text("utf-8").strip() for path in CASES)


def _pick(found: Any, wanted: Any) -> Any:
    """Return of what was found only what was asked for, so that both can be compared."""
    if not isinstance(wanted, dict) or found is None:
        return found.isoformat() if isinstance(found, date) else found
    picked: dict[str, Any] = {}
    for name, value in wanted.items():
        if name in _AMONG:
            picked[name] = [one for one in value if one in found[name]]
        elif name == "reason":
            picked[name] = value if value in found[name] else found[name]
        elif isinstance(value, list):
            picked[name] = list(found[name])
        else:
            picked[name] = _pick(found[name], value)
    return picked
