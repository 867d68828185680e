"""The people of a house: what the relay took for them, their replies, and their browsers."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

from tests.bench.child import Child, python, start
from tests.bench.house import House
from tests.bench.scenario import Mismatch, need_equal
from tests.mails import Mail, answer_to, read_mail

# what the order `lift` does, in words
LIFTED = "the limit of 50 automatic letters in 10 minutes lifted, those on each person not"

_SENDERS = 10


@dataclass(frozen=True)
class Arrival:
    """A message that the relay took: when its last dot came in (`time.monotonic`), and what."""

    at: float
    mail: Mail


class TimedSink:
    """A relay that notes when each message came in; the first of them has the number 0."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._port = int(child.read_line())

    @property
    def url(self) -> str:
        """The relay's URL."""
        return f"smtp://127.0.0.1:{self._port}"

    @property
    def count(self) -> int:
        """How many messages are there in all."""
        return int(self._child.ask(do="wait", count=0, deadline=0)["count"])

    def wait_for(self, count: int, deadline: float = 120.0) -> None:
        """Return once so many are there in all; raises `Mismatch` when they do not come."""
        there = self._child.ask(do="wait", count=count, deadline=deadline)["count"]
        if there < count:
            raise Mismatch(f"{there} of {count} letters came to the relay")

    def arrivals(self, first: int) -> list[Arrival]:
        """Return what came, from a number on."""
        found = self._child.ask(do="tell", first=first)["messages"]
        return [
            Arrival(at, read_mail(sender, recipient, content.encode("latin-1")))
            for at, sender, recipient, content in found
        ]


@contextmanager
def open_timed_sink(folder: Path, delay_ms: float = 0.0) -> Iterator[TimedSink]:
    """Run a relay whose answers are so late, until the context ends."""
    command = python("tests.bench.programs.timed_sink", delay_ms)
    with start(*command, folder=folder, name="sink") as child:
        yield TimedSink(child)


class Correspondents:
    """One contact a client, each with the letter of an invoice of theirs, and nothing else yet."""

    def __init__(self, house: House, sink: TimedSink) -> None:
        self._house = house
        self._sink = sink
        self._known = 0

    def meet(self, count: int) -> list[Mail]:
        """Keep so many more, send each an invoice, and return these letters once they arrived."""
        before = self._sink.count
        self._house.child.ask(do="clients", count=count, pdf="link")
        # an invoice's number leads to its client: these are those of the new ones
        self._house.child.ask(do="issue", first=self._known, count=count)
        self._sink.wait_for(before + count)
        self._house.child.ask(do="rest")
        self._known += count
        letters = [arrival.mail for arrival in self._sink.arrivals(before)]
        need_equal("people with a letter", len({mail.recipient for mail in letters}), count)
        return letters


def send_replies(port: int, replies: Sequence[tuple[Mail, str]]) -> None:
    """Answer letters in these words as mail programs do, over a few connections at a time."""
    written = [
        (letter, answer_to(letter, words, message_id=f"<{number}.{letter.reply_to}>"))
        for number, (letter, words) in enumerate(replies)
    ]

    def send(some: Sequence[tuple[Mail, bytes]]) -> None:
        with smtplib.SMTP("127.0.0.1", port) as door:
            for letter, content in some:
                door.sendmail(letter.recipient, [letter.reply_to], content)

    with ThreadPoolExecutor(_SENDERS) as pool:
        list(pool.map(send, (written[first::_SENDERS] for first in range(_SENDERS))))


def open_link(link: str) -> tuple[str, str, bytes]:
    """Follow a personal link as a browser does: the page's URL, its cookies, and its bytes."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    with browser.open(link, timeout=60) as answer:
        url = str(answer.geturl())
    # once more, with the cookie that its forms are tied to: from now on it stays as it is
    with browser.open(url, timeout=60) as answer:
        page: bytes = answer.read()
    return url, "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar), page
