"""One node and two on one PostgreSQL, where the way to the relay is what takes the time."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests.bench.house import House, open_house, write_house
from tests.bench.machine import cpu_seconds
from tests.bench.people import TimedSink, open_timed_sink
from tests.bench.scenario import Contender, Goal, Outcome, Round, Scenario, need_equal
from tests.postgres import find_programs, run_cluster

_RTT_MS = 20.0
_CONNECTIONS = 2
_CLIENTS = 50
# as a real server is run; the tests' own needs not keep what it commits
_DURABLE = {"fsync": "on", "full_page_writes": "on"}


def _lacks() -> str:
    return "" if find_programs() else "needs PostgreSQL's server"


def _open(count: int, folder: Path) -> AbstractContextManager[Round]:
    return _rounds(count, folder)


@contextmanager
def _rounds(count: int, folder: Path) -> Iterator[Round]:
    with ExitStack() as stack:
        cluster = stack.enter_context(run_cluster(**_DURABLE))
        sink = stack.enter_context(open_timed_sink(folder, _RTT_MS))
        url = cluster.new()
        homes = [_write_node(folder, number, url, sink.url) for number in range(count)]
        nodes = [stack.enter_context(open_house(home, held=("delivery",))) for home in homes]
        nodes[0].child.ask(do="clients", count=_CLIENTS, pdf="link")
        issued = 0

        def play(items: int) -> Outcome:
            nonlocal issued
            nodes[0].child.ask(do="issue", first=issued, count=items)
            issued += items
            return _send_all(nodes, sink, items)

        yield play


def _write_node(folder: Path, number: int, store: str, relay: str) -> Path:
    """Lay out a node, with the keys of the first, and return its folder."""
    home = folder / f"node{number}"
    home.mkdir()
    more = f'[store]\nurl = "{store}"\n[keys]\nfile = "{folder}/keys"\n'
    path = write_house(home, relay=relay, more=more)
    few = path.read_text().replace("connections = 10\n", f"connections = {_CONNECTIONS}\n")
    path.write_text(few)
    if number:
        shutil.copy(folder / "node0" / "dkim.pem", home / "dkim.pem")
    return home


def _send_all(nodes: list[House], sink: TimedSink, items: int) -> Outcome:
    pids = [node.child.pid for node in nodes]
    before, computed = sink.count, cpu_seconds(*pids)
    started = time.monotonic()
    for node in nodes:
        node.child.ask(do="release", loop="delivery")
    sink.wait_for(before + items)
    cpu = cpu_seconds(*pids) - computed
    # whoever would send one twice has had the time to
    nodes[0].child.ask(do="rest")
    for node in nodes:
        node.child.ask(do="hold", loop="delivery")
    arrivals = sink.arrivals(before)
    letters = Counter(str(arrival.mail.message["Message-ID"]) for arrival in arrivals)
    need_equal("letters, each once", (len(letters), sum(letters.values())), (items, items))
    seconds = max(arrival.at for arrival in arrivals) - started
    return Outcome(items, seconds, cpu, {"cores": cpu / seconds})


SCENARIOS = (
    Scenario(
        name="nodes",
        about=f"text letters leave one PostgreSQL by one node or two, over {_CONNECTIONS} "
        f"connections each to a relay {_RTT_MS:g} ms away: its round trips are the limit, "
        "and `cores` says how far from being it computing is",
        items=400,
        contenders=(
            Contender("one node", partial(_open, 1), _lacks),
            Contender("two nodes", partial(_open, 2), _lacks),
        ),
        goals=(Goal("× one node", "two nodes", "one node", least=1.6),),
    ),
)
