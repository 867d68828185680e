"""The operator's hand on personal links: which there are, how each stands, and how to end one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from maild.access.links import LinkedVisit, LinkState, Scope, find_end, judge_link, reach_of
from maild.access.visitors import load_visit
from maild.clock import from_datetime
from maild.errors import NotFound, Refused
from maild.model import Link
from maild.office import Office
from maild.store import links
from maild.store.database import LATEST, Mark, Queries, Transaction

ORDERED = "by the operator"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a link stands: until when it opens, or since when and why not.

    `opens` is how far it reaches at this moment, whatever its own scope; None when it is dead.
    """

    visit: LinkedVisit
    state: LinkState
    until: int
    why: str
    opens: Scope | None = None


async def list_standings(
    office: Office, *, client_id: str = "", key: str = "", most: int = 1000, before: Mark = LATEST
) -> tuple[Standing, ...]:
    """Return the latest links (of a client, of an address key) before a place, newest first."""
    found = await links.list_links(
        office.db, client_id=client_id, key=key, most=most, before=before
    )
    visits = [await load_visit(office.db, link.id) for link in found]
    return tuple(judge_standing(office, visit) for visit in visits if visit)


def judge_standing(office: Office, visit: LinkedVisit) -> Standing:
    """Return how a link stands at this moment."""
    rules = office.config.links
    state = judge_link(visit, rules, office.clock())
    end = find_end(visit, rules)
    if state is not LinkState.REVOKED:
        opens = reach_of(visit, rules, office.clock()) if state is LinkState.LIVE else None
        why = "a day of its own" if visit.link.expires_at else ""
        return Standing(visit, state, end, why, opens)
    # a contact who was disabled takes every link along, whatever the link's own row says
    since = visit.link.revoked_at or visit.contact.disabled_at
    return Standing(visit, state, since or end, visit.link.revoked_why or "the contact left")


async def revoke_links(
    office: Office, wanted: Sequence[Link], *, actor: str, why: str = ORDERED
) -> int:
    """End links at once, each with its event; return how many had not been revoked before."""

    async def work(tx: Transaction) -> int:
        ended = 0
        for link in wanted:
            ended += await end_link(office, tx, link.id, actor=actor, why=why)
        return ended

    return await office.db.transact(work)


async def change_link(
    office: Office,
    link_id: str,
    *,
    scope: Scope | None = None,
    last_day: date | None = None,
    actor: str,
) -> Standing:
    """Give a link another scope, or a last day of its own, and return how it stands now.

    Raises `NotFound`, and `Refused` for a revoked link or a day that is over.
    """

    async def work(tx: Transaction) -> LinkedVisit:
        visit = await need_visit(tx, link_id)
        if visit.link.revoked_at is not None or visit.contact.disabled_at is not None:
            raise Refused(
                f"link {link_id} was revoked and stays so; for a fresh one: "
                f"maild reissue {visit.contact.address}"
            )
        changed = replace(
            visit.link,
            scope=scope or visit.link.scope,
            expires_at=_end_of(office, last_day) if last_day else visit.link.expires_at,
        )
        await links.save_link(tx, changed)
        said = [f"scope {scope}"] if scope else []
        said += [f"until {last_day.isoformat()}"] if last_day else []
        await _record(office, tx, visit, "link changed", ", ".join(said), actor)
        return replace(visit, link=changed)

    return judge_standing(office, await office.db.transact(work))


async def end_link(office: Office, tx: Transaction, link_id: str, *, actor: str, why: str) -> bool:
    """End a link, with its event; False if it had been revoked before. Raises `NotFound`."""
    visit = await need_visit(tx, link_id)
    if visit.link.revoked_at is not None:
        return False
    await links.save_link(tx, replace(visit.link, revoked_at=office.clock(), revoked_why=why))
    await _record(office, tx, visit, "link revoked", why, actor)
    return True


async def need_visit(source: Queries, link_id: str) -> LinkedVisit:
    """Return a link with everything it leads to; raises `NotFound`."""
    visit = await load_visit(source, link_id)
    if visit is None:
        raise NotFound(f"there is no link {link_id}; see: maild link list")
    return visit


async def _record(
    office: Office, tx: Transaction, visit: LinkedVisit, verb: str, said: str, actor: str
) -> None:
    await office.record(
        tx,
        verb,
        visit.link.id,
        actor=actor,
        reason=f"{visit.contact.address} to {visit.document.number}: {said}",
        client_id=visit.client.id,
        document_id=visit.document.id,
        contact_id=visit.contact.id,
    )


def _end_of(office: Office, last_day: date) -> int:
    """Return when a day is over in the business's time zone; raises `Refused` if it is already."""
    end = from_datetime(datetime.combine(last_day + timedelta(1), time(), office.zone))
    if end <= office.clock():
        raise Refused(f"{last_day.isoformat()} is over; to end a link now: maild link revoke ID")
    return end
