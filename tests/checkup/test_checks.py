"""All checks together."""

from __future__ import annotations

import asyncio
import time

import pytest

from maild.checkup.checks import examine, find_own_addresses, judge_names, list_checks
from maild.checkup.verdicts import Checked, Grade, Patient, Verdict, ok
from tests.fakes import FakeResolver
from tests.zones import read_zone

from .conftest import MakePatient


async def test_checks_run_side_by_side_and_are_told_in_their_order(patient: MakePatient) -> None:
    both = asyncio.Barrier(2)
    done: list[str] = []

    async def slow(_: Patient) -> Checked:
        await both.wait()
        return Checked((ok("slow", "fine"),))

    async def last(_: Patient) -> Checked:
        await both.wait()
        return Checked((ok("last", "fine"),))

    found = await examine(patient(), {"slow": slow, "last": last}, done.append)
    assert [one.topic for one in found] == ["slow", "last", "clock"]
    assert sorted(done) == ["last", "slow"]


async def test_check_that_takes_too_long_is_told_as_not_seen(
    patient: MakePatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maild.checkup.checks._SECONDS", 0.05)

    async def endless(_: Patient) -> Checked:
        await asyncio.Event().wait()
        raise AssertionError

    found = await examine(patient(), {"endless": endless}, lambda name: None)
    assert next((one.topic, one.grade) for one in found) == ("endless", Grade.UNSEEN)


async def test_without_a_network_nothing_but_the_machine_itself_is_judged(
    patient: MakePatient,
) -> None:
    begun = time.monotonic()
    away = '[relay]\nurl = "smtps://relay.invalid"\n[web]\nbase_url = "https://portal.invalid"\n'
    given = patient(away + 'admin_listen = "127.0.0.1:0"\n', resolver=FakeResolver(down=True))
    found = await examine(given, list_checks(), lambda name: None)
    assert time.monotonic() - begun < 30
    assert [one for one in found if one.grade == Grade.FAULT] == []
    unseen = {one.topic for one in found if one.grade == Grade.UNSEEN}
    assert unseen == {"relay", "mx", "inbound", "dmarc", "spf", "web", "daemon", "clock"}


async def test_where_nobody_is_to_be_asked_that_is_said(patient: MakePatient) -> None:
    found = await examine(patient(resolver=None), list_checks(), lambda name: None)
    (dns,) = [one for one in found if one.topic == "dns"]
    assert (dns.grade, dns.remedy) == (Grade.UNSEEN, 'set [inbound] dns = "system"')


def names_of(patient: Patient, zone: FakeResolver) -> dict[str, Verdict]:
    return {one.topic: one for one in judge_names(patient, zone.lookup)}


ZONE = """
ours.example MX 10 mx.ours.example
reply.ours.example MX 10 mx.ours.example
mx.ours.example A 9.9.9.9
_dmarc.ours.example TXT v=DMARC1; p=reject
reply.ours.example TXT v=spf1 a:relay.host.example a:mx.ours.example -all
relay.host.example A 149.112.112.112
9.9.9.9.in-addr.arpa PTR mx.ours.example
"""


def test_names_of_a_business_that_has_published_everything(patient: MakePatient) -> None:
    relay = '[relay]\nurl = "smtps://relay.host.example"\n'
    found = names_of(patient(relay, addresses=("9.9.9.9",)), read_zone(ZONE))
    assert {topic: one.grade for topic, one in found.items()} == {
        "mx": Grade.OK,
        "inbound": Grade.OK,
        "dkim": Grade.WARNING,
        "dmarc": Grade.OK,
        "spf": Grade.OK,
    }
    assert "149.112.112.112" in found["spf"].text


def test_relay_beside_us_sends_from_our_own_address(patient: MakePatient) -> None:
    for url in ("smtp://127.0.0.1", "smtp://localhost"):
        given = patient(f'[relay]\nurl = "{url}"\n', addresses=("9.9.9.9",))
        found = names_of(given, read_zone(ZONE))
        assert (found["spf"].grade, found["ptr"].grade) == (Grade.OK, Grade.OK)
        assert "9.9.9.9" in found["spf"].text


def test_relay_beside_us_behind_a_router_sends_from_where_we_cannot_see(
    patient: MakePatient,
) -> None:
    found = names_of(patient('[relay]\nurl = "smtp://127.0.0.1"\n'), read_zone(ZONE))
    assert (found["spf"].grade, "ptr" in found) == (Grade.UNSEEN, False)


def test_folder_as_relay_needs_nobodys_leave(patient: MakePatient) -> None:
    assert names_of(patient(), read_zone(ZONE)).keys() == {"mx", "inbound", "dkim", "dmarc"}


def test_own_addresses_are_public_ones_only() -> None:
    assert all(not address.startswith(("127.", "10.", "fe80")) for address in find_own_addresses())
