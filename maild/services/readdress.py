"""Waiting letters for whoever comes after: frozen bytes cannot change, so they are written anew.

Each brings a fresh link, and a fresh password where the old one brought one; the old letter is
dropped by the hand-over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from maild.access.links import Scope, scope_for
from maild.model import Client, Contact, Letter
from maild.office import Office
from maild.services.attachments import load_attached
from maild.services.lookup import need_document_of
from maild.services.parcels import Parcel, Sending, pack_letter, post_parcel
from maild.services.printing import print_enclosure
from maild.services.reissue import Reissue, prepare_reissue
from maild.services.sparing import COMES_BACK, ON_HOLD
from maild.states import LetterState
from maild.store import links
from maild.store.database import Transaction

# other kinds answer something that the old address did, and mean nothing to the new one
KINDS = ("document", "credentials")


@dataclass(frozen=True, slots=True)
class Readdressed:
    """A letter written anew, and the waiting one whose place it takes."""

    old: Letter
    parcel: Parcel
    actor: str


async def readdress(
    office: Office,
    client: Client,
    leaver: Contact,
    heir: Contact,
    waiting: Sequence[Letter],
    actor: str,
) -> tuple[Readdressed, ...]:
    """Write to the heir what waits for the leaver, newest first; nothing is kept yet.

    Of several letters that bring the same thing the newest is enough.
    """
    done: dict[tuple[str, str | None], Readdressed] = {}
    for letter in waiting:
        what = (letter.kind, letter.document_id)
        if letter.kind not in KINDS or what in done:
            continue
        write = _write_document if letter.kind == "document" else _write_credentials
        parcel = await write(office, client, leaver, heir, letter)
        done[what] = Readdressed(letter, _hold_too(parcel, letter), actor)
    return tuple(done.values())


async def post_readdressed(office: Office, tx: Transaction, anew: Iterable[Readdressed]) -> None:
    """Queue letters written anew, each with its event."""
    for one in anew:
        if await post_parcel(tx, one.parcel):
            letter = one.parcel.frozen.letter
            await office.record(
                tx,
                "letter readdressed",
                letter.id,
                actor=one.actor,
                reason=f"to {one.parcel.contact.address}, in place of {one.old.id}",
                client_id=letter.client_id,
                document_id=letter.document_id,
                contact_id=letter.contact_id,
            )


async def _write_document(
    office: Office, client: Client, leaver: Contact, heir: Contact, letter: Letter
) -> Parcel:
    document = await need_document_of(office.db, letter)
    sending = Sending(
        client,
        document,
        (heir,),
        await print_enclosure(office, client, document),
        tuple(await load_attached(office.db, document)),
        password=letter.credential_id is not None,
        instead_of=letter.id,
    )
    last = await links.latest_link_to(office.db, leaver.id, document.id)
    copied = last is not None and last.scope == Scope.DOCUMENT
    scope = scope_for(client, office.config.links, copied=copied)
    return await pack_letter(office, sending, heir, scope)


async def _write_credentials(
    office: Office, client: Client, leaver: Contact, heir: Contact, letter: Letter
) -> Parcel:
    document = await need_document_of(office.db, letter) if letter.document_id else None
    wanted = Reissue(
        client=client,
        contact=heir,
        document=document,
        occasion=f"in place of {letter.id}",
        asked=False,
        actor="",
        reason=f"was meant for {leaver.address}",
    )
    return await prepare_reissue(office, wanted)


def _hold_too(parcel: Parcel, old: Letter) -> Parcel:
    """Return the parcel as the operator left the old letter: held, if that was held.

    One that was held for its address is not: whether the new one is spared tells its own row.
    """
    if old.state != LetterState.HELD or old.outcome.startswith((COMES_BACK, ON_HOLD)):
        return parcel
    held = replace(parcel.frozen.letter, state=LetterState.HELD, outcome=old.outcome)
    return replace(parcel, frozen=replace(parcel.frozen, letter=held))
