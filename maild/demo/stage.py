"""The stage: the business is set up, its letters are sent, its doors are open until it is over."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from maild.config import Config
from maild.daemon import run_daemon
from maild.demo.business import set_up_business
from maild.demo.mailbox import Mailboxes
from maild.demo.notice import Notice, put_up
from maild.demo.ports import HOST, choose_web_port, open_port
from maild.demo.post import PostOffice
from maild.demo.samples import send_samples
from maild.demo.scene import Scene
from maild.demo.viewer import open_viewer
from maild.log import set_up_logging
from maild.office import Office
from maild.relay import MaildirRelay
from maild.states import LetterState
from maild.store.census import count_letters

_PATIENCE = 30


async def play(port: int | None) -> None:
    """Run a demo until SIGINT or SIGTERM; raises `Refused` when the port is taken."""
    set_up_logging(level="warning", form="console", addresses="plain")
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    web_port = choose_web_port(port)
    with TemporaryDirectory(prefix="maild-demo-") as folder:
        print("Setting up a business and sending its letters …", flush=True)
        config = set_up_business(Path(folder), web_port)
        async with _set_scene(config) as scene:
            guide = scene.office.templates.render("demo/guide.txt", _describe(scene))
            with put_up(Notice(scene.url, scene.token)):
                print(guide, end="", flush=True)
                await over.wait()
    print("\nThe demo is over, and nothing of it is left.", flush=True)


@asynccontextmanager
async def _set_scene(config: Config) -> AsyncIterator[Scene]:
    """Run the business and the viewer, every sample letter delivered."""
    folder = config.base / "mail"
    async with run_daemon(config) as running:
        with open_port(config.web.listen.port + 1, 0) as door:
            scene = Scene(
                office=running.office,
                mailboxes=Mailboxes(folder, running.office.zone),
                post=PostOffice(running, MaildirRelay(folder)),
                url=f"http://{HOST}:{door.getsockname()[1]}",
                token=secrets.token_urlsafe(),
            )
            await _wait_for_letters(running.office, await send_samples(running.office))
            async with open_viewer(scene, door):
                yield scene


async def _wait_for_letters(office: Office, number: int) -> None:
    """Return once that many letters have left; raises `TimeoutError` after half a minute."""
    async with asyncio.timeout(_PATIENCE):
        change = office.db.watch()
        while (await count_letters(office.db)).get(LetterState.SENT, 0) < number:
            await change.wait()
            change = office.db.watch()


def _describe(scene: Scene) -> dict[str, object]:
    config = scene.office.config
    return {"viewer": scene.url, "site": config.web.base_url, "config": config.path}
