"""The demo from the first command to the last: a newcomer's two minutes."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import pytest

from maild.demo.ports import choose_web_port, open_port
from maild.errors import Refused
from tests.browser import open_chromium
from tests.demo.stage import DEADLINE, Stage, open_stage

JANE = "jane@acme.example"
TOM = "tom.okafor@lindenschool.example"
SAM = "sam@harbourandpine.example"


async def test_two_minutes_of_a_newcomer(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await check_first_sight(stage)
        await check_letter(stage)
        await check_reply_in_viewer(stage)
        await check_reply_from_second_terminal(stage)
        await check_operator_answers(stage)
        await check_strangers(stage)
        code, words = await stage.stop()
    assert (code, words.strip()) == (0, "The demo is over, and nothing of it is left.")
    assert list(tmp_path.iterdir()) == []


async def check_first_sight(stage: Stage) -> None:
    letters = (await stage.mailbox())["letters"]
    assert letters[0]["to"] == JANE
    assert len(letters) == 3
    page = await stage.page("/")
    for name in ("Jane Whitfield", "Tom Okafor", "Zoë Brennan"):
        assert name in page
    assert page.count('class="unread"') == 3
    assert "maild demo reply" in stage.guide


async def check_letter(stage: Stage) -> None:
    path = await stage.path_of(JANE)
    page = await stage.page(path)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "INV-1042.pdf" in page
    assert (await stage.page("/")).count('class="unread"') == 2
    assert "Reply-To: reply+" in await stage.page(f"{path}?view=source")
    async with stage.browser.get(f"{stage.url}{path}/frame") as frame:
        assert frame.headers["Content-Security-Policy"].startswith("sandbox allow-popups ")
        assert '<base target="_blank">' in await frame.text()
    async with stage.browser.get(f"{stage.url}{path}/files/1") as file:
        assert file.headers["Content-Disposition"].startswith("attachment;")
        assert (await file.text()).startswith("Date,Who,What,Hours")


async def check_reply_in_viewer(stage: Stage) -> None:
    assert await stage.answer(await stage.path_of(JANE), phrase="I can't log in") == 200
    await stage.until(lambda mailbox: len(mailbox["letters"]) == 4)
    text = await stage.page(f"{await stage.path_of(JANE)}?view=text")
    assert re.search(r"^(?:[a-z0-9]{4}-){3}[a-z0-9]{4}$", text, re.MULTILINE)
    assert "mailed a new way in" in await stage.page("/")


async def check_reply_from_second_terminal(stage: Stage) -> None:
    code, said = await stage.command("demo", "reply", "Is this for me?", "--to", TOM)
    assert code == 0, said
    assert f"Sent to maild as {TOM}: “Is this for me?”." in said
    assert f"maild wrote to {SAM}: “Tom Okafor (Linden Primary School)" in said
    code, said = await stage.command("demo", "reply", "hello", "--to", "x@nowhere.example")
    assert code == 1
    assert "x@nowhere.example has no mail here" in said


async def check_operator_answers(stage: Stage) -> None:
    before = len((await stage.mailbox())["letters"])
    assert await stage.answer(await stage.path_of(SAM), text="Yes, it is.") == 200
    await stage.until(lambda mailbox: len(mailbox["letters"]) == before + 1)
    assert "Yes, it is." in await stage.page(f"{await stage.path_of(TOM)}?view=text")


async def check_strangers(stage: Stage) -> None:
    path = await stage.path_of(JANE)
    assert await stage.answer(path, token="guessed", text="hello") == 403
    assert await stage.answer(path, text="  ") == 400
    async with stage.browser.get(stage.url, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 400
    async with stage.browser.get(f"{stage.url}/letters/none") as answer:
        assert answer.status == 404
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "There is no such letter" in await answer.text()


async def test_two_demos_do_not_disturb_each_other(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as first, open_stage(tmp_path) as second:
        assert first.url != second.url
        code, said = await first.command("demo", "reply", "can't log in")
        assert code == 0, said
        assert second.url in said
        assert len((await first.mailbox())["letters"]) == 3
        assert (await first.stop(signal.SIGINT))[0] == 0
        assert (await second.command("demo", "reply", "Is this for me?"))[0] == 0
        assert (await second.stop(signal.SIGINT))[0] == 0
    assert list(tmp_path.iterdir()) == []


async def test_the_answer_appears_in_the_page_by_itself(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage, open_chromium() as chromium:
        page = await chromium.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text))
        await page.goto(stage.url)
        await page.get_by_role("link", name="Open Jane’s invoice").click()
        async with page.expect_popup() as opening:
            await page.frame_locator("iframe").get_by_role("link", name="View invoice").click()
        assert (await (await opening.value).title()).startswith("Invoice INV-1042")
        await page.get_by_role("button", name="I can't log in").click()
        await page.get_by_role("link", name="Your way in").click(timeout=DEADLINE * 1000)
        assert troubles == []


async def test_a_port_that_is_taken_is_refused_only_when_it_was_asked_for() -> None:
    with open_port(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"port {port} is not free"):
            choose_web_port(port)
        with open_port(port, 0) as other:
            assert other.getsockname()[1] != port
    assert choose_web_port(port) == port
    await asyncio.to_thread(choose_web_port, None)
