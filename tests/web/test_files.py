"""The Files tab: the client's files for those who see its whole account, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

from maild.clock import from_datetime
from maild.mail.compose import Attached
from maild.services.customers import change_client
from maild.services.files import add_files, remove_file
from maild.store.files import list_files
from maild.store.reach import Reach
from tests.web.area import SHEET, last_password, send_invoice
from tests.world import HouseWorld


async def add(world: HouseWorld, *files: Attached) -> list[str]:
    """Put files into Acme's area and return their paths, by name."""
    await add_files(world.office, "ACME", files, actor="test")
    (row,) = await world.office.db.rows("SELECT id FROM clients WHERE ref = 'ACME'")
    return [f"/files/{f.id}" for f in await list_files(world.office.db, Reach(row["id"]))]


async def test_files_are_listed_with_name_size_and_day_and_saved_under_their_names(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    (path,) = await add(house, SHEET)
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.get("/files")
        assert f'<a href="{path}" download><bdi>time sheet.csv</bdi></a>' in page.text
        assert "1 kB" in page.text
        assert "23 November 2026" in page.text
        file = await browser.get(path)
    assert (file.status, file.body) == (200, SHEET.content)
    assert file.headers["Content-Disposition"].startswith('attachment; filename="time sheet.csv"')
    assert file.headers["X-Content-Type-Options"] == "nosniff"


async def test_day_a_file_was_added_is_the_day_where_the_business_is(house: HouseWorld) -> None:
    # in London, where it is summer, the next day has begun
    house.clock.instant = from_datetime(datetime(2027, 6, 30, 23, 30, tzinfo=UTC))
    link = await send_invoice(house)
    await add(house, SHEET)
    async with house.browser() as browser:
        await browser.get(link)
        assert "1 July 2027" in (await browser.get("/files")).text


async def test_client_without_files_is_told_what_the_tab_is_for(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        await browser.get(link)
        assert "No files yet" in (await browser.get("/files")).text


async def test_removed_file_is_gone_at_once(house: HouseWorld) -> None:
    link = await send_invoice(house)
    (path,) = await add(house, SHEET)
    async with house.browser() as browser:
        await browser.get(link)
        assert (await browser.get(path)).status == 200
        await remove_file(house.office, "ACME", SHEET.name, actor="test")
        assert (await browser.get(path)).status == 404
        assert SHEET.name not in (await browser.get("/files")).text


async def test_link_to_one_document_opens_no_file_and_no_statement(house: HouseWorld) -> None:
    link = await send_invoice(house, link_scope="document")
    (path,) = await add(house, SHEET)
    async with house.browser() as browser:
        page = await browser.get(link)
        missing = (await browser.get("/nowhere")).body
        for closed in ("/files", path, "/statement", "/statement.pdf", "/statement?from=x"):
            found = await browser.get(closed)
            assert (found.status, found.body) == (404, missing)
    assert "/statement" not in page.text


async def test_strangers_who_share_a_client_have_neither_files_nor_statement(
    house: HouseWorld,
) -> None:
    await send_invoice(house, password=True)
    (path,) = await add(house, SHEET)
    await change_client(house.office, "ACME", {"shared": True}, actor="test")
    async with house.browser() as browser:
        home = await browser.log_in("jane@acme.example", await last_password(house))
        assert "INV-1" in home.text
        assert "/files" not in home.text
        assert "/statement" not in home.text
        for closed in ("/files", path, "/statement", "/statement.pdf"):
            assert (await browser.get(closed)).status == 404


async def test_contact_without_history_sees_no_file_of_the_past(house: HouseWorld) -> None:
    link = await send_invoice(house)
    await add(house, SHEET)
    house.clock.advance(seconds=1)
    await house.office.db.transact(
        lambda tx: tx.execute("UPDATE contacts SET history_from = $1", house.clock())
    )
    paths = await add(house, Attached("newer.csv", "text/csv", b"1"))
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.get("/files")
        assert "newer.csv" in page.text
        assert SHEET.name not in page.text
        assert sorted([(await browser.get(path)).status for path in paths]) == [200, 404]
