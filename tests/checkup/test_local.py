"""What lies on this machine, as the doctor finds it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme

from maild.checkup import local
from maild.checkup.tls import judge_days
from maild.checkup.verdicts import Grade
from maild.clock import DAY, from_datetime
from maild.office import open_office
from maild.services.customers import add_client
from tests.fakes import START, FakeClock
from tests.world import store_path

from .conftest import MakePatient

MIB = 1024 * 1024


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("free", "grade"),
    [(10 * MIB, Grade.FAULT), (500 * MIB, Grade.WARNING), (50 * 1024 * MIB, Grade.OK)],
)
def test_room_is_held_against_the_largest_message(
    free: int, grade: Grade, patient: MakePatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(10**12, 10**12 - free, free))
    (found,) = local.check_disk(patient().config)
    assert found.grade == grade


async def test_store_that_is_whole_and_one_that_is_damaged(patient: MakePatient) -> None:
    config = patient().config
    assert local.check_integrity(config) == []
    async with open_office(config) as office:
        for n in range(200):
            await add_client(office, f"Firm {n}", ref=f"F{n}", actor="test")
    (found,) = local.check_integrity(config)
    assert found.grade == Grade.OK
    path = store_path(config)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    # the second half of the pages, but not the first, which tells what is where
    half = len(content) // 8192 * 4096
    content[half:] = b"\xa5" * (len(content) - half)
    path.write_bytes(content)
    (found,) = local.check_integrity(config)
    assert (found.grade, "is damaged" in found.text) == (Grade.FAULT, True)
    assert "restore the last backup" in found.remedy


async def test_row_that_refers_to_nothing_is_damage(patient: MakePatient) -> None:
    config = patient().config
    async with open_office(config) as office:
        await add_client(office, "Acme", email="jane@acme.example", actor="test")
    with closing(sqlite3.connect(store_path(config))) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("DELETE FROM clients")
        db.commit()
    (found,) = local.check_integrity(config)
    assert "rows of contacts refer to what is gone" in found.text or "rows of events" in found.text


async def test_store_that_cannot_be_read_in_time_is_not_seen(
    patient: MakePatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = patient().config
    async with open_office(config):
        pass
    monkeypatch.setattr(local, "_INTEGRITY_SECONDS", -1.0)
    monkeypatch.setattr("maild.store.health._STEPS", 1)
    (found,) = local.check_integrity(config)
    assert found.grade == Grade.UNSEEN


def test_file_that_is_no_store_is_damaged(patient: MakePatient) -> None:
    config = patient().config
    store_path(config).parent.mkdir()
    store_path(config).write_bytes(b"nonsense" * 1000)
    (found,) = local.check_integrity(config)
    assert found.grade == Grade.FAULT


@pytest.mark.parametrize(("mode", "grade"), [(0o600, Grade.OK), (0o644, Grade.WARNING)])
def test_password_that_others_may_read_is_told(
    mode: int, grade: Grade, patient: MakePatient, tmp_path: Path
) -> None:
    assert local.check_secrets(patient().config) == []
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(mode)
    (found,) = local.check_secrets(patient('[relay]\npassword_file = "secret"\n').config)
    assert found.grade == grade
    if grade == Grade.WARNING:
        assert found.remedy == f"chmod 600 {tmp_path / 'secret'}"


@pytest.mark.parametrize(("mode", "grade"), [(0o600, Grade.OK), (0o640, Grade.FAULT)])
def test_key_ring_must_be_its_owners_alone(
    mode: int, grade: Grade, patient: MakePatient, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keys").write_text(f"a {'0' * 64}\n")
    (tmp_path / "data" / "keys").chmod(mode)
    (found,) = local.check_keys(patient().config)
    assert found.grade == grade


@pytest.mark.parametrize(
    ("days", "grade", "words"),
    [
        (90, Grade.OK, "is good for 89 days"),
        (10, Grade.WARNING, "ends in 9 days"),
        (-1, Grade.FAULT, "has expired"),
    ],
)
def test_certificate_of_the_mail_door_is_looked_at(
    days: int, grade: Grade, words: str, patient: MakePatient, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    made = trustme.CA().issue_cert(
        "mx.ours.example",
        not_before=now - timedelta(days=300),
        not_after=now + timedelta(days=days),
    )
    made.cert_chain_pems[0].write_to_path(str(tmp_path / "chain.pem"))
    made.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    more = '[smtp]\ntls_certificate = "chain.pem"\ntls_key = "key.pem"\n'
    clock = FakeClock(from_datetime(now) + 60_000_000)
    (found,) = local.check_certificate(patient(more, clock=clock))
    assert (found.grade, words in found.text) == (grade, True)


def test_certificate_that_lives_for_days_need_not_be_good_for_weeks() -> None:
    span = (START - 2 * DAY, START + 4 * DAY)
    assert judge_days("web", "it", span, START).grade == Grade.OK
    assert judge_days("web", "it", span, START + 3 * DAY).grade == Grade.WARNING
