"""A reply's way: made durable, claimed, parsed, told apart, matched, understood, settled.

A reply that fails three times is set aside with its reason and handed to the operator: nothing
is ever dropped.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256

import structlog

from maild.clock import MINUTE, SECOND
from maild.errors import Refused, StoreUnavailable
from maild.loop import run_loop
from maild.mail.intent import Intent, Request, recognise
from maild.mail.parse import Message, Unparseable, parse
from maild.mail.policy import Action, Decision, Evidence, decide
from maild.mail.reply import extract, extract_html
from maild.mail.report import Classification, Kind, classify
from maild.matching import Match, match_reply
from maild.metrics import REPLIES
from maild.model import Envelope, Reply
from maild.office import Office
from maild.services.actions import Case, carry_out
from maild.services.quarantine import blank_reply, set_aside
from maild.store import letters, replies
from maild.store.database import Transaction
from maild.store.replies import RawReply

log = structlog.get_logger(__name__)

_LEASE = 2 * MINUTE
_BATCH = 20
_TRIES = 3
_RETRY = 30 * SECOND
_EXCERPT = 4000
# nobody writes a longer answer by hand; the original stays whole
_LONGEST = 64 * 1024
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Understood:
    message: Message
    classification: Classification
    words: str
    intent: Intent


async def accept(office: Office, envelope: Envelope) -> str:
    """Make an incoming message durable and return its id; raises `StoreUnavailable`, `StoreFull`.

    It returns only after the commit that holds the bytes: the door may say 250 then.
    """
    reply_id = office.ids.new()
    now = office.clock()

    async def work(tx: Transaction) -> None:
        await replies.add_reply(tx, reply_id, envelope, now)

    await office.db.transact(work)
    log.info("reply accepted", reply=reply_id, sender=envelope.sender, peer=envelope.peer)
    return reply_id


async def settle_due(office: Office, owner: str) -> int:
    """Work through a batch of waiting replies; return how many there were."""
    now = office.clock()
    due = await replies.next_due(office.db)
    if due is None or due > now:
        return 0

    async def claim(tx: Transaction) -> list[RawReply]:
        return await replies.claim_replies(
            tx, owner=owner, now=now, lease_until=now + _LEASE, most=_BATCH
        )

    claimed = await office.db.transact(claim)
    for raw in claimed:
        await _settle(office, raw, owner)
    return len(claimed)


async def run_intake(office: Office, owner: str, stop: asyncio.Event) -> None:
    """Settle replies as they come until told to stop."""

    async def work() -> int:
        return await settle_due(office, owner)

    async def next_due() -> int | None:
        return await replies.next_due(office.db)

    await run_loop(office.db, office.clock, work, next_due, stop)


async def _settle(office: Office, raw: RawReply, owner: str) -> None:
    with structlog.contextvars.bound_contextvars(reply=raw.id):
        try:
            if raw.attempts > _TRIES:
                # the process itself died of it, or the operator could not be told
                await set_aside(office, raw, owner, "maild came to no end with it in three tries")
                return
            reply = await _treat(office, raw, owner)
        except StoreUnavailable:
            raise
        except Refused as error:
            log.warning("reply left to another reader", error=str(error))
        except Unparseable as error:
            await _fail(office, raw, owner, str(error), tries=1)
        except Exception as error:
            log.exception("reply failed", attempts=raw.attempts)
            await _fail(office, raw, owner, f"{type(error).__name__} at the third try")
        else:
            REPLIES.labels(kind=reply.kind, action=reply.action, reason=reply.reason).inc()
            log.info("reply settled", state=reply.state, action=reply.action, reason=reply.reason)


async def _treat(office: Office, raw: RawReply, owner: str) -> Reply:
    understood = await asyncio.to_thread(_understand, raw)
    message = understood.message
    bounced = office.addresses.bounced_letters(raw.addresses)
    about = office.addresses.answered_letters(raw.addresses, message)
    if understood.classification.kind is Kind.BOUNCE:
        about = [*bounced, *about]
    match = await match_reply(office.db, about, message)
    evidence = _weigh(understood, match, returned=bool(bounced))
    decision = decide(understood.intent.request, evidence, understood.classification.kind)
    if decision.action is Action.BOUNCE_HOLD and await _went_to_operator(office, bounced):
        decision = replace(decision, action=Action.LOG, reason="operator-bounce")
    return await carry_out(office, _make_case(raw, understood, match, decision, owner))


def _understand(raw: RawReply) -> _Understood:
    """Everything that needs only the bytes; runs in a thread."""
    message = parse(raw.content)
    classification = classify(message, raw.sender)
    words = _new_words(message)
    if classification.kind is not Kind.HUMAN:
        return _Understood(message, classification, words, Intent(Request.UNCLEAR))
    return _Understood(message, classification, words, recognise(words, message.subject))


def _new_words(message: Message) -> str:
    """Return what the sender wrote anew; a mail without a text part is read from its HTML."""
    written = any(part.media_type == "text/plain" for part in message.parts)
    if message.html and not written:
        return extract_html(message.html[:_LONGEST])
    return extract(message.text[:_LONGEST])


async def _went_to_operator(office: Office, letter_ids: list[str]) -> bool:
    """Tell whether it is the operator whom a letter did not reach: nor would news of that."""
    found = [await letters.get_letter(office.db, letter_id) for letter_id in letter_ids]
    return any(letter and letter.kind == "operator" for letter in found)


def _weigh(understood: _Understood, match: Match, *, returned: bool) -> Evidence:
    kind = understood.classification.kind
    return Evidence(
        token=returned if kind is Kind.BOUNCE else match.token,
        sender=match.sender,
        authenticated=None,
        automatic=kind is not Kind.HUMAN,
        contradiction=len(understood.message.from_) > 1,
    )


def _make_case(
    raw: RawReply, understood: _Understood, match: Match, decision: Decision, owner: str
) -> Case:
    message = understood.message
    reply = replace(
        blank_reply(raw),
        kind=understood.classification.kind,
        request=understood.intent.request,
        subject=_BLANKS.sub(" ", message.subject)[:500],
        excerpt=understood.words[:_EXCERPT],
        client_id=match.client.id if match.client else None,
        document_id=match.document.id if match.document else None,
        contact_id=match.contact.id if match.contact else None,
    )
    return Case(
        reply=reply,
        match=match,
        decision=decision,
        fingerprint=_fingerprint(raw, message),
        owner=owner,
        original=raw.content,
        words=understood.intent.words,
    )


def _fingerprint(raw: RawReply, message: Message) -> str:
    """Return what is equal for two deliveries of one message, whatever servers wrote above it."""
    said = (message.message_id or "", repr(message.from_), message.subject, message.text)
    digest = sha256("\0".join(said).encode("utf-8", "replace"))
    # without a Message-ID two equal messages may be two wishes: then only equal bytes are one
    return digest.hexdigest() if message.message_id else sha256(raw.content).hexdigest()


async def _fail(
    office: Office, raw: RawReply, owner: str, fault: str, *, tries: int = _TRIES
) -> None:
    """Set a reply aside after so many tries, else look at it again later."""
    if raw.attempts >= tries:
        try:
            await set_aside(office, raw, owner, fault)
            return
        except StoreUnavailable:
            raise
        except Exception:
            # a broken template, say: the operator is told when it is mended
            log.exception("the operator cannot be told of a reply")
    later = office.clock() + _RETRY

    async def work(tx: Transaction) -> None:
        await replies.postpone_reply(tx, raw.id, owner, later)

    with suppress(StoreUnavailable):
        await office.db.transact(work)
