"""Money: whole minor units, halves away from zero, lines that add up to their totals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.money import add_up, from_minor, round_money, to_minor

CURRENCIES = {"JPY": 0, "GBP": 2, "KWD": 3}
amounts = st.decimals(-(10**9), 10**9, places=6)
rates = st.sampled_from([Decimal(rate) for rate in ("0", "5", "7.7", "19", "20", "20.00")])
rows = st.lists(st.tuples(amounts, amounts, rates), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.5", "JPY", "1"),
        ("-0.5", "JPY", "-1"),
        ("1.005", "GBP", "1.01"),
        ("-1.005", "GBP", "-1.01"),
        ("1.00499", "GBP", "1.00"),
        ("0.0005", "KWD", "0.001"),
        ("2.5", "GBP", "2.50"),
        ("-0.001", "GBP", "0.00"),
    ],
)
def test_half_a_unit_is_rounded_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert str(round_money(Decimal(amount), currency)) == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.50", "GBP", 1250), ("1250", "JPY", 1250), ("1.250", "KWD", 1250), ("-0.01", "GBP", -1)],
)
def test_amount_is_kept_in_whole_minor_units(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert str(from_minor(minor, currency)) == amount


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(sorted(CURRENCIES)))
def test_minor_units_come_back_as_they_were(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


@given(rows, st.sampled_from(sorted(CURRENCIES)))
def test_lines_and_taxes_add_up_to_the_totals(
    lines: list[tuple[Decimal, Decimal, Decimal]], currency: str
) -> None:
    totals = add_up(lines, currency)
    assert sum(totals.lines) == totals.net == sum(tax.net for tax in totals.taxes)
    assert totals.gross == totals.net + sum(tax.amount for tax in totals.taxes)
    assert len({tax.rate for tax in totals.taxes}) == len(totals.taxes)
    step = Decimal(1).scaleb(-CURRENCIES[currency])
    written = (*totals.lines, totals.net, totals.gross, *(tax.amount for tax in totals.taxes))
    assert all(amount % step == 0 for amount in written)
    exact = sum((quantity * price for quantity, price, _ in lines), Decimal(0))
    assert abs(totals.net - exact) <= step / 2 * len(lines)


def test_tax_is_rounded_once_for_each_rate() -> None:
    third = (Decimal(1), Decimal("0.33"), Decimal(20))
    totals = add_up([third, third, third], "GBP")
    # 20 % of 0.99; each line alone would give 0.07 three times
    assert [tax.amount for tax in totals.taxes] == [Decimal("0.20")]
    assert totals.gross == Decimal("1.19")


def test_equal_rates_in_two_spellings_are_one_tax() -> None:
    one = (Decimal(1), Decimal(10), Decimal("20"))
    other = (Decimal(1), Decimal(10), Decimal("20.0"))
    assert len(add_up([one, other], "GBP").taxes) == 1


def test_largest_quantity_times_largest_price_is_exact() -> None:
    most = Decimal("999999999999.999999")
    totals = add_up([(most, most, Decimal(20))], "GBP")
    assert totals.net == Decimal("999999999999999998000000.00")
    whole = Decimal(10) ** 18 - 1
    assert add_up([(whole, whole, Decimal(0))], "JPY").gross == int(whole) ** 2


def test_half_is_not_rounded_twice() -> None:
    # the exact product ends in …4999999999999999999999999999999, just under the half
    quantity, price = Decimal("100000000000.000001"), Decimal("0.049999")
    exact = int(Decimal(quantity).scaleb(6)) * int(price.scaleb(6))
    expected = (exact * 2 // 10**10 + 1) // 2
    assert to_minor(add_up([(quantity, price, Decimal(0))], "GBP").net, "GBP") == expected


@pytest.mark.parametrize(
    ("currency", "minor"),
    [("HUF", 1250), ("IDR", 1250), ("COP", 1250), ("RSD", 13), ("ISK", 13), ("CLF", 125000)],
)
def test_units_of_the_store_are_no_matter_of_which_library_is_installed(
    currency: str, minor: int
) -> None:
    assert to_minor(Decimal("12.5"), currency) == minor
