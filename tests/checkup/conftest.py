from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maild import config
from maild.checkup.verdicts import Patient
from tests.fakes import FakeClock, FakeResolver

BASE = """
[business]
name = "Example Ltd"
email = "billing@ours.example"
[inbound]
domain = "reply.ours.example"
[operator]
email = "owner@ours.example"
"""

MakePatient = Callable[..., Patient]


@pytest.fixture
def patient(tmp_path: Path) -> MakePatient:
    """What makes a patient of more lines of config; `environ` may hold its passwords."""

    def make(more: str = "", *, environ: dict[str, str] | None = None, **fields: Any) -> Patient:
        path = tmp_path / "config.toml"
        path.write_text(BASE + more)
        given: dict[str, Any] = {"clock": FakeClock(), "resolver": FakeResolver()} | fields
        return Patient(config.load(path, environ or {}), **given)

    return make
