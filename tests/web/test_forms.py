"""Forms from elsewhere, malformed ones and monstrous ones: refused, cheaply and politely."""

from __future__ import annotations

import asyncio
import gzip
from io import BytesIO
from urllib.parse import urlencode

import pytest

from maild.access.passwords import Hasher
from maild.web import forms
from tests.web.area import (
    JANE,
    ask,
    assert_guarded,
    head,
    last_password,
    open_door,
    send_invoice,
    status_of,
)
from tests.world import HouseWorld

FORM = "application/x-www-form-urlencoded"


async def test_a_form_needs_the_token_that_this_browser_was_given(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    fields = {"address": JANE, "password": await last_password(house), "next": "/"}
    async with house.browser() as browser, house.browser() as other:
        form, foreign = await browser.get("/login"), await other.get("/login")
        assert form.csrf != foreign.csrf
        tampered = form.csrf[:-1] + ("a" if form.csrf[-1] != "a" else "b")
        for csrf in ("", foreign.csrf, tampered, "é", form.csrf + "a"):
            page = await browser.post("/login", fields | {"csrf": csrf})
            assert page.status == 403
        async with house.browser() as fresh:
            assert (await fresh.post("/login", fields | {"csrf": form.csrf})).status == 403
        assert (await browser.post("/login", fields | {"csrf": form.csrf})).status == 200


SOURCES: list[tuple[dict[str, str], int]] = [
    ({"Origin": "https://evil.test"}, 403),
    ({"Origin": "https://127.0.0.1"}, 403),
    ({"Origin": "evil"}, 403),
    ({"Origin": ""}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
    ({}, 200),
]


async def test_a_form_sent_from_another_site_is_refused(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        form = await browser.get("/login")
        fields = {"address": JANE, "password": await last_password(house), "csrf": form.csrf}
        for headers, status in [*SOURCES, ({"Origin": browser.base}, 200)]:
            page = await browser.post("/login", fields, headers=headers)
            assert (headers, page.status) == (headers, status)


BODIES = {
    "NUL": (FORM, b"address=a%00b&password=x"),
    "NUL in a name": (FORM, b"a%00b=x&password=x"),
    "UTF-8 broken off": (FORM, b"address=%ff&password=x"),
    "a lone surrogate": (FORM, b"address=%ed%a0%80&password=x"),
    "raw bytes": (FORM, b"address=\xff"),
    "another charset": (f"{FORM}; charset=utf-16", b"address=a"),
    "no charset of this world": (f"{FORM}; charset=martian", b"address=a"),
    "multipart": ("multipart/form-data; boundary=x", b"--x\r\n\r\na\r\n--x--"),
    "multipart without boundary": ("multipart/form-data", b"--x"),
    "JSON": ("application/json", b'{"address": "a"}'),
    "text": ("text/plain", b"address=a"),
    "no kind": ("", b"address=a"),
    "many fields": (FORM, b"&".join(b"a%d=1" % n for n in range(200))),
}


async def test_what_is_no_form_of_ours_is_a_400(house: HouseWorld) -> None:
    async with house.browser() as browser:
        csrf = (await browser.get("/login")).csrf.encode()
        for kind, (media_type, body) in BODIES.items():
            sent = body + b"&csrf=" + csrf if media_type.startswith(FORM) else body
            headers = {"Content-Type": media_type}
            page = await browser.post("/login", sent, headers=headers)  # type: ignore[arg-type]
            assert (kind, page.status) == (kind, 400)
            assert_guarded(page.headers)


async def test_a_packed_form_is_refused_unopened(house: HouseWorld) -> None:
    body = gzip.compress(b"a" * 50_000_000)
    async with open_door(house) as port:
        for encoding in ("gzip", "deflate", "br", "junk"):
            header = head(
                house,
                "POST /login HTTP/1.1",
                f"Content-Type: {FORM}",
                f"Content-Encoding: {encoding}",
                f"Content-Length: {len(body)}",
            )
            assert status_of(await ask(port, header + body)) == 400


async def test_a_form_over_64_kib_is_a_413_however_it_is_sent(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    async def find_match(_: object, __: object, typed: str) -> None:
        checked.append(typed)

    monkeypatch.setattr(Hasher, "find_match", find_match)
    async with house.browser() as browser, open_door(house, patience=0.3) as port:
        form = await browser.get("/login")
        for size in (65_536, 1_000_000, 10_000_000):
            fields = {"address": JANE, "password": "x" * size, "csrf": form.csrf}
            body = BytesIO(urlencode(fields).encode())
            page = await browser.post("/login", body, headers={"Content-Type": FORM})  # type: ignore[arg-type]
            assert page.status == 413
            assert_guarded(page.headers)
        header = head(
            house, "POST /login HTTP/1.1", f"Content-Type: {FORM}", "Transfer-Encoding: chunked"
        )
        chunks = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"
        assert status_of(await ask(port, header + chunks * 3 + b"0\r\n\r\n")) == 413
        claimed = head(
            house, "POST /login HTTP/1.1", f"Content-Type: {FORM}", "Content-Length: 2000000000"
        )
        assert status_of(await ask(port, claimed)) == 413
    assert checked == []


async def test_a_form_that_stops_arriving_is_given_up(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "_SECONDS", 0.2)
    async with open_door(house, patience=0.2) as port:
        header = head(
            house, "POST /login HTTP/1.1", f"Content-Type: {FORM}", "Content-Length: 3000"
        )
        answer = await ask(port, header + b"address=jane")
    assert status_of(answer) == 408
    assert b"took too long" in answer


async def test_a_form_broken_off_is_no_error_of_ours(
    house: HouseWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_door(house) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        body = urlencode({"address": JANE}).encode()
        header = head(
            house, "POST /login HTTP/1.1", f"Content-Type: {FORM}", "Content-Length: 3000"
        )
        writer.write(header + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        chunked = head(
            house, "POST /login HTTP/1.1", f"Content-Type: {FORM}", "Transfer-Encoding: chunked"
        )
        assert status_of(await ask(port, chunked + b"zz\r\nabc")) == 400
        assert status_of(await ask(port, head(house, "GET /login HTTP/1.1"))) == 200
    assert "Traceback" not in capsys.readouterr().out
