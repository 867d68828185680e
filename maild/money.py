"""Money: `Decimal` in code, integer minor units in the store, rounded half up in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import reduce
from itertools import accumulate

# exact for the product of any two numbers a document may hold
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
# Currencies that have not two decimals, as Babel 2.18 has them from CLDR. Kept here, for what is in
# the store is counted in these units: Babel 2.19 gives HUF none, and 1250 would no more be 12.50.
_DECIMALS = {
    0: "ADP AFN ALL BIF BYR CLP DJF ESP GNF IQD IRR ISK ITL JPY KMF KPW KRW LAK LBP LUF MGA MGF MMK"
    " MRO PYG RSD RWF SLL SOS STD SYP TMM TRL UGX UYI VND VUV XAF XOF XPF YER ZMK ZWD",
    3: "BHD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_COUNTED = {name: count for count, names in _DECIMALS.items() for name in names.split()}


def count_decimals(currency: str) -> int:
    """Return how many decimals amounts of a currency (ISO 4217) have: mostly two."""
    return _COUNTED.get(currency, 2)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Return the amount at the currency's precision (0 to 4 decimals), halves away from zero."""
    step = Decimal(1).scaleb(-count_decimals(currency))
    # adding zero turns -0.00 into 0.00
    return _EXACT.add(_EXACT.quantize(amount, step), 0)


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount as whole minor units: 12.50 GBP is 1250, 1250 JPY is 1250."""
    return int(_EXACT.scaleb(round_money(amount, currency), count_decimals(currency)))


def from_minor(minor: int, currency: str) -> Decimal:
    """Return minor units as an amount at the currency's precision."""
    precision = count_decimals(currency)
    return round_money(_EXACT.scaleb(Decimal(minor), -precision), currency)


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax of one rate: the rate in per cent, what it is due on, and how much it is."""

    rate: Decimal
    net: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document adds up to: each line's amount, the net, the tax per rate, the gross."""

    lines: tuple[Decimal, ...]
    net: Decimal
    taxes: tuple[Tax, ...]
    gross: Decimal

    @property
    def carried(self) -> tuple[Decimal, ...]:
        """What the lines come to after each of them, before tax; the last is the net."""
        return tuple(accumulate(self.lines, _EXACT.add))


def add_up(lines: Iterable[tuple[Decimal, Decimal, Decimal]], currency: str) -> Totals:
    """Return the totals of (quantity, unit price, tax rate in per cent) lines.

    A line is rounded first, so that the page adds up; tax is rounded once for each rate.
    """
    amounts: list[Decimal] = []
    nets: dict[Decimal, Decimal] = {}
    for quantity, unit_price, rate in lines:
        amount = round_money(_EXACT.multiply(quantity, unit_price), currency)
        amounts.append(amount)
        nets[rate] = _EXACT.add(nets.get(rate, Decimal(0)), amount)
    taxes = tuple(_tax(rate, nets[rate], currency) for rate in sorted(nets, reverse=True))
    net = _sum(amounts, currency)
    return Totals(tuple(amounts), net, taxes, _sum((net, *(t.amount for t in taxes)), currency))


def _tax(rate: Decimal, net: Decimal, currency: str) -> Tax:
    exact = _EXACT.scaleb(_EXACT.multiply(net, rate), -2)
    return Tax(rate, net, round_money(exact, currency))


def _sum(amounts: Iterable[Decimal], currency: str) -> Decimal:
    return round_money(reduce(_EXACT.add, amounts, Decimal(0)), currency)
