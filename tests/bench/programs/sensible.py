"""What a good programmer would build from the usual parts: jinja2, css_inline, EmailMessage, an RSA
signature by cryptography, SQLite with a commit per step, ten kept aiosmtplib connections.

python -m tests.bench.programs.sensible STORE KEY PORT
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any, cast

import aiosmtplib
import css_inline
import jinja2
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.bench.child import serve_orders
from tests.signer import Signer

_CONNECTIONS = 10
_SENDER = "billing@example.test"
_LINES = [
    {"description": what, "amount": 250.0}
    for what in ("Support", "Hosting", "A day on site", "Spare parts", "Travel")
]
_SIGNED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type",
)  # fmt: skip


class Stack:
    """The parts, each made once."""

    def __init__(self, store: Path, key: Path, port: int) -> None:
        self._store = sqlite3.connect(store)
        self._store.execute("PRAGMA journal_mode = WAL")
        self._store.execute("PRAGMA synchronous = FULL")
        self._store.execute(
            "CREATE TABLE letters (number TEXT PRIMARY KEY, message BLOB, sent INT)"
        )
        private = cast(RSAPrivateKey, load_pem_private_key(key.read_bytes(), None))
        self._signer = Signer("example.test", "key1", private)
        loader = jinja2.FileSystemLoader(Path(__file__).parent)
        templates = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)
        self._html = templates.get_template("letter.html")
        self._text = templates.get_template("letter.txt")
        self._inliner = css_inline.CSSInliner(keep_style_tags=True)
        self._port = port

    async def send_all(self, first: int, count: int, attached: int) -> None:
        """Send so many invoices over the connections."""
        numbers = iter(range(first, first + count))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(_CONNECTIONS, count)):
                tasks.create_task(self._work(numbers, attached))

    async def _work(self, numbers: Iterator[int], attached: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self._port) as client:
            for number in numbers:
                await self._send(client, number, attached)

    async def _send(self, client: aiosmtplib.SMTP, number: int, attached: int) -> None:
        name, address = f"INV-{number}", f"jane@client{number % 50 + 1}.example"
        message = self._signer.sign(self._compose(name, address, attached), _SIGNED)
        self._store.execute("INSERT INTO letters VALUES (?, ?, 0)", (name, message))
        self._store.commit()
        await client.sendmail(_SENDER, [address], message)
        self._store.execute("UPDATE letters SET sent = 1 WHERE number = ?", (name,))
        self._store.commit()

    def _compose(self, name: str, address: str, attached: int) -> bytes:
        link = f"http://127.0.0.1:8080/l/{os.urandom(21).hex()}"
        facts = {"number": name, "address": address, "link": link, "lines": _LINES, "total": 1500.0}
        message = EmailMessage(policy=SMTP)
        message["From"] = f"Example Ltd <{_SENDER}>"
        message["To"] = address
        message["Reply-To"] = "reply+42@example.test"
        message["Subject"] = f"Invoice {name} from Example Ltd: £1,500.00"
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain="example.test")
        message.set_content(self._text.render(facts))
        message.add_alternative(self._inliner.inline(self._html.render(facts)), subtype="html")
        if attached:
            content = b"%PDF-1.7\n" + os.urandom(attached)
            message.add_attachment(
                content, maintype="application", subtype="pdf", filename="invoice.pdf"
            )
        return message.as_bytes()


def main(store: str, key: str, port: str) -> None:
    """Send invoices when told: {"first": 1, "count": 1000, "attached": 0}."""
    stack = Stack(Path(store), Path(key), int(port))

    def answer(order: dict[str, Any]) -> dict[str, float]:
        started = time.perf_counter()
        asyncio.run(stack.send_all(**order))
        return {"seconds": time.perf_counter() - started}

    serve_orders(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
