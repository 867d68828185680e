"""Every target meets what is known, what was found, and a few seconds of what a fuzzer tries."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent.parent / "corpus"
KNOWN = sorted(CORPUS.glob("r*/*.eml"))
FOUND = sorted((CORPUS / "fuzz").glob("*/*"))


@pytest.mark.parametrize("target", TARGETS)
def test_known_messages_break_nothing(target: str) -> None:
    assert KNOWN
    for path in KNOWN:
        TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_a_fuzzer_found_stays_mended(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_fuzzer_finds_nothing_in_a_few_seconds(target: str) -> None:
    if importlib.util.find_spec("atheris") is None:
        if os.environ.get("CI"):
            pytest.fail("atheris must be there in CI")
        pytest.skip("atheris is not installed (pip install -e '.[dev]')")
    # the same each time: what is new is for those who look for it, and not for whoever tests
    limits = ("--seconds", "4", "--seed", "1")
    command = [sys.executable, "-m", "tests.fuzz", target, *limits]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "stat::number_of_executed_units" in done.stderr
