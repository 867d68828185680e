"""Nothing happens: how soon the daemon is ready, and what it takes while it waits."""

from __future__ import annotations

import compileall
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median

import maild
from tests.bench.child import Child, python, start
from tests.bench.house import write_house
from tests.bench.machine import cpu_seconds, list_family
from tests.bench.scenario import Contender, Goal, Outcome, Round, Scenario

# for each start of a round, so that one with five idles for a third of a minute
_IDLE_SECONDS = 4.0
# what a start leaves to be done, a reader to warm up among it, belongs to the start
_SETTLE_SECONDS = 6.0
_MINUTE = 60.0


def _open(folder: Path) -> AbstractContextManager[Round]:
    return _rounds(folder)


@contextmanager
def _rounds(folder: Path) -> Iterator[Round]:
    # as an installation has it: compiled, as are the packages beside it
    compileall.compile_dir(str(Path(maild.__file__).parent), quiet=1)
    path = write_house(folder)

    def play(items: int) -> Outcome:
        ready, began = [], time.perf_counter()
        for _ in range(items - 1):
            with _serve(path) as (_, took):
                ready.append(took)
        with _serve(path) as (child, took):
            ready.append(took)
            idle = _watch(child.pid, _IDLE_SECONDS * items)
        more = {"ready_s": median(ready), "slowest_ready_s": max(ready), **idle}
        cpu = idle["core_percent"] / 100 * _IDLE_SECONDS * items
        return Outcome(items, time.perf_counter() - began, cpu, more)

    yield play


@contextmanager
def _serve(path: Path) -> Iterator[tuple[Child, float]]:
    """Run the plain daemon; yield it with the seconds until its last ready line."""
    began = time.perf_counter()
    command = python("maild", "--config", path, "serve")
    with start(*command, folder=path.parent, name="serve") as child:
        while not child.read_line().startswith("admin ready"):
            pass
        yield child, time.perf_counter() - began


def _watch(pid: int, seconds: float) -> dict[str, float]:
    """Return what a process and its children take while nothing happens."""
    time.sleep(_SETTLE_SECONDS)
    computed, written = cpu_seconds(pid), _written(pid)
    time.sleep(seconds)
    return {
        "core_percent": 100 * (cpu_seconds(pid) - computed) / seconds,
        "kb_a_minute": (_written(pid) - written) / 1024 * _MINUTE / seconds,
        "rss_mb": sum(_resident(one) for one in list_family(pid)),
    }


def _written(pid: int) -> int:
    """Return the bytes that they had the disk write, up to now."""
    return sum(_read_number(Path(f"/proc/{one}/io"), "write_bytes") for one in list_family(pid))


def _resident(pid: int) -> float:
    return _read_number(Path(f"/proc/{pid}/status"), "VmRSS") / 1024


def _read_number(file: Path, name: str) -> int:
    lines = (line.partition(":") for line in file.read_text().splitlines())
    return next(int(value.split()[0]) for found, _, value in lines if found == name)


SCENARIOS = (
    Scenario(
        name="idle",
        about="starts of the daemon, the last of which then idles for four seconds a start, "
        "twenty in all (what was written is scaled to a minute)",
        items=5,
        contenders=(Contender("maild", _open),),
        goals=(
            Goal("s until ready", "maild", measure="ready_s", most=1.0),
            Goal("MB of memory (RSS)", "maild", measure="rss_mb", most=110),
            Goal("% of a core, idle", "maild", measure="core_percent", most=0.5),
            Goal("KB written a minute, idle", "maild", measure="kb_a_minute", most=0),
        ),
    ),
)
