"""What the application hands to its handlers."""

from __future__ import annotations

import asyncio

from aiohttp import web

from maild.access.impersonation import Onlooker
from maild.office import Office
from maild.services.census import Census
from maild.web.shelf import Shelf

OFFICE = web.AppKey("office", Office)
CENSUS = web.AppKey("census", Census)
NOTING = web.AppKey("noting", dict[str, asyncio.Task[None]])
NOTED = web.AppKey("noted", dict[str, int])
SHELF = web.AppKey("shelf", Shelf)
FORM = web.RequestKey("form", str)
SCRIPTED = web.ResponseKey("scripted", bool)
LOOK = web.RequestKey("look", Onlooker)
