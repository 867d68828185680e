"""The server of a PostgreSQL store, as check and doctor find it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maild.checkup import local
from maild.checkup.server import check_server, judge_server
from maild.checkup.verdicts import Grade
from maild.clock import MINUTE, system_clock
from maild.office import open_office
from maild.store.postgres_server import ServerFacts
from tests.postgres import Cluster

from .conftest import MakePatient

SAFE = ServerFacts("16.4", "on", "on", "on", is_standby=False)


def test_server_that_keeps_what_it_commits_is_fine() -> None:
    (found,) = judge_server(SAFE)
    assert (found.grade, found.text) == (
        Grade.OK,
        "PostgreSQL 16.4, which keeps what it has committed",
    )


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_server_that_may_lose_what_it_committed_is_warned_of(setting: str) -> None:
    (found,) = judge_server(replace(SAFE, **{setting: "off"}))  # type: ignore[arg-type]
    assert found.grade == Grade.WARNING
    assert found.text == f"{setting} = off: a crash of the server loses mail that was accepted"


def test_standby_is_a_fault() -> None:
    (found,) = judge_server(replace(SAFE, is_standby=True))
    assert (found.grade, "standby" in found.text) == (Grade.FAULT, True)


async def test_server_is_asked_for_its_settings_and_its_time(
    cluster: Cluster, patient: MakePatient
) -> None:
    config = patient(f'[store]\nurl = "{cluster.empty()}"\n').config
    (lax,) = await check_server(config, system_clock)
    assert lax.text.startswith("fsync = off, full_page_writes = off:")
    _, apart = await check_server(config, lambda: system_clock() - 2 * MINUTE)
    assert apart.grade == Grade.WARNING
    assert "clock is 120 seconds behind that of the store's server" in apart.text


async def test_file_of_sqlite_has_no_server(patient: MakePatient) -> None:
    assert await check_server(patient().config, system_clock) == []


async def test_key_ring_of_another_store_is_a_fault(patient: MakePatient) -> None:
    config = patient().config
    async with open_office(config):
        pass
    assert [one.grade for one in await local.check_store(config)] == [Grade.OK]
    config.resolve(config.keys.file).write_text("b " + "42" * 32 + "\n")
    found = await local.check_store(config)
    assert [one.topic for one in found if one.grade is Grade.FAULT] == ["keys"]
