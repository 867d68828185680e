"""An estimate accepted or declined by email: confirmed on its page, or taken as it stands.

Mail is weak evidence for a contract, so the answer is a link to the page with the very form;
only where the business wants it, and the reply is as good as signed, is it taken at once.
"""

from __future__ import annotations

from textwrap import shorten

from maild.access.links import Scope, enforces_login, scope_for
from maild.ids import Purpose
from maild.letters import Order
from maild.mail.policy import Action
from maild.mail.request import Request
from maild.model import StoredDocument
from maild.office import Office
from maild.services.automatic import check_limits, post_answer
from maild.services.estimates import Hindrance, Words, find_hindrance, take_answer
from maild.services.holding import tell_operator
from maild.services.parcels import Parcel, mailbox_of, make_link, thread_of
from maild.services.settlement import Case, Deed, Unfit
from maild.states import DocumentState
from maild.store import links
from maild.store.database import Transaction

_KINDS = {Request.ACCEPT: DocumentState.ACCEPTED, Request.DECLINE: DocumentState.DECLINED}
_MOST_REASON = 500
_LED = (
    "{} was mailed a link to the page of {}, where the answer counts once it is given there. "
    "You will hear of it then; what was written beside it is below."
)


async def prepare_confirmation(office: Office, case: Case) -> Deed:
    """Return the posting of a letter that leads to the estimate's page, or the taking of it.

    Raises `Unfit` where there is no estimate that can be answered, `Throttled`.
    """
    estimate = _need_estimate(office, case)
    at_once = (
        case.decision.action is Action.CONFIRM_OR_ACT and office.config.inbound.accept_by_reply
    )
    if at_once:
        return await prepare_answer(office, case, _KINDS[case.intent.request])
    _, contact = case.people
    await check_limits(office, office.db, contact)
    parcel = await _write(office, case, estimate)
    tell = tell_operator(office, case, did=_LED.format(contact.address, estimate.number))

    async def post(tx: Transaction) -> None:
        await post_answer(office, tx, parcel, "confirmation asked", actor=case.actor, limited=True)
        await tell(tx)

    return post


async def prepare_answer(office: Office, case: Case, kind: DocumentState) -> Deed:
    """Return the taking of an estimate's answer as the reply gives it, told to both sides.

    Raises `Unfit` where it cannot be answered.
    """
    _, contact = case.people
    estimate = _need_estimate(office, case)
    thread = await thread_of(office, estimate, contact)
    declined = kind is DocumentState.DECLINED
    said = shorten(case.reply.excerpt, _MOST_REASON, placeholder=" …") if declined else ""
    printable = "".join(char for char in said if char.isprintable())
    words = Words(kind, name=contact.greeting, reason=printable)

    async def take(tx: Transaction) -> None:
        outcome = await take_answer(
            office, tx, estimate.number, contact, words, thread, estimate.version
        )
        if isinstance(outcome, Hindrance):
            raise Unfit(outcome.value)

    return take


def _need_estimate(office: Office, case: Case) -> StoredDocument:
    document = case.match.document
    if document is None:
        raise Unfit("no-document")
    if document.type != "estimate":
        raise Unfit("not-an-estimate")
    hindrance = find_hindrance(office, document, document.version)
    if hindrance:
        raise Unfit(hindrance.value)
    return document


async def _write(office: Office, case: Case, estimate: StoredDocument) -> Parcel:
    client, contact = case.people
    last = await links.latest_link_to(office.db, contact.id, estimate.id)
    copied = last is not None and last.scope == Scope.DOCUMENT
    scope = scope_for(client, office.config.links, copied=copied)
    link = make_link(office, contact, estimate, scope)
    secret = office.letterhead.secret(Purpose.LINK, link.id)
    order = Order(
        kind="confirm",
        occurrence=f"confirm {contact.id} {case.occasion}",
        recipient=mailbox_of(office, client, contact),
        context={
            "link": office.letterhead.link_url(secret),
            "document": estimate,
            "accepts": case.intent.request is Request.ACCEPT,
            "enforce_login": enforces_login(client, office.config.links),
        },
        answers=True,
        thread=await thread_of(office, estimate, contact),
        secrets=(secret,),
        locale=client.locale,
        client_id=client.id,
        document_id=estimate.id,
        contact_id=contact.id,
    )
    return Parcel(office.letterhead.write(order, office.clock()), contact, link)
