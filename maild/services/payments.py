"""Money that came in, and documents withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from maild.clock import to_date
from maild.errors import BadInput, Refused
from maild.model import StoredDocument
from maild.money import from_minor, round_money, to_minor
from maild.office import Office
from maild.services.lookup import need_document
from maild.services.thanks import Receipt, post_thanks
from maild.states import DocumentState, check_change
from maild.store import credentials, documents, letters, nudges
from maild.store.database import Transaction


async def pay(
    office: Office,
    number: str,
    *,
    on: date | None,
    amount: Decimal | None,
    actor: str,
    quiet: bool = False,
) -> StoredDocument:
    """Note a payment of an invoice (default: the whole balance, today) and return it as it is now.

    One that settles it is answered with a word of thanks, unless it is to be done `quiet`.

    Raises `NotFound`; `Refused` for an estimate, a void or paid invoice, or more than is owed;
    `BadInput` for an amount that is not above zero or finer than the currency.
    """
    document = await need_document(office.db, number)
    paid_on = on or to_date(office.clock(), office.zone)

    payment_id = office.ids.new()

    async def work(tx: Transaction) -> StoredDocument:
        current = await need_document(tx, number)
        minor = _check_amount(current, amount)
        paid = await note_payment(
            tx, office, current, minor, paid_on, payment_id=payment_id, actor=actor
        )
        if paid.state == DocumentState.PAID and minor > 0 and not quiet:
            receipt = Receipt(payment_id, paid, from_minor(minor, paid.currency), paid_on)
            await post_thanks(office, tx, receipt, actor=actor)
        return paid

    if document.type != "invoice":
        raise Refused(f"{number} is an estimate; only an invoice is paid")
    return await office.db.transact(work)


async def note_payment(
    tx: Transaction,
    office: Office,
    invoice: StoredDocument,
    minor: int,
    paid_on: date,
    *,
    payment_id: str,
    actor: str,
) -> StoredDocument:
    """Keep a payment of minor units, with its event; return the invoice as it is with it."""
    paid = replace(invoice, paid_minor=invoice.paid_minor + minor)
    if paid.balance == 0:
        paid = replace(paid, state=DocumentState.PAID, settled_at=office.clock())
        await nudges.drop_nudges(tx, "the invoice is paid", document_id=paid.id)
    await documents.add_payment(
        tx,
        payment_id=payment_id,
        document_id=paid.id,
        amount_minor=minor,
        paid_on=paid_on.isoformat(),
        now=office.clock(),
    )
    await documents.save_document(tx, paid)
    written = office.templates.money(paid.paid - invoice.paid, paid.currency)
    await _record(office, tx, paid, "paid", actor, f"{written} on {paid_on.isoformat()}")
    return paid


async def void(office: Office, number: str, *, actor: str) -> StoredDocument:
    """Withdraw a document: it stays readable and says that it is void. Twice changes nothing.

    Letters that would still have brought it to somebody are dropped.
    """

    async def work(tx: Transaction) -> StoredDocument:
        current = await need_document(tx, number)
        if current.state == DocumentState.VOID:
            return current
        check_change(number, DocumentState(current.state), DocumentState.VOID)
        gone = replace(current, state=DocumentState.VOID, settled_at=office.clock())
        await documents.save_document(tx, gone)
        await letters.drop_document(tx, gone.id, "the document was voided")
        await nudges.drop_nudges(tx, "the document was voided", document_id=gone.id)
        await credentials.retire_untold(tx, office.clock(), document_id=gone.id)
        await _record(office, tx, gone, "voided", actor, "")
        return gone

    return await office.db.transact(work)


def _check_amount(document: StoredDocument, amount: Decimal | None) -> int:
    check_change(document.number, DocumentState(document.state), DocumentState.PAID)
    if amount is None:
        return to_minor(document.balance, document.currency)
    if not amount.is_finite() or amount <= 0:
        raise BadInput(f"{amount} is not an amount that can be paid; it must be above zero")
    # before the decimals: no sum that is owed is too large to be rounded
    if amount > document.balance:
        raise Refused(
            f"{document.number}: {amount} is more than the {document.balance} still owed; "
            "note at most that"
        )
    if amount != round_money(amount, document.currency):
        raise BadInput(f"{amount} has more decimals than {document.currency} knows")
    return to_minor(amount, document.currency)


async def _record(
    office: Office, tx: Transaction, document: StoredDocument, verb: str, actor: str, reason: str
) -> None:
    await office.record(
        tx,
        verb,
        document.number,
        actor=actor,
        reason=reason,
        client_id=document.client_id,
        document_id=document.id,
    )
