"""What a client owes: one ledger behind the overview's sentence and every statement."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from maild.clock import from_datetime
from maild.errors import BadInput, Refused
from maild.services.lookup import need_client
from maild.services.payments import pay, void
from maild.services.statements import Period, Statement, draw_up, read_period, sum_up
from maild.store.reach import Reach
from tests.world import HouseWorld

TODAY = date(2026, 11, 23)
LINE = {"description": "Support", "quantity": "1", "unit_price": "100"}


async def draw(shop: HouseWorld, first: str | None, last: str = "2026-11-23") -> Statement:
    client = await need_client(shop.office.db, "ACME")
    period = Period(date.fromisoformat(first) if first else None, date.fromisoformat(last))
    return await draw_up(shop.office, Reach(client.id), period)


async def charge(shop: HouseWorld, number: str, issued: str, amount: str = "100") -> None:
    line = LINE | {"quantity": "-1" if amount[0] == "-" else "1", "unit_price": amount.strip("-")}
    await shop.issue(number, issued=issued, due=None, lines=[line])


async def note(shop: HouseWorld, number: str, on: str, amount: str | None = None) -> None:
    given = Decimal(amount) if amount else None
    await pay(shop.office, number, on=date.fromisoformat(on), amount=given, actor="test")


def lines(statement: Statement) -> list[tuple[str, str, str]]:
    (section,) = statement.sections
    return [(e.dated.isoformat(), e.what, f"{e.amount} {e.balance}") for e in section.entries]


async def summary(shop: HouseWorld) -> str:
    client = await need_client(shop.office.db, "ACME")
    return await sum_up(shop.office, Reach(client.id))


async def test_statement_runs_from_opening_to_closing_balance_in_date_order(
    shop: HouseWorld,
) -> None:
    await charge(shop, "INV-1", "2026-08-31")
    await charge(shop, "INV-3", "2026-11-03")
    await charge(shop, "INV-2", "2026-09-01")
    await note(shop, "INV-1", "2026-09-15", "40")
    await shop.issue("EST-1", type="estimate", issued="2026-10-01")
    statement = await draw(shop, "2026-09-01")
    (section,) = statement.sections
    assert f"{section.opening} to {section.closing} {section.currency}" == "100.00 to 260.00 GBP"
    assert lines(statement) == [
        ("2026-09-01", "Invoice INV-2", "100.00 200.00"),
        ("2026-09-15", "Payment of INV-1", "-40.00 160.00"),
        ("2026-11-03", "Invoice INV-3", "100.00 260.00"),
    ]
    assert statement.summary == "You owe £260.00 as of 23 November 2026."


async def test_everything_at_once_is_what_a_ledger_kept_by_hand_says(shop: HouseWorld) -> None:
    await charge(shop, "INV-1", "2026-08-15")
    await note(shop, "INV-1", "2026-08-20", "40")
    await note(shop, "INV-1", "2026-09-10", "35")
    with pytest.raises(Refused, match=r"more than the 25\.00 still owed"):
        await note(shop, "INV-1", "2026-09-11", "25.01")
    await charge(shop, "INV-2", "2026-09-05", "60")
    await note(shop, "INV-2", "2026-09-01")  # before its date
    await charge(shop, "INV-3", "2026-09-20", "80")
    await note(shop, "INV-3", "2026-09-21", "10")
    await void(shop.office, "INV-3", actor="test")
    await charge(shop, "CR-1", "2026-09-25", "-15")
    await shop.issue("INV-4", issued="2026-08-01", currency="EUR", lines=[LINE])
    await note(shop, "INV-4", "2026-10-02", "30")
    await shop.issue("INV-5", issued="2026-10-05", currency="JPY", lines=[LINE])

    statement = await draw(shop, "2026-09-01", "2026-09-30")
    assert statement.summary == "You owe €100.00 and £10.00 as of 30 September 2026."
    euros, pounds = statement.sections
    assert (str(euros.opening), euros.entries, str(euros.closing)) == ("100.00", (), "100.00")
    assert f"{pounds.opening} to {pounds.closing}" == "60.00 to 10.00"
    assert [f"{e.dated} {e.what}: {e.amount} {e.balance}" for e in pounds.entries] == [
        "2026-09-01 Payment of INV-2: -60.00 0.00",
        "2026-09-05 Invoice INV-2: 60.00 60.00",
        "2026-09-10 Payment of INV-1: -35.00 25.00",
        "2026-09-25 Invoice CR-1: -15.00 10.00",
    ]
    assert await summary(shop) == "You owe €70.00 and £10.00 and JP¥100 as of 23 November 2026."


async def test_one_period_closes_where_the_next_one_opens(shop: HouseWorld) -> None:
    await charge(shop, "INV-1", "2026-11-18")
    await charge(shop, "INV-2", "2026-11-20")
    await note(shop, "INV-1", "2026-11-20")
    closing = Decimal(0)
    for day in (date(2026, 11, 17) + timedelta(days=n) for n in range(7)):
        for section in (await draw(shop, day.isoformat(), day.isoformat())).sections:
            assert section.opening == closing
            closing = section.closing
    assert closing == 100
    whole = (await draw(shop, None)).sections[0]
    assert (str(whole.opening), str(whole.closing), len(whole.entries)) == ("0.00", "100.00", 3)


async def test_past_period_knows_nothing_of_what_came_later(shop: HouseWorld) -> None:
    await charge(shop, "INV-1", "2026-10-01")
    await note(shop, "INV-1", "2026-11-02")
    statement = await draw(shop, "2026-10-01", "2026-10-31")
    assert lines(statement) == [("2026-10-01", "Invoice INV-1", "100.00 100.00")]
    assert statement.summary == "You owe £100.00 as of 31 October 2026."
    assert await summary(shop) == "Nothing is owed as of 23 November 2026."


async def test_overview_and_statement_say_the_same_whatever_is_dated_ahead(
    shop: HouseWorld,
) -> None:
    await charge(shop, "INV-1", "2026-12-24")
    await charge(shop, "INV-2", "2026-11-02")
    await note(shop, "INV-2", "2027-01-05", "30")
    for last in ("2026-11-23", "2030-01-01", "9999-12-31"):
        statement = await draw(shop, "2026-11-01", last)
        assert statement.summary == await summary(shop)
        assert statement.summary == "You owe £170.00 as of 23 November 2026."
        assert [line[:2] for line in lines(statement)] == [
            ("2026-11-02", "Invoice INV-2"),
            ("2026-12-24", "Invoice INV-1"),
            ("2027-01-05", "Payment of INV-2"),
        ]


async def test_what_is_dated_ahead_stands_where_it_began_to_count(shop: HouseWorld) -> None:
    await charge(shop, "INV-1", "2026-12-24")
    shop.clock.advance(days=5)
    await charge(shop, "INV-2", "2026-11-25")
    assert lines(await draw(shop, None, "2026-11-28")) == [
        ("2026-12-24", "Invoice INV-1", "100.00 100.00"),
        ("2026-11-25", "Invoice INV-2", "100.00 200.00"),
    ]
    # so that the balance half-way is the one a shorter statement closes with
    assert (await draw(shop, None, "2026-11-24")).sections[0].closing == 100


async def test_void_invoice_leaves_the_statement_with_its_payments(shop: HouseWorld) -> None:
    await charge(shop, "INV-1", "2026-11-01")
    await charge(shop, "INV-2", "2026-11-02")
    await note(shop, "INV-1", "2026-11-10", "60")
    await void(shop.office, "INV-1", actor="test")
    assert lines(await draw(shop, None)) == [("2026-11-02", "Invoice INV-2", "100.00 100.00")]
    assert await summary(shop) == "You owe £100.00 as of 23 November 2026."


async def test_each_currency_has_its_own_section_and_a_place_in_the_sentence(
    shop: HouseWorld,
) -> None:
    await charge(shop, "INV-1", "2026-11-01")
    await shop.issue("INV-2", currency="JPY", lines=[LINE | {"unit_price": "1250"}])
    await shop.issue("INV-3", currency="EUR", lines=[LINE])
    await note(shop, "INV-3", "2026-11-03")
    statement = await draw(shop, "2026-11-01")
    assert [(s.currency, str(s.closing)) for s in statement.sections] == [
        ("EUR", "0.00"),
        ("GBP", "100.00"),
        ("JPY", "1250"),
    ]
    assert statement.summary == "You owe £100.00 and JP¥1,250 as of 23 November 2026."


async def test_credit_is_said_to_be_in_the_clients_favour(shop: HouseWorld) -> None:
    await charge(shop, "INV-1", "2026-11-01", "-25")
    statement = await draw(shop, None)
    assert statement.summary == (
        "Nothing is owed as of 23 November 2026; £25.00 is in your favour."
    )
    assert statement.sections[0].closing == -25


async def test_credits_in_two_currencies_are_in_the_clients_favour(shop: HouseWorld) -> None:
    await charge(shop, "CR-1", "2026-11-01", "-25")
    back = LINE | {"quantity": "-1"}
    await shop.issue("CR-2", currency="EUR", lines=[back])
    await shop.issue("INV-1", currency="JPY", lines=[LINE])
    assert await summary(shop) == (
        "You owe JP¥100 as of 23 November 2026; €100.00 and £25.00 are in your favour."
    )


async def test_credit_paid_out_is_a_refund(shop: HouseWorld) -> None:
    await charge(shop, "CR-1", "2026-11-01", "-25")
    await note(shop, "CR-1", "2026-11-10")
    assert lines(await draw(shop, None)) == [
        ("2026-11-01", "Invoice CR-1", "-25.00 -25.00"),
        ("2026-11-10", "Refund of CR-1", "25.00 0.00"),
    ]
    assert await summary(shop) == "Nothing is owed as of 23 November 2026."


async def test_long_statement_shows_the_latest_lines_and_what_was_owed_before(
    shop: HouseWorld,
) -> None:
    for day in range(1, 7):
        await charge(shop, f"INV-{day}", f"2026-11-0{day}")
    client = await need_client(shop.office.db, "ACME")
    for most, first in ((6, "INV-1"), (5, "INV-2"), (2, "INV-5")):
        statement = await draw_up(shop.office, Reach(client.id), Period(None, TODAY), most=most)
        (section,) = statement.sections
        assert [entry.number for entry in section.entries][::most] == [first]
        assert (len(section.entries), str(section.closing)) == (most, "600.00")
        assert section.opening == 600 - most * 100
        assert statement.shortened == (most < 6)


async def test_statement_of_a_client_without_documents_has_no_section(shop: HouseWorld) -> None:
    statement = await draw(shop, None)
    assert (statement.sections, statement.summary) == (
        (),
        "Nothing is owed as of 23 November 2026.",
    )


async def test_statement_holds_only_what_is_within_reach(shop: HouseWorld) -> None:
    await shop.client("Other Ltd", "tom@other.example")
    await shop.issue("INV-9", client="OTHER", lines=[LINE])
    await charge(shop, "INV-1", "2026-11-01")
    shop.clock.advance(seconds=1)
    since = shop.clock()
    await charge(shop, "INV-2", "2026-11-02")
    client = await need_client(shop.office.db, "ACME")
    reach = Reach(client.id, since)
    statement = await draw_up(shop.office, reach, Period(None, TODAY))
    assert lines(statement) == [("2026-11-02", "Invoice INV-2", "100.00 100.00")]
    assert await sum_up(shop.office, reach) == statement.summary


async def test_a_day_ends_at_midnight_where_the_business_is(shop: HouseWorld) -> None:
    shop.clock.instant = from_datetime(datetime(2027, 6, 30, 23, 30, tzinfo=UTC))
    await charge(shop, "INV-1", "2027-08-01")  # dated ahead: it counts from the day it was made
    assert not (await draw(shop, "2027-06-01", "2027-06-30")).sections
    (section,) = (await draw(shop, "2027-07-01", "2027-07-01")).sections
    assert section.closing == 100


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        (None, None, Period(date(2026, 9, 1), TODAY)),
        ("2026-11-01", None, Period(date(2026, 11, 1), TODAY)),
        ("", "", Period(None, TODAY)),
        ("2026-11-23", "2026-11-23", Period(TODAY, TODAY)),
        (None, "2026-01-15", Period(date(2025, 11, 1), date(2026, 1, 15))),
        (None, "0001-01-31", Period(date(1, 1, 1), date(1, 1, 31))),
        (None, "9999-12-31", Period(date(9999, 10, 1), date(9999, 12, 31))),
    ],
)
def test_period_has_sensible_ends_where_none_are_given(
    first: str | None, last: str | None, period: Period
) -> None:
    assert read_period(first, last, TODAY) == period


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-11-24", None, "first day is after the last"),
        ("2026-02-30", None, "not a date"),
        ("2026-11-01", "yesterday", "not a date"),
        ("20261101", None, "not a date"),
        ("2026-W45-1", None, "not a date"),
        ("٢٠٢٦-١١-٠١", None, "not a date"),
        (" 2026-11-01", None, "not a date"),
    ],
)
def test_bad_dates_are_refused_in_words(first: str, last: str | None, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_period(first, last, TODAY)


@pytest.mark.parametrize("first", ["0001-01-01", "1900-01-01"])
async def test_period_may_begin_as_early_as_dates_go(shop: HouseWorld, first: str) -> None:
    await charge(shop, "INV-1", "2026-11-01")
    assert len(lines(await draw(shop, first))) == 1
    assert not (await draw(shop, first, first)).sections
