"""What a fuzzer throws bytes at: each target reads them, and raises if a promise is broken.

A promise here is what callers rely on: no exception but the one that says "unreadable", valid text
without line ends in headers, the same answer for the same address, and one end to a message.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date

from maild.address import address_key, encode_domain, mask_address, parse_address, split_tag
from maild.errors import BadInput
from maild.mail.intent import recognise
from maild.mail.parse import Message, Unparseable, parse, salvage
from maild.mail.reading import read
from maild.mail.reply import cut_history, extract, extract_html
from tests.test_smtpd_fuzz import LIMITS, judge_in_pieces, judge_slowly

DAY = date(2026, 11, 23)


def fuzz_parse(data: bytes) -> None:
    """Any message is read, or refused and still shown."""
    try:
        message = parse(data)
    except Unparseable:
        message = salvage(data)
    for text in _texts(message):
        text.encode()
        assert "\0" not in text
    assert not any(set("\r\n") & set(name + value) for name, value in message.headers)


def fuzz_reply(data: bytes) -> None:
    """New words come out of any text, and none that were not in it."""
    text = data.decode("utf-8", "replace")
    words = extract(text)
    assert len(words) <= len(text)
    assert len(cut_history(text)) <= len(text)
    extract_html(text)
    assert recognise(words, "", DAY) == recognise(words, "", DAY)


def fuzz_report(data: bytes) -> None:
    """Whatever a machine writes is told apart, and what is read goes from process to process."""
    for sender in ("", "jane@acme.example"):
        with suppress(Unparseable):
            reading = read(data, sender, DAY)
            assert pickle.loads(pickle.dumps(reading)) == reading
            report = reading.bounce or reading.complaint
            assert report is None or len(report.recipients) <= 100


def fuzz_address(data: bytes) -> None:
    """An address that is taken is one line, stays itself, and has one key."""
    text = data.decode("utf-8", "replace")
    address_key(text)
    mask_address(text)
    split_tag(text)
    with suppress(BadInput):
        address = parse_address(text)
        assert parse_address(address) == address
        assert address_key(address_key(address)) == address_key(address)
        assert address.isprintable()
        encode_domain(address.rpartition("@")[2]).encode("ascii")


def fuzz_dialogue(data: bytes) -> None:
    """A message ends where the model says, however it is cut into pieces."""
    cuts, wire = list(data[:4]), data[4:]
    found, expected = asyncio.run(judge_in_pieces(wire, cuts)), judge_slowly(wire)
    if expected is None and found is not None:
        assert found.refused
        assert len(wire) > 2 * LIMITS.message_size
    else:
        assert found == expected


def _texts(message: Message) -> Iterator[str]:
    yield from (message.subject, message.text, message.html, message.content_type)
    for part in message.parts:
        yield from (part.name, part.media_type, part.text, part.disposition)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "parse": fuzz_parse,
    "reply": fuzz_reply,
    "report": fuzz_report,
    "address": fuzz_address,
    "dialogue": fuzz_dialogue,
}
