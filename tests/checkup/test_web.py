"""The client area and the daemon as the doctor finds them."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientTimeout, web
from aiohttp.test_utils import TestServer

from maild.checkup.verdicts import Checked, Grade
from maild.checkup.web import check_daemon, check_site
from maild.clock import from_datetime
from maild.daemon import run_daemon
from tests.fakes import FakeClock
from tests.ports import free_port
from tests.world import HouseWorld, write_config

from .conftest import MakePatient
from .test_relay import listening_nowhere, saying


def grades(checked: Checked) -> list[Grade]:
    return [one.grade for one in checked.verdicts]


@asynccontextmanager
async def answering(
    statuses: dict[str, int], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Run a site that answers its paths so, and all others with 404."""

    async def answer(request: web.Request) -> web.Response:
        status = statuses.get(request.path, 404)
        return web.json_response({"reason": "the store is locked"}, status=status)

    site = web.Application()
    site.router.add_get("/{path:.*}", answer)
    async with TestServer(site, host="127.0.0.1") as server:
        if tls is None:
            yield f"127.0.0.1:{server.port}"
            return
        runner = web.AppRunner(site)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            await runner.cleanup()


def certify(folder: Path, name: str, expires: datetime | None = None) -> ssl.SSLContext:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name, not_after=expires).configure_cert(context)
    return context


async def test_site_on_this_host_only_is_a_warning(house: HouseWorld, patient: MakePatient) -> None:
    base = house.office.config.web.base_url
    found = await check_site(patient(f'[web]\nbase_url = "{base}"\n'))
    assert grades(found) == [Grade.WARNING, Grade.OK]
    assert "links open on this host only" in found.verdicts[0].text
    assert "shows the log-in page" in found.verdicts[1].text
    assert found.readings == ()


async def test_site_with_a_good_certificate_is_found_good_and_tells_the_time(
    patient: MakePatient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock(from_datetime(datetime.now(UTC)))
    tls = certify(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with answering({"/login": 200}, tls) as place:
        found = await check_site(patient(f'[web]\nbase_url = "https://{place}"\n', clock=clock))
    assert grades(found) == [Grade.OK, Grade.OK]
    assert "is good for" in found.verdicts[0].text
    assert [abs(one.told - one.ours) < 30_000_000 for one in found.readings] == [True]


async def test_certificate_for_another_name_or_of_a_stranger_is_a_fault(
    patient: MakePatient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for trusted, words in ((True, "IP address mismatch"), (False, "unable to get local issuer")):
        tls = certify(tmp_path, "other.example" if trusted else "127.0.0.1")
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        else:
            monkeypatch.delenv("SSL_CERT_FILE")
        async with answering({"/login": 200}, tls) as place:
            found = await check_site(patient(f'[web]\nbase_url = "https://{place}"\n'))
        assert grades(found) == [Grade.FAULT]
        assert words in found.verdicts[0].text


@pytest.mark.parametrize(
    ("status", "remedy"), [(502, "start the daemon"), (404, "pass every path"), (302, "pass every")]
)
async def test_site_that_shows_something_else_is_a_fault(
    status: int, remedy: str, patient: MakePatient
) -> None:
    async with answering({"/login": status}) as place:
        found = await check_site(patient(f'[web]\nbase_url = "http://{place}"\n'))
    assert grades(found) == [Grade.WARNING, Grade.FAULT]
    assert f"answers {status} and not" in found.verdicts[1].text
    assert remedy in found.verdicts[1].remedy


async def test_site_that_refuses_is_a_fault_and_one_with_an_unknown_name_is_not_seen(
    patient: MakePatient,
) -> None:
    with listening_nowhere() as port:
        found = await check_site(patient(f'[web]\nbase_url = "http://127.0.0.1:{port}"\n'))
    assert grades(found) == [Grade.FAULT]
    found = await check_site(patient('[web]\nbase_url = "https://portal.invalid"\n'))
    assert grades(found) == [Grade.UNSEEN]


async def test_daemon_that_runs_is_well(patient: MakePatient, tmp_path: Path) -> None:
    (tmp_path / "daemon").mkdir()
    async with run_daemon(write_config(tmp_path / "daemon", port=free_port())) as running:
        place = f"127.0.0.1:{running.admin_port}"
        found = await check_daemon(patient(f'[web]\nadmin_listen = "{place}"\n'))
    assert grades(found) == [Grade.OK]


@pytest.mark.parametrize(
    ("statuses", "grade", "words"),
    [
        ({"/healthz": 200, "/readyz": 503}, Grade.FAULT, "the daemon waits: the store is locked"),
        ({}, Grade.FAULT, "answers 404: another program listens there"),
    ],
)
async def test_daemon_that_waits_or_is_none_of_ours_is_a_fault(
    statuses: dict[str, int], grade: Grade, words: str, patient: MakePatient
) -> None:
    async with answering(statuses) as place:
        found = await check_daemon(patient(f'[web]\nadmin_listen = "{place}"\n'))
    assert grades(found) == [grade]
    assert words in found.verdicts[0].text


async def test_daemon_that_does_not_run_is_a_warning(patient: MakePatient) -> None:
    with listening_nowhere() as port:
        found = await check_daemon(patient(f'[web]\nadmin_listen = "0.0.0.0:{port}"\n'))
    (one,) = found.verdicts
    assert (one.grade, one.remedy) == (Grade.WARNING, "maild serve")


async def test_daemon_on_a_port_that_the_system_chose_is_not_seen(patient: MakePatient) -> None:
    found = await check_daemon(patient('[web]\nadmin_listen = "127.0.0.1:0"\n'))
    assert grades(found) == [Grade.UNSEEN]


async def test_site_that_says_nothing_is_not_seen(
    patient: MakePatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maild.checkup.web._TIMES", ClientTimeout(total=0.3))
    async with saying(iter(())) as port:
        found = await check_site(patient(f'[web]\nbase_url = "http://127.0.0.1:{port}"\n'))
    assert grades(found) == [Grade.UNSEEN]
