from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog
from click.testing import CliRunner, Result

from maild import config
from maild.cli.root import maild as command_line
from maild.office import Office, open_office
from maild.press import Press

T = TypeVar("T")

CONFIG = """
[business]
name = "Example Ltd"
email = "billing@example.test"
time_zone = "Europe/London"
[inbound]
domain = "example.test"
[operator]
email = "owner@example.test"
"""


class Business:
    """A business in a folder of its own; called with arguments, it runs the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG)

    def __call__(self, *arguments: str, typed: str | None = None) -> Result:
        """Run a command; a fault of maild's own is raised, not told."""
        command = ["--config", str(self.config), *arguments]
        return CliRunner(env={"MAILD_DEBUG": "1", "USER": "kim"}).invoke(
            command_line, command, input=typed
        )

    def did(self, *arguments: str) -> str:
        """Run a command that must succeed, and return what it printed."""
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.did(*arguments, "--json"))

    def write(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def invoice(self, name: str = "INV-1001", /, **changes: object) -> str:
        """Write an invoice of 300.00 GBP for ACME and return its path; None takes a field out."""
        content: Mapping[str, object] = {
            "type": "invoice",
            "number": name,
            "client": "ACME",
            "issued": "2026-11-01",
            "due": "2026-12-01",
            "currency": "GBP",
            "lines": [{"description": "Support", "unit_price": "250.00", "tax_rate": "20"}],
            **changes,
        }
        kept = {key: value for key, value in content.items() if value is not None}
        return self.write(f"{name}.json", json.dumps(kept))

    def in_office(self, work: Callable[[Office], Awaitable[T]]) -> T:
        """Do something in the office itself, as the daemon would."""

        async def run() -> T:
            async with open_office(config.load(self.config, {})) as office:
                return await work(office)

        return asyncio.run(run())


@pytest.fixture(autouse=True)
def _keep_logging() -> Iterator[None]:
    """Give back the logging that a command takes over."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def quick_press(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print at once, without a process for each command; test_program prints for real."""

    async def print_quickly(press: Press, layout: Path, data: Mapping[str, object]) -> bytes:
        return b"%PDF-1.7 " + json.dumps(data).encode()

    monkeypatch.setattr(Press, "print", print_quickly)


@pytest.fixture
def maild(tmp_path: Path, quick_press: None) -> Business:
    return Business(tmp_path)


@pytest.fixture
def acme(maild: Business) -> Business:
    """The business with a client ACME that has one contact."""
    maild.did("client", "add", "Acme Ltd", "--email", "jane@acme.example")
    return maild
