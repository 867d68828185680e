"""The configuration: every option of config.toml, typed and checked, every fault told at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pydantic
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from maild.address import address_key
from maild.config_sections import (
    Business,
    Dkim,
    Imap,
    Inbound,
    Keys,
    Letters,
    Limits,
    Links,
    Log,
    Operator,
    Passwords,
    Relay,
    Reminders,
    Section,
    Smtp,
    Store,
    Templates,
    Web,
)
from maild.errors import BadInput
from maild.listen import Listen
from maild.toml_lines import (
    Fault,
    TomlError,
    explain_error,
    explain_stranger,
    find_line,
    read_toml,
    show_value,
)

__all__ = ["Config", "ConfigError", "Fault", "Listen", "Option", "find", "load", "options"]

PLACES: Final = (Path("config.toml"), Path("/etc/maild/config.toml"))


class ConfigError(BadInput):
    """The configuration cannot be used; `faults` names everything that is wrong with it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `default` is spelt as in TOML, and None where the option is required."""

    section: str
    name: str
    default: str | None
    description: str


class Config(Section):
    """A whole config file, checked."""

    business: Business
    web: Web
    smtp: Smtp
    imap: Imap
    inbound: Inbound
    relay: Relay
    dkim: Dkim
    store: Store
    keys: Keys
    links: Links
    passwords: Passwords
    letters: Letters
    reminders: Reminders
    operator: Operator
    limits: Limits
    templates: Templates
    log: Log
    _path: Path = pydantic.PrivateAttr()
    _lines: Mapping[tuple[str, ...], int] = pydantic.PrivateAttr()

    @property
    def path(self) -> Path:
        """Where the file was read, absolute."""
        return self._path

    @property
    def base(self) -> Path:
        """The folder of the file, where its relative paths start."""
        return self._path.parent

    def resolve(self, path: str | Path) -> Path:
        """Return a path of the config file as an absolute one: relative ones start at `base`."""
        return self.base / path

    def fault(self, section: str, name: str, message: str, remedy: str) -> Fault:
        """Return what is wrong with an option, at its line or that of its section."""
        line = find_line(self._lines, (section, name))
        return Fault(self.path, line, f"[{section}] {name}: {message}", remedy)


def find(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the config file to use: as told, else `MAILD_CONFIG`, else the first of `PLACES`.

    Raises `ConfigError` when there is none that can be read.
    """
    told = explicit or environ.get("MAILD_CONFIG")
    places = (Path(told),) if told else PLACES
    for place in places:
        if os.access(place, os.R_OK):
            return place
    remedy = f"Looked for {' and '.join(map(str, places))}; name one with --config or MAILD_CONFIG."
    raise ConfigError((Fault(places[0], 0, "no config file can be read.", remedy),))


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Return the config file, checked as a whole; `environ` may hold secrets, nothing else.

    Raises `ConfigError` with every fault at once, in the order of their lines.
    """
    try:
        values, lines = read_toml(path)
        sections: dict[str, Any] = {name: {} for name in Config.model_fields}
        config = Config.model_validate(sections | values, context=path.absolute().parent)
    except TomlError as error:
        raise ConfigError((error.fault,)) from None
    except ValidationError as error:
        faults = [_explain(path, lines, details) for details in error.errors()]
        raise ConfigError(tuple(sorted(faults, key=lambda fault: fault.line))) from None
    config._path, config._lines = path.absolute(), lines
    config.relay._password = _read_password(config, "relay", environ)
    config.store._password = _read_password(config, "store", environ)
    config.imap._password = _read_password(config, "imap", environ)
    hostname = config.smtp.hostname or config.inbound.domain
    smtp = config.smtp.model_copy(update={"hostname": hostname})
    dkim = config.dkim.model_copy(update=_complete_dkim(config, environ))
    _check_operator(config)
    return config.model_copy(update={"smtp": smtp, "dkim": dkim})


def _check_operator(config: Config) -> None:
    """Raise `ConfigError` where letters to the operator would come back in as replies."""
    operator = address_key(config.operator.email)
    if operator in map(address_key, config.inbound.addresses):
        message = "is one of [inbound] addresses: what is written to it comes back in."
        remedy = "Name a mailbox that a person reads."
        raise ConfigError((config.fault("operator", "email", message, remedy),))


def _complete_dkim(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    dkim = config.dkim
    return {
        "domain": dkim.domain or config.business.email.rpartition("@")[2],
        "key_file": _find_secret("dkim_key", dkim.key_file, environ),
        "ed25519_key_file": _find_secret("dkim_ed25519_key", dkim.ed25519_key_file, environ),
    }


def _read_password(config: Config, section: str, environ: Mapping[str, str]) -> SecretStr | None:
    if password := environ.get(f"MAILD_{section.upper()}_PASSWORD"):
        return SecretStr(password)
    told = _find_secret(f"{section}_password", getattr(config, section).password_file, environ)
    file = config.resolve(told)
    return SecretStr(file.read_text("utf-8").rstrip("\r\n")) if file.is_file() else None


def _find_secret(credential: str, told: str, environ: Mapping[str, str]) -> str:
    """Return the path of a systemd credential if there is such a one, else the path as told."""
    file = Path(environ.get("CREDENTIALS_DIRECTORY", ""), credential)
    return str(file) if file.is_absolute() and file.is_file() else told


def options() -> tuple[Option, ...]:
    """Return every option, in the order in which sections and options are declared."""
    return tuple(
        Option(section, name, default, field.description or "")
        for section, fields in _fields().items()
        for name, field in fields.items()
        for default in [None if field.is_required() else show_value(field.default)]
    )


def _fields() -> dict[str, dict[str, FieldInfo]]:
    return {
        section: field.annotation.model_fields
        for section, field in Config.model_fields.items()
        if isinstance(field.annotation, type)
    }


def _explain(path: Path, lines: Mapping[tuple[str, ...], int], error: ErrorDetails) -> Fault:
    keys = tuple(key for key in error["loc"] if isinstance(key, str))
    section, name = (*keys, "")[:2]
    if error["type"] == "extra_forbidden":
        message, remedy = explain_stranger(section, name, _fields())
    else:
        context = {"section": section, **error.get("ctx", {})}
        message, remedy = explain_error(error["type"], context, error["input"])
    where = f"[{section}] {name}".rstrip()
    return Fault(path, find_line(lines, keys), f"{where}: {message}", remedy)
