"""The page for the holder of a link, while others try passwords as fast as they can."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

from tests.bench.child import Child
from tests.bench.machine import cpu_seconds
from tests.bench.scenario import Contender, Goal, Mismatch, Outcome, Round, Scenario, need_equal
from tests.bench.scenarios.web import open_maild_page, open_visitors

_CLIENTS = 50
_CONNECTIONS = 4
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
# refused; told to wait; told that many try just now
_EXPECTED = {"403", "429", "503"}


def _open(clients: int, folder: Path) -> AbstractContextManager[Round]:
    return _rounds(clients, folder)


@contextmanager
def _rounds(clients: int, folder: Path) -> Iterator[Round]:
    with open_maild_page(folder) as (child, url, cookie, page):
        site = urlsplit(url)
        with (
            open_visitors(folder, site.port or 0) as visitors,
            open_visitors(folder, site.port or 0, "attackers") as attackers,
        ):
            tie, csrf = _open_form(f"{site.scheme}://{site.netloc}/login")

            def play(items: int) -> Outcome:
                computed = cpu_seconds(child.pid)
                attackers.ask(do="flood", clients=clients, cookie=tie, csrf=csrf)
                found = _fetch(visitors, site.path, cookie, page, items)
                calm = attackers.ask(do="calm")
                tries: dict[str, int] = calm["statuses"]
                cpu = cpu_seconds(child.pid) - computed
                _check(tries)
                times, seconds = sorted(found["times"]), float(found["seconds"])
                more = {
                    "p50_ms": times[len(times) // 2],
                    "p99_ms": times[int(0.99 * len(times))],
                    "tries_per_s": sum(tries.values()) / calm["seconds"],
                    "tries_put_off": float(tries.get("503", 0)),
                }
                return Outcome(items, seconds, cpu, more)

            yield play


def _fetch(visitors: Child, path: str, cookie: str, page: bytes, items: int) -> dict[str, Any]:
    found = visitors.ask(
        do="fetch", path=path, cookie=cookie, count=items, connections=_CONNECTIONS
    )
    need_equal("the page", found["bodies"], [page.decode()])
    return found


def _check(tries: Mapping[str, int]) -> None:
    """Raise `Mismatch` if a try got in, or was answered as none should be."""
    if set(tries) - _EXPECTED:
        raise Mismatch(f"the flood was answered {dict(tries)}")


def _open_form(url: str) -> tuple[str, str]:
    """Return the cookie and the token of a log-in form."""
    jar = CookieJar()
    with build_opener(HTTPCookieProcessor(jar)).open(url, timeout=60) as answer:
        found = _CSRF.search(answer.read().decode())
    assert found
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar), found[1]


_FLOODED, _CALM = "maild, in a flood", "maild, in peace"
SCENARIOS = (
    Scenario(
        name="flood",
        about=f"an invoice's page while {_CLIENTS} clients try passwords, each try for another "
        "address, and without them",
        items=1000,
        contenders=(
            Contender(_FLOODED, partial(_open, _CLIENTS)),
            Contender(_CALM, partial(_open, 0)),
        ),
        goals=(
            Goal("ms, all but 1 % of the pages", _FLOODED, measure="p99_ms", most=100),
            Goal("× as long as in peace, half of the pages", _FLOODED, _CALM, measure="p50_ms"),
        ),
    ),
)
