"""What the machine is doing beside us, how fast its disk syncs, and what a process has computed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK_SECONDS = 0.3
_BLOCK = b"x" * 8192
# more background than this, in cores, and a round's figures are in doubt
QUIET = 0.1


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a round began under.

    `background` and `steal` are in cores, `pressure` is the share of time in which something
    waited for a core (PSI; 0 where the kernel does not tell), `syncs` is F: the appends of 8 KB,
    each with its fdatasync, that the disk takes in a second.
    """

    background: float
    steal: float
    pressure: float
    syncs: float

    @property
    def noisy(self) -> bool:
        """Whether too much went on beside us for the figures to be trusted."""
        return self.background > QUIET


def look_around(folder: Path) -> Conditions:
    """Watch the machine for a moment while nothing of ours runs, then try the disk of a folder."""
    before, started = _read_stat(), time.perf_counter()
    time.sleep(_LOOK_SECONDS)
    after, took = _read_stat(), time.perf_counter() - started
    return Conditions(
        background=(after.busy - before.busy) / _TICKS / took,
        steal=(after.steal - before.steal) / _TICKS / took,
        pressure=_read_pressure(),
        syncs=measure_syncs(folder),
    )


def measure_syncs(folder: Path, seconds: float = _LOOK_SECONDS) -> float:
    """Return how many appends of 8 KB, each with its fdatasync, the disk takes in a second."""
    path = folder / "syncs"
    count, started = 0, time.perf_counter()
    with path.open("wb", buffering=0) as file:
        while time.perf_counter() - started < seconds:
            file.write(_BLOCK)
            os.fdatasync(file.fileno())
            count += 1
    took = time.perf_counter() - started
    path.unlink()
    return count / took


def cpu_seconds(*pids: int) -> float:
    """Return what processes have computed, with all they started, in seconds."""
    return sum(_cpu_of(pid) for pid in pids)


def list_family(pid: int) -> list[int]:
    """Return a process and all that it started and that still live."""
    return [pid, *(one for child in _children(pid) for one in list_family(child))]


def _cpu_of(pid: int) -> float:
    """Count a process, its children that were waited for, and those that still live."""
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        # utime, stime, cutime, cstime: proc(5) counts from 1 and we begin at the third
        own = sum(int(field) for field in fields[11:15]) / _TICKS
        return own + sum(_cpu_of(child) for child in _children(pid))
    return 0.0


def _children(pid: int) -> Iterator[int]:
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield from map(int, thread.read_text().split())


class _Stat(NamedTuple):
    busy: int
    steal: int


def _read_stat() -> _Stat:
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    user, nice, system, _, _, irq, softirq, steal = fields
    return _Stat(user + nice + system + irq + softirq, steal)


def _read_pressure() -> float:
    with suppress(OSError, ValueError, IndexError):
        line = Path("/proc/pressure/cpu").read_text().split("\n")[0]
        return float(line.partition("avg10=")[2].split()[0]) / 100
    return 0.0
