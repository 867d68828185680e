"""The listener under attack: slow ones, floods of them, and what is not HTTP at all."""

from __future__ import annotations

import asyncio
import logging
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from maild.daemon import run_daemon
from maild.errors import Refused
from tests.ports import free_port
from tests.web.area import SECURITY, ask, head, open_door, send_invoice, status_of
from tests.world import HouseWorld, write_config


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """Open a connection and close it at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def closed(reader: StreamReader, within: float) -> None:
    """Return once the other side has closed; fail if it does not in time."""
    async with asyncio.timeout(within):
        try:
            while await reader.read(4096):
                pass
        except ConnectionError:
            pass


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: a", b"\r\n\r\n"])
async def test_a_connection_without_a_whole_header_is_closed_in_time(
    house: HouseWorld, sent: bytes
) -> None:
    async with open_door(house, patience=0.3) as port, connect(port) as (reader, writer):
        writer.write(sent)
        await closed(reader, 3)


async def test_a_header_that_drips_in_wins_no_time(house: HouseWorld) -> None:
    async with open_door(house, patience=0.5) as port, connect(port) as (reader, writer):
        loop = asyncio.get_running_loop()
        start = loop.time()
        dripping = asyncio.create_task(_drip(writer))
        await closed(reader, 3)
        assert loop.time() - start < 2
        dripping.cancel()


async def _drip(writer: StreamWriter) -> None:
    writer.write(b"GET / HTTP/1.1\r\n")
    for n in range(1000):
        writer.write(f"X-{n}: a\r\n".encode())
        await asyncio.sleep(0.05)


async def test_the_second_header_on_a_connection_must_come_in_time_too(house: HouseWorld) -> None:
    async with open_door(house, patience=0.5) as port, connect(port) as (reader, writer):
        request = head(house, "GET /login HTTP/1.1").replace(b"Connection: close\r\n", b"")
        writer.write(request)
        first = await reader.readuntil(b"</html>\n")
        assert status_of(first) == 200
        writer.write(b"GET /login HT")
        await closed(reader, 3)


async def test_a_visitor_gets_in_during_a_flood_of_silent_connections(house: HouseWorld) -> None:
    async with open_door(house, patience=30, most=20) as port, AsyncExitStack() as stack:
        flood = [await stack.enter_async_context(connect(port)) for _ in range(60)]
        for _ in range(3):
            answer = await ask(port, head(house, "GET /login HTTP/1.1"))
            assert status_of(answer) == 200
        # the first of the flood had to go
        for reader, _ in flood[:40]:
            await closed(reader, 3)


async def test_the_connection_in_use_outlives_the_silent_ones(house: HouseWorld) -> None:
    request = head(house, "GET /login HTTP/1.1").replace(b"Connection: close\r\n", b"")
    async with open_door(house, patience=30, most=5) as port, AsyncExitStack() as stack:
        reader, writer = await stack.enter_async_context(connect(port))
        for _ in range(4):
            for _ in range(4):
                await stack.enter_async_context(connect(port))
            writer.write(request)
            assert status_of(await reader.readuntil(b"</html>\n")) == 200


NONSENSE = {
    "a header over 8 KiB": b"GET /login HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
    "a cookie over 8 KiB": b"GET / HTTP/1.1\r\nHost: h\r\nCookie: a=" + b"b" * 9000 + b"\r\n\r\n",
    "a line over 8 KiB": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
    "a thousand headers": b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: a\r\n" * 1000 + b"\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "no host, HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "length and chunks": (
        b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "two lengths": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
    "raw bytes in the path": b"GET /l/topsecret\xff HTTP/1.1\r\nHost: h\r\n\r\n",
    "a NUL in the path": b"GET /l/topsecret\0 HTTP/1.1\r\nHost: h\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
    "no such method": b"LOOK /l/topsecret HTTP/1.1\r\nHost: h\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "SMTP": b"EHLO evil.test\r\n",
    "another host's URL": b"GET http://evil.test/login HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "an expectation beyond UTF-8": b"GET / HTTP/1.1\r\nHost: {host}\r\nExpect: \xff\r\n\r\n",
    "a tunnel": b"CONNECT evil.test:25 HTTP/1.1\r\nHost: {host}\r\n\r\n",
}


@pytest.mark.parametrize("kind", NONSENSE)
async def test_nonsense_is_a_short_400_that_repeats_and_logs_none_of_it(
    house: HouseWorld,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    host = house.office.config.web.base_url.removeprefix("http://").encode()
    with caplog.at_level(logging.INFO):
        async with open_door(house, patience=0.5) as port:
            answer = await ask(port, NONSENSE[kind].replace(b"{host}", host))
    assert status_of(answer) == 400
    for name, value in SECURITY.items():
        assert f"\r\n{name}: {value}\r\n".encode() in answer
    assert b"aiohttp" not in answer
    assert b"topsecret" not in answer
    said = caplog.text + "".join(capsys.readouterr())
    assert "topsecret" not in said
    assert "Traceback" not in said


async def test_a_smuggled_second_request_is_not_served(house: HouseWorld) -> None:
    link = await send_invoice(house)
    path = link.removeprefix(house.office.config.web.base_url)
    inner = head(house, f"GET {path} HTTP/1.1")
    outer = head(
        house,
        "POST /login HTTP/1.1",
        f"Content-Length: {len(inner)}",
        "Transfer-Encoding: xchunked",
    )
    async with open_door(house, patience=0.5) as port:
        assert b"303" not in await ask(port, outer + inner)


async def test_the_site_closes_while_someone_is_connected(house: HouseWorld) -> None:
    async with asyncio.timeout(5):
        async with AsyncExitStack() as stack:
            async with open_door(house, patience=60) as port:
                reader, writer = await stack.enter_async_context(connect(port))
                writer.write(b"GET / HT")
            await closed(reader, 1)


async def test_an_answer_under_way_is_finished_when_the_site_closes(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> list[object]:
        begun.set()
        await go_on.wait()
        return []

    link = await send_invoice(house)
    async with AsyncExitStack() as stack:
        async with open_door(house) as port:
            path = link.removeprefix(house.office.config.web.base_url)
            answer = await ask(port, head(house, f"GET {path} HTTP/1.1"))
            cookie = answer.partition(b"Set-Cookie: ")[2].partition(b";")[0].decode()
            monkeypatch.setattr("maild.web.lists.count_some", slow)
            reader, writer = await stack.enter_async_context(connect(port))
            writer.write(head(house, "GET /invoices HTTP/1.1", f"Cookie: {cookie}"))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.1, go_on.set)
        assert status_of(await reader.read()) == 200


async def test_both_listeners_of_the_daemon_are_such_doors(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=free_port())
    async with run_daemon(config) as running:
        for port in (running.web_port, running.admin_port):
            answer = await ask(port, b"GET /\xff HTTP/1.1\r\n\r\n")
            assert status_of(answer) == 400
            assert b"Content-Security-Policy" in answer
            assert b"aiohttp" not in answer


async def test_the_daemon_says_which_address_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = write_config(tmp_path, port=port)
        with pytest.raises(Refused, match=f"cannot listen for the web on 127.0.0.1:{port}"):
            async with run_daemon(config):
                pass
