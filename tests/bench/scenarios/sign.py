"""DKIM signatures under a text letter of 8 KB, with an RSA key of 2048 bits."""

from __future__ import annotations

from collections.abc import Callable

import dkim

from maild.mail.dkim_keys import make_key, write_pem
from maild.mail.sign import Signer
from tests.bench.micro import repeat
from tests.bench.scenario import Contender, Goal, Mismatch, Scenario

_DOMAIN = "example.test"
_LETTER = (
    b"From: Example Ltd <billing@example.test>\r\nTo: Jane <jane@acme.example>\r\n"
    b"Subject: Invoice INV-1\r\nDate: Mon, 02 Nov 2026 09:00:00 +0000\r\n"
    b"Message-ID: <1@example.test>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    + b"Please find below the invoice for the month.\r\n"
    * 178
)


def _maild() -> Callable[[int], object]:
    key = make_key("rsa", "key1")
    signer = Signer(_DOMAIN, (key,))
    record = key.publish(_DOMAIN).value.encode()
    _verify(signer.sign(_LETTER), record)
    return lambda _: signer.sign(_LETTER)


def _dkimpy() -> Callable[[int], object]:
    key = make_key("rsa", "key1")
    pem = write_pem(key)

    def sign(_: int) -> bytes:
        signature: bytes = dkim.sign(_LETTER, b"key1", _DOMAIN.encode(), pem)
        return signature

    _verify(sign(0) + _LETTER, key.publish(_DOMAIN).value.encode())
    return sign


def _bare() -> Callable[[int], object]:
    key = make_key("rsa", "key1")
    return lambda _: key.sign(b"x" * 512)


def _verify(message: bytes, record: bytes) -> None:
    if not dkim.verify(message, dnsfunc=lambda *_, **__: record):
        raise Mismatch("the signature does not verify")


SCENARIOS = (
    Scenario(
        name="sign",
        about="an RSA signature (DKIM) under a text letter of 8 KB",
        items=1000,
        contenders=(
            Contender("maild", repeat(_maild)),
            Contender("dkimpy", repeat(_dkimpy), share=0.05),
            Contender("the bare RSA signature", repeat(_bare)),
        ),
        goals=(
            Goal("CPU of dkimpy ÷ maild's", "dkimpy", "maild", measure="cpu_us", least=15),
            Goal(
                "CPU ÷ the bare RSA signature's",
                "maild",
                "the bare RSA signature",
                measure="cpu_us",
                most=1.3,
            ),
        ),
    ),
)
