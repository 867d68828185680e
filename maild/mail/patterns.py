"""Families of phrases as patterns, compiled when they are first needed."""

from __future__ import annotations

import re
from functools import cache


@cache
def compiled(family: tuple[str, ...]) -> re.Pattern[str]:
    """Return a family of alternatives as one pattern: in any case, `^` at every line."""
    return re.compile("|".join(family), re.I | re.M)
