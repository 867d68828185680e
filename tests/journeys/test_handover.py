"""Hand-overs as they happen: beside a daemon, with browsers open, at once, and cut short."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from maild.clock import system_clock
from maild.relay import Outcome
from maild.services.login import LoginResult, log_in
from tests.browser import open_chromium
from tests.paper import without_ink
from tests.world import SocketWorld, open_house_world, open_socket_world, write_config

JANE, TOM = "jane@acme.example", "tom@acme.example"
ROOT = Path(__file__).parents[2]
LATER = Outcome("deferred", 451, "later")


def command(config: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "maild", "--config", str(config), *arguments]


async def run(config: Path, *arguments: str) -> tuple[int, str]:
    """Run a command as a process of its own; return its exit code and all it said."""
    process = await asyncio.create_subprocess_exec(
        *command(config, *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_hand_over_that_is_killed_anywhere_is_done_whole_or_not_at_all(
    tmp_path: Path,
) -> None:
    async with open_house_world(tmp_path) as house:
        without_ink(house)
        await house.client("Acme Ltd", JANE)
        await house.issue("INV-1", password=True)
        (mail,) = await house.mail_to(JANE)
        assert (await log_in(house.office, JANE, mail.password, "net")).result is LoginResult.DONE
        house.relay.answer = lambda _: LATER
        await house.issue("INV-2", password=True)
        config = house.office.config.path
    program = [sys.executable, "-m", "tests.journeys.killed_handover", str(config)]
    told = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    *killed, after, done = told.stdout.splitlines()
    assert done == "done", told
    # BEGIN, contacts, links, letters, passwords, log-ins, events, COMMIT
    assert len(killed) > 12
    assert set(killed) == {killed[0]}
    before, left = json.loads(killed[0]), json.loads(after)
    assert before["contacts"] == [[JANE, 1]]
    assert left["contacts"] == [[JANE, 0], [TOM, 1]]
    assert left["letters"] == [[JANE, "dropped"], [JANE, "sent"], [TOM, "queued"]]
    # one link and one password are live: those in the letter that was written anew
    assert (left["links"], left["passwords"], left["sessions"]) == ([[3, 1]], [[3, 1]], [[0]])


async def test_of_hand_overs_in_several_processes_at_once_one_happens(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=1).path
    assert (await run(config, "client", "add", "Acme Ltd", "--email", JANE))[0] == 0
    heirs = [f"heir{n}@acme.example" for n in range(4)]
    told = await asyncio.gather(
        *(run(config, "contact", "replace", "ACME", JANE, heir) for heir in heirs)
    )
    # who comes later finds somebody in the place, or finds that Jane has left and follows her
    done = [said for code, said in told if code == 0]
    refused = [said for code, said in told if code == 1]
    assert len(done) + len(refused) == len(heirs)
    assert all("in this very moment" in said for said in refused)
    listed = await run(config, "contact", "list", "ACME", "--json")
    people = {one["address"]: one["disabled_at"] is None for one in json.loads(listed[1])}
    assert people[JANE] is False
    assert sum(people.values()) == len(done) >= 1


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SocketWorld]:
    """The daemon, with an invoice and a password for Jane."""
    async with open_socket_world(tmp_path) as world:
        # commands go by the clock on the wall, and so that their letters are due, must the daemon
        world.clock.instant = system_clock()
        await world.client("Acme Ltd", JANE)
        await world.issue("INV-1", password=True)
        yield world


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A real browser; see `open_chromium` for where there is none."""
    async with open_chromium() as browser:
        yield browser


async def open_both(world: SocketWorld, chromium: Browser) -> tuple[Page, Page]:
    """Open Jane's invoice twice: by her link, and logged in."""
    (mail,) = await world.mail_to(JANE)
    linked = await (await chromium.new_context()).new_page()
    await linked.goto(mail.link)
    member = await (await chromium.new_context()).new_page()
    await member.goto(f"{world.office.config.web.base_url}/login?next=/invoices/INV-1")
    await member.get_by_label("Email address").fill(JANE)
    await member.get_by_label("Password").fill(mail.password)
    await member.get_by_role("button", name="Log in").click()
    for page in (linked, member):
        await expect(page.get_by_role("heading", level=1)).to_contain_text("INV-1")
        assert "Support" in await page.content()
    return linked, member


@pytest.mark.parametrize(
    "order",
    [
        ("replace", "ACME", JANE, TOM),
        ("set", "ACME", JANE, "--email", TOM, "--revoke-links"),
        ("disable", "ACME", JANE),
    ],
    ids=["replaced", "moved", "disabled"],
)
async def test_browsers_open_on_the_page_are_shut_at_the_first_click_after_the_command(
    world: SocketWorld, chromium: Browser, order: tuple[str, ...]
) -> None:
    linked, member = await open_both(world, chromium)
    code, said = await run(world.office.config.path, "contact", *order)
    assert code == 0, said
    gone = await linked.get_by_role("link", name="Download PDF").get_attribute("href")
    answer = await linked.request.get(f"{world.office.config.web.base_url}{gone}")
    assert answer.status == 410
    await asyncio.gather(linked.reload(), member.reload())
    await expect(linked.get_by_role("heading", level=1)).not_to_contain_text("INV-1")
    await expect(member.get_by_label("Password")).to_be_visible()
    for page in (linked, member):
        await page.go_back()
        assert "Support" not in await page.content()


async def test_new_contact_comes_in_while_the_old_ones_browser_is_open(
    world: SocketWorld, chromium: Browser
) -> None:
    linked, _ = await open_both(world, chromium)
    config = world.office.config.path
    assert (await run(config, "contact", "replace", "ACME", JANE, TOM))[0] == 0
    assert (await run(config, "contact", "set", "ACME", TOM, "--password"))[0] == 0
    world.clock.instant = system_clock()
    await world.advance()
    (mail,) = await world.mail_to(TOM)
    page = await (await chromium.new_context()).new_page()
    await page.goto(f"{world.office.config.web.base_url}/login?next=/invoices/INV-1")
    await page.get_by_label("Email address").fill(TOM)
    await page.get_by_label("Password").fill(mail.password)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("INV-1")
    await linked.reload()
    await expect(linked.get_by_role("heading", level=1)).not_to_contain_text("INV-1")
