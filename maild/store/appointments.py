"""What the calendar does at fixed times, one row for each: when it is due next, and a note."""

from __future__ import annotations

from dataclasses import dataclass

from maild.store.database import Queries, Transaction, columns, find


@dataclass(frozen=True, slots=True)
class Appointment:
    """Something that is done again and again, when it is due next, and how far it has come."""

    name: str
    due_at: int
    note: str = ""


_APPOINTMENT = columns(Appointment)


async def find_appointment(source: Queries, name: str) -> Appointment | None:
    """Return the appointment of that name."""
    sql = f"SELECT {_APPOINTMENT} FROM appointments WHERE name = $1"
    return await find(source, Appointment, sql, name)


async def keep_appointment(tx: Transaction, old: Appointment | None, new: Appointment) -> bool:
    """Put an appointment in the place of what it was; False if it is no longer that."""
    if old is None:
        touched = await tx.execute(
            f"INSERT INTO appointments ({_APPOINTMENT}) VALUES ($1, $2, $3)"
            " ON CONFLICT (name) DO NOTHING",
            new.name,
            new.due_at,
            new.note,
        )
    else:
        touched = await tx.execute(
            "UPDATE appointments SET due_at = $2, note = $3"
            " WHERE name = $1 AND due_at = $4 AND note = $5",
            new.name,
            new.due_at,
            new.note,
            old.due_at,
            old.note,
        )
    return touched == 1
