"""What the limits stop: the operator hears of each person who is waiting, once a day."""

from __future__ import annotations

from maild.clock import to_date
from maild.letters import Frozen
from maild.office import Office
from maild.services.handoff import Handoff, post_handoff, write_handoff
from maild.services.refusals import note_refusal
from maild.services.reissue import Reissue
from maild.store.database import Transaction
from maild.store.refusals import RefusalReason


def write_news(office: Office, wanted: Reissue, asked: str, place: str) -> Frozen:
    """Return the letter about a wish that was not granted: how it was said, and from where."""
    contact, client = wanted.contact, wanted.client
    today = to_date(office.clock(), office.zone)
    handoff = Handoff(
        occasion=f"throttled {contact.id} {today}",
        headline=f"{contact.greeting} ({client.name}) still cannot get in",
        facts=(
            ("Contact on record", contact.address),
            ("Client", client.name),
            ("Asked", asked),
            ("From", place),
        ),
        advice=(
            "As many letters have gone out lately as the limits allow, so maild has sent nothing "
            "this time: another one might be a stranger's wish.",
            "If this person is waiting, look whether the letters arrive, then send new ones.",
        ),
        commands=(f"maild client show {client.ref}", f"maild reissue {contact.address}"),
        reply_to=contact.address,
        client_id=client.id,
    )
    return write_handoff(office, handoff)


async def post_news(office: Office, tx: Transaction, wanted: Reissue, letter: Frozen) -> None:
    """Queue the letter unless the operator was told today, and note whom the limits stopped."""
    reason, ref = RefusalReason.REISSUE_THROTTLED, wanted.client.ref
    await note_refusal(office, tx, wanted.contact.address, reason, ref)
    await post_handoff(tx, letter)
