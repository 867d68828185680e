"""The viewer: a page that looks like a mail program, and shows everybody's mail at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from secrets import compare_digest
from socket import socket

from aiohttp import web

from maild.address import address_key
from maild.demo.frames import send_enclosure, send_frame
from maild.demo.guard import guard
from maild.demo.mailbox import OpenLetter, Summary
from maild.demo.samples import JANE
from maild.demo.scene import SCENE, Scene
from maild.demo.verdicts import list_verdicts
from maild.errors import Refused

PHRASES = ("I can't log in", "Please send it again", "Is this for me?")
_LARGEST_FORM = 64 * 1024
_GRACE = 2.0


def build_viewer(scene: Scene) -> web.Application:
    """Return the viewer; a handler's own docstring says what its route shows."""
    viewer = web.Application(middlewares=[guard], client_max_size=_LARGEST_FORM)
    viewer[SCENE] = scene
    viewer.add_routes(
        [
            web.get("/", show_mailbox),
            web.get("/mailbox.json", send_mailbox),
            web.get("/letters/{id}", show_letter),
            web.get("/letters/{id}/frame", send_frame),
            web.get(r"/letters/{id}/files/{number:\d+}", send_enclosure),
            web.post("/letters/{id}/reply", take_reply),
            web.post("/replies", take_reply_to_latest),
            web.get(r"/static/{name:style\.css|mailbox\.js|logo\.svg}", send_static),
        ]
    )
    return viewer


@asynccontextmanager
async def open_viewer(scene: Scene, door: socket) -> AsyncIterator[None]:
    """Serve the viewer on a listening socket meanwhile."""
    runner = web.AppRunner(
        build_viewer(scene), access_log=None, shutdown_timeout=_GRACE, handle_signals=False
    )
    await runner.setup()
    try:
        await web.SockSite(runner, door).start()
        yield
    finally:
        await runner.cleanup()


async def show_mailbox(request: web.Request) -> web.Response:
    """Every letter, what maild made of the answers, and what to try."""
    return await _show(request, "mailbox")


async def show_letter(request: web.Request) -> web.Response:
    """One letter as its recipient sees it, as plain text, or as it was sent."""
    letter = request.app[SCENE].mailboxes.open_letter(request.match_info["id"])
    view = request.query.get("view", "letter" if letter.html else "text")
    return await _show(request, "letter", letter=letter, view=view, phrases=PHRASES)


async def send_mailbox(request: web.Request) -> web.Response:
    """What a script asks every second: the letters and the answers, as JSON."""
    scene = request.app[SCENE]
    letters = [_brief(scene, letter) for letter in scene.mailboxes.list_letters()]
    verdicts = [asdict(verdict) for verdict in await list_verdicts(scene.office.db)]
    return web.json_response({"letters": letters, "replies": verdicts})


async def take_reply(request: web.Request) -> web.Response:
    """A person's answer to the letter shown."""
    scene, text = await _read_form(request)
    await scene.post.answer(scene.mailboxes.open_letter(request.match_info["id"]), text)
    raise web.HTTPSeeOther("/")


async def take_reply_to_latest(request: web.Request) -> web.Response:
    """An answer from a second terminal, to the latest letter to a person."""
    scene, text = await _read_form(request)
    before = scene.mailboxes.list_letters()
    letter = _find_latest(scene, before, str((await request.post()).get("to", "")) or JANE.address)
    await scene.post.answer(letter, text)
    return web.json_response({"as": letter.summary.recipient.address, "letters": len(before)})


async def send_static(request: web.Request) -> web.FileResponse:
    """The stylesheet, the script, the logo."""
    name = request.match_info["name"]
    return web.FileResponse(request.app[SCENE].office.templates.find(f"demo/{name}"))


async def _show(request: web.Request, page: str, **context: object) -> web.Response:
    scene = request.app[SCENE]
    letters = scene.mailboxes.list_letters()
    shared = {
        "letters": letters,
        "verdicts": await list_verdicts(scene.office.db),
        "token": scene.token,
        "operator": scene.office.config.operator.email,
        "site": scene.office.config.web.base_url,
        "first": next(one for one in reversed(letters) if one.recipient == JANE),
    }
    text = scene.office.templates.render(f"demo/{page}.html", shared | context)
    return web.Response(text=text, content_type="text/html")


async def _read_form(request: web.Request) -> tuple[Scene, str]:
    """Return the scene and the text that was sent; raises an HTTP answer unless both are good."""
    scene, form = request.app[SCENE], await request.post()
    if not compare_digest(str(form.get("token", "")).encode(), scene.token.encode()):
        raise web.HTTPForbidden(reason="This form is not from this demo: reload the page.")
    text = str(form.get("phrase") or form.get("text", "")).replace("\r\n", "\n").strip()
    if not text:
        raise web.HTTPBadRequest(reason="There is nothing in it yet: write a word or two.")
    return scene, text


def _find_latest(scene: Scene, letters: list[Summary], address: str) -> OpenLetter:
    for letter in letters:
        if address_key(letter.recipient.address) == address_key(address):
            return scene.mailboxes.open_letter(letter.id)
    known = ", ".join(sorted({letter.recipient.address for letter in letters}))
    raise Refused(f"{address} has no mail here; it can be one of: {known}")


def _brief(scene: Scene, letter: Summary) -> dict[str, str]:
    return {
        "to": letter.recipient.address,
        "subject": letter.subject,
        "url": f"{scene.url}/letters/{letter.id}",
    }
