"""`maild serve` with a hand on its levers: it issues documents, and holds its loops, when told.

python -m tests.bench.programs.house CONFIG [intake] [delivery]

The loops named wait until they are released. Orders are lines of JSON on standard input:
{"do": "hold", "loop": "delivery"}, {"do": "release", "loop": "delivery"},
{"do": "clients", "count": 50, "pdf": "link"}, {"do": "issue", "first": 1, "count": 1000,
"attached": 60000}, {"do": "rest"} (answers once no letter waits any more), {"do": "lift"}.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from maild import daemon
from maild.__main__ import main as run_maild
from maild.access.throttle import Limit
from maild.clock import to_date
from maild.document import Document
from maild.mail.compose import Attached
from maild.office import Office
from maild.services import automatic, holding
from maild.services.customers import add_client
from maild.services.issue import commit_issue, prepare_issue

_AT_ONCE = 50
_POLL = 0.01
_PROBE = 0.005
# so many in a microsecond: asking costs what it always costs, and nobody is held up
_NO_LIMIT = (Limit(1_000_000, 1),)
_WAITING = "SELECT 1 AS n FROM letters WHERE state IN ('queued', 'deferred') LIMIT 1"


class Lever:
    """A loop of the daemon that can be held and released; its last argument says when to stop."""

    def __init__(self, run: Callable[..., Awaitable[None]], *, held: bool) -> None:
        self._run = run
        self._released = asyncio.Event()
        self._halt = asyncio.Event()
        self._held = asyncio.Event()
        if not held:
            self._released.set()

    async def __call__(self, *arguments: Any) -> None:
        """Run the loop whenever it is released, until it is to stop."""
        *most, stop = arguments
        while not stop.is_set():
            self._held.set()
            await _first(self._released, stop)
            if not stop.is_set():
                self._held.clear()
                self._halt = asyncio.Event()
                passing = asyncio.create_task(_pass_on(stop, self._halt))
                await self._run(*most, self._halt)
                passing.cancel()

    def release(self) -> None:
        """Let the loop run."""
        self._released.set()

    async def hold(self) -> None:
        """Stop the loop, and return when it has stopped."""
        self._released.clear()
        self._halt.set()
        await self._held.wait()


class Lateness:
    """How late the event loop comes to what is due, in milliseconds."""

    def __init__(self) -> None:
        self.found: list[float] = []

    async def probe(self) -> None:
        """Look for ever."""
        while True:
            started = time.perf_counter()
            await asyncio.sleep(_PROBE)
            self.found.append(1e3 * max(0.0, time.perf_counter() - started - _PROBE))

    def percentile(self, share: float) -> float:
        """Return a percentile of what was found since the last time."""
        found, self.found = sorted(self.found), []
        return found[min(len(found) - 1, int(share * len(found)))] if found else 0.0


class Steward:
    """Carries out orders in a daemon that runs."""

    def __init__(self, office: Office, levers: dict[str, Lever]) -> None:
        self._office = office
        self._levers = levers
        self._lateness = Lateness()
        self._clients = 0

    async def serve(self) -> None:
        """Carry out the orders on standard input, one by one."""
        probing = asyncio.create_task(self._lateness.probe())
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            answer = await getattr(self, "do_" + order.pop("do"))(**order)
            print(json.dumps(answer or {}), flush=True)
        probing.cancel()
        # whoever gave the orders is gone
        os.kill(os.getpid(), signal.SIGKILL)

    async def do_hold(self, loop: str) -> None:
        """Hold a loop."""
        await self._levers[loop].hold()

    async def do_release(self, loop: str) -> None:
        """Release a loop."""
        self._levers[loop].release()

    async def do_clients(self, count: int, pdf: str) -> None:
        """Keep so many clients, each with one contact, who get the PDF or a link to it."""
        for number in range(self._clients + 1, self._clients + count + 1):
            email = f"jane@client{number}.example"
            await add_client(
                self._office, f"Client {number}", ref=f"C{number}", email=email, actor="b", pdf=pdf
            )
        self._clients += count

    async def do_lift(self) -> None:
        """Lift the limits on how many letters go out in all; those on each person stand."""
        for module, name in ((automatic, "AUTOMATIC_IN_ALL"), (holding, "HANDOFFS_IN_ALL")):
            setattr(module, name, _NO_LIMIT)

    async def do_issue(self, first: int, count: int, attached: int = 0) -> dict[str, float]:
        """Issue so many invoices, some at once, each with a file of so many bytes."""
        self._lateness.found.clear()
        started = time.perf_counter()
        numbers = iter(range(first, first + count))

        async def work() -> None:
            for number in numbers:
                await self._issue(number, attached)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(work())
        return {"seconds": time.perf_counter() - started}

    async def do_rest(self) -> dict[str, float]:
        """Wait until no letter is on its way any more."""
        while await self._office.db.rows(_WAITING):
            await asyncio.sleep(_POLL)
        return {"lateness_p99_ms": self._lateness.percentile(0.99)}

    async def _issue(self, number: int, attached: int) -> None:
        document = self.write(number)
        content = b"%PDF-1.7\n" + os.urandom(attached)
        files = [Attached("invoice.pdf", "application/pdf", content)] if attached else []
        shipment = await prepare_issue(self._office, document, files)
        await commit_issue(self._office, shipment, actor="bench")

    def write(self, number: int) -> Document:
        """Return an invoice of five lines for one of the clients."""
        today = to_date(self._office.clock(), self._office.zone)
        lines = [
            {"description": what, "quantity": "2", "unit_price": "125.00", "tax_rate": "20"}
            for what in ("Support", "Hosting", "A day on site", "Spare parts", "Travel")
        ]
        return Document.model_validate(
            {
                "type": "invoice",
                "number": f"INV-{number}",
                "client": f"C{number % self._clients + 1}",
                "issued": today.isoformat(),
                "due": (today + timedelta(days=30)).isoformat(),
                "currency": "GBP",
                "reference": f"PO {number}",
                "lines": lines,
                "notes": "Thank you for your order.",
            }
        )


async def _first(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def _pass_on(stop: asyncio.Event, halt: asyncio.Event) -> None:
    await stop.wait()
    halt.set()


def main(config: str, held: list[str]) -> None:
    """Run the daemon as the command line does, its loops behind levers."""
    names = ("intake", "delivery")
    levers = {name: Lever(getattr(daemon, f"run_{name}"), held=name in held) for name in names}
    for name, lever in levers.items():
        setattr(daemon, f"run_{name}", lever)
    run_daemon = daemon.run_daemon

    @asynccontextmanager
    async def run_with_orders(*arguments: Any, **more: Any) -> AsyncIterator[daemon.Running]:
        async with run_daemon(*arguments, **more) as running:
            serving = asyncio.create_task(Steward(running.office, levers).serve())
            yield running
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    daemon.run_daemon = run_with_orders
    sys.argv = ["maild", "--config", config, "serve"]
    run_maild()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
