"""The PDF of a document, made by the real layout and read back with another library."""

from __future__ import annotations

import io
import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader

from maild.config_sections import Business
from maild.document import Document, Line
from maild.errors import BadTemplate
from maild.mail.pdf import document_data, render_pdf
from maild.model import Client, StoredDocument
from maild.money import to_minor
from maild.templating import Templates, templates_folder

LAYOUT = templates_folder() / "pdf" / "document.typ"
TEMPLATES = Templates(locale="en_GB", time_zone="Europe/London")
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


def stored(document: Document, *, paid: int = 0, state: str = "open") -> StoredDocument:
    ends = document.due or document.valid_until
    return StoredDocument(
        id="d",
        client_id="c",
        number=document.number,
        type=document.type,
        state=state,
        currency=document.currency,
        issued=document.issued.isoformat(),
        ends=ends.isoformat() if ends else None,
        total_minor=to_minor(document.totals().gross, document.currency),
        paid_minor=paid,
        canonical=document.canonical(),
        created_at=0,
        settled_at=None,
    )


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
    content, (text,) = render(stored(invoice()))
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
    assert b"<pdfaid:part>3</pdfaid:part>" in content
    assert PdfReader(io.BytesIO(content)).metadata["/Title"] == "Invoice INV-1001"  # type: ignore[index]


def test_same_document_gives_the_same_bytes() -> None:
    assert render(stored(invoice())) == render(stored(invoice()))


def test_sixty_lines_run_over_pages_that_repeat_the_heading() -> None:
    _, pages = render(stored(invoice(lines=(LINE,) * 60), paid=10_000))
    assert len(pages) > 1
    assert sum(page.count("Support") for page in pages) == 60
    assert all("Description" in page for page in pages if "Support" in page)
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    assert "-£100.00" in pages[-1]
    assert "£15,290.00" in pages[-1]


def test_estimate_has_no_balance_and_no_bank_details() -> None:
    estimate = invoice(type="estimate", number="EST-7", due=None, valid_until="2026-12-31")
    _, (text,) = render(stored(estimate, state="accepted"))
    assert "Estimated total" in text
    assert "Valid until" in text
    assert "ACCEPTED" in text
    assert "Balance" not in text
    assert "12345678" not in text


def test_paid_invoice_says_so_and_asks_for_nothing() -> None:
    _, (text,) = render(stored(invoice(), paid=56_430, state="paid"))
    assert "PAID" in text
    assert "£0.00" in text
    assert "How to pay" not in text


def test_credit_is_in_the_clients_favour_and_not_due() -> None:
    returned = LINE.model_copy(update={"quantity": Decimal(-3)})
    _, (text,) = render(stored(invoice(lines=(returned,))))
    assert "In your favour" in text
    assert "-£256.50" in text
    assert "Balance due" not in text
    assert "How to pay" not in text


@pytest.mark.parametrize(
    "text", ['#image("x")', "*bold* _it_ $x$", "= Title", "<b>&amp;", "\\ @x [y]"]
)
def test_text_of_the_data_is_never_markup(text: str) -> None:
    line = LINE.model_copy(update={"description": text})
    _, (page,) = render(stored(invoice(lines=(line,), notes="")))
    assert text in page


def test_names_without_end_wrap_and_stay_on_the_page() -> None:
    document = invoice(number="N" * 64, reference="W" * 200, client="W" * 200)
    client = Client("c", "A" * 60, "W" * 200, "default", False, "account", 0)
    firm = BUSINESS.model_copy(update={"name": "M" * 200})
    _, pages = render(stored(document), firm, client)
    text = "\n".join(pages)
    assert text.count("W") == 400
    assert max(len(run) for run in re.findall(r"[WMN]+", text)) <= 48


def test_letters_beyond_the_built_in_fonts_still_give_a_pdf() -> None:
    line = LINE.model_copy(update={"description": "设计费 🧾"})
    content, pages = render(stored(invoice(lines=(line,))))
    assert content.startswith(b"%PDF")
    assert len(pages) == 1


def test_unit_price_finer_than_a_coin_is_written_in_full() -> None:
    line = LINE.model_copy(update={"unit_price": Decimal("0.0125"), "quantity": Decimal(1000)})
    _, (text,) = render(stored(invoice(lines=(line,))))
    assert "0.0125" in text
    assert "£12.50" in text


def test_logo_takes_the_place_of_the_name(tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_bytes(SVG)
    content, (text,) = render(stored(invoice()), BUSINESS.model_copy(update={"logo": str(logo)}))
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


def test_pdf_is_made_in_another_process() -> None:
    data = document_data(stored(invoice()), CLIENT, BUSINESS, TEMPLATES)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(render_pdf, LAYOUT, data).result(60) == render_pdf(LAYOUT, data)
