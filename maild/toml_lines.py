"""TOML for people: on which line each key stands, and in plain words what is wrong there.

`tomllib` reads the values and forgets their lines; pydantic's messages speak to programmers.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError, PydanticKnownError

from maild.errors import BadInput

Keys = tuple[str, ...]

_QUOTED: Final = r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
_KEY: Final = rf"(?:[A-Za-z0-9_-]+|{_QUOTED})"
_DOTTED: Final = rf"({_KEY}(?:[ \t]*\.[ \t]*{_KEY})*)"
_HEADER: Final = re.compile(rf"[ \t]*\[\[?[ \t]*{_DOTTED}[ \t]*\]{{1,2}}")
_PAIR: Final = re.compile(rf"[ \t]*{_DOTTED}[ \t]*=")
# What can hide a line end or a bracket inside a value; a closing """ may follow up to two quotes.
_TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")' rf"|'''.*?'''(?!')|{_QUOTED}" r"|#[^\n]*|[\[{]|[\]}]|\n",
    re.DOTALL,
)

# Words for pydantic's error types: what is wrong, and what to do.
_WORDS: Final = {
    "string_type": ("must be text, not {got}.", "Put it in quotes."),
    "bool_type": ("must be true or false, not {got}.", "Write it without quotes."),
    "int_type": ("must be a whole number, not {got}.", "Write its digits alone, without quotes."),
    "tuple_type": ("must be a list, not {got}.", "Put it in square brackets."),
    "literal_error": ("{got} is not known here.", "Write one of {expected}."),
    "greater_than_equal": ("{got} is too small.", "Write {ge} or more."),
    "less_than_equal": ("{got} is too large.", "Write {le} or less."),
    "model_type": ("must be a section, not {got}.", "Write its name in brackets on a line, once."),
    "missing": ("required, but missing.", "Add it under [{section}]."),
    "rejected": ("{message}", "{remedy}"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a TOML file; line 0 means the file as a whole."""

    path: Path
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        return f"{place}: {self.message} {self.remedy}"


class TomlError(ValueError):
    """The file cannot be read as TOML; `fault` says where reading stopped."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def read_toml(path: Path) -> tuple[dict[str, Any], dict[Keys, int]]:
    """Return the values of a TOML file and the line of each key; a byte order mark is forgiven.

    Raises `TomlError` for a file that cannot be read, is not UTF-8 or not TOML.
    """
    try:
        raw = path.read_bytes()
        source = raw.decode("utf-8-sig")
        values = tomllib.loads(source)
    except OSError as error:
        fault = Fault(path, 0, f"cannot be read: {error.strerror}.", "Correct the path.")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        fault = Fault(path, line, "not UTF-8 text.", "Save the file as UTF-8.")
    except tomllib.TOMLDecodeError as error:
        fault = _explain_syntax(path, source, str(error))
    else:
        return values, index_lines(source)
    raise TomlError(fault)


def index_lines(source: str) -> dict[Keys, int]:
    """Return the line (from 1) on which each table and key of valid TOML first stands.

    Keys inside an inline table have no entry of their own: they stand on the line of the table.
    """
    lines: dict[Keys, int] = {}
    table: Keys = ()
    position, line = 0, 1
    while position < len(source):
        if header := _HEADER.match(source, position):
            keys = table = _split_key(header[1])
        elif pair := _PAIR.match(source, position):
            keys = table + _split_key(pair[1])
        else:
            keys = ()
        for length in range(1, len(keys) + 1):
            lines.setdefault(keys[:length], line)
        end = _end_statement(source, header.end() if header else position)
        line += source.count("\n", position, end)
        position = end
    return lines


def find_line(lines: Mapping[Keys, int], keys: Keys) -> int:
    """Return the line of the key, else of the nearest table around it, else 1."""
    return next((lines[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in lines), 1)


def explain_error(kind: str, context: Mapping[str, Any], value: object) -> tuple[str, str]:
    """Return message and remedy for a pydantic error type, its context and the refused value."""
    message, remedy = _WORDS[kind]
    words = {**context, "got": show_value(value)}
    return message.format_map(words), remedy.format_map(words).replace("'", '"')


def explain_stranger(
    section: str, name: str, known: Mapping[str, Collection[str]]
) -> tuple[str, str]:
    """Return message and remedy for an unknown option, or section where `name` is empty.

    `known` are the options of every section.
    """
    if name == "password":
        return "secrets do not belong in this file.", "See password_file and the environment."
    message = f"unknown {'option' if name else 'section'}."
    if homes := [f"[{home}]" for home, options in known.items() if (name or section) in options]:
        return message, f"It belongs in {' or '.join(homes)}."
    candidates = known[section] if name else known
    if near := difflib.get_close_matches(name or section, candidates, n=1):
        return message, f'Did you mean "{near[0]}"?'
    return message, f"Known here: {', '.join(candidates)}."


def reject(message: str, remedy: str) -> NoReturn:
    """Refuse a value from within a pydantic check, in words that `explain_error` passes on."""
    raise PydanticCustomError("rejected", "{message}", {"message": message, "remedy": remedy})


def read_as(parse: Callable[[str], object], noun: str, example: str) -> PlainValidator:
    """Return a check that keeps what `parse` makes of a text, and refuses what it chokes on."""

    def check(value: object) -> object:
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        try:
            return parse(value)
        except (ValueError, LookupError, OSError, BadInput):
            reject(f"{show_value(value)} is not {noun}.", f"For example: {example}.")

    return PlainValidator(check)


def keep_if(test: Callable[[str], object], noun: str, example: str) -> PlainValidator:
    """Return a check that keeps a text as it is, provided that it passes the test."""

    def parse(value: str) -> str:
        if not test(value):
            raise ValueError(value)
        return value

    return read_as(parse, noun, example)


def show_value(value: object) -> str:
    """Return a value as TOML spells it, without the log-in that a URL may hold."""
    return re.sub(r"//[^/]*@", "//•••@", json.dumps(value, ensure_ascii=False, default=str))


def _explain_syntax(path: Path, source: str, error: str) -> Fault:
    """Take the line out of a message such as `Invalid value (at line 3, column 7)`."""
    message, _, place = error.rpartition(" (at ")
    told = re.search(r"line (\d+)", place)
    line = int(told[1]) if told else max(1, len(source.splitlines()))
    message = f"not valid TOML: {message[:1].lower()}{message[1:]}."
    return Fault(path, line, message, "Mend this line first.")


def _split_key(dotted: str) -> Keys:
    """Let `tomllib` itself undo the dots, quotes and escapes of a key."""
    keys: list[str] = []
    node: Any = tomllib.loads(f"{dotted} = 0")
    while isinstance(node, dict):
        [(key, node)] = node.items()
        keys.append(key)
    return tuple(keys)


def _end_statement(source: str, start: int) -> int:
    """Return where the next statement begins: after a line end outside strings and lists."""
    depth = 0
    for token in _TOKEN.finditer(source, start):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif token[0] == "\n" and depth == 0:
            return token.end()
    return len(source)
