"""What the application hands to its handlers."""

from __future__ import annotations

import asyncio

from aiohttp import web

from maild.access.impersonation import Onlooker
from maild.office import Office
from maild.services.census import Census

OFFICE = web.AppKey("office", Office)
CENSUS = web.AppKey("census", Census)
NOTING = web.AppKey("noting", dict[str, asyncio.Task[None]])
FORM = web.RequestKey("form", str)
SCRIPTED = web.ResponseKey("scripted", bool)
LOOK = web.RequestKey("look", Onlooker)
