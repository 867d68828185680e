"""The account statement: what was charged and paid in a period, as a page and as a PDF."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from aiohttp import web

from maild.access.visitors import Visitor
from maild.clock import to_date
from maild.errors import BadInput
from maild.services.printing import print_statement
from maild.services.statements import Period, draw_up, months_back, read_period
from maild.web.downloads import send_file
from maild.web.keys import OFFICE
from maild.web.pages import document_path, need_account, show_long_page, show_page


async def show_statement(request: web.Request) -> web.Response:
    """What was charged and paid in a period, and what is owed at its end."""
    visitor = await need_account(request)
    try:
        period = _read_period(request)
    except BadInput as error:
        return _show_fault(request, visitor, error)
    office = request.app[OFFICE]
    statement = await draw_up(office, visitor.reach, period, locale=visitor.client.locale)
    paths = {
        entry.number: document_path("invoice", entry.number)
        for section in statement.sections
        for entry in section.entries
    }
    return await show_long_page(
        request,
        "statement",
        visitor=visitor,
        statement=statement,
        paths=paths,
        pdf_url=_url("/statement.pdf", period),
        form=_form(request, period),
    )


async def send_statement(request: web.Request) -> web.StreamResponse:
    """The same as a PDF."""
    visitor = await need_account(request)
    try:
        period = _read_period(request)
    except BadInput as error:
        return _show_fault(request, visitor, error)
    office = request.app[OFFICE]
    statement = await draw_up(office, visitor.reach, period, locale=visitor.client.locale)
    pdf = await print_statement(office, visitor.client, statement)
    return send_file(f"statement-{statement.as_of}.pdf", "application/pdf", pdf)


def _read_period(request: web.Request) -> Period:
    return read_period(request.query.get("from"), request.query.get("to"), _today(request))


def _show_fault(request: web.Request, visitor: Visitor, fault: BadInput) -> web.Response:
    """Say what is wrong with the dates, and keep them as they were typed."""
    return show_page(
        request,
        "statement",
        visitor=visitor,
        code=400,
        statement=None,
        fault=str(fault),
        form=_form(request, None),
    )


def _form(request: web.Request, period: Period | None) -> dict[str, object]:
    """Return what the period's form shows: two dates, and ready periods to choose from."""
    shown = _query(period) if period else request.query
    return {
        "first": shown.get("from", ""),
        "last": shown.get("to", ""),
        "choices": [
            {"name": name, "url": _url("/statement", one), "chosen": one == period}
            for name, one in _choices(_today(request)).items()
        ],
    }


def _choices(today: date) -> dict[str, Period]:
    this_month = today.replace(day=1)
    return {
        "This month": Period(this_month, today),
        "Last month": Period(months_back(today, 1), this_month - timedelta(days=1)),
        "This year": Period(today.replace(month=1, day=1), today),
        "All": Period(None, today),
    }


def _query(period: Period) -> dict[str, str]:
    first = period.first.isoformat() if period.first else ""
    return {"from": first, "to": period.last.isoformat()}


def _url(path: str, period: Period) -> str:
    return f"{path}?{urlencode(_query(period))}"


def _today(request: web.Request) -> date:
    office = request.app[OFFICE]
    return to_date(office.clock(), office.zone)
