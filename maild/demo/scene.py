"""What every page of the viewer works with."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from maild.demo.mailbox import Mailboxes
from maild.demo.post import PostOffice
from maild.office import Office


@dataclass(frozen=True, slots=True)
class Scene:
    """The business at work, everybody's mailbox, and the token that lets a form through."""

    office: Office
    mailboxes: Mailboxes
    post: PostOffice
    url: str
    token: str

    @property
    def hosts(self) -> frozenset[str]:
        """The names a browser on this machine may call the viewer by."""
        return frozenset(f"{name}:{urlsplit(self.url).port}" for name in ("127.0.0.1", "localhost"))


SCENE = web.AppKey("scene", Scene)
