"""Long lists: unpaid first, a page at a time, and no dearer with ten thousand documents."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest

from maild.mail.compose import Attached
from maild.model import StoredDocument
from maild.services.customers import change_client
from maild.services.issue import prepare_issue
from maild.services.paging import shelves_for, turn_page
from maild.services.payments import pay, void
from maild.store.database import Row, Value
from maild.store.documents import find_document
from maild.store.reach import Reach
from tests.visitor import Page
from tests.web.area import JANE, last_link, send_invoice
from tests.world import HouseWorld, make_document, store_path

TODAY = date(2026, 11, 23)
MANY = 10_000


def numbers(page: Page) -> list[str]:
    """Return the numbers of the documents in a page's tables, in order."""
    return re.findall(r'<th scope="row"[^>]*><a [^>]+><bdi>([^<]+)</bdi>', page.text)


def link_named(page: Page, name: str) -> str:
    """Return where the link of that name leads, or an empty text."""
    found = re.search(rf'href="([^"]+)"[^>]*>(?:<span[^>]*>.</span>)?\s*{name}\b', page.text)
    return found[1].replace("&amp;", "&") if found else ""


async def fill(world: HouseWorld, count: int, unpaid: int = 0, first: str = "INV-1") -> None:
    """Put copies of a document into the store, the first ones unpaid, the others paid."""
    model = await find_document(world.office.db, first)
    assert model
    copies = [_copy(model, n, paid=n >= unpaid) for n in range(count)]
    names = list(StoredDocument.__dataclass_fields__)
    marks = ", ".join("?" * len(names))
    with closing(sqlite3.connect(store_path(world.office.config), timeout=8)) as raw, raw:
        raw.executemany(
            f"INSERT INTO documents ({', '.join(names)}) VALUES ({marks})",
            [tuple(getattr(copy, name) for name in names) for copy in copies],
        )


def _copy(model: StoredDocument, n: int, *, paid: bool) -> StoredDocument:
    day = TODAY - timedelta(days=n % 700)
    return replace(
        model,
        id=f"copy{n:012}",
        number=f"COPY-{n:05}",
        state="paid" if paid else "open",
        issued=day.isoformat(),
        ends=(day + timedelta(days=30)).isoformat() if n % 7 else None,
        paid_minor=model.total_minor if paid else 0,
        created_at=model.created_at + n,
    )


async def test_unpaid_stands_first_the_longest_overdue_on_top(house: HouseWorld) -> None:
    link = await send_invoice(house)
    for number, issued, due in (
        ("INV-2", "2026-09-01", "2026-10-01"),
        ("INV-3", "2026-11-02", "2026-11-09"),
        ("INV-4", "2026-11-22", None),
        ("INV-5", "2026-11-21", "2026-11-22"),
        ("INV-6", "2026-11-20", "2026-11-21"),
    ):
        await house.issue(number, issued=issued, due=due)
    await pay(house.office, "INV-6", on=None, amount=None, actor="test")
    await void(house.office, "INV-5", actor="test")
    async with house.browser() as browser:
        await browser.get(link)
        wanted = ["INV-2", "INV-3", "INV-1", "INV-4", "INV-5", "INV-6"]
        for path in ("/", "/invoices"):
            page = await browser.get(path)
            assert numbers(page) == wanted
        assert page.text.count(">Overdue</span>") == 2
        assert numbers(await browser.get("/invoices?status=overdue")) == wanted[:2]
        assert numbers(await browser.get("/invoices?status=unpaid")) == wanted[:4]
        assert numbers(await browser.get("/invoices?status=paid")) == ["INV-6"]
        assert numbers(await browser.get("/invoices?status=void")) == ["INV-5"]


async def test_credit_is_neither_due_nor_unpaid(house: HouseWorld) -> None:
    link = await send_invoice(house)
    back = {"description": "Shelf returned", "quantity": "-1", "unit_price": "25"}
    await house.issue("CR-1", issued="2026-10-01", due="2026-10-02", lines=[back])
    gift = {"description": "Gift", "unit_price": "0"}
    await house.issue("INV-0", issued="2026-10-01", due="2026-10-02", lines=[gift])
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.get("/invoices")
        assert sorted(numbers(page)) == ["CR-1", "INV-0", "INV-1"]
        for word, count in (("Credit", 1), ("Nothing due", 1), ("Due", 1), ("Overdue", 0)):
            assert page.text.count(f">{word}</span>") == count, word
        assert numbers(await browser.get("/invoices?status=overdue")) == []
        assert numbers(await browser.get("/invoices?status=unpaid")) == ["INV-1"]
        credit = await browser.get("/invoices/CR-1")
        assert "Nothing to pay" in credit.text
        assert "£25.00 is in your favour" in credit.text
        assert not re.search(r"\bdue\b", credit.text.partition("<main")[2].partition("<article")[0])


async def test_open_estimates_stand_before_expired_ones(house: HouseWorld) -> None:
    link = await send_invoice(house)
    for number, last in (
        ("EST-1", "2026-11-22"),
        ("EST-2", "2026-12-24"),
        ("EST-3", "2026-11-23"),
        ("EST-4", "2026-10-01"),
        ("EST-5", None),
    ):
        await house.issue(number, type="estimate", issued="2026-09-01", valid_until=last)
    async with house.browser() as browser:
        await browser.get(link)
        page = await browser.get("/estimates")
        assert numbers(page) == ["EST-3", "EST-2", "EST-5", "EST-1", "EST-4"]
        assert numbers(await browser.get("/estimates?status=expired")) == ["EST-1", "EST-4"]


async def test_filter_and_pages_appear_from_fifty_documents_on(house: HouseWorld) -> None:
    link = await send_invoice(house)
    await fill(house, 48)
    async with house.browser() as browser:
        await browser.get(link)
        assert "Show only" not in (await browser.get("/invoices")).text
        await house.issue("INV-50")
        page = await browser.get("/invoices")
        assert "Show only" in page.text
        assert (len(numbers(page)), link_named(page, "Next")) == (50, "")
        await house.issue("INV-51")
        assert link_named(await browser.get("/invoices"), "Next")
        assert "Show only" not in (await browser.get("/estimates")).text


@pytest.mark.parametrize("status", ["all", "paid", "unpaid"])
async def test_next_and_previous_go_through_the_whole_list_and_back(
    house: HouseWorld, status: str
) -> None:
    link = await send_invoice(house)
    await fill(house, 220, unpaid=110)
    async with house.browser() as browser:
        await browser.get(link)
        pages = [await browser.get(f"/invoices?status={status}")]
        assert not link_named(pages[0], "Previous")
        while where := link_named(pages[-1], "Next"):
            pages.append(await browser.get(where))
        forth = [numbers(page) for page in pages]
        seen = [number for page in forth for number in page]
        assert len(seen) == len(set(seen)) == {"all": 221, "paid": 110, "unpaid": 111}[status]
        assert [len(page) for page in forth[:-1]] == [50] * (len(forth) - 1)
        page, back = pages[-1], [forth[-1]]
        while where := link_named(page, "Previous"):
            page = await browser.get(where)
            back.append(numbers(page))
        assert back[::-1] == forth


async def test_page_stays_where_it_was_when_documents_come_and_are_paid(house: HouseWorld) -> None:
    link = await send_invoice(house)
    await fill(house, 120)
    async with house.browser() as browser:
        await browser.get(link)
        where = link_named(await browser.get("/invoices"), "Next")
        before = numbers(await browser.get(where))
        await house.issue("INV-2")
        await pay(house.office, "INV-1", on=None, amount=None, actor="test")
        assert [n for n in numbers(await browser.get(where)) if n != "INV-1"][:49] == before[:49]


async def test_page_that_has_emptied_meanwhile_leads_to_the_first_one(house: HouseWorld) -> None:
    link = await send_invoice(house)
    await fill(house, 50, unpaid=50)
    async with house.browser() as browser:
        await browser.get(link)
        where = link_named(await browser.get("/invoices?status=unpaid"), "Next")
        (last,) = numbers(await browser.get(where))
        await pay(house.office, last, on=None, amount=None, actor="test")
        page = await browser.get(where)
        assert page.path == "/invoices?status=unpaid"
        assert len(numbers(page)) == 50


@pytest.mark.parametrize(
    "query",
    [
        "status=none",
        "status=open",
        "status=",
        "after=x",
        "after=2.2026-11-01.1.abc",
        "after=0.2026-11-01.9999999999999999999.abc",
        "before=0.2026-11-01.1.%00",
        "before=0.%D9%A2026-11-01.1.abc",
    ],
)
async def test_strange_page_of_a_list_is_refused_as_a_request(
    house: HouseWorld, query: str
) -> None:
    link = await send_invoice(house)
    async with house.browser() as browser:
        await browser.get(link)
        assert (await browser.get(f"/invoices?{query}")).status == 400


async def test_key_of_another_clients_page_shows_nothing_of_it(house: HouseWorld) -> None:
    link = await send_invoice(house)
    await house.client("Other Ltd", "tom@other.example")
    await house.issue("INV-9", client="OTHER")
    other = await find_document(house.office.db, "INV-9")
    assert other
    async with house.browser() as browser:
        await browser.get(link)
        for way in ("after", "before"):
            page = await browser.get(f"/invoices?{way}=0.2026-12-01.{other.created_at}.{other.id}")
            assert page.status == 200
            assert "INV-9" not in page.text


async def test_prepared_document_is_nowhere_until_it_is_issued(house: HouseWorld) -> None:
    link = await send_invoice(house)
    draft = make_document("INV-2", lines=[{"description": "x", "unit_price": "77"}])
    attached = (Attached("plan.txt", "text/plain", b"secret"),)
    await prepare_issue(house.office, draft, attached)
    async with house.browser() as browser:
        await browser.get(link)
        for path in ("/", "/invoices", "/statement?from=&to="):
            page = await browser.get(path)
            assert "INV-2" not in page.text
            assert "£377.00" not in page.text
        assert (await browser.get("/invoices/INV-2")).status == 404
        assert (await browser.get("/invoices/INV-2.pdf")).status == 404


async def test_people_of_a_shared_client_page_through_their_own(house: HouseWorld) -> None:
    await send_invoice(house, password=True)
    await fill(house, 200)
    await house.issue("INV-2", contacts=[JANE])
    password = (await house.mail_to(JANE))[0].password
    await change_client(house.office, "ACME", {"shared": True}, actor="test")
    async with house.browser() as browser:
        home = await browser.log_in(JANE, password)
        assert sorted(numbers(home)) == ["INV-1", "INV-2"]
        assert "You owe £600.00" in home.text
        page = await browser.get("/invoices")
        assert sorted(numbers(page)) == ["INV-1", "INV-2"]
        assert "Show only" not in page.text


async def test_lists_do_not_read_what_their_documents_consist_of(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [{"description": f"Item {n}", "unit_price": "1"} for n in range(200)]
    await house.client("Acme Ltd", JANE)
    await house.issue("INV-1", lines=lines, reference="PO <77> é")
    async with house.browser() as browser:
        await browser.get(await last_link(house, JANE))
        monkeypatch.setattr(StoredDocument, "content", property(lambda _: 1 / 0))
        for path in ("/", "/invoices"):
            page = await browser.get(path)
            assert numbers(page) == ["INV-1"]
            assert "PO &lt;77&gt; é" in page.text


async def test_long_pages_are_written_beside_the_loop_which_serves_the_others(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await send_invoice(house)
    written: dict[str, int] = {}
    templates = house.office.templates
    render = templates.render

    def note(name: str, context: Mapping[str, object]) -> str:
        written[name] = threading.get_ident()
        return render(name, context)

    monkeypatch.setattr(templates, "render", note)
    async with house.browser() as browser:
        for path in (link, "/", "/invoices", "/statement", "/login"):
            assert (await browser.get(path)).status == 200
    here = {name for name, thread in written.items() if thread == threading.get_ident()}
    assert written.keys() - here == {
        f"web/{n}.html" for n in ("document", "home", "list", "statement")
    }
    assert here == {"web/login.html"}


class Reads:
    """What is read from a store: every statement, and how many rows it brought."""

    def __init__(self, world: HouseWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[tuple[str, tuple[Value, ...], int]] = []
        self._read = world.office.db.rows
        monkeypatch.setattr(world.office.db, "rows", self._note)

    async def _note(self, sql: str, *values: Value) -> Sequence[Row]:
        rows = await self._read(sql, *values)
        self.made.append((sql, values, len(rows)))
        return rows

    async def plans(self) -> list[str]:
        """Return how the engine finds what the statements about documents want."""
        return [
            str(row["detail"])
            for sql, values, _ in self.made
            if "FROM documents" in sql
            for row in await self._read(f"EXPLAIN QUERY PLAN {sql}", *values)
        ]


@pytest.mark.parametrize("unpaid", [30, 9_000])
async def test_work_for_a_page_is_the_same_with_ten_thousand_documents(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch, unpaid: int
) -> None:
    link = await send_invoice(house)
    await fill(house, MANY, unpaid)
    async with house.browser() as browser:
        await browser.get(link)
        for path, most in (
            ("/", 51 + 11),
            ("/invoices", 51),
            ("/invoices?status=unpaid", 51),
            ("/invoices?status=overdue", 51),
            ("/invoices?status=paid", 51),
            ("/invoices?after=1.2025-11-01.1795426200000000.copy000000000001", 51),
            ("/invoices?before=1.2025-11-01.1795426200000000.copy000000000001", 51),
            ("/estimates", 51),
        ):
            reads = Reads(house, monkeypatch)
            assert (await browser.get(path)).status == 200
            monkeypatch.undo()
            documents = [n for sql, _, n in reads.made if "d.canonical" in sql]
            assert sum(documents) <= most, path
            plans = await reads.plans()
            assert [plan for plan in plans if "documents_" in plan]
            for plan in plans:
                assert not re.match(r"SCAN (d|l|documents|links)\b", plan), (path, plan)
                assert "FOR ORDER BY" not in plan, (path, plan)


async def test_statement_of_ten_thousand_documents_writes_no_more_than_its_lines(
    house: HouseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await send_invoice(house)
    await fill(house, MANY, 9_000)
    async with house.browser() as browser:
        await browser.get(link)
        reads = Reads(house, monkeypatch)
        page = await browser.get("/statement?from=&to=")
        monkeypatch.undo()
    assert "Only the latest lines are shown" in page.text
    assert page.text.count(">Invoice <a") + page.text.count(">Payment of <a") == 300
    assert max(n for _, _, n in reads.made) <= 301 + 2
    assert not [plan for plan in await reads.plans() if re.match(r"SCAN (d|l|p)\b", plan)]


async def test_pages_of_ten_thousand_hold_each_document_once(house: HouseWorld) -> None:
    await send_invoice(house)
    await fill(house, MANY, unpaid=4_000)
    (row,) = await house.office.db.rows("SELECT id FROM clients")
    shelves = shelves_for("invoice", TODAY)["all"]
    seen: list[str] = []
    after = ""
    while after or not seen:
        page = await turn_page(
            house.office.db, Reach(row["id"]), "invoice", shelves, after=after, size=997
        )
        seen += [document.number for document in page.documents]
        after = page.after
    assert len(seen) == len(set(seen)) == MANY + 1
