"""What is installed: the wheel outside its checkout, the lock, the floors."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / ".ci" / "requirements.lock"
DOCUMENT = {
    "type": "invoice",
    "number": "INV-1",
    "client": "ACME",
    "issued": "2026-11-01",
    "due": "2026-12-01",
    "lines": [{"description": "Support", "unit_price": "250.00", "tax_rate": "20"}],
}


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `maild` command of a wheel installed in an environment of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "venv"
    venv.create(environment, with_pip=True)
    # the dependencies are the ones tested here; only maild itself must come from the wheel
    site = next((environment / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(_dependencies())
    pip = environment / "bin" / "pip"
    subprocess.run([pip, "install", "-q", "--no-deps", wheel], check=True, capture_output=True)
    return environment / "bin" / "maild"


def test_the_wheel_works_outside_its_checkout(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes((ROOT / "config.toml").read_bytes())
    (tmp_path / "invoice.json").write_text(json.dumps(DOCUMENT))

    assert "all good" in _run(installed, tmp_path, "check").stdout
    _run(installed, tmp_path, "client", "add", "Acme Ltd", "--email", "jane@acme.example")
    sent = _run(installed, tmp_path, "send", "invoice.json")
    listed = _run(installed, tmp_path, "queue", "list", "--json")

    assert "jane@acme.example" in sent.stdout
    assert [row["recipient"] for row in json.loads(listed.stdout)] == ["jane@acme.example"]


def test_the_wheel_holds_templates_migrations_and_common_passwords(installed: Path) -> None:
    site = next((installed.parent.parent / "lib").glob("python*/site-packages"))
    for name in (
        "templates/mail/document.html",
        "store/migrations/0001_start.sql",
        "access/common_passwords.txt",
    ):
        assert (site / "maild" / name).is_file()


def test_the_lock_pins_every_requirement_with_hashes_and_names_no_index() -> None:
    text = LOCK.read_text()
    pins = {canonicalize_name(n): v for n, v in re.findall(r"^([\w.-]+)==(\S+)", text, re.M)}
    blocks = re.split(r"\n(?=\w)", text.strip())

    assert "://" not in text
    assert all("--hash=sha256:" in block for block in blocks)
    for requirement in _requirements():
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def _requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return [r for r in map(Requirement, lines) if r.name != "maild"]


def _dependencies() -> str:
    """Return the folders that hold this environment's packages, without any checkout of maild."""
    found = [Path(p) for p in sys.path if p.endswith("-packages") or p.endswith("site-packages")]
    return "\n".join(str(path) for path in found if path.is_dir())


def _run(command: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "MAILD_CONFIG"}}
    result = subprocess.run(
        [command, *arguments], cwd=folder, env=environ, text=True, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result
