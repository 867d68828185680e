"""Pages that are kept: never one that is stale, and never another's."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from maild.access.links import Scope
from maild.access.visitors import Visitor
from maild.model import Answer, Attachment, Letter
from maild.services.estimates import Words
from maild.services.payments import pay
from maild.states import DocumentState
from maild.templating import Templates
from maild.web.documents import Scene
from maild.web.shelf import Shelf
from tests.access.test_access import CLIENT, CONTACT, DOCUMENT
from tests.web.area import disable, send_invoice
from tests.world import HouseWorld

ROW: dict[str, Any] = dict.fromkeys(Letter.__slots__, "")
VISITOR = Visitor(
    contact=CONTACT,
    client=CLIENT,
    by="link",
    scope=Scope.ACCOUNT,
    document_id=DOCUMENT.id,
    clients=((CLIENT.id, CLIENT.name),),
    document=DOCUMENT,
    has_files=False,
)
FILE = Attachment("f", DOCUMENT.id, "a.pdf", "application/pdf", 9, "0" * 64)
ANSWER = Answer("a", DOCUMENT.id, CONTACT.id, "j@x.example", "accepted", "J", "", "", "v", 1, None)
SCENE = Scene(
    path="/invoices/INV-1",
    visitor=VISITOR,
    onlooker=None,
    document=DOCUMENT,
    status="Due",
    answer=None,
    confirmation=None,
    files=(),
    notice="",
    typed=Words(DocumentState.OPEN),
    faults=(),
)


def look_as(**changes: Any) -> Callable[[Scene], Scene]:
    return lambda scene: replace(scene, visitor=replace(scene.visitor, **changes))


def of_document(**changes: Any) -> Callable[[Scene], Scene]:
    return lambda scene: replace(scene, document=replace(scene.document, **changes))


def with_(**changes: Any) -> Callable[[Scene], Scene]:
    return lambda scene: replace(scene, **changes)


CHANGES = {
    "another contact": look_as(contact=replace(CONTACT, id="other")),
    "another name": look_as(contact=replace(CONTACT, name="Jane Roe")),
    "another client": look_as(client=replace(CLIENT, id="other")),
    "another language": look_as(client=replace(CLIENT, locale="de_DE")),
    "a trial client": look_as(client=replace(CLIENT, dummy=True)),
    "a log-in": look_as(by="password"),
    "a narrower link": look_as(scope=Scope.DOCUMENT),
    "more clients to switch to": look_as(clients=((CLIENT.id, CLIENT.name), ("k", "Other"))),
    "other words": of_document(canonical='{"notes": ""}'),
    "a payment": of_document(paid_minor=1),
    "another state": of_document(state="void"),
    "another document": of_document(id="other"),
    "another day": with_(status="Overdue"),
    "an answer": with_(answer=ANSWER),
    "another answer": with_(answer=replace(ANSWER, name="Tom")),
    "a letter on its way": with_(confirmation=Letter(**ROW | {"state": "queued"})),
    "a letter that arrived": with_(confirmation=Letter(**ROW | {"state": "sent", "sent_at": 5})),
    "a file": with_(files=(FILE,)),
    "a file renamed": with_(files=(replace(FILE, name="b.pdf"),)),
    "another path": with_(path="/invoices/INV-2"),
    "a refusal": with_(notice="No."),
    "what was typed": with_(typed=Words(DocumentState.ACCEPTED, "Jane")),
    "what was faulty": with_(faults=(("name", "Too long."),)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_page_is_another_once_anything_it_is_made_of_has_changed(
    change: Callable[[Scene], Scene],
) -> None:
    shelf = Shelf("mark")
    shelf.keep(SCENE, "the page")
    assert shelf.find(change(SCENE), "tie") is None
    assert shelf.find(replace(SCENE, document=replace(DOCUMENT)), "tie") == "the page"


def test_each_browser_is_handed_its_own_tie() -> None:
    shelf = Shelf("mark")
    shelf.keep("key", "a mark, and one more mark")
    assert shelf.find("key", "mine") == "a mine, and one more mine"
    assert shelf.find("key", "yours") == "a yours, and one more yours"


def test_the_page_that_nobody_asks_for_makes_room() -> None:
    shelf = Shelf("mark", room=25)
    shelf.keep(1, "x" * 10)
    shelf.keep(2, "y" * 5, more=5)
    assert shelf.find(1, "")
    shelf.keep(3, "z" * 10)
    assert shelf.find(2, "") is None
    assert shelf.find(1, "")
    assert shelf.find(3, "")
    # what is too big for all of it leaves the others alone
    shelf.keep(4, "w" * 26)
    assert shelf.find(4, "") is None
    assert shelf.find(3, "")


def test_templates_are_of_another_edition_once_a_part_of_one_is_edited(tmp_path: Path) -> None:
    page, part = tmp_path / "page.html", tmp_path / "part.html"
    page.write_text('{% extends "part.html" %}')
    part.write_text("one")
    templates = Templates(locale="en_GB", time_zone="UTC", override=tmp_path)
    first = templates.edition("page.html")
    assert templates.edition("page.html") == first
    assert templates.for_locale("de_DE").edition("page.html") != first
    _edit(part, "two")
    second = templates.edition("page.html")
    assert second != first
    assert templates.edition("page.html") == second


def test_template_whose_parts_are_not_known_beforehand_is_never_twice_the_same(
    tmp_path: Path,
) -> None:
    (tmp_path / "page.html").write_text('{% include "a" ~ 1 %}')
    templates = Templates(locale="en_GB", time_zone="UTC", override=tmp_path)
    assert templates.edition("page.html") != templates.edition("page.html")
    assert templates.edition("none.html") != templates.edition("none.html")


async def test_page_that_was_kept_shows_what_has_happened_since(house: HouseWorld) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        assert "£300.00 is due" in (await browser.get(link)).text
        assert "£300.00 is due" in (await browser.get("/invoices/INV-1")).text
        await pay(house.office, "INV-1", on=None, amount=Decimal(100), actor="test")
        assert "£200.00 is still due" in (await browser.get("/invoices/INV-1")).text
        await house.advance(days=60)
        assert "£200.00 is overdue" in (await browser.get(link)).text
        await disable(house)
        assert (await browser.get("/invoices/INV-1")).status == 410


async def test_two_browsers_of_one_link_have_one_page_and_forms_of_their_own(
    house: HouseWorld,
) -> None:
    link = await send_invoice(house)
    async with house.browser() as one, house.browser() as two:
        pages = [(await browser.get(link)).text for browser in (one, two, one)]
    ties = [set(re.findall(r'data-csrf="(\w+)"', page)) for page in pages]
    assert [len(tie) for tie in ties] == [1, 1, 1]
    assert ties[0] == ties[2] != ties[1]
    bare = [page.replace(tie.pop(), "") for page, tie in zip(pages, ties, strict=True)]
    assert bare[0] == bare[1] == bare[2]


def _edit(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, (1, 1))
