"""Files in a client's area: kept once, never overwritten by accident, gone when removed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from maild.errors import BadInput, NotFound, Refused
from maild.mail.compose import Attached
from maild.services.attachments import attach
from maild.services.customers import change_client
from maild.services.files import add_files, remove_file
from maild.services.lookup import need_client
from maild.store.blobs import read_blob
from maild.store.files import list_files
from maild.store.reach import Reach
from tests.world import HouseWorld

SHEET = Attached("prices.pdf", "application/pdf", b"old")
OTHER = replace(SHEET, content=b"new")


async def add(shop: HouseWorld, *files: Attached, replace: bool = False) -> tuple[str, ...]:
    return await add_files(shop.office, "ACME", files, actor="test", replace=replace)


async def kept(shop: HouseWorld) -> dict[str, bytes]:
    client = await need_client(shop.office.db, "ACME")
    found = await list_files(shop.office.db, Reach(client.id))
    return {file.name: await read_blob(shop.office.db, file.hash) for file in found}


async def blobs(shop: HouseWorld) -> int:
    (row,) = await shop.office.db.rows("SELECT COUNT(*) AS n FROM blobs")
    return int(row["n"])


async def test_same_file_again_changes_nothing(shop: HouseWorld) -> None:
    assert await add(shop, SHEET) == ("prices.pdf",)
    log = await shop.log()
    assert log.count("file added ACME") == 1
    assert await add(shop, SHEET) == ()
    assert await shop.log() == log


async def test_other_content_under_a_known_name_needs_replace(shop: HouseWorld) -> None:
    await add(shop, SHEET)
    with pytest.raises(Refused, match=r"another file named prices\.pdf.*--replace"):
        await add(shop, replace_name(OTHER, "new.pdf"), OTHER)
    assert await kept(shop) == {"prices.pdf": b"old"}
    assert await add(shop, OTHER, replace=True) == ("prices.pdf",)
    assert await kept(shop) == {"prices.pdf": b"new"}
    assert "file replaced ACME" in await shop.log()
    assert await blobs(shop) == 1


async def test_bytes_are_kept_once_and_go_with_the_last_that_needs_them(shop: HouseWorld) -> None:
    await shop.issue("INV-1")
    await attach(shop.office, "INV-1", [SHEET], actor="test")
    await add(shop, SHEET, replace_name(SHEET, "again.pdf"))
    assert await blobs(shop) == 1
    await remove_file(shop.office, "ACME", "prices.pdf", actor="test")
    assert await kept(shop) == {"again.pdf": b"old"}
    await remove_file(shop.office, "ACME", "again.pdf", actor="test")
    assert (await kept(shop), await blobs(shop)) == ({}, 1)
    assert (await shop.log()).count("file removed ACME") == 2


async def test_removed_file_leaves_no_bytes_behind(shop: HouseWorld) -> None:
    await add(shop, SHEET)
    await remove_file(shop.office, "ACME", "prices.pdf", actor="test")
    assert await blobs(shop) == 0
    with pytest.raises(NotFound, match=r"has no file prices\.pdf; see: maild file list ACME"):
        await remove_file(shop.office, "ACME", "prices.pdf", actor="test")


@pytest.mark.parametrize("name", ["", "..", "a\nb.pdf", "\u202efdp.exe", "x" * 201])
async def test_name_that_could_be_misread_is_refused(shop: HouseWorld, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be a file's name"):
        await add(shop, replace_name(SHEET, name))


@pytest.mark.parametrize(
    ("given", "kept_as"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\jo\\plan.pdf", "plan.pdf"),
        ("/", None),
        (".", None),
        ("תוכנית.pdf", "תוכנית.pdf"),
        ("x" * 200, "x" * 200),
        ("Zoe\u0308.pdf", "Zo\u00eb.pdf"),
    ],
)
async def test_file_is_kept_under_its_bare_name(
    shop: HouseWorld, given: str, kept_as: str | None
) -> None:
    if kept_as is None:
        with pytest.raises(BadInput, match="cannot be a file's name"):
            await add(shop, replace_name(SHEET, given))
    else:
        assert await add(shop, replace_name(SHEET, given)) == (kept_as,)
        assert await kept(shop) == {kept_as: b"old"}


async def test_name_is_the_same_however_its_accents_are_written(shop: HouseWorld) -> None:
    await add(shop, replace_name(SHEET, "Zo\u00eb.pdf"))
    assert await add(shop, replace_name(SHEET, "Zoe\u0308.pdf")) == ()
    await remove_file(shop.office, "ACME", "Zoe\u0308.pdf", actor="test")
    assert await kept(shop) == {}


async def test_empty_file_is_kept(shop: HouseWorld) -> None:
    assert await add(shop, replace(SHEET, content=b"")) == ("prices.pdf",)
    assert await kept(shop) == {"prices.pdf": b""}


async def test_same_file_added_at_once_is_kept_once(shop: HouseWorld) -> None:
    found = await asyncio.gather(*(add(shop, SHEET) for _ in range(5)))
    assert sorted(found) == [()] * 4 + [("prices.pdf",)]
    assert await blobs(shop) == 1


async def test_file_over_the_limit_and_a_name_twice_are_refused_whole(shop: HouseWorld) -> None:
    most = shop.office.config.limits.attachment_size
    with pytest.raises(BadInput, match="attachment_size"):
        await add(shop, SHEET, Attached("large", "a/b", b"x" * (most + 1)))
    with pytest.raises(BadInput, match=r"two files are named prices\.pdf"):
        await add(shop, SHEET, OTHER)
    assert await kept(shop) == {}


async def test_shared_client_has_no_files(shop: HouseWorld) -> None:
    await change_client(shop.office, "ACME", {"shared": True}, actor="test")
    with pytest.raises(Refused, match="have no Files tab"):
        await add(shop, SHEET)


def replace_name(file: Attached, name: str) -> Attached:
    return replace(file, name=name)
