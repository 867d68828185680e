"""Answers to estimates; of one document's at most one stands, the others have been undone."""

from __future__ import annotations

from maild.model import Answer
from maild.store.database import Queries, Transaction, collect, columns, find, insert_value

_ANSWER = columns(Answer)


async def add_answer(tx: Transaction, answer: Answer) -> None:
    """Keep a new answer; no other of its document may stand (see `find_standing`)."""
    await insert_value(tx, "answers", answer)


async def find_standing(source: Queries, document_id: str) -> Answer | None:
    """Return the answer to a document that stands, or None."""
    sql = f"SELECT {_ANSWER} FROM answers WHERE document_id = $1 AND undone_at IS NULL"
    return await find(source, Answer, sql, document_id)


async def list_answers(source: Queries, document_id: str) -> list[Answer]:
    """Return all answers to a document, undone ones too, oldest first."""
    sql = f"SELECT {_ANSWER} FROM answers WHERE document_id = $1 ORDER BY at, id"
    return await collect(source, Answer, sql, document_id)


async def undo_answer(tx: Transaction, document_id: str, now: int) -> None:
    """Note that a document's standing answer stands no longer."""
    await tx.execute(
        "UPDATE answers SET undone_at = $2 WHERE document_id = $1 AND undone_at IS NULL",
        document_id,
        now,
    )
