"""What an attacker tries at the front door, and what it gains them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from maild import intake
from maild.model import Envelope
from maild.services.impersonation import start_impersonation
from tests.paper import without_ink
from tests.timing import KNOWN, compare
from tests.world import Browser, HouseWorld, World, answer_to

JANE = KNOWN


async def test_no_token_that_was_ever_issued_is_in_the_data_or_the_log(
    world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    await world.client("Acme Ltd", JANE)
    await world.issue("INV-1", password=True)
    (letter,) = await world.mail_to(JANE)
    async with world.browser() as one, world.browser() as other:
        await one.get(letter.link)
        await one.log_in(JANE, letter.password)
        form = await one.get("/recover")
        await one.post("/recover", {"csrf": form.csrf, "address": JANE})
        await world.advance(seconds=1000)
        look = await start_impersonation(world.office, "ACME", None, reason="a look", actor="test")
        path = look.url.removeprefix(other.base)
        await other.post(path, {"csrf": (await other.get(path)).csrf})
        secrets = {look.url.rpartition("/")[2], form.csrf, *_cookies(one), *_cookies(other)}
    for mail in await world.mail_to(JANE):
        secrets |= {mail.link.rpartition("/")[2], mail.password}
        secrets |= set(re.findall(r"(?:reply|bounce)\+([a-z2-7]+)@", mail.raw.decode()))
    assert len(secrets) >= 12
    kept = _read_data(tmp_path) + capfd.readouterr().out.encode()
    assert JANE.encode() in kept
    assert b"letter sent" in kept
    assert [secret for secret in secrets if secret.encode() in kept] == []


def _cookies(browser: Browser) -> set[str]:
    return {cookie.value for cookie in browser._session.cookie_jar if cookie.value}


def _read_data(folder: Path) -> bytes:
    """Return all that a copy of the data would hold, but for the key ring."""
    files = [path for path in (folder / "data").rglob("*") if path.is_file()]
    assert any(path.name == "keys" for path in files)
    return b"".join(path.read_bytes() for path in files if path.name != "keys")


async def test_five_hundred_spoofed_cries_for_help_bring_three_letters_at_most(
    house: HouseWorld,
) -> None:
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.issue("INV-1")
    (letter,) = await house.mail_to(JANE)
    for hour in range(5):
        cries = [
            answer_to(letter, "I can't log in", message_id=f"<{hour}.{i}@x.example>")
            for i in range(100)
        ]
        spoofed = [Envelope("192.0.2.66", "x", JANE, (letter.reply_to,), cry) for cry in cries]
        await asyncio.gather(*(intake.accept(house.office, one) for one in spoofed))
        await house.advance(seconds=3600)
    assert len(await house.mail_to(JANE)) == 1 + 3
    async with house.browser() as browser:
        assert (await browser.get(letter.link)).status == 200


async def test_a_forged_host_is_refused_and_reaches_no_letter(house: HouseWorld) -> None:
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.issue("INV-1")
    async with house.browser() as browser:
        form = {"csrf": (await browser.get("/recover")).csrf, "address": JANE}
        page = await browser.post("/recover", form, headers={"Host": "evil.example"})
        assert page.status == 400
        await house.advance(seconds=10)
        assert len(await house.mail_to(JANE)) == 1
        forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        assert (await browser.post("/recover", form, headers=forged)).status == 200
        await house.advance(seconds=10)
        _, fresh = await house.mail_to(JANE)
        assert fresh.link.startswith(f"{browser.base}/l/")
        assert b"evil.example" not in fresh.raw


@pytest.mark.parametrize("path", ["/login", "/recover"])
async def test_neither_time_nor_answer_tells_a_known_address(house: HouseWorld, path: str) -> None:
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.issue("INV-1", password=True)
    found = await compare(house, path, 15)
    assert found.alike
    # on a busy machine; `python -m tests.timing` measures to 5 ms
    assert found.gap < max(0.02, found.unknown / 4)
