"""The operator's listener: health, readiness and metrics, there and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession

from maild.config import Listen
from maild.errors import StoreUnavailable
from maild.office import Office
from maild.relay import Outcome
from maild.web.app import build_admin
from maild.web.door import open_site
from tests.web.area import send_invoice
from tests.world import HouseWorld

PATHS = ("/healthz", "/readyz", "/metrics")


class _Locked:
    async def rows(self, sql: str, *values: object) -> Any:
        raise StoreUnavailable("the store cannot be used now (locked)")


@asynccontextmanager
async def open_admin(office: Office) -> AsyncIterator[tuple[ClientSession, str]]:
    """Serve the operator's listener; give a session and its base URL."""
    site, listen = build_admin(office), Listen("127.0.0.1", 0)
    async with open_site(site, listen, office.config.web.base_url) as port, ClientSession() as http:
        yield http, f"http://127.0.0.1:{port}"


async def test_all_is_well_and_what_was_done_is_counted(house: HouseWorld) -> None:
    await send_invoice(house)
    async with house.browser() as browser:
        await browser.get("/login")
    async with open_admin(house.office) as (http, base):
        texts = {}
        for path in PATHS:
            async with http.get(base + path) as answer:
                assert answer.status == 200
                texts[path] = await answer.text()
        async with http.get(base + "/login") as answer:
            assert answer.status == 404
    assert texts["/healthz"] == '{"status": "ok"}'
    assert texts["/readyz"] == '{"status": "ready"}'
    assert 'maild_letters{state="sent"} 1.0' in texts["/metrics"]
    assert 'maild_pages_total{route="/login",status="200"}' in texts["/metrics"]


async def test_without_the_store_it_is_alive_and_counting_but_not_ready(house: HouseWorld) -> None:
    locked: Any = _Locked()
    async with open_admin(replace(house.office, db=locked)) as (http, base):
        for path, status in zip(PATHS, (200, 503, 200), strict=True):
            async with http.get(base + path) as answer:
                assert (path, answer.status) == (path, status)
                text = await answer.text()
    assert "maild_pages_total" in text


async def test_relay_that_is_down_is_told_and_pages_go_on(house: HouseWorld) -> None:
    house.relay.answer = lambda _: Outcome("unreachable", 421, "4.3.2 going down")
    await house.client("Acme Ltd", "jane@acme.example")
    for number in (1, 2):
        await house.issue(f"INV-{number}")
    house.clock.advance(seconds=90)
    async with open_admin(house.office) as (http, base):
        async with http.get(base + "/readyz") as answer:
            assert answer.status == 200
            said = await answer.json()
        async with http.get(base + "/metrics") as answer:
            counted = await answer.text()
    assert said == {"status": "ready", "relay": "takes no letters: 421 4.3.2 going down"}
    assert "maild_relay_outage_seconds 90.0" in counted
    assert "maild_oldest_letter_seconds 90.0" in counted


@pytest.mark.parametrize("path", PATHS)
async def test_the_public_listener_knows_nothing_of_it(house: HouseWorld, path: str) -> None:
    async with house.browser() as browser:
        assert (await browser.get(path)).status == 404


async def test_metrics_name_routes_and_no_paths(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        await browser.get(link)
        await browser.get("/no/such/place")
    async with open_admin(house.office) as (http, base), http.get(base + "/metrics") as answer:
        text = await answer.text()
    assert 'route="/l/{token}"' in text
    assert link.rpartition("/")[2] not in text
    assert "INV-1" not in text
    assert "/no/such" not in text
