"""Lines of plain text short enough for every mail program (RFC 5322 section 2.1.1)."""

from __future__ import annotations

import re
from textwrap import wrap

WIDTH = 78

_PREFIX = re.compile(r"((?:> ?)*)((?:- |\d{1,3}\. )?)")
_VERBATIM = "    "


def wrap_lines(text: str) -> str:
    """Return text whose lines have at most 78 characters, as far as spaces let them be broken.

    A quote goes on as a quote, a list item stays indented; what is indented is left as it is.
    """
    return "\n".join(_wrap_line(line) if len(line) > WIDTH else line for line in text.split("\n"))


def _wrap_line(line: str) -> str:
    if line.startswith(_VERBATIM):
        return line
    prefix = _PREFIX.match(line)
    assert prefix
    quote, mark = prefix[1], prefix[2]
    return "\n".join(
        wrap(
            line[prefix.end() :],
            WIDTH,
            initial_indent=quote + mark,
            subsequent_indent=quote + " " * len(mark),
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
            expand_tabs=False,
        )
    )
