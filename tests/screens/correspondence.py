"""What is written once the documents have left: answers, new ways in, what the operator is told."""

from __future__ import annotations

from maild.relay import Outcome
from maild.services.issue import resend
from tests.fakes import SENT
from tests.mails import Mail
from tests.visitor import Browser
from tests.world import HouseWorld

CHOSEN = "seven quiet herons"
QUESTION = """When do you deliver? The back door is too narrow for the desk, so please ring first, \
and bring the long ladder: the hook in the stage ceiling is at 6.40 m.

תודה רבה"""
FULL = Outcome("failed", 552, "5.2.2 <full@single.example>: mailbox full, quota of 50 MB exceeded")
# until a request for a way in has been dealt with, and the address may ask again
MOMENT, QUARTER = 10.0, 900.0


async def correspond(world: HouseWorld, dora: str, olga: str) -> None:
    """Let Dora answer, get in and choose a password, and Olga ask for a link in a dead one's place.

    Dora has got one invoice; Olga's link has been revoked.
    """
    (letter,) = await world.mail_to(dora)
    await world.reply(letter, "It won't let me log in.")
    await world.reply(letter, QUESTION)
    async with world.browser() as browser:
        await _choose_password(browser, (await world.mail_to(dora))[-1])
        await _ask_for_a_fresh_link(browser, (await world.mail_to(olga))[-1].link)
    await world.advance(seconds=MOMENT)
    await resend(world.office, "SINGLE-1", actor="test")
    await world.deliver()


async def write_in_vain(world: HouseWorld, client: str) -> None:
    """Send an invoice that the client's mail server does not take."""
    world.relay.answer = lambda recipient: FULL if recipient.startswith("full@") else SENT
    await world.issue("FULL-1", client=client)
    await world.deliver()


async def _choose_password(browser: Browser, letter: Mail) -> None:
    await browser.log_in(letter.recipient, letter.password)
    form = await browser.get("/password")
    page = await browser.post("/password", {"csrf": form.csrf, "password": CHOSEN, "again": CHOSEN})
    assert "Your password was changed" in page.text


async def _ask_for_a_fresh_link(browser: Browser, link: str) -> None:
    form = await browser.get("/recover")
    path = f"/l/{link.rpartition('/')[2]}/fresh"
    page = await browser.post(path, {"csrf": form.csrf})
    assert "Look in your inbox" in page.text
