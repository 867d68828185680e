"""The PDF of a document, made by the real layout and read back with another library."""

from __future__ import annotations

import io
import json
import multiprocessing
import re
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from maild.config_sections import Business
from maild.document import Document, Line
from maild.errors import BadTemplate
from maild.mail import typeset
from maild.mail.pdf import document_data
from maild.mail.typeset import render_pdf
from maild.model import Client, StoredDocument
from tests.golden_pdfs import LAYOUT, NAMES, STATEMENT, TEMPLATES, make_sample, print_sample, store

BUSINESS = Business.model_validate(
    {
        "name": "Example Ltd",
        "email": "billing@example.test",
        "address": "1 High Street\nBristol",
        "tax_id": "GB 123",
        "payment": "To **Example Ltd**\n\n- Account 12345678",
    }
)
CLIENT = Client("c", "ACME", "Acme & Sons", "default", False, "account", 0)
LINE = Line(description="Support", quantity=Decimal(3), unit="days", unit_price=Decimal("85.50"))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 20"><path d="M0 0h400v20z"/></svg>'


def invoice(**changes: object) -> Document:
    fields: dict[str, object] = {
        "type": "invoice",
        "number": "INV-1001",
        "client": "ACME",
        "issued": "2026-11-01",
        "due": "2026-12-01",
        "currency": "GBP",
        "reference": "PO 77",
        "lines": (LINE, LINE.model_copy(update={"tax_rate": Decimal(20)})),
        "notes": "Thank you.\n\nSee you soon.",
    }
    return Document.model_validate(fields | changes)


def render(
    document: StoredDocument, business: Business = BUSINESS, client: Client = CLIENT
) -> tuple[bytes, list[str]]:
    content = render_pdf(LAYOUT, document_data(document, client, business, TEMPLATES))
    return content, [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_invoice_says_all_that_matters_on_one_page() -> None:
    _, (text,) = render(store(invoice()))
    for words in (
        "Invoice",
        "INV-1001",
        "Acme & Sons",
        "1 November 2026",
        "1 December 2026",
        "PO 77",
        "3 days",
        "£85.50",
        "£256.50",
        "Tax 20% on £256.50",
        "£51.30",
        "Balance due",
        "£564.30",
        "See you soon.",
        "Account 12345678",
        "Please quote INV-1001",
        "Tax number GB 123",
        "Page 1 of 1",
    ):
        assert words in text, words


@pytest.mark.parametrize("name", NAMES)
def test_pdf_is_for_the_archive_tagged_and_says_what_it_is_in_which_language(name: str) -> None:
    reader = PdfReader(io.BytesIO(print_sample(name)))
    root: Any = reader.trailer["/Root"]
    assert reader.xmp_metadata
    claims = reader.xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in claims
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    assert intent.get_object()["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert reader.metadata
    title = "Statement for Acme & Sons"
    if name != STATEMENT:
        document, _ = make_sample(name)
        title = f"{document.type.capitalize()} {document.number}"
    assert (reader.metadata.title, reader.metadata.author) == (title, "Example Ltd")
    tags = list(walk_tags(root["/StructTreeRoot"]["/K"]))
    assert {"/H1", "/Table", "/THead", "/TBody"} <= set(tags)
    assert tags.count("/H1") == 1
    fonts = [font for page in reader.pages for font in list_fonts(page)]
    assert fonts
    assert all("/FontFile3" in font or "/FontFile2" in font for font in fonts), "not embedded"


@pytest.mark.parametrize("number", range(1, 61))
def test_each_page_carries_what_the_lines_come_to_so_far_to_the_next(number: int) -> None:
    lines = tuple(LINE.model_copy(update={"unit_price": Decimal(n)}) for n in range(1, number + 1))
    document = store(invoice(lines=lines))
    pages = render(document)[1]
    # notes may go on after the sums
    end = next(place for place, page in enumerate(pages) if "Balance due" in page)
    full, last = pages[:end], pages[end]
    brought = "£0.00"
    for page in full:
        assert page.count("Carried forward") == 1
        assert (f"Brought forward {brought}" in page) == (brought != "£0.00")
        amounts = re.findall(r"^Support 3 days £\S+ £(\S+)$", page, re.MULTILINE)
        so_far = sum(map(_number, amounts), start=_number(brought[1:]))
        brought = f"£{so_far:,.2f}"
        assert f"Carried forward {brought}" in page
    assert "Carried forward" not in last
    assert (f"Brought forward {brought}" in last) == bool(full)
    assert f"Total £{document.total:,.2f}" in last


def test_layout_comes_to_rest_whatever_the_number_of_lines() -> None:
    fonts = typst.Fonts(include_system_fonts=False)
    for number in (*range(18, 32), *range(52, 66)):
        data = document_data(store(invoice(lines=(LINE,) * number)), CLIENT, BUSINESS, TEMPLATES)
        _, warnings = typst.compile_with_warnings(
            LAYOUT, font_paths=fonts, sys_inputs={"data": json.dumps(data)}, format="pdf"
        )
        assert warnings == [], number


def test_thousand_lines_are_set_in_a_fraction_of_what_a_worker_may_take() -> None:
    started = time.process_time()
    _, pages = render(store(invoice(lines=(LINE,) * 1000)))
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    assert time.process_time() - started < 10


def test_same_document_gives_the_same_bytes() -> None:
    assert render(store(invoice())) == render(store(invoice()))


def test_sixty_lines_run_over_pages_that_repeat_the_heading() -> None:
    _, pages = render(store(invoice(lines=(LINE,) * 60), paid=10_000))
    assert len(pages) > 1
    assert sum(page.count("Support") for page in pages) == 60
    assert all("Description" in page for page in pages if "Support" in page)
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    (sums,) = (page for page in pages if "Balance due" in page)
    assert "-£100.00" in sums
    assert "£15,290.00" in sums


def test_estimate_has_no_balance_and_no_bank_details() -> None:
    estimate = invoice(type="estimate", number="EST-7", due=None, valid_until="2026-12-31")
    _, (text,) = render(store(estimate, state="accepted"))
    assert "Estimated total" in text
    assert "Valid until" in text
    assert "ACCEPTED" in text
    assert "Balance" not in text
    assert "12345678" not in text


def test_paid_invoice_says_so_and_asks_for_nothing() -> None:
    _, (text,) = render(store(invoice(), paid=56_430, state="paid"))
    assert "PAID" in text
    assert "£0.00" in text
    assert "How to pay" not in text


def test_credit_is_in_the_clients_favour_and_not_due() -> None:
    returned = LINE.model_copy(update={"quantity": Decimal(-3)})
    _, (text,) = render(store(invoice(lines=(returned,))))
    assert "In your favour" in text
    assert "-£256.50" in text
    assert "Balance due" not in text
    assert "How to pay" not in text


def test_void_document_says_so_on_every_page_and_asks_for_nothing() -> None:
    _, pages = render(store(invoice(lines=(LINE,) * 40), state="void"))
    assert len(pages) == 2
    assert all("VOID" in page for page in pages)
    assert "Void, nothing is due £0.00" in pages[-1]
    assert "How to pay" not in pages[-1]


@pytest.mark.parametrize(
    "text", ['#image("x")', "*bold* _it_ $x$", "= Title", "<b>&amp;", "\\ @x [y]"]
)
def test_text_of_the_data_is_never_markup(text: str) -> None:
    line = LINE.model_copy(update={"description": text})
    _, (page,) = render(store(invoice(lines=(line,), notes="")))
    assert text in page


def test_names_without_end_wrap_and_stay_on_the_page() -> None:
    document = invoice(number="N" * 64, reference="W" * 200, client="W" * 200)
    client = Client("c", "A" * 60, "W" * 200, "default", False, "account", 0)
    firm = BUSINESS.model_copy(update={"name": "M" * 200})
    _, pages = render(store(document), firm, client)
    text = "\n".join(pages)
    assert text.count("W") == 400
    assert max(len(run) for run in re.findall(r"[WMN]+", text)) <= 48


@pytest.mark.parametrize("words", ["ייעוץ (גרסה 2)", "استشارات (الإصدار 2)"])
def test_words_from_right_to_left_begin_at_the_right_of_their_column(words: str) -> None:
    line = LINE.model_copy(update={"description": words})
    content, _ = render(store(invoice(lines=(line, LINE), notes=words)))
    starts = find_starts(content)
    assert b"<pdfaid:part>3</pdfaid:part>" in content
    assert starts["Support"] < 60
    assert min(x for text, x in starts.items() if text.strip() and text in words) > 120


def test_scripts_that_the_built_in_fonts_hold_need_no_font_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours_alone = typst.Fonts(include_system_fonts=False)
    monkeypatch.setattr(typeset, "_fonts", lambda *, system: ours_alone)
    content = print_sample("other-scripts")
    assert b"<pdfaid:part>3</pdfaid:part>" in content
    # while another script is not for the archive by these alone
    line = LINE.model_copy(update={"description": "设计费"})
    plain, _ = render(store(invoice(lines=(line,))))
    assert b"<pdfaid:part>" not in plain


def test_font_of_the_system_is_taken_for_the_archive_before_the_archive_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried = []
    compile_really = typeset._compile

    def watch(*given: Any, system: bool, archival: bool) -> bytes:
        tried.append((system, archival))
        return compile_really(*given, system=system, archival=archival)

    monkeypatch.setattr(typeset, "_compile", watch)
    layout = tmp_path / "layout.typ"
    # no font holds what Unicode leaves to private use
    layout.write_text("\U000f0000")
    assert b"<pdfaid:part>" not in render_pdf(layout, {})
    assert tried == [(False, True), (True, True), (True, False)]


def test_letters_beyond_all_fonts_still_give_a_pdf() -> None:
    line = LINE.model_copy(update={"description": "设计费 🧾 \U000f0000"})
    content, pages = render(store(invoice(lines=(line,))))
    assert content.startswith(b"%PDF")
    assert len(pages) == 1


def test_unit_price_finer_than_a_coin_is_written_in_full() -> None:
    line = LINE.model_copy(update={"unit_price": Decimal("0.0125"), "quantity": Decimal(1000)})
    _, (text,) = render(store(invoice(lines=(line,))))
    assert "0.0125" in text
    assert "£12.50" in text


def test_logo_takes_the_place_of_the_name(tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_bytes(SVG)
    content, (text,) = render(store(invoice()), BUSINESS.model_copy(update={"logo": str(logo)}))
    assert b"<pdfaid:part>3</pdfaid:part>" in content
    assert "Example Ltd" in text


def test_broken_layout_is_told_in_the_words_of_the_typesetter(tmp_path: Path) -> None:
    layout = tmp_path / "document.typ"
    layout.write_text("#let data = json(bytes(sys.inputs.data))\n#data.nothing\n")
    with pytest.raises(BadTemplate, match=r"does not contain key \"nothing\"(.|\n)*document.typ:2"):
        render_pdf(layout, {"x": 1})


def test_layout_reads_nothing_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "pdf").mkdir()
    layout = tmp_path / "pdf" / "document.typ"
    layout.write_text('#read("../secret")')
    with pytest.raises(BadTemplate):
        render_pdf(layout, {})


def walk_tags(kids: Any) -> Iterator[str]:
    """Yield the structure types of a tree of tags."""
    found = kids.get_object()
    for kid in found if isinstance(found, list) else [found]:
        node = kid.get_object()
        if isinstance(node, dict):
            yield from [node["/S"]] if "/S" in node else []
            yield from walk_tags(node["/K"]) if "/K" in node else ()


def list_fonts(page: Any) -> Iterator[Any]:
    """Yield the descriptors of a page's fonts."""
    for font in page["/Resources"]["/Font"].values():
        for descendant in font.get_object()["/DescendantFonts"].get_object():
            yield descendant.get_object()["/FontDescriptor"].get_object()


def find_starts(pdf: bytes) -> dict[str, float]:
    """Return where each piece of text of the first page begins, in points from the left."""
    starts: dict[str, float] = {}

    def visit(text: str, cm: Any, tm: Any, *_: object) -> None:
        starts.setdefault(text.strip(), cm[4] + tm[4])

    PdfReader(io.BytesIO(pdf)).pages[0].extract_text(visitor_text=visit)
    return starts


def _number(written: str) -> Decimal:
    return Decimal(written.replace(",", ""))


def test_pdf_is_made_in_another_process() -> None:
    data = document_data(store(invoice()), CLIENT, BUSINESS, TEMPLATES)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(render_pdf, LAYOUT, data).result(60) == render_pdf(LAYOUT, data)
