"""The mailbox as the doctor finds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maild.checkup.mailbox import check_mailbox
from maild.checkup.verdicts import Grade
from tests.dovecot import PASSWORD, USER, Dovecot, run_dovecot

from .conftest import MakePatient
from .test_relay import listening_nowhere


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with run_dovecot() as server:
        yield server


@pytest.mark.parametrize(
    ("more", "password", "grade", "words"),
    [
        ("", PASSWORD, Grade.OK, f"takes the log-in as {USER}"),
        ("", "wrong", Grade.FAULT, f"refuses the log-in as {USER}"),
        ('folder = "Bills"', PASSWORD, Grade.FAULT, f"{USER} has no folder Bills"),
        ('move_to = "Done"', PASSWORD, Grade.WARNING, "the folder Done will be made"),
        ('ca_file = ""', PASSWORD, Grade.FAULT, "is not to be trusted"),
    ],
)
async def test_log_in_is_tried_and_nothing_changed(
    more: str, password: str, grade: Grade, words: str, server: Dovecot, patient: MakePatient
) -> None:
    trust = "" if "ca_file" in more else f'ca_file = "{server.ca_file}"\n'
    url = f"imaps://127.0.0.1:{server.tls_port}"
    text = f'[imap]\nurl = "{url}"\nusername = "{USER}"\n{trust}{more}\n'
    found = await check_mailbox(patient(text, environ={"MAILD_IMAP_PASSWORD": password}))
    assert [one.grade for one in found.verdicts] == [grade]
    assert words in found.verdicts[0].text
    with server.open() as client:
        assert not client.folder_exists("Done")


async def test_mailbox_that_nobody_reads_is_not_looked_at(patient: MakePatient) -> None:
    assert (await check_mailbox(patient())).verdicts == ()


async def test_server_that_does_not_run_is_a_fault(patient: MakePatient) -> None:
    with listening_nowhere() as port:
        found = await check_mailbox(patient(f'[imap]\nurl = "imap://127.0.0.1:{port}"\n'))
    assert [one.grade for one in found.verdicts] == [Grade.FAULT]
    assert "does it run?" in found.verdicts[0].text
