"""Looking out for letters that wait too long, by a clock that has gone evenly for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from maild.clock import SECOND
from maild.errors import StoreUnavailable
from maild.office import Office
from maild.services.troubles import note_late, tell_troubles

_SETTLING_SECONDS = 600.0
_JUMP_SECONDS = 60.0


class Lookout:
    """Looks for letters that wait, unless the clock has just jumped or maild has just begun.

    Then everything seems to have waited for long, and is given ten minutes to leave first.
    """

    def __init__(self, office: Office, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._office = office
        self._monotonic = monotonic
        self._offset = self._find_offset()
        self._even_since = monotonic()

    async def look(self) -> None:
        """Take note of letters that wait too long, and tell the operator what is to be told."""
        try:
            if self._is_even():
                await note_late(self._office)
        except StoreUnavailable:
            # the next look does it
            return
        await tell_troubles(self._office)

    def _is_even(self) -> bool:
        offset = self._find_offset()
        if abs(offset - self._offset) > _JUMP_SECONDS:
            self._even_since = self._monotonic()
        self._offset = offset
        return self._monotonic() - self._even_since >= _SETTLING_SECONDS

    def _find_offset(self) -> float:
        return self._office.clock() / SECOND - self._monotonic()
