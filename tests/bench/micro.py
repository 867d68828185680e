"""Contenders that are a function called again and again in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.bench.scenario import Opener, Outcome, Round


def repeat(make: Callable[[], Callable[[int], object]]) -> Opener:
    """Return what opens a contender that calls a function once an item, with the item's number.

    `make` prepares and returns that function; it raises `Mismatch` if the function's work is not
    what it should be.
    """

    @contextmanager
    def opened(_: Path) -> Iterator[Round]:
        function = make()

        def play(items: int) -> Outcome:
            started, computed = time.perf_counter(), time.process_time()
            for number in range(items):
                function(number)
            return Outcome(items, time.perf_counter() - started, time.process_time() - computed)

        yield play

    def open_it(folder: Path) -> AbstractContextManager[Round]:
        return opened(folder)

    return open_it
