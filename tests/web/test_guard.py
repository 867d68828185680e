"""What surrounds every page: headers, hosts, methods, and errors that give nothing away."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from maild.errors import StoreUnavailable
from tests.visitor import Browser, Page
from tests.web.area import (
    JANE,
    ask,
    assert_guarded,
    head,
    last_password,
    open_door,
    send_invoice,
    status_of,
)
from tests.world import HouseWorld, store_path


async def test_every_kind_of_answer_bears_the_security_headers(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        large = {"address": "a" * 70_000, "csrf": ""}
        pages = {
            303: await browser.get(link, allow_redirects=False),
            200: await browser.get("/static/style.css"),
            404: await browser.get("/none"),
            403: await browser.post("/login", {}),
            413: await browser.post("/login", large),
            400: await browser.get("/login", headers={"Host": "evil.test"}),
            417: await browser.get("/login", headers={"Expect": "cake"}),
            405: await _ask(browser, "PUT", "/login"),
        }
        for status, page in pages.items():
            assert page.status == status
            assert_guarded(page.headers)
        for where in ("/invoices/INV-1", "/invoices/INV-1.pdf"):
            page = await browser.get(where)
            assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
            assert_guarded(page.headers, scripted=where == "/invoices/INV-1")


async def _ask(browser: Browser, method: str, path: str, **more: Any) -> Page:
    async with browser._session.request(method, browser.base + path, **more) as answer:
        return Page(answer.status, answer.url.path_qs, dict(answer.headers), await answer.read())


async def test_other_methods_are_refused_and_told_which_ones_are_not(house: HouseWorld) -> None:
    async with house.browser() as browser:
        for method in ("PUT", "DELETE", "TRACE", "OPTIONS", "PATCH"):
            page = await _ask(browser, method, "/login", headers={"X-Secret": "echo-me"})
            assert page.status == 405
            assert set(page.headers["Allow"].split(",")) == {"GET", "HEAD", "POST"}
            assert "echo-me" not in page.text


async def test_another_host_is_refused(house: HouseWorld) -> None:
    async with house.browser() as browser:
        for host in ("evil.test", "", "127.0.0.1", "127.0.0.1:80@evil.test", "[", "127.0.0.1:1"):
            page = await browser.get("/login", headers={"Host": host})
            assert (host, page.status) == (host, 400)
            assert "evil" not in page.text


async def test_a_line_end_in_the_query_splits_nothing(house: HouseWorld) -> None:
    link = await send_invoice(house, password=True)
    async with house.browser() as browser:
        await browser.log_in(JANE, await last_password(house))
        for crlf in ("%0d%0aX-Evil:%201", "%0AX-Evil:1", "%E5%98%8A%E5%98%8DX-Evil:1"):
            for where in (f"/login?next=/{crlf}", f"/invoices/{crlf}", f"{link}{crlf}"):
                page = await browser.get(where, allow_redirects=False)
                assert page.status in {303, 404}
                assert "X-Evil" not in page.headers
                assert page.headers.get("Location", "/") == "/"


LOCAL = ["//evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test", "evil.test", ""]
LOCAL += ["javascript:alert(1)", "/\tevil", "/é", " //evil.test", "///evil.test"]


async def test_the_log_in_leads_to_this_site_alone(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    async with house.browser() as browser:
        form = await browser.get("/login")
        fields = {"address": JANE, "password": await last_password(house), "csrf": form.csrf}
        for target in LOCAL:
            sent = fields | {"next": target}
            page = await browser.post("/login", sent, allow_redirects=False)
            assert (target, page.status, page.headers["Location"]) == (target, 303, "/")
        for target in [*LOCAL, "/\x00"]:
            page = await browser.get(f"/login?next={quote(target)}", allow_redirects=False)
            assert (target, page.status, page.headers["Location"]) == (target, 303, "/")


async def test_a_page_that_refuses_keeps_a_visitors_ways_on(house: HouseWorld) -> None:
    link = await send_invoice(house, password=True)
    async with house.browser() as browser, house.browser() as stranger:
        await browser.get(link)
        for by in ("link", "password"):
            for where, status in (
                ("/invoices/NONE", 404),
                ("/l/none", 404),
                ("/invoices?after=x", 400),
            ):
                page = await browser.get(where)
                assert (where, page.status) == (where, status)
                assert 'aria-label="Your account"' in page.text, (by, where)
                assert 'action="/logout"' in page.text
                assert "aria-current" not in page.text
                assert (await stranger.get("/l/none")).text.count("<nav") == 0
            await browser.log_in(JANE, await last_password(house))
        other = await browser.get("/invoices", headers={"Host": "evil.test"})
        assert (other.status, "<nav" in other.text) == (400, False)


async def test_a_page_that_refuses_leads_a_guest_of_one_document_nowhere_else(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house, link_scope="document")
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.get("/invoices")
    assert (page.status, "<nav" in page.text) == (404, False)
    assert "Personal link of" in page.text


@pytest.mark.parametrize(
    ("error", "status"), [(StoreUnavailable("locked"), 503), (ValueError("secret"), 500)]
)
async def test_a_missing_page_while_the_store_fails_is_a_page_all_the_same(
    house: HouseWorld, error: Exception, status: int
) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser, house.browser() as stranger:
        await browser.get(link)
        with _broken(house, error), capture_logs():
            page = await browser.get("/nowhere")
            assert (page.status, page.headers["Retry-After"]) == (status, "5")
            assert "<h1>" in page.text
            assert (await stranger.get("/nowhere")).status == 404


async def test_a_dead_link_while_the_store_fails_is_deferred(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await send_invoice(house)
    house.clock.advance(days=90)

    async def fail(*_: object) -> bool:
        raise StoreUnavailable("locked")

    monkeypatch.setattr("maild.services.refusals.was_refused", fail)
    async with house.browser() as browser:
        with capture_logs():
            page = await browser.get(link)
    assert (page.status, page.headers["Retry-After"]) == (503, "5")
    assert "<h1>" in page.text


class _Broken:
    """A store that raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def rows(self, sql: str, *values: object) -> Sequence[Any]:
        raise self._error

    async def transact(self, work: object, *, beside: bool = False) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreUnavailable("locked at /srv/secret"), 503), (ValueError("secret 1234"), 500)],
)
async def test_what_goes_wrong_inside_shows_a_bland_page_and_logs_no_token(
    house: HouseWorld, error: Exception, status: int
) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        await browser.get(link)
        with _broken(house, error), capture_logs() as lines:
            pages = [await browser.get(where) for where in (link, "/", "/invoices/INV-1.pdf")]
        for page in pages:
            assert (page.status, page.headers["Retry-After"]) == (status, "5")
            assert_guarded(page.headers)
            assert "secret" not in page.text
            assert "Error" not in page.text
        said = [{k: v for k, v in line.items() if k != "exc_info"} for line in lines]
        assert said
        assert link.rpartition("/")[2] not in str(said)
        assert (await browser.get("/")).status == 200


class _broken:  # noqa: N801 - reads as the verb it is
    """The house's store raises an error for a while."""

    def __init__(self, house: HouseWorld, error: Exception) -> None:
        self._office = house.office
        self._db = house.office.db
        self._error = error

    def __enter__(self) -> None:
        object.__setattr__(self._office, "db", _Broken(self._error))

    def __exit__(self, *_: object) -> None:
        object.__setattr__(self._office, "db", self._db)


async def test_while_the_store_is_locked_pages_are_read_and_a_log_in_is_deferred(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house, password=True)
    password = await last_password(house)
    other = sqlite3.connect(store_path(house.office.config), isolation_level=None)
    async with house.browser() as browser, house.browser() as guest:
        await guest.get(link)
        await browser.log_in(JANE, password)
        house.clock.advance(seconds=90)
        other.execute("BEGIN EXCLUSIVE")
        try:
            deferred = await guest.log_in(JANE, password)
            assert (deferred.status, deferred.headers["Retry-After"]) == (503, "5")
            assert_guarded(deferred.headers)
            assert (await guest.get("/")).status == 200
            # this one would note that its session is in use
            assert (await browser.get("/")).status == 200
        finally:
            other.execute("ROLLBACK")
            other.close()
        assert (await guest.log_in(JANE, password)).status == 200


async def test_a_template_that_breaks_is_a_plain_500_without_its_words(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError("secret 1234")

    monkeypatch.setattr(type(house.office.templates), "render", fail)
    async with open_door(house) as port:
        answer = await ask(port, head(house, "GET /login HTTP/1.1"))
    assert status_of(answer) == 500
    assert b"secret" not in answer
    assert b"Content-Security-Policy" in answer
