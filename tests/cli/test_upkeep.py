from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from maild.cli.root import maild as command_line
from maild.cli.words import plain
from maild.store.schema import list_migrations

from .conftest import Business


def store_of(business: Business) -> Path:
    return business.folder / "data" / "maild.db"


def test_check_finds_all_good_and_makes_nothing(maild: Business) -> None:
    result = maild("check")
    assert result.exit_code == 0
    assert result.stdout.startswith("all good: ")
    assert "not made yet" in result.stdout
    assert "warning: [web] base_url" in result.stderr
    assert [path.name for path in maild.folder.iterdir()] == ["config.toml"]


def test_check_counts_what_is_there(acme: Business) -> None:
    assert "(1 client, 0 documents)" in acme.did("check")


def test_check_names_every_fault_of_the_config_with_its_line(maild: Business) -> None:
    maild.config.write_text(maild.config.read_text() + '[log]\nlevel = "loud"\n[web]\nport = 1\n')
    result = maild("check")
    assert result.exit_code == 2
    assert f"{maild.config}:11: " in result.stderr
    assert f"{maild.config}:13: " in result.stderr


def test_check_names_faults_of_templates_store_and_keys_at_once(acme: Business) -> None:
    (acme.folder / "own" / "mail").mkdir(parents=True)
    acme.write("own/mail/document.txt", "Subject: x\n\n{{ nonsense }}\n")
    acme.config.write_text(acme.config.read_text() + '[templates]\ndir = "own"\n')
    (acme.folder / "data" / "keys").chmod(0o644)
    set_version(store_of(acme), 99)
    result = acme("check")
    assert result.exit_code == 2
    for words in ("document.txt:3: 'nonsense' is undefined", "chmod 600", "version 99"):
        assert words in result.stderr


def test_check_writes_a_word_of_thanks_with_the_templates_of_the_business(
    maild: Business,
) -> None:
    (maild.folder / "own" / "mail").mkdir(parents=True)
    maild.write("own/mail/paid.txt", "Subject: x\n\n{{ nonsense }}\n")
    maild.config.write_text(maild.config.read_text() + '[templates]\ndir = "own"\n')
    assert "paid.txt:3: 'nonsense' is undefined" in maild("check").stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("logo.svg", b"<svg/>", "logo.svg is neither PNG nor JPEG"),
        ("logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is cut off"),
        ("logo.jpg", b"\xff\xd8\xff" + b"x" * 200_000, "more than 200,000 bytes"),
    ],
)
def test_check_remarks_on_a_logo_that_mail_programs_do_not_show(
    maild: Business, name: str, content: bytes, words: str
) -> None:
    maild.write(name, content)
    text = maild.config.read_text()
    maild.config.write_text(text.replace("[inbound]", f'logo = "{name}"\n[inbound]'))
    result = maild("check")
    assert result.exit_code == 0
    assert words in result.stderr
    assert "letters show the name of the business instead" in result.stderr


def test_check_names_a_broken_template_with_its_line(maild: Business) -> None:
    (maild.folder / "own" / "web").mkdir(parents=True)
    maild.write("own/web/login.html", "\n{% if %}\n")
    maild.config.write_text(maild.config.read_text() + '[templates]\ndir = "own"\n')
    result = maild("check")
    assert result.exit_code == 2
    assert "login.html:2: " in result.stderr


def test_store_of_another_version_is_refused_with_the_remedy(acme: Business) -> None:
    set_version(store_of(acme), 99)
    for command in (("client", "list"), ("migrate",)):
        result = acme(*command)
        assert result.exit_code == 1
        assert "install the maild that made it" in result.stderr


def test_migrate_says_from_where_to_where(maild: Business) -> None:
    steps = len(list_migrations())
    assert f"version 0 → {steps} ({steps} steps)" in maild.did("migrate")
    assert f"has version {steps} already" in maild.did("migrate")


def test_config_is_named_by_option_before_environment_before_folder(
    maild: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run() -> int:
        return CliRunner().invoke(command_line, ["client", "list"]).exit_code

    monkeypatch.delenv("MAILD_CONFIG", raising=False)
    monkeypatch.chdir(maild.folder)
    assert run() == 0
    monkeypatch.setenv("MAILD_CONFIG", "/nowhere")
    assert run() == 2
    assert maild.json("client", "list") == []


def test_config_that_is_nowhere_is_bad_usage(maild: Business) -> None:
    maild.config.unlink()
    result = maild("client", "list")
    assert result.exit_code == 2
    assert "no config file can be read" in result.stderr


def set_version(store: Path, version: int) -> None:
    connection = sqlite3.connect(store)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\ufffd[31mred"),
        ("a\u202eb", "a\ufffdb"),
        ("two\nlines\tÅ", "two\nlines\tÅ"),
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("\x9b2J\r", "\ufffd2J\ufffd"),
    ],
)
def test_characters_that_a_terminal_obeys_are_replaced(text: str, shown: str) -> None:
    assert plain(text) == shown
