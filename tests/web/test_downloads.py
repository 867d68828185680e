"""PDFs, attachments and the static few: saved under their names, shown to nobody else."""

from __future__ import annotations

from pathlib import Path

from maild import config as configuration
from maild.mail.compose import Attached
from maild.office import open_office
from maild.web.app import build_site
from maild.web.door import open_site
from tests.fakes import FakeClock
from tests.ports import free_port
from tests.web.area import JANE, assert_guarded, last_link, send_invoice
from tests.world import CONFIG, HouseWorld

NAMES = {
    "sheet.csv": "attachment; filename=\"sheet.csv\"; filename*=UTF-8''sheet.csv",
    "№ 7 – Übersicht.pdf": (
        'attachment; filename="_ 7 _ _bersicht.pdf"; '
        "filename*=UTF-8''%E2%84%96%207%20%E2%80%93%20%C3%9Cbersicht.pdf"
    ),
    'a"b;c.txt': "attachment; filename=\"a_b;c.txt\"; filename*=UTF-8''a%22b%3Bc.txt",
    "50% off'.txt": "attachment; filename=\"50% off'.txt\"; filename*=UTF-8''50%25%20off%27.txt",
    "page.html": "attachment; filename=\"page.html\"; filename*=UTF-8''page.html",
}


async def test_a_pdf_is_saved_under_the_documents_name(house: HouseWorld) -> None:
    link = await send_invoice(house, "INV/№ 7")
    async with house.browser() as browser:
        await browser.get(link)
        pdf = await browser.get("/invoices/INV%2F%E2%84%96%207.pdf")
    assert (pdf.status, pdf.headers["Content-Type"]) == (200, "application/pdf")
    assert pdf.body.startswith(b"%PDF-")
    said = pdf.headers["Content-Disposition"]
    assert said.startswith("attachment; ")
    assert said.isascii()
    assert "/" not in said
    assert "%2F" not in said
    assert_guarded(pdf.headers)


async def test_attachments_are_saved_under_their_names_and_never_shown_in_place(
    house: HouseWorld,
) -> None:
    await house.client("Acme Ltd", JANE)
    script = b"<script>alert(1)</script>"
    await house.issue("INV-1", files=[Attached(name, "text/html", script) for name in NAMES])
    async with house.browser() as browser:
        page = await browser.get(await last_link(house, JANE))
        paths = [
            part.partition('"')[0]
            for part in page.text.split('href="')
            if part.startswith("/invoices/INV-1/attachments/")
        ]
        found = [await browser.get(path) for path in paths]
    assert sorted(f.headers["Content-Disposition"] for f in found) == sorted(NAMES.values())
    for file in found:
        assert (file.status, file.body) == (200, script)
        assert file.headers["Content-Type"].startswith("text/html")
        assert_guarded(file.headers)


async def test_a_file_of_another_document_of_ours_is_not_found_under_this_one(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    await house.issue("INV-2")
    async with house.browser() as browser:
        page = await browser.get(link)
        path = page.text.partition('href="/invoices/INV-1/attachments/')[2].partition('"')[0]
        assert (await browser.get(f"/invoices/INV-1/attachments/{path}")).status == 200
        assert (await browser.get(f"/invoices/INV-2/attachments/{path}")).status == 404
        for wrong in (path.upper(), path + "x", "..%2F..%2Fkeys", "%00", "'--"):
            assert (await browser.get(f"/invoices/INV-1/attachments/{wrong}")).status == 404


async def test_sql_in_a_number_is_a_number_like_any_other(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        await browser.get(link)
        for number in ("' OR '1'='1", 'INV-1"', "INV-1';--", "INV-1%", "INV_1", "$1", ":1"):
            page = await browser.get(f"/invoices/{number.replace('%', '%25').replace(' ', '%20')}")
            assert page.status == 404
        assert (await browser.get("/invoices/INV-1")).status == 200


async def test_a_logo_is_kept_for_an_hour_and_not_sent_twice(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    file = tmp_path / "config.toml"
    text = CONFIG.format(port=free_port(), relay="maildir:sent")
    file.write_text(text.replace("[business]", '[business]\nlogo = "logo.svg"'))
    config = configuration.load(file, {})
    async with (
        open_office(config, clock=FakeClock()) as office,
        open_site(build_site(office), config.web.listen, config.web.base_url),
    ):
        from aiohttp import ClientSession

        url = f"{config.web.base_url}/static/logo"
        async with ClientSession() as session:
            async with session.get(url) as first:
                assert (first.status, first.content_type) == (200, "image/svg+xml")
                assert first.headers["Cache-Control"] == "public, max-age=3600"
                assert_guarded(dict(first.headers))
                since = first.headers["Last-Modified"]
            async with session.get(url, headers={"If-Modified-Since": since}) as second:
                assert (second.status, await second.read()) == (304, b"")
                assert_guarded(dict(second.headers))
            (tmp_path / "logo.svg").unlink()
            async with session.get(url) as third:
                assert third.status == 404
                assert_guarded(dict(third.headers))
