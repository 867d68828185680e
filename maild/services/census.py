"""How many letters are in each state, told again and again without counting all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from maild.clock import DAY, HOUR
from maild.office import Office
from maild.states import LetterState
from maild.store.census import count_letters

# where letters end, and so in time most of them are
_ENDS = (LetterState.SENT, LetterState.BOUNCED, LetterState.DROPPED)
_UNDER_WAY = tuple(state for state in LetterState if state not in _ENDS)
# most letters have come to their end by then; of one that has not it is known an hour later
_RECENT = DAY
_KEPT = HOUR


class Census:
    """Remembers for an hour how many older letters have come to their end, and in which way.

    What is under way, held or failed is counted each time, and so are letters of the last day.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._older: Mapping[str, int] = {}
        self._since: int | None = None

    async def count(self) -> Mapping[str, int]:
        """Return how many letters are in each state; raises `StoreUnavailable`."""
        db, since = self._office.db, self._office.clock() - _RECENT
        # a clock that was set back counts anew as well
        if self._since is None or not self._since <= since < self._since + _KEPT:
            self._older = await count_letters(db, _ENDS, until=since)
            self._since = since
        counts = Counter({str(state): 0 for state in LetterState})
        counts.update(self._older)
        counts.update(await count_letters(db, _ENDS, since=self._since))
        counts.update(await count_letters(db, _UNDER_WAY))
        return counts
