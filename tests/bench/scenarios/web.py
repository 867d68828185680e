"""An invoice's page for the holder of a link, beside the ceiling and beside Django."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.child import Child, python, start, wait_until
from tests.bench.house import open_house
from tests.bench.machine import cpu_seconds
from tests.bench.mailtools import is_open
from tests.bench.people import Correspondents, open_link, open_timed_sink
from tests.bench.scenario import (
    Contender,
    Goal,
    Mismatch,
    Outcome,
    Round,
    Scenario,
    need_equal,
    needs,
)
from tests.ports import free_port

_CONNECTIONS = 8
_PATH = "/invoices/INV-0"
# what has to stand on the page, whoever makes it; 5 lines of 2 × 125.00, and 20 % of tax
_WORDS = ("Invoice", "INV-0", "PO 0", "Client 1", "Hosting", "£1,250.00", "£1,500.00", "12345678")
_MOVING = re.compile(r'(data-csrf|name="csrfmiddlewaretoken" value)="[^"]+"')


@contextmanager
def open_maild_page(folder: Path) -> Iterator[tuple[Child, str, str, bytes]]:
    """Run a daemon with one invoice: the process, the page's URL, its cookies, its bytes."""
    with open_timed_sink(folder) as sink, open_house(folder, relay=sink.url) as house:
        letter = Correspondents(house, sink).meet(1)[0]
        yield house.child, *open_link(letter.link)


@contextmanager
def open_visitors(folder: Path, port: int, name: str = "visitors") -> Iterator[Child]:
    """Run a process of visitors, whose computing is not the site's."""
    command = python("tests.bench.programs.visitors", port)
    with start(*command, folder=folder, name=name) as child:
        yield child


def _maild(folder: Path) -> AbstractContextManager[Round]:
    return _open_maild(folder)


@contextmanager
def _open_maild(folder: Path) -> Iterator[Round]:
    with open_maild_page(folder) as (child, url, cookie, page):
        need_equal("the page's path", urlsplit(url).path, _PATH)
        port = urlsplit(url).port or 0
        with open_visitors(folder, port) as visitors:
            yield lambda items: _fetch(visitors, child.pid, cookie, page, items)


def _static(folder: Path) -> AbstractContextManager[Round]:
    return _open_static(folder)


@contextmanager
def _open_static(folder: Path) -> Iterator[Round]:
    with open_maild_page(folder) as (_, _, cookie, page):
        pass
    (folder / "page.html").write_bytes(page)
    command = python("tests.bench.programs.static_page", folder / "page.html")
    with (
        start(*command, folder=folder) as child,
        open_visitors(folder, int(child.read_line())) as visitors,
    ):
        yield lambda items: _fetch(visitors, child.pid, cookie, page, items)


def _django(folder: Path) -> AbstractContextManager[Round]:
    return _open_django(folder)


@contextmanager
def _open_django(folder: Path) -> Iterator[Round]:
    store, port = folder / "django.db", free_port()
    module = "tests.bench.programs.django_site"
    filling = subprocess.run(
        python(module),
        env=os.environ | {"BENCH_STORE": str(store)},
        capture_output=True,
        text=True,
        check=True,
    )
    command = (sys.executable, "-m", "gunicorn", f"{module}:application")
    options = ("-w", "1", "-k", "gthread", "--threads", "4", "--keep-alive", "60")
    place = ("-b", f"127.0.0.1:{port}", "-e", f"BENCH_STORE={store}", "--log-level", "error")
    with start(*command, *options, *place, folder=folder) as child:
        wait_until(lambda: is_open(port), "gunicorn")
        with open_visitors(folder, port) as visitors:
            cookie = filling.stdout.strip()
            yield lambda items: _fetch(visitors, child.pid, cookie, None, items)


def _fetch(visitors: Child, pid: int, cookie: str, page: bytes | None, items: int) -> Outcome:
    """Fetch a page so often; without one to compare, all must be the same but for their tokens."""
    computed = cpu_seconds(pid)
    found = visitors.ask(
        do="fetch", path=_PATH, cookie=cookie, count=items, connections=_CONNECTIONS
    )
    cpu = cpu_seconds(pid) - computed
    bodies = {_MOVING.sub("", body) for body in found["bodies"]}
    need_equal("different pages", len(bodies), 1)
    if page is not None:
        need_equal("the page", found["bodies"], [page.decode()])
    _need_words(bodies.pop())
    times = sorted(found["times"])
    more = {"p50_ms": times[len(times) // 2], "p99_ms": times[int(0.99 * len(times))]}
    return Outcome(len(times), found["seconds"], cpu, more)


def _need_words(page: str) -> None:
    for words in _WORDS:
        if words not in page:
            raise Mismatch(f"{words} is not on the page")


_CEILING, _PEER = "aiohttp, the same bytes", "Django under gunicorn"
SCENARIOS = (
    Scenario(
        name="web",
        about=f"an invoice's page, warm, for the holder of a link, {_CONNECTIONS} connections kept "
        "(Django with a worker of four threads)",
        items=6000,
        contenders=(
            Contender("maild", _maild),
            Contender(_CEILING, _static),
            Contender(_PEER, _django, needs("module:django", "module:gunicorn"), share=0.25),
        ),
        goals=(
            Goal("× what aiohttp can", "maild", _CEILING, least=0.4),
            Goal("CPU of Django ÷ maild's", _PEER, "maild", measure="cpu_us", least=10),
        ),
    ),
)
