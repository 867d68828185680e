"""Money, dates and sizes as people write them, and faults with file and line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.errors import BadTemplate
from maild.templating import Templates, ink_on


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    """Templates in British English, overridden from a folder."""
    return Templates(locale="en_GB", time_zone="Europe/London", override=tmp_path)


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("1234.5", "GBP", "£1,234.50"),
        ("1234.5", "JPY", "JP¥1,235"),
        ("1.2345", "KWD", "KWD1.235"),
        ("-0.005", "GBP", "-£0.01"),
        # with the decimals that the store counts in, and not those of a library's release
        ("12.5", "HUF", "HUF12.50"),
        ("12490000.01", "IDR", "IDR12,490,000.01"),
        ("1234.5", "RSD", "RSD1,235"),
    ],
)
def test_money_is_rounded_half_up_to_its_coins(
    templates: Templates, amount: str, currency: str, written: str
) -> None:
    assert templates.money(Decimal(amount), currency).replace("\xa0", "") == written


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("250", "GBP", "£250.00"),
        ("0.0125", "GBP", "£0.0125"),
        ("12.5", "JPY", "JP¥12.5"),
        ("0.00001", "KWD", "KWD0.00001"),
    ],
)
def test_a_price_of_one_unit_is_written_in_full(
    templates: Templates, amount: str, currency: str, written: str
) -> None:
    assert templates.price(Decimal(amount), currency).replace("\xa0", "") == written


def test_german_money_and_dates_are_written_as_germans_do() -> None:
    german = Templates(locale="de_DE", time_zone="Europe/Berlin")
    assert german.money(Decimal("1234.5"), "EUR") == "1.234,50\xa0€"
    assert german.price(Decimal("0.0125"), "EUR") == "0,0125\xa0€"
    assert german.date(date(2026, 11, 1)) == "1. November 2026"


def test_other_locales_change_how_numbers_are_written_and_nothing_else(
    templates: Templates, tmp_path: Path
) -> None:
    (tmp_path / "x.txt").write_text("{{ 1 | money('EUR') }}, {{ at | time }}")
    at = {"at": datetime(2026, 7, 1, 9, 30, tzinfo=UTC)}
    german = templates.for_locale("de_DE")
    assert german.render("x.txt", at) == "1,00\xa0€, 10:30"
    assert templates.render("x.txt", at) == "€1.00, 10:30"
    assert german.render("x.txt", at) == "1,00\xa0€, 10:30"
    assert templates.for_locale("de_DE") is german
    assert templates.for_locale("") is templates


def test_an_instant_is_written_in_the_time_zone_of_the_business(templates: Templates) -> None:
    summer = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    assert templates.moment(summer) == "1 Jul 2026, 10:30"
    assert templates.time(summer) == "10:30"


def test_an_unknown_variable_is_named_with_file_and_line(
    templates: Templates, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_text("Hello\n{{ nmae }}\n")
    with pytest.raises(BadTemplate, match=r"letter\.txt:2: 'nmae' is undefined"):
        templates.render("letter.txt", {"name": "Jane"})


def test_a_syntax_error_is_named_with_file_and_line(templates: Templates, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Hello\n\n{% if %}\n")
    with pytest.raises(BadTemplate, match=r"letter\.txt:3: "):
        templates.render("letter.txt", {})
    assert any("letter.txt:3:" in fault for fault in templates.check())


def test_a_template_of_the_business_takes_the_place_of_ours(
    templates: Templates, tmp_path: Path
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "missing.html").write_text("<p>{{ name }}</p>")
    assert templates.render("web/missing.html", {"name": "<b>"}) == "<p>&lt;b&gt;</p>"


def test_a_template_cannot_reach_into_the_program(templates: Templates, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("{{ ''.__class__.__mro__ }}")
    with pytest.raises(BadTemplate):
        templates.render("letter.txt", {})


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, counted anew from WCAG 2.2's definition."""
    lights = []
    for colour in (one, other):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        lights.append(sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), parts, strict=True)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_letters_can_be_read_on_whatever_colour_a_business_picks(colour: str) -> None:
    assert contrast(ink_on(colour), colour) >= 4.5
