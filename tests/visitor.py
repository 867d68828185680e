"""A visitor's browser without a screen: it keeps cookies, follows redirects and fills in forms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession


class Browser:
    """A visitor's browser: it keeps cookies and follows redirects."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self._session = session
        self.base = base

    async def get(self, where: str, **more: Any) -> Page:
        """Open a path of the site or a whole URL."""
        url = where if where.startswith("http") else self.base + where
        async with self._session.get(_as_is(url), **more) as answer:
            return Page(
                answer.status, answer.url.path_qs, dict(answer.headers), await answer.read()
            )

    async def post(self, where: str, fields: dict[str, str], **more: Any) -> Page:
        """Send a form."""
        async with self._session.post(_as_is(self.base + where), data=fields, **more) as answer:
            return Page(
                answer.status, answer.url.path_qs, dict(answer.headers), await answer.read()
            )

    async def log_in(self, address: str, password: str, target: str = "/") -> Page:
        """Fill in the log-in form and send it."""
        form = await self.get("/login")
        fields = {"address": address, "password": password, "next": target, "csrf": form.csrf}
        return await self.post("/login", fields)


@dataclass(frozen=True)
class Page:
    """What a browser got."""

    status: int
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The page as text."""
        return self.body.decode()

    @property
    def csrf(self) -> str:
        """The hidden token of the page's form."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.text)
        assert found, self.text
        return found.group(1)


def _as_is(url: str) -> Any:
    from yarl import URL

    return URL(url, encoded=True)
