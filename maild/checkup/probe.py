"""A letter to ourselves: out by the relay, and in again by whatever way replies take."""

from __future__ import annotations

import asyncio

from maild.checkup.verdicts import Verdict, fault, ok, unseen
from maild.clock import SECOND, Instant, to_datetime
from maild.ids import Purpose
from maild.letters import return_path
from maild.mail.compose import Draft, Mailbox, compose
from maild.office import Office
from maild.relay import Relay
from maild.store.replies import list_replies

_TOPIC = "round trip"
# the letter is among the latest that came in
_LATEST = 200


async def send_probe(office: Office, relay: Relay, seconds: float) -> Verdict:
    """Send a letter to a reply address of our own, and wait so long until the daemon has it.

    It bears our mark, so it is kept with the replies and answered by nobody. Neither a mail server
    that is slow nor a daemon that is not running can be told from a broken route.
    """
    config = office.config
    if config.relay.url.startswith("maildir:"):
        return unseen(_TOPIC, f"letters are laid into {config.relay.url}: none comes back")
    row_id = office.ids.new()
    recipient = f"reply+{office.keys.make(Purpose.REPLY, row_id)}@{config.inbound.domain}"
    sender = return_path(office.keys, row_id, config.inbound.domain)
    message = _write(office, recipient, row_id)
    if office.signer:
        message = office.signer.sign(message)
    began = office.clock()
    outcome = await relay.deliver(sender, recipient, message)
    if outcome.state != "sent":
        return fault(_TOPIC, f"the relay did not take a letter to ourselves: {outcome.text}")
    arrived = await _wait(office, recipient, seconds)
    if arrived is None:
        text = f"a letter to {recipient} left and did not arrive within {seconds:.0f} seconds"
        remedy = f"look whether the daemon runs, where the mail of {config.inbound.domain} goes, "
        return fault(_TOPIC, text, f"{remedy}and into the relay's log")
    took = max(arrived - began, 0) / SECOND
    return ok(_TOPIC, f"a letter to ourselves went out and came back within {took:.0f} seconds")


def _write(office: Office, recipient: str, row_id: str) -> bytes:
    business = office.config.business
    draft = Draft(
        sender=Mailbox(business.name, business.email),
        recipient=Mailbox("", recipient),
        reply_to="",
        subject="A letter from maild to itself",
        text="maild doctor sends this to see whether replies arrive. Nothing need be done.\n",
        html="",
        message_id=f"doctor-{row_id}@{office.config.inbound.domain}",
        references=(),
        date=to_datetime(office.clock()),
        automatic="auto-generated",
    )
    return compose(draft, f"b{row_id}")


async def _wait(office: Office, recipient: str, seconds: float) -> Instant | None:
    """Return when a message to an address came in, None if it did not in the time there is."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                changed = office.db.watch()
                for reply in await list_replies(office.db, most=_LATEST):
                    if recipient in reply.recipients.lower():
                        return reply.received_at
                await changed.wait()
    except TimeoutError:
        return None
