"""What the tests of the client area share: who may be looking, and bytes on a raw socket."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from maild.config import Listen
from maild.mail.compose import Attached
from maild.services.handover import disable_contact
from maild.web.app import build_site
from maild.web.door import open_site
from tests.visitor import Browser, Page
from tests.world import HouseWorld, World

JANE = "jane@acme.example"
TOM = "tom@other.example"
SHEET = Attached("time sheet.csv", "text/csv", b"hours,7\n")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SCRIPTED = f"{POLICY}; script-src 'self'; connect-src 'self'"
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Server": "maild",
}


async def send_invoice(
    world: World, number: str = "INV-1", *, password: bool = False, **client: object
) -> str:
    """Make Acme with Jane, send her an invoice with a file, and return her link."""
    await world.client("Acme Ltd", JANE, **client)
    await world.issue(number, password=password, files=(SHEET,))
    return await last_link(world, JANE)


async def last_link(world: World, address: str) -> str:
    """Return the link in the latest mail to an address."""
    return (await world.mail_to(address))[-1].link


async def last_password(world: World, address: str = JANE) -> str:
    """Return the password in the latest mail to an address."""
    return (await world.mail_to(address))[-1].password


async def expire(world: World, browser: Browser, link: str) -> None:
    """Open a link in its last hour and let that hour pass."""
    await world.advance(days=90, seconds=-3600)
    assert (await browser.get(link)).status == 200
    await world.advance(seconds=3600)


async def disable(world: World) -> None:
    """End Jane's access."""
    await disable_contact(world.office, "ACME", JANE, actor="test")


async def ask(port: int, request: bytes) -> bytes:
    """Send bytes and return everything that comes back until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def open_door(
    world: HouseWorld, *, patience: float = 5.0, most: int = 100, **changes: object
) -> AsyncIterator[int]:
    """Serve the site as the daemon does, on a port of its own, [web] changed; give the port."""
    config = world.office.config
    changed = config.model_copy(update={"web": config.web.model_copy(update=changes)})
    site = build_site(replace(world.office, config=changed))
    listen = Listen("127.0.0.1", 0)
    async with open_site(site, listen, changed.web.base_url, patience=patience, most=most) as port:
        yield port


def head(world: World, line: str, *more: str) -> bytes:
    """Return the header of a request to our host that is the last on its connection."""
    host = world.office.config.web.base_url.removeprefix("http://")
    return "\r\n".join([line, f"Host: {host}", "Connection: close", *more, "", ""]).encode()


def port_of(world: World) -> int:
    """Return the port that the world's site is served on."""
    return int(world.office.config.web.base_url.rpartition(":")[2])


def status_of(answer: bytes) -> int:
    """Return the status of a raw answer."""
    found = re.match(rb"HTTP/\d\.\d (\d{3}) ", answer)
    assert found, answer[:200]
    return int(found.group(1))


def assert_guarded(headers: dict[str, str], *, scripted: bool = False) -> None:
    """Fail unless an answer bears every security header; only a document's page has a script."""
    wanted = SECURITY | ({"Content-Security-Policy": SCRIPTED} if scripted else {})
    assert {name: headers.get(name) for name in wanted} == wanted
    assert headers.get("Cache-Control")


async def log_with(world: World, line: str) -> list[str]:
    """Return the log once that line is in it: fetches are noted while the answer goes its way."""
    async with asyncio.timeout(10):
        while True:
            change = world.office.db.watch()
            if line in (log := await world.log()):
                return log
            await change.wait()


def without_token(page: Page, *also: str) -> str:
    """Return a page's text without its form token and other things that rightly differ."""
    text = re.sub(r'name="csrf" value="[^"]+"', "", page.text)
    for word in also:
        text = text.replace(word, "")
    return text
