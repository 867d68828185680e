from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from maild import __version__
from maild.cli.root import maild


def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from walk(below, (*path, name))


PATHS = sorted(walk(maild, ()))


def find(path: tuple[str, ...]) -> click.Command:
    command: click.Command = maild
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    return command


def help_of(*path: str) -> str:
    result = CliRunner().invoke(maild, [*path, "--help"])
    assert result.exit_code == 0
    return result.output


def test_root_help_lists_every_command_once_under_its_heading() -> None:
    text = help_of()
    for heading in ("Documents:", "Clients:", "Letters and replies:", "Running it:"):
        assert f"\n{heading}\n" in text
    for name in maild.commands:
        assert text.count(f"\n  {name} ") == 1


def test_root_help_tells_where_the_config_is_and_what_exit_codes_mean() -> None:
    text = help_of()
    for words in ("MAILD_CONFIG", "./config.toml", "/etc/maild/config.toml", "2  bad usage"):
        assert words in text
    assert "..." not in text.split("Documents:")[1], "a short help is cut off"
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("path", PATHS[1:], ids=" ".join)
def test_every_command_shows_an_example_of_itself(path: tuple[str, ...]) -> None:
    examples = help_of(*path).partition("Example")[2]
    assert f" {' '.join(path)}" in examples


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_option_and_argument_is_explained(path: tuple[str, ...]) -> None:
    text = help_of(*path)
    for parameter in find(path).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
        else:
            told = parameter.make_metavar(click.Context(find(path))).strip("[].…")
            assert text.count(told) >= 2, f"{told} is not explained"


def test_lists_and_shows_take_json() -> None:
    shown = [path for path in PATHS if path and path[-1] in {"list", "show", "log"}]
    assert len(shown) == 14
    for path in shown:
        assert "--json" in help_of(*path)


def test_version_is_told() -> None:
    assert CliRunner().invoke(maild, ["--version"]).output == f"maild {__version__}\n"
