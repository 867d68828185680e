"""The schema's history: an append-only list of numbered SQL files, each applied once."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from maild.errors import StoreUnavailable


def list_migrations() -> tuple[str, ...]:
    """Return the SQL text of every migration, oldest first."""
    folder = files("maild.store") / "migrations"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return tuple((folder / name).read_text("utf-8") for name in names)


def split_statements(script: str) -> list[str]:
    """Return the statements of a migration: each ends with a semicolon at the end of a line."""
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("--")]
    parts = "\n".join(lines).split(";\n")
    return [part.strip().rstrip(";") for part in parts if part.strip()]


def is_additive(script: str) -> bool:
    """Tell whether a migration only adds, so that the maild before it can go on: it says so."""
    return script.startswith("-- additive")


def check_version(path: Path | str, found: int, known: int) -> None:
    """Raise `StoreUnavailable`, with the command that mends it, unless the versions agree."""
    if found < known:
        raise StoreUnavailable(
            f"{path}: the store has version {found}, this maild needs {known}; run: maild migrate"
        )
    if found > known:
        raise StoreUnavailable(
            f"{path}: the store has version {found}, newer than this maild knows ({known}); "
            "install the maild that made it"
        )
