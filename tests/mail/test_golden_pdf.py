"""PDFs held against those that somebody looked at: what they say exactly, how they look nearly."""

from __future__ import annotations

import pytest

from tests.golden.pdfs import FOLDER, NAMES, print_sample, read_text, take_pictures
from tests.mail_tools import find_tool
from tests.pictures import find_differences, read_png, write_png

REMEDY = "if it is meant: python -m tests.golden.pdfs, and look at what changed"


@pytest.mark.parametrize("name", NAMES)
def test_pdf_says_what_it_said(name: str) -> None:
    kept = (FOLDER / f"{name}.txt").read_text("utf-8")
    assert read_text(print_sample(name)) == kept, REMEDY


@pytest.mark.parametrize("name", NAMES)
def test_pdf_looks_as_it_did_in_a_viewer_of_others(name: str) -> None:
    pdftoppm = find_tool("pdftoppm", "poppler-utils")
    kept = [read_png(file.read_bytes()) for file in sorted(FOLDER.glob(f"{name}-[0-9].png"))]
    seen = take_pictures(print_sample(name), pdftoppm)
    assert len(seen) == len(kept), REMEDY
    for page, (now, then) in enumerate(zip(seen, kept, strict=True), 1):
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
