"""The listener: what happens on a connection before there is a request that a page could answer.

A connection that does not get a request's header across in time is closed, as is one that rests
too long between two requests; when there are too many, the one silent the longest goes, so that a
flood of them keeps nobody out. What is not HTTP gets a short answer that repeats none of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from aiohttp import web

from maild.config import Listen
from maild.web.headers import security_headers

log = structlog.get_logger(__name__)

_PATIENCE = 10.0
# for who still sends what was refused long ago: enough to read the answer that was sent meanwhile
_LINGER = 2.0
_MOST = 500
# aiohttp waits that long for an answer under way, and once more after cutting it short
_GRACE = 4.0


class _Connection(web.RequestHandler):
    """One connection; the door knows when it last said something."""

    __slots__ = ("_door",)

    def __init__(self, door: _Door) -> None:
        # aiohttp's "keep-alive" runs from the first moment on, and no half-sent header renews it;
        # bodies are taken as they come: there is nothing to unpack in a form of ours
        super().__init__(
            door.server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=door.patience,
            lingering_time=min(_LINGER, door.patience),
            access_log=None,  # type: ignore[arg-type]  # None is how it is switched off
            auto_decompress=False,
        )
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._door.admit(self)

    def data_received(self, data: bytes) -> None:
        self._door.hear(self)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._door.forget(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what no page could be made of; `message` may quote a token, so it goes nowhere."""
        if isinstance(exc, UnicodeError):
            # aiohttp repeats an Expect header in its refusal, and fails at bytes beyond UTF-8
            status = 400
        if status >= 500:
            log.error("answer failed", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer had begun already")
        answer = web.Response(status=status, text=f"{status} {HTTPStatus(status).phrase}\n")
        answer.headers.update(self._door.headers)
        answer.headers["Cache-Control"] = "no-store"
        answer.force_close()
        return answer


class _Door:
    """Makes a connection's protocol, and keeps all of them in the order they last spoke."""

    def __init__(
        self,
        server: web.Server,
        headers: Mapping[str, str],
        *,
        patience: float,
        most: int,
    ) -> None:
        self.server = server
        self.headers = headers
        self.patience = patience
        self._most = most
        self._open: dict[_Connection, None] = {}

    def __call__(self) -> _Connection:
        return _Connection(self)

    def admit(self, connection: _Connection) -> None:
        """Let a connection in, and the one silent the longest out if there are too many."""
        if len(self._open) >= self._most:
            silent = next(iter(self._open))
            self.forget(silent)
            silent.force_close()
        self._open[connection] = None

    def hear(self, connection: _Connection) -> None:
        """Note that a connection has just said something."""
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def forget(self, connection: _Connection) -> None:
        """Note that a connection is gone."""
        self._open.pop(connection, None)


@asynccontextmanager
async def open_site(
    site: web.Application,
    listen: Listen,
    base_url: str,
    *,
    patience: float = _PATIENCE,
    most: int = _MOST,
) -> AsyncIterator[int]:
    """Serve a site until the context ends, and give its port; what is under way gets 4 seconds.

    A header or the next request may take `patience` seconds; at most `most` connections are open.
    Raises `OSError` when the address is taken.
    """
    runner = web.AppRunner(site, handle_signals=False, shutdown_timeout=_GRACE)
    await runner.setup()
    try:
        assert runner.server
        door = _Door(runner.server, security_headers(base_url), patience=patience, most=most)
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(door, listen.host, listen.port, backlog=128)
        try:
            port: int = listener.sockets[0].getsockname()[1]
            yield port
        finally:
            listener.close()
    finally:
        await runner.cleanup()
