"""Invoices go out: composed, kept, signed and handed to a mail server that only counts."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import dkim

from maild.mail.dkim_keys import read_pem
from tests.bench.child import python, start
from tests.bench.house import open_house, write_house
from tests.bench.machine import cpu_seconds
from tests.bench.mailtools import Sink, open_sink, pour, time_round_trip
from tests.bench.postfix import open_postfix
from tests.bench.scenario import (
    Contender,
    Goal,
    Mismatch,
    Outcome,
    Round,
    Scenario,
    need_equal,
    needs,
)

_CLIENTS = 50
_PDF = 60_000
# what one of maild's letters weighs, without and with the PDF
_TEXT_SIZE, _PDF_SIZE = 25_000, 107_000
_CONNECTIONS = 10
_ROUND_TRIP_MS = 10
_CHECKED = 40
_NUMBER = re.compile(rb"^Subject: .*?INV-(\d+)", re.M)
_SINK = needs("smtp-sink")
_POSTFIX = needs("smtp-source", "smtp-sink", "postfix", root=True)

# hands out so many invoices, numbered from the first on; may have other numbers to tell
_Send = Callable[[int, int], Mapping[str, float]]


@contextmanager
def _maild(folder: Path, sink: Sink, pdf: str, attached: int) -> Iterator[tuple[_Send, int]]:
    with open_house(folder, relay=sink.url) as house:
        house.child.ask(do="clients", count=_CLIENTS, pdf=pdf)

        def send(first: int, count: int) -> Mapping[str, float]:
            house.child.ask(do="issue", first=first, count=count, attached=attached)
            answer: dict[str, float] = house.child.ask(do="rest")
            return answer

        yield send, house.child.pid


@contextmanager
def _sensible(folder: Path, sink: Sink, attached: int) -> Iterator[tuple[_Send, int]]:
    write_house(folder)
    command = python(
        "tests.bench.programs.sensible", folder / "letters.db", folder / "dkim.pem", sink.port
    )
    with start(*command, folder=folder) as child:

        def send(first: int, count: int) -> Mapping[str, float]:
            child.ask(first=first, count=count, attached=attached)
            return {}

        yield send, child.pid


@contextmanager
def _postfix(folder: Path, sink: Sink, size: int) -> Iterator[tuple[_Send, int]]:
    with open_postfix(folder, f"smtp:[127.0.0.1]:{sink.port}") as postfix:

        def send(_: int, count: int) -> Mapping[str, float]:
            already = sink.count
            recipient = "jane@acme.example"
            pour(postfix.port, count, recipient, sessions=_CONNECTIONS, reuse=True, size=size)
            sink.wait_for(already + count)
            return {}

        yield send, postfix.pid


_OpenSender = Callable[[Path, Sink], AbstractContextManager[tuple[_Send, int]]]


@contextmanager
def _rounds(open_sender: _OpenSender, folder: Path) -> Iterator[Round]:
    with open_sink() as sink, open_sender(folder, sink) as (send, pid):
        sent = 0

        def play(items: int) -> Outcome:
            nonlocal sent
            started, computed = time.perf_counter(), cpu_seconds(pid)
            more = send(sent + 1, items)
            seconds, cpu = time.perf_counter() - started, cpu_seconds(pid) - computed
            sent += items
            sink.wait_for(sent)
            need_equal("letters at the mail server", sink.count, sent)
            return Outcome(items, seconds, cpu, more)

        yield play


def _check(open_sender: _OpenSender, folder: Path) -> Mapping[str, float]:
    """See that each invoice arrives once and with a signature that verifies; counts the bytes."""
    own = folder / "checked"
    own.mkdir()
    with open_sink(keep=own / "kept") as sink, open_sender(own, sink) as (send, _):
        send(1, _CHECKED)
        sink.wait_for(_CHECKED)
        messages = [message.replace(b"\n", b"\r\n") for message in sink.messages]
    found = Counter(int(number) for text in messages for number in _NUMBER.findall(text))
    need_equal("invoices", found, Counter(range(1, _CHECKED + 1)))
    key = read_pem((own / "dkim.pem").read_bytes(), "rsa", "key1")
    record = key.publish("example.test").value.encode()
    for message in messages:
        if not dkim.verify(message, dnsfunc=lambda *_, **__: record):
            raise Mismatch("the signature of a letter does not verify")
    return {"size": sum(map(len, messages)) / _CHECKED}


def _senders(pdf: str, attached: int, size: int) -> tuple[Contender, ...]:
    senders: tuple[tuple[str, _OpenSender, Callable[[], str]], ...] = (
        ("maild", partial(_maild, pdf=pdf, attached=attached), _SINK),
        ("the usual parts", partial(_sensible, attached=attached), _SINK),
    )
    signing = tuple(
        Contender(name, partial(_rounds, opener), lacks, count=partial(_check, opener))
        for name, opener, lacks in senders
    )
    # composes and signs nothing: it only takes in and passes on what is as large
    relaying = partial(_rounds, partial(_postfix, size=size))
    return (*signing, Contender("Postfix", relaying, _POSTFIX))


@contextmanager
def _typst(folder: Path) -> Iterator[Round]:
    command = python("tests.bench.programs.typst_alone", write_house(folder))
    with start(*command, folder=folder) as child:
        numbers = count(1)

        def play(items: int) -> Outcome:
            computed = cpu_seconds(child.pid)
            answer = child.ask(first=next(numbers) * 10**6, count=items)
            if answer["size"] < 10_000:
                raise Mismatch(f"a PDF of {answer['size']} bytes")
            return Outcome(items, answer["seconds"], cpu_seconds(child.pid) - computed)

        yield play


@dataclass(frozen=True)
class _Wire:
    """A wire to a sink: the port of its near end, and the seconds of a round trip, as they are."""

    port: int
    round_trip: float

    def beside_limit(self, items: int, seconds: float, cpu: float) -> Outcome:
        """Set a rate beside one letter a round trip on each connection."""
        limit = _CONNECTIONS / self.round_trip
        return Outcome(items, seconds, cpu, {"of_limit": items / seconds / limit})


@contextmanager
def _open_wire(folder: Path, sink: Sink) -> Iterator[_Wire]:
    command = python("tests.bench.programs.delay", sink.port, _ROUND_TRIP_MS)
    with start(*command, folder=folder, name="wire") as wire:
        port = int(wire.read_line())
        yield _Wire(port, time_round_trip(port))


@contextmanager
def _over_wire(folder: Path) -> Iterator[Round]:
    """The daemon delivers what waits: written before, and held until the clock runs."""
    with (
        open_sink() as sink,
        _open_wire(folder, sink) as wire,
        open_house(folder, relay=f"smtp://127.0.0.1:{wire.port}", held=("delivery",)) as house,
    ):
        house.child.ask(do="clients", count=_CLIENTS, pdf="link")
        sent = 0

        def play(items: int) -> Outcome:
            nonlocal sent
            house.child.ask(do="issue", first=sent + 1, count=items)
            sent += items
            started, computed = time.perf_counter(), cpu_seconds(house.child.pid)
            house.child.ask(do="release", loop="delivery")
            house.child.ask(do="rest")
            seconds = time.perf_counter() - started
            cpu = cpu_seconds(house.child.pid) - computed
            house.child.ask(do="hold", loop="delivery")
            sink.wait_for(sent)
            need_equal("letters at the mail server", sink.count, sent)
            return wire.beside_limit(items, seconds, cpu)

        yield play


@contextmanager
def _relay_over_wire(name: str, folder: Path) -> Iterator[Round]:
    with open_sink() as sink, _open_wire(folder, sink) as wire:
        command = python("tests.bench.programs.relays", name, wire.port)
        with start(*command, folder=folder) as child:

            def play(items: int) -> Outcome:
                before, computed = sink.count, cpu_seconds(child.pid)
                seconds = child.ask(count=items)["seconds"]
                sink.wait_for(before + items)
                need_equal("messages at the mail server", sink.count, before + items)
                return wire.beside_limit(items, seconds, cpu_seconds(child.pid) - computed)

            yield play


_USUAL = "× the usual parts"

SCENARIOS = (
    Scenario(
        name="out-text",
        about="invoices composed, kept, signed (RSA) and delivered, without PDF",
        items=1000,
        contenders=_senders("link", 0, _TEXT_SIZE),
        goals=(
            Goal(_USUAL, "maild", "the usual parts", least=5),
            Goal("× Postfix taking in and passing on", "maild", "Postfix", least=1.5),
            Goal("letters a second", "maild", least=400),
        ),
    ),
    Scenario(
        name="out-pdf60",
        about="the same, each with a ready PDF of 60 KB",
        items=500,
        contenders=_senders("link", _PDF, _PDF_SIZE),
        goals=(Goal(_USUAL, "maild", "the usual parts", least=3),),
    ),
    Scenario(
        name="out-fresh",
        about="the same, each with a PDF made for it",
        items=150,
        contenders=(
            Contender("maild", partial(_rounds, partial(_maild, pdf="attach", attached=0)), _SINK),
            Contender("typst alone", _typst),
        ),
        goals=(
            Goal("× typst alone on all cores", "maild", "typst alone", least=0.8),
            Goal("the loop's lateness, p99 in ms", "maild", measure="lateness_p99_ms", most=20),
        ),
    ),
    Scenario(
        name="out-rtt",
        about=f"letters that wait, to a server {_ROUND_TRIP_MS} ms away, ten connections",
        items=1000,
        contenders=(
            Contender("maild", _over_wire, _SINK),
            Contender("maild's relay alone", partial(_relay_over_wire, "maild"), _SINK),
            Contender("aiosmtplib", partial(_relay_over_wire, "aiosmtplib"), _SINK, share=0.5),
        ),
        goals=(
            Goal("of connections ÷ round trip", "maild", measure="of_limit", least=0.7),
            Goal(
                "of connections ÷ round trip, ready messages",
                "maild's relay alone",
                measure="of_limit",
                least=0.7,
            ),
        ),
    ),
)
