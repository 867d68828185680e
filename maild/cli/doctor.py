"""`maild doctor`: what keeps letters from arriving and replies from coming back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from maild.cli.running import REFUSED, load_config, quieten
from maild.cli.showing import json_option, open_console, print_json
from maild.cli.words import count, plain

if TYPE_CHECKING:
    from maild.checkup.verdicts import Verdict
    from maild.config import Config

_STYLES = {"ok": "green", "not seen": "dim", "warning": "yellow", "fault": "bold red"}
_PROBE_SECONDS = 60.0


@click.command("doctor")
@click.option(
    "--send-test", is_flag=True, help="Also send a letter to a reply address, and wait for it."
)
@json_option
def doctor(send_test: bool, as_json: bool) -> None:
    """Say what keeps letters and replies from arriving.

    Does what check does, then logs in at the relay, the mailbox and the base URL, and asks the DNS
    about your domains: MX, SPF, DKIM, DMARC. Nothing is sent without --send-test, and no letter
    goes to a client. Each finding comes with the line to publish or what to do; what could not be
    seen from here, as without a network, is said to be so. Ends with 1 if anything is at fault.

    \b
    Examples:
      maild doctor
      maild doctor --send-test
    """
    import asyncio

    from maild.checkup.verdicts import Grade

    config = load_config()
    quieten(config)
    found = asyncio.run(_examine(config, send_test, quiet=as_json))
    if as_json:
        print_json([_facts(one) for one in found])
    else:
        _print(found)
    if any(one.grade is Grade.FAULT for one in found):
        raise click.exceptions.Exit(REFUSED)


async def _examine(config: Config, send_test: bool, *, quiet: bool) -> list[Verdict]:
    from maild.checkup.checks import examine, find_own_addresses, list_checks
    from maild.checkup.verdicts import Patient
    from maild.clock import system_clock
    from maild.dns import open_resolver

    # names that nobody answers for must not take the system's own half a minute (resolv.conf(5))
    os.environ.setdefault("RES_OPTIONS", "timeout:3 attempts:1")
    dns = config.inbound.dns
    resolver = None if dns == "none" else open_resolver(dns)
    patient = Patient(config, system_clock, resolver, find_own_addresses())
    checks = list_checks()
    with _show_progress(len(checks), quiet) as done:
        found = await examine(patient, checks, done)
    if send_test:
        found.append(await _send_probe(config, quiet))
    return found


async def _send_probe(config: Config, quiet: bool) -> Verdict:
    from maild.checkup.probe import send_probe
    from maild.daemon import build_relay
    from maild.office import open_office
    from maild.signing import open_signer

    relay = build_relay(config)
    try:
        async with open_office(config, signer=open_signer(config)) as office:
            with _show_progress(1, quiet) as done:
                found = await send_probe(office, relay, _PROBE_SECONDS)
                done("round trip")
            return found
    finally:
        await relay.close()


@contextmanager
def _show_progress(total: int, quiet: bool) -> Iterator[Callable[[str], object]]:
    """Return what is called as each check ends: it moves a bar if a person is watching."""
    if quiet or not sys.stdout.isatty():
        yield lambda name: None
        return
    from rich.progress import Progress

    with Progress(console=open_console(), transient=True) as progress:
        task = progress.add_task("Looking", total=total)
        yield lambda name: progress.update(task, advance=1, description=f"Looked at {name}")


def _print(found: Sequence[Verdict]) -> None:
    from collections import Counter

    console = open_console()
    wide = max(len(one.topic) for one in found)
    for one in found:
        console.print(f"{one.grade:<8}", style=_STYLES[one.grade], end="  ")
        console.print(f"{one.topic:<{wide}}  {plain(one.text)}", soft_wrap=True)
        for line in plain(one.remedy).splitlines():
            console.print(f"{'':<{wide + 12}}{line}", soft_wrap=True)
    grades = Counter(one.grade for one in found)
    told = [count(grades[name], name) for name in ("fault", "warning") if grades[name]]  # type: ignore[index]
    console.print(f"\n{', '.join(told) or 'Nothing is at fault'}")


def _facts(one: Verdict) -> dict[str, str]:
    return {"topic": one.topic, "grade": one.grade, "text": one.text, "remedy": one.remedy}
