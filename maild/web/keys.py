"""What the application hands to its handlers."""

from __future__ import annotations

from aiohttp import web

from maild.office import Office

OFFICE = web.AppKey("office", Office)
FORM = web.RequestKey("form", str)
