"""Ready messages to a mail server over ten kept connections: maild's relay, or aiosmtplib.

python -m tests.bench.programs.relays maild|aiosmtplib PORT
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosmtplib

from maild.relay import open_relay
from tests.bench.child import serve_orders

_CONNECTIONS = 10
# more hands than connections, as the daemon has letters waiting
_HANDS = 40
_SENDER, _RECIPIENT = "bounce@example.test", "jane@acme.example"
_LETTER = b"Subject: Invoice\r\n\r\n" + b"Please find the invoice of this month below.\r\n" * 550

_Send = Callable[[], Awaitable[object]]


@asynccontextmanager
async def _maild(port: int) -> AsyncIterator[list[_Send]]:
    relay = open_relay(
        f"smtp://127.0.0.1:{port}",
        username="",
        password="",
        ca_file=None,
        connections=_CONNECTIONS,
        hostname="example.test",
        base=Path(),
    )

    async def send() -> None:
        outcome = await relay.deliver(_SENDER, _RECIPIENT, _LETTER)
        assert outcome.state == "sent", outcome

    yield [send] * _HANDS
    await relay.close()


@asynccontextmanager
async def _aiosmtplib(port: int) -> AsyncIterator[list[_Send]]:
    clients = [aiosmtplib.SMTP(hostname="127.0.0.1", port=port) for _ in range(_CONNECTIONS)]
    await asyncio.gather(*(client.connect() for client in clients))
    yield [_by(client) for client in clients]
    await asyncio.gather(*(client.quit() for client in clients))


def _by(client: aiosmtplib.SMTP) -> _Send:
    async def send() -> None:
        await client.sendmail(_SENDER, [_RECIPIENT], _LETTER)

    return send


async def _send_all(name: str, port: int, count: int) -> float:
    async with (_maild if name == "maild" else _aiosmtplib)(port) as hands:
        numbers = iter(range(count))
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for send in hands:
                tasks.create_task(_work(numbers, send))
        return time.perf_counter() - started


async def _work(numbers: Iterator[int], send: _Send) -> None:
    for _ in numbers:
        await send()


def main(name: str, port: str) -> None:
    """Send messages when told: {"count": 1000}."""

    def answer(order: dict[str, Any]) -> dict[str, float]:
        return {"seconds": asyncio.run(_send_all(name, int(port), **order))}

    serve_orders(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
