"""PDFs held against those that somebody looked at: what they say exactly, how they look nearly.

To change what is kept: `REWRITE_GOLDEN=1 python -m pytest tests/mail/test_golden_pdf.py`, and look
at what git says has changed.
"""

from __future__ import annotations

import pytest

from tests.golden_pdfs import (
    FOLDER,
    NAMES,
    REWRITE,
    find_pictures,
    is_rewriting,
    keep_pictures,
    keep_text,
    print_sample,
    read_text,
    take_pictures,
)
from tests.mail_tools import find_tool
from tests.pictures import find_differences, read_png, write_png

REMEDY = f"if that is meant, keep it with {REWRITE}=1"


@pytest.mark.parametrize("name", NAMES)
def test_pdf_says_what_it_said(name: str) -> None:
    text = read_text(print_sample(name))
    if is_rewriting():
        keep_text(name, text)
    assert text == (FOLDER / f"{name}.txt").read_text("utf-8"), REMEDY


@pytest.mark.parametrize("name", NAMES)
def test_pdf_looks_as_it_did_in_a_viewer_of_others(name: str) -> None:
    pictures = take_pictures(print_sample(name), find_tool("pdftoppm", "poppler-utils"))
    if is_rewriting():
        keep_pictures(name, pictures)
    kept = [read_png(file.read_bytes()) for file in find_pictures(name)]
    assert len(pictures) == len(kept), REMEDY
    for page, (now, then) in enumerate(zip(pictures, kept, strict=True), 1):
        assert not find_differences(now, then), f"page {page}: {REMEDY}"


def test_pictures_of_other_figures_differ_and_of_the_same_do_not() -> None:
    pdftoppm = find_tool("pdftoppm", "poppler-utils")
    one = take_pictures(print_sample("12-lines"), pdftoppm)[0]
    paid, void = (take_pictures(print_sample(name), pdftoppm)[0] for name in ("paid", "void"))
    assert read_png(write_png(one)) == one
    assert not find_differences(one, one)
    assert len(find_differences(one, paid)) > 50
    assert len(find_differences(one, void)) > 50


def test_every_picture_and_text_belongs_to_a_sample() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(NAMES)
    assert {file.stem.rpartition("-")[0] for file in FOLDER.glob("*.png")} == set(NAMES)
