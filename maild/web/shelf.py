"""Pages that were written a moment ago, each kept under everything that it was made of.

Who may see what is asked of the store at every request. Only then a page is looked for here, by
the very rows that were read: where one of them has changed, or another person looks, it is
another page.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

# characters of all pages together
_ROOM = 4_000_000


class Shelf:
    """Keeps the pages asked for last, as far as there is room.

    In place of what ties its forms to one browser a page holds the shelf's `mark`, which nobody
    else knows: each browser is handed its own.
    """

    def __init__(self, mark: str, room: int = _ROOM) -> None:
        self.mark = mark
        self._room = room
        self._taken = 0
        self._pages: OrderedDict[Hashable, tuple[list[str], int]] = OrderedDict()

    def find(self, made_of: Hashable, tie: str) -> str | None:
        """Return the page made of just that, its forms tied to `tie`, or None."""
        found = self._pages.get(made_of)
        if found is None:
            return None
        self._pages.move_to_end(made_of)
        return tie.join(found[0])

    def keep(self, made_of: Hashable, page: str, more: int = 0) -> None:
        """Keep a page that bears the mark; `more` is how many characters its key takes up."""
        size = len(page) + more
        if size > self._room or made_of in self._pages:
            return
        self._pages[made_of] = page.split(self.mark), size
        self._taken += size
        while self._taken > self._room:
            _, (_, freed) = self._pages.popitem(last=False)
            self._taken -= freed
