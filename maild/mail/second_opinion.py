"""What flufl.bounce makes of a mail that our own rules leave open, guarded.

It knows the wording of many old mail systems. It is given a plain copy of the text, because it
expects well-formed mail and raises on much that is not.
"""

from __future__ import annotations

import logging
from email.message import Message as Plain

from maild.mail.parse import Message
from maild.mail.status import find_addresses

MAX_CHARS = 20_000


def failed_recipients(message: Message) -> tuple[str, ...]:
    """Return the addresses, in lower case, that the text reports as failing; () when none."""
    from flufl.bounce import all_failures

    # its log repeats a traceback for each failure that is expected here
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)
    plain = Plain()
    sender = message.from_[0].address if message.from_ else ""
    plain["From"] = sender or "nobody@invalid"
    plain["Subject"] = " ".join(message.subject.split())[:500]
    plain.set_payload(message.text[:MAX_CHARS])
    try:
        temporary, permanent = all_failures(plain)
        found = sorted(temporary | permanent)
        return tuple(find_addresses(" ".join(a.decode("ascii", "ignore") for a in found)))
    except Exception:
        # a detector may raise anything: then there is no second opinion
        return ()
