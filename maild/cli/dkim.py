"""`maild dkim`: the keys that letters are signed with, and the records that publish them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maild.cli.running import load_config
from maild.cli.showing import json_option, print_facts, print_heading, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from maild.config import Config
    from maild.mail.dkim_keys import Kind, Record, SigningKey

_TITLES: dict[Kind, str] = {"rsa": "RSA key", "ed25519": "Ed25519 key"}


@click.group("dkim")
def dkim() -> None:
    """Keys that sign letters: make one, show what to publish for it.

    With a signature (DKIM) the servers of your customers can tell your letters from forged ones.

    \b
    Example:
      maild dkim new
    """


@dkim.command("new")
@click.option("--selector", help="Its name in the DNS; by default maild and the month.")
@click.option("--ed25519", is_flag=True, help="An Ed25519 key, to be used beside an RSA key.")
def new(selector: str | None, ed25519: bool) -> None:
    """Make a key, and say what to publish and what to configure.

    The file is laid beside the store. A key that exists is never overwritten. Many servers know
    RSA alone, so an Ed25519 key is good as a second one.

    \b
    Example:
      maild dkim new --selector maild202611
    """
    from maild.mail.dkim_keys import make_key

    config = load_config()
    kind: Kind = "ed25519" if ed25519 else "rsa"
    key = make_key(kind, _check_selector(selector) if selector else _propose(config, kind))
    path = _keep(config, key)
    record = key.publish(config.dkim.domain)
    print(f"{path} holds a new {_TITLES[kind]} (mode 0600). It signs in your name: guard it.")
    print("\n1. Publish this record, a line each for a web form:\n")
    _print_record(record)
    print(f"\n2. When `dig +short TXT {record.name}` shows it, set in {config.path}:\n")
    _print_options(config, key, path)
    print("\n3. Run `maild check`, then start the daemon anew.")
    if getattr(config.dkim, _option(kind, "selector")):
        print(
            "Leave the old record in the DNS for two weeks: letters signed with it are under way."
        )


@dkim.command("show")
@json_option
def show(as_json: bool) -> None:
    """Show what to publish for the keys in use.

    \b
    Example:
      maild dkim show
    """
    from maild.signing import open_signer

    config = load_config()
    signer = open_signer(config)
    keys = signer.keys if signer else ()
    if as_json:
        print_json([_facts(config, key) for key in keys])
        return
    for key in keys:
        print_heading(f"{_TITLES[key.kind]}, {_file(config, key)}")
        _print_record(key.publish(config.dkim.domain))
    if not keys:
        print("Letters leave unsigned: no key is configured. Make one with: maild dkim new")


def _check_selector(selector: str) -> str:
    from maild.errors import BadInput
    from maild.option_types import is_selector

    if not is_selector(selector):
        raise BadInput(f'"{selector}" is not a selector: write letters, digits and hyphens')
    return selector


def _propose(config: Config, kind: Kind) -> str:
    """Return a selector with the month in it: who changes keys once a year sees how old one is."""
    from zoneinfo import ZoneInfo

    from maild.clock import system_clock, to_date

    month = to_date(system_clock(), ZoneInfo(config.business.time_zone))
    return f"maild{month:%Y%m}{'-ed25519' if kind == 'ed25519' else ''}"


def _keep(config: Config, key: SigningKey) -> Path:
    """Write the key into a new file beside the store, and return its path."""
    import secrets

    from maild.errors import Refused
    from maild.mail.dkim_keys import write_pem
    from maild.office import find_folder
    from maild.private_file import create_private

    path = find_folder(config) / f"dkim-{key.selector}.pem"
    try:
        create_private(path, write_pem(key), secrets.token_bytes)
    except FileExistsError:
        raise Refused(f"{path} exists, and a key is never overwritten; name a --selector") from None
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from None
    return path


def _print_record(record: Record) -> None:
    print_facts([("Name", record.name), ("Type", "TXT"), ("Value", record.value)])
    print(f"\nor for a zone file:\n\n{record.zone_line}")


def _print_options(config: Config, key: SigningKey, path: Path) -> None:
    within = path.is_relative_to(config.base)
    print("[dkim]")
    print(f'{_option(key.kind, "selector")} = "{key.selector}"')
    print(
        f'{_option(key.kind, "key_file")} = "{path.relative_to(config.base) if within else path}"'
    )


def _facts(config: Config, key: SigningKey) -> dict[str, object]:
    record = key.publish(config.dkim.domain)
    return {
        "kind": key.kind,
        "selector": key.selector,
        "domain": config.dkim.domain,
        "file": _file(config, key),
        "name": record.name,
        "value": record.value,
        "strings": list(record.strings),
    }


def _file(config: Config, key: SigningKey) -> str:
    return str(config.resolve(getattr(config.dkim, _option(key.kind, "key_file"))))


def _option(kind: Kind, name: str) -> str:
    return name if kind == "rsa" else f"{kind}_{name}"
