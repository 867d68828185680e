"""Requests mangled at random places, always the same ones: refused or answered, never an error."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from maild.web import forms
from tests.web.area import ask, head, open_door, send_invoice, status_of
from tests.world import HouseWorld

NASTY = [b"\xff", b"\x00", b"%00", b"%ff", b"..", b"\r", b"\n", b"\t", b"'", b'"', b"<", b"{", b"%"]
NASTY += [b"\xed\xa0\x80", b"\xe2\x80\xae", b"%0d%0a", b"//", b"\\", b"@", b":", b"[", b";", b"="]
NASTY += [b"a" * 300, b'"\\777"', b"%u0041", b"$1", b"-1", b"\x7f", b"#", b"?", b"&", b" "]
FORM = b"address=jane%40acme.example&password=x&next=%2F&client=x&csrf="


def mangle(random: Random, request: bytes) -> bytes:
    """Put one to three nasty things at random places, each over up to two bytes."""
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(request))
        after = place + random.randint(0, 2)
        request = request[:place] + random.choice(NASTY) + request[after:]
    return request


@pytest.mark.parametrize("seed", range(2))
async def test_mangled_requests_are_never_an_error_of_ours(
    house: HouseWorld, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "_SECONDS", 0.3)
    link = await send_invoice(house)
    random = Random(seed)
    async with house.browser() as browser, open_door(house, patience=0.3) as port:
        csrf = (await browser.get("/login")).csrf
        await browser.get(link)
        jar = browser._session.cookie_jar
        cookie = "Cookie: " + "; ".join(f"{item.key}={item.value}" for item in jar)
        body = FORM + csrf.encode()
        sent = [
            head(house, f"GET {path} HTTP/1.1", cookie, "Origin: null", "X-Forwarded-For: 10.1.1.1")
            for path in ("/", "/invoices/INV-1", "/login?next=/", "/l/aaaa", "/static/style.css")
        ]
        kind = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}")
        for path in ("/login", "/logout", "/switch"):
            sent.append(head(house, f"POST {path} HTTP/1.1", cookie, *kind) + body)
        for _ in range(8):
            batch = [mangle(random, random.choice(sent)) for _ in range(20)]
            answers = await asyncio.gather(*(ask(port, request) for request in batch))
            for request, answer in zip(batch, answers, strict=True):
                assert not answer or status_of(answer) < 500, request
        assert status_of(await ask(port, sent[1])) == 200
