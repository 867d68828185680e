"""A reply examined: read, matched to its letter, its sender looked up, and decided; nothing done.

Whoever acts on it, the daemon or the operator, acts on the same case.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import date
from hashlib import sha256

from maild.address import address_key, encode_domain
from maild.clock import MINUTE, Instant, to_date
from maild.mail.authentication import Authentication, Origin, Trust, explain, find_client
from maild.mail.parse import Message
from maild.mail.policy import Decision, Evidence, decide, decide_for_desk
from maild.mail.reading import Reading, read
from maild.mail.report import Kind
from maild.matching import Match, match_reply
from maild.office import Office
from maild.services.quarantine import blank_reply
from maild.services.settlement import Case
from maild.store import replies
from maild.store.replies import RawReply

# reads a message: its bytes, its envelope sender, the day it came
Reader = Callable[[bytes, str, date], Awaitable[Reading]]
# waits for what came before and has one of these names too; tells whether there was anything
Wait = Callable[[Iterable[str]], Awaitable[bool]]

_DNS_SECONDS = 9.0
# when a reply that depends on the DNS is looked at again while that is in trouble
_LOOKS = (MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE)
_EXCERPT = 4000
_BLANKS = re.compile(r"\s+")
_ID = re.compile(r"[!-;=?-~]{1,250}@[!-;=?-~]{1,250}", re.ASCII)


async def read_in_thread(content: bytes, sender: str, received: date) -> Reading:
    """Read a message in this process."""
    return await asyncio.to_thread(read, content, sender, received)


async def _at_once(_: Iterable[str]) -> bool:
    return False


async def examine(
    office: Office,
    raw: RawReply,
    owner: str,
    reader: Reader = read_in_thread,
    wait: Wait = _at_once,
) -> Case:
    """Return a reply as understood, with what is to be done about it; changes nothing.

    Once it is known whose it is, it waits for what else of theirs came before. Its `look_again`
    is set where the DNS is in trouble and its answer would matter. Raises `Unparseable`, and what
    the reader raises.
    """
    day = to_date(raw.received_at, office.zone)
    reading = await reader(raw.content, raw.sender, day)
    desk = office.addresses.answered_replies(raw.addresses)
    if desk:
        await wait(_name(raw, reading, Match(token=True, sender=False)))
        return await _examine_answer(office, raw, owner, reading, desk[0])
    match = await _find_match(office, raw, reading, wait)
    evidence = _weigh(reading, match)
    found = await _look_up(office, raw, reading, evidence)
    weighed = replace(
        evidence,
        authenticated=found.authenticated,
        contradiction=evidence.contradiction or found.contradiction,
    )
    request, kind = reading.intent.request, reading.kind
    decision = decide(request, weighed, kind)
    case = _make_case(raw, reading, match, decision, owner, found)
    if found.authenticated is None:
        hoped = decide(request, replace(weighed, authenticated=True), kind)
        if hoped.action is not decision.action:
            return replace(case, look_again=_next_look(office, raw))
    if found.contradiction and found.dmarc.domain:
        return replace(case, decision=replace(decision, reason="disowned"))
    return case


async def _find_match(office: Office, raw: RawReply, reading: Reading, wait: Wait) -> Match:
    letter_ids = _find_letters(office, raw, reading)
    match = await match_reply(office.db, letter_ids, reading.message)
    if await wait(_name(raw, reading, match)):
        # what came before may have changed whose it is
        match = await match_reply(office.db, letter_ids, reading.message)
    return match


async def _examine_answer(
    office: Office, raw: RawReply, owner: str, reading: Reading, answered: str
) -> Case:
    """Return a message to the desk: the operator's answer to a held reply, if it is theirs."""
    key = address_key(office.config.operator.email)
    senders = [address_key(mailbox.address) for mailbox in reading.message.from_]
    match = Match(token=True, sender=senders == [key])
    evidence = _weigh(reading, match)
    found = await _look_up(office, raw, reading, evidence)
    # where the operator's domain tells nobody how to check its mail, there is nothing to check
    vouched = found.authenticated or found.dmarc.reason == "no-policy"
    weighed = replace(
        evidence,
        authenticated=bool(vouched),
        contradiction=evidence.contradiction or found.contradiction,
    )
    decision = decide_for_desk(weighed, reading.kind)
    case = _make_case(raw, reading, match, decision, owner, found)
    again = _next_look(office, raw) if found.authenticated is None and match.sender else None
    held = await replies.get_reply(office.db, answered)
    return replace(case, answers=held, look_again=again)


def _name(raw: RawReply, reading: Reading, match: Match) -> set[str]:
    """Return what two replies share that must be dealt with in their order: writer or client."""
    writers = (raw.sender, *(mailbox.address for mailbox in reading.message.from_))
    names = {address_key(writer) for writer in writers if writer}
    return names | {match.client.id} if match.client else names


def _next_look(office: Office, raw: RawReply) -> Instant | None:
    now = office.clock()
    looks = (raw.received_at + look for look in _LOOKS)
    return next((look for look in looks if look > now), None)


def _find_letters(office: Office, raw: RawReply, reading: Reading) -> list[str]:
    """Return the ids of our letters that a message proves to be about, the surest first."""
    addresses, report = office.addresses, reading.bounce or reading.complaint
    # an absence is told to the return path (RFC 3834 section 4), as a bounce is
    returned = addresses.bounced_letters(raw.addresses)
    if report:
        returned += addresses.bounced_letters(report.addresses)
        returned += addresses.named_letters(report.message_ids)
    return [*returned, *addresses.answered_letters(raw.addresses, reading.message)]


def _weigh(reading: Reading, match: Match) -> Evidence:
    # a machine's report proves which letter it is about, wherever its reader is by now
    reported = match.letter is not None and reading.kind in {Kind.BOUNCE, Kind.ARF}
    return Evidence(
        token=match.token or reported,
        sender=match.sender,
        authenticated=None,
        automatic=reading.kind is not Kind.HUMAN,
        contradiction=len(reading.message.from_) > 1,
    )


async def _look_up(
    office: Office, raw: RawReply, reading: Reading, evidence: Evidence
) -> Authentication:
    """Ask who stands by a message, if anything else speaks for it and a person wrote it."""
    if not evidence.level or evidence.automatic:
        return Authentication()
    return await asyncio.to_thread(_authenticate, office, raw, reading)


def _authenticate(office: Office, raw: RawReply, reading: Reading) -> Authentication:
    # loaded where it holds nobody up: with all its libraries it takes a while
    from maild.mail.authenticate import authenticate

    inbound = office.config.inbound
    trust = Trust(
        tuple(map(encode_domain, inbound.trusted_authserv)),
        tuple(map(encode_domain, inbound.trusted_forwarders)),
    )
    return authenticate(
        raw.content,
        reading.message.from_,
        Origin(find_client(raw.peer), raw.helo, raw.sender),
        office.resolver.within(_DNS_SECONDS),
        trust,
        raw.received_at,
    )


def _make_case(
    raw: RawReply,
    reading: Reading,
    match: Match,
    decision: Decision,
    owner: str,
    found: Authentication,
) -> Case:
    message = reading.message
    reply = replace(
        blank_reply(raw),
        kind=reading.kind,
        request=reading.intent.request,
        subject=_BLANKS.sub(" ", message.subject)[:500],
        excerpt=reading.words[:_EXCERPT],
        client_id=match.client.id if match.client else None,
        document_id=match.document.id if match.document else None,
        contact_id=match.contact.id if match.contact else None,
        authentication=str(found),
        letter_id=match.letter.id if match.letter else None,
        message_id=_bare_id(message.message_id),
        words=", ".join(reading.intent.words),
    )
    return Case(
        reply=reply,
        reading=reading,
        match=match,
        decision=decision,
        fingerprint=_fingerprint(raw, message),
        owner=owner,
        original=raw.content,
        domain_says=explain(found),
    )


def _bare_id(message_id: str | None) -> str:
    """Return a Message-ID fit to be referred to, without brackets, else nothing."""
    bare = (message_id or "").strip("<>")
    return bare if _ID.fullmatch(bare) else ""


def _fingerprint(raw: RawReply, message: Message) -> str:
    """Return what is equal for two deliveries of one message, whatever servers wrote above it."""
    said = (message.message_id or "", repr(message.from_), message.subject, message.text)
    digest = sha256("\0".join(said).encode("utf-8", "replace"))
    # without a Message-ID two equal messages may be two wishes: then only equal bytes are one
    return digest.hexdigest() if message.message_id else sha256(raw.content).hexdigest()
