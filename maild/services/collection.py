"""What lies in an ordinary mailbox: which of it is for maild, by its header alone."""

from __future__ import annotations

from maild.mail.mailboxes import Mailbox, parse_mailboxes
from maild.mail.parse import Caps, Unparseable, message_ids, read_headers
from maild.office import Office
from maild.services.handoff import Handoff

# what servers write of the envelope comes first, then what the sender wrote
_ADDRESSED = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
_THREADED = ("in-reply-to", "references")


def find_recipients(office: Office, header: bytes) -> tuple[str, ...]:
    """Return for which of our addresses a message is; none if it is not for maild.

    A personal address counts for more than the business's own; a message to neither is ours when
    it names a letter of ours, in a mailbox whose server drops what stands after a plus.
    """
    try:
        fields = _read(header)
    except Unparseable:
        # nobody else will say what it is: it is set aside, and a person reads it
        return (office.config.business.email,)
    named = [box.address for name in _ADDRESSED for box in _boxes(fields, name)]
    ours = [(one, office.addresses.recognise(one)) for one in dict.fromkeys(named) if one]
    personal = tuple(one for one, target in ours if target and target.purpose)
    own = tuple(one for one, target in ours if target)
    if personal or own:
        return personal or own
    ids = [
        one for name in _THREADED for value in fields.get(name, ()) for one in message_ids(value)
    ]
    return (office.config.business.email,) if office.addresses.named_letters(ids) else ()


def find_sender(header: bytes) -> str:
    """Return the envelope's sender as the mailbox's server noted it, empty for the null sender."""
    try:
        fields = _read(header)
    except Unparseable:
        return ""
    paths = fields.get("return-path", ())
    return (
        paths[0].strip().strip("<>")
        if paths
        else next((box.address for box in _boxes(fields, "from")), "")
    )


def describe_too_large(header: bytes, size: int, occasion: str) -> Handoff:
    """Return what the operator is told of a message that is too large to be taken in."""
    try:
        fields = _read(header)
    except Unparseable:
        fields = {}
    facts = (
        ("From", next(iter(fields.get("from", ())), "no sender")),
        ("Subject", next(iter(fields.get("subject", ())), "")),
        ("Size", f"{size:,} bytes"),
    )
    return Handoff(
        occasion=f"too large {occasion}",
        headline="A message too large for maild",
        facts=tuple((name, value) for name, value in facts if value),
        advice=(
            "It is left in the mailbox as it is; please read it there. To have such messages taken "
            "in, raise [limits] message_size.",
        ),
    )


def _read(header: bytes) -> dict[str, list[str]]:
    """Return a header's fields by name; raises `Unparseable`."""
    found: dict[str, list[str]] = {}
    for name, value in read_headers(header, Caps()):
        found.setdefault(name, []).append(value)
    return found


def _boxes(fields: dict[str, list[str]], name: str) -> list[Mailbox]:
    return [box for value in fields.get(name, ()) for box in parse_mailboxes(value)]
