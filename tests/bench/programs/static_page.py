"""The same bytes for whoever asks, by aiohttp: the ceiling of every page that it serves.

python -m tests.bench.programs.static_page FILE; on uvloop where that is installed.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from aiohttp import web


async def serve(body: bytes) -> None:
    """Serve until killed, and say the port."""

    async def show(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/html", charset="utf-8")

    site = web.Application()
    site.router.add_get("/{path:.*}", show)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    server = web.TCPSite(runner, "127.0.0.1", 0)
    await server.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(ModuleNotFoundError):
        asyncio.set_event_loop_policy(import_module("uvloop").EventLoopPolicy())
    asyncio.run(serve(Path(sys.argv[1]).read_bytes()))
