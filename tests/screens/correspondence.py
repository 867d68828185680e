"""What is written once the documents have left: answers, new ways in, what the operator is told."""

from __future__ import annotations

from dataclasses import replace

from maild.clock import MINUTE
from maild.mail.policy import Action, Decision
from maild.relay import Outcome
from maild.services.examination import examine
from maild.services.issue import resend
from maild.services.proposals import propose
from maild.store import replies
from tests.fakes import SENT
from tests.mails import Mail, answer_to
from tests.visitor import Browser
from tests.world import OPERATOR, HouseWorld

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
    await _answer_as_the_operator(world)
    async with world.browser() as browser:
        await _choose_password(browser, (await world.mail_to(dora))[1])
        await _ask_for_a_fresh_link(browser, (await world.mail_to(olga))[-1].link)
    await world.advance(seconds=MOMENT)
    await resend(world.office, "SINGLE-1", actor="test")
    await world.deliver()


async def ask_by_mail(world: HouseWorld, jane: str) -> None:
    """Let Jane ask for a statement, accept an estimate, and announce who comes after her."""
    letters = {mail.subject.split()[1]: mail for mail in await world.mail_to(jane)}
    await world.reply(letters["INV-1001"], "Could you send me a statement of account please?")
    await world.reply(letters["EST-1"], "Yes, I accept your estimate.")
    letter = letters["INV-1003"]
    words = "Jane has left the company, please send all future invoices to tom@acme.example."
    await world.hand_in(answer_to(letter, words), to=letter.reply_to, sender=jane)
    await _announce_change(world)
    await world.deliver()


async def _announce_change(world: HouseWorld) -> None:
    """Treat the reply that waits as if its sender's domain had vouched for it."""
    now = world.clock()
    (raw,) = await world.office.db.transact(
        lambda tx: replies.claim_replies(
            tx, owner="test", now=now, lease_until=now + MINUTE, most=1
        )
    )
    whole = await replies.load_raw(world.office.db, raw.id)
    assert whole
    case = await examine(world.office, whole, "test")
    decision = Decision(Action.PROPOSE_AND_NOTIFY, "contact_change", 3)
    await propose(world.office, replace(case, decision=decision))


async def _answer_as_the_operator(world: HouseWorld) -> None:
    handed = (await world.mail_to(OPERATOR))[-1]
    words = "Dear Dora,\n\non Thursday morning, and we ring before we come.\n\nYours, Owen"
    await world.reply(handed, words)


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
