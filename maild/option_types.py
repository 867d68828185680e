"""The types of options: what each kind of value must look like, and what is said if it does not."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pydantic
from babel import localedata
from babel.numbers import is_currency
from pydantic import Field, ValidationInfo

from maild import almanac, ladder
from maild.address import parse_address
from maild.errors import BadInput
from maild.listen import Listen, parse_listen, parse_lmtp
from maild.private_file import find_loose_mode
from maild.toml_lines import keep_if, read_as, reject


def _parse_domain(value: str) -> str:
    return parse_address(f"postmaster@{value}").partition("@")[2]


def _is_server(value: str, *schemes: str) -> bool:
    """Tell whether a URL has one of the schemes and a host, no log-in, and nothing after it."""
    url = urlsplit(value)
    named = url.scheme in schemes and url.hostname and url.port != 0 and "@" not in url.netloc
    return bool(named) and not (url.path.strip("/") or url.query or url.fragment)


def _is_relay(value: str) -> bool:
    folder = re.fullmatch("maildir:.+", value)
    return bool(folder) or _is_server(value, "smtp", "smtps", "smtp+starttls")


def _is_store(value: str) -> bool:
    """Tell whether a URL names a store: a file, or a database of a PostgreSQL server."""
    url = urlsplit(value)
    served = url.scheme == "postgresql" and url.path.strip("/") and url.port != 0
    return bool(_is_file_store(value) or served)


def _check_store(value: str) -> str:
    if urlsplit(value).password:
        reject("secrets do not belong in this file.", "See password_file and the environment.")
    return value


def _is_mailbox(value: str) -> bool:
    """Tell whether a URL names an IMAP server; one in the clear must be on this machine."""
    plain = _is_server(value, "imap") and _is_loopback(urlsplit(value).hostname or "")
    return not value or plain or _is_server(value, "imaps", "imap+starttls")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return f".{host}".endswith(".localhost")


def _is_nameserver(value: str) -> bool:
    return value in ("system", "none") or bool(ipaddress.ip_address(parse_listen(value).host))


def _check_base_url(value: str) -> str:
    url = urlsplit(value)
    if value.endswith("/"):
        reject("must not end with a slash.", f'Write "{value.rstrip("/")}".')
    if url.scheme == "http" and not _is_loopback(url.hostname or ""):
        reject("http is for loopback hosts only.", f'Write "https://{url.netloc}".')
    return value


def _check_path(attempt: Callable[[Path], object]) -> pydantic.AfterValidator:
    """Return a check that tries a path, if one is given; the context is the folder it starts at."""

    def check(value: str, info: ValidationInfo) -> str:
        path = Path(info.context or "", value)
        try:
            if value:
                attempt(path)
        except OSError as error:
            reject(f"{path} cannot be read: {error.strerror}.", "Correct the path.")
        return value

    return pydantic.AfterValidator(check)


def _refuse_loose(path: Path) -> None:
    if mode := find_loose_mode(path):
        reject(f"others may read {path} (mode {mode}).", f"Run: chmod 600 {path}")


def _sort_ladder(steps: ladder.Ladder) -> ladder.Ladder:
    try:
        return ladder.sort_ladder(steps)
    except BadInput as error:
        reject(f"{error}.", "A ladder has one step a day.")


def _check_days(days: tuple[str, ...]) -> tuple[str, ...]:
    if not days:
        reject("a business without business days sends nothing.", 'Write ["Mon", "Tue", …].')
    return days


_open_file: Final = _check_path(lambda path: path.open("rb").close())
_is_private: Final = _check_path(_refuse_loose)
is_selector: Final = re.compile(
    r"|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){0,4}",
    re.IGNORECASE | re.ASCII,
).fullmatch
_is_colour: Final = re.compile("#[0-9a-fA-F]{6}").fullmatch
_is_picture: Final = re.compile(r"|.+\.(png|svg|jpe?g)", re.IGNORECASE).fullmatch
_is_file_store: Final = re.compile("sqlite:(?!//).+").fullmatch

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Line = Annotated[str, keep_if(str.isprintable, "one line of text", '"Example Ltd"')]
Name = Annotated[str, keep_if(lambda v: v.isprintable() and v.strip(), "a name", '"Example Ltd"')]
Address = Annotated[str, read_as(parse_address, "an email address", '"jo@example.com"')]
Domain = Annotated[str, read_as(_parse_domain, "a domain name", '"example.com"')]
Host = Annotated[str, read_as(lambda v: v and _parse_domain(v), "a host", '"mx.example.com"')]
Zone = Annotated[str, keep_if(ZoneInfo, "a time zone", '"Europe/London"')]
Language = Annotated[str, keep_if(localedata.exists, "a locale", '"en_GB"')]
Currency = Annotated[str, keep_if(is_currency, "a currency", '"GBP"')]
Colour = Annotated[str, keep_if(_is_colour, "a colour", '"#1f4e79"')]
File = Annotated[Line, _open_file]
PrivateFile = Annotated[File, _is_private]
Selector = Annotated[str, keep_if(is_selector, "a selector", '"maild202611"')]
Folder = Annotated[Line, _check_path(lambda path: next(path.iterdir(), None))]
Picture = Annotated[str, keep_if(_is_picture, "a PNG, SVG or JPEG file", '"logo.svg"'), _open_file]
Door = Annotated[Listen, read_as(parse_listen, "host:port", '"127.0.0.1:8080" or "[::1]:8080"')]
LmtpDoor = Annotated[
    Listen | str, read_as(parse_lmtp, "host:port or unix:PATH", '"127.0.0.1:2424" or "unix:lmtp"')
]
Proxy = Annotated[Network, read_as(ipaddress.ip_network, "a network", '"10.0.0.0/8"')]
BaseUrl = Annotated[
    str,
    keep_if(lambda v: _is_server(v, "http", "https"), "a web host", '"https://HOST"'),
    pydantic.AfterValidator(_check_base_url),
]
RelayUrl = Annotated[str, keep_if(_is_relay, "a relay", '"smtp+starttls://HOST" or "maildir:PATH"')]
ImapUrl = Annotated[str, keep_if(_is_mailbox, "a mailbox's server", '"imaps://HOST"')]
StoreUrl = Annotated[
    str,
    keep_if(_is_store, "a store", '"sqlite:data/maild.db" or "postgresql://USER@HOST/DATABASE"'),
    pydantic.AfterValidator(_check_store),
]
Nameserver = Annotated[str, keep_if(_is_nameserver, "a nameserver", '"system" or "127.0.0.1:53"')]
Emails = Annotated[tuple[Address, ...], Field(strict=False)]
Domains = Annotated[tuple[Domain, ...], Field(strict=False)]
Proxies = Annotated[tuple[Proxy, ...], Field(strict=False)]
Days = Annotated[int, Field(le=36500)]
Count = Annotated[int, Field(ge=1)]
Scope = Literal["account", "document"]
Level = Literal["debug", "info", "warning", "error"]
Shown = Literal["masked", "plain", "hidden"]
Clocktime = Annotated[str, keep_if(almanac.parse_time, "a time of day", '"09:00"')]
Morning = Annotated[
    str, keep_if(lambda v: not v or almanac.parse_time(v), "a time of day", '"08:00"')
]
Hours = Annotated[
    str,
    keep_if(
        lambda v: not v or almanac.parse_hours(v), "a stretch of hours", '"18:00-08:00", or ""'
    ),
]
Weekday = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
Weekdays = Annotated[tuple[Weekday, ...], Field(strict=False), pydantic.AfterValidator(_check_days)]
Holiday = Annotated[
    almanac.Holiday,
    read_as(almanac.parse_holiday, "a day", '"12-25" every year, or "2027-03-26"'),
    pydantic.BeforeValidator(lambda v: v.isoformat() if isinstance(v, date) else v),
]
Holidays = Annotated[tuple[Holiday, ...], Field(strict=False)]
Step = Annotated[ladder.Step, read_as(ladder.parse_step, "a step", '"10 days after: firm"')]
Ladder = Annotated[tuple[Step, ...], Field(strict=False), pydantic.AfterValidator(_sort_ladder)]
