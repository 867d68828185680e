"""Links, passwords, sessions and throttles: who gets in, for how long, and how often they try."""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.access.links import (
    LinkedVisit,
    LinkState,
    Scope,
    enforces_login,
    judge_link,
    reach_of,
    scope_for,
)
from maild.access.passwords import AT_ONCE, QUEUE, Hasher, has_lapsed, normalise_generated
from maild.access.sessions import hash_secret, is_session_live, open_link, seal_link
from maild.access.throttle import Limit, find_login_wait, find_wait
from maild.access.visitors import Refusal, admit_link
from maild.clock import DAY, HOUR, MINUTE, SECOND
from maild.config_sections import Links
from maild.errors import Busy
from maild.ids import Ids, Key, KeyRing, Purpose
from maild.model import Client, Contact, Credential, Link, StoredDocument
from maild.store import throttles
from maild.store.database import Transaction
from maild.store.sessions import SessionRow
from maild.store.sqlite import SqliteDatabase, open_sqlite
from tests.fakes import START

RING = KeyRing((Key("a", b"\1" * 32),))
RULES = Links.model_validate({})
CLIENT = Client("c", "ACME", "Acme Ltd", "default", False, "account", START)
CONTACT = Contact("p", "c", "jane@acme.example", "Jane", START, None)
DOCUMENT = StoredDocument(
    "d", "c", "INV-1", "invoice", "open", "GBP", "2026-11-01", None, 30000, 0, "{}", START, None
)
LINK = Link("l", "p", "d", "account", START, None)
VISIT = LinkedVisit(LINK, CONTACT, CLIENT, DOCUMENT)
PASSWORD = RING.make(Purpose.PASSWORD, "abcdefghijklmnop")


def paid(after: int) -> LinkedVisit:
    return replace(VISIT, document=replace(DOCUMENT, settled_at=START + after))


@pytest.mark.parametrize(
    ("visit", "end"),
    [
        (VISIT, 90 * DAY),
        (paid(10 * DAY), 40 * DAY),
        (paid(80 * DAY), 90 * DAY),
        # made after the settlement: it must not be dead on arrival
        (paid(-100 * DAY), 30 * DAY),
    ],
)
def test_link_lives_to_its_end_and_not_longer(visit: LinkedVisit, end: int) -> None:
    assert judge_link(visit, RULES, START + end - 1) is LinkState.LIVE
    assert judge_link(visit, RULES, START + end) is LinkState.EXPIRED


def test_clients_own_days_come_before_the_business_and_a_links_own_end_before_both() -> None:
    for visit, end in ((VISIT, 200 * DAY), (paid(10 * DAY), 40 * DAY)):
        longer = replace(visit, client=replace(CLIENT, link_days=200))
        assert judge_link(longer, RULES, START + end - 1) is LinkState.LIVE
        assert judge_link(longer, RULES, START + end) is LinkState.EXPIRED
        own = replace(longer, link=replace(LINK, expires_at=START + DAY))
        assert judge_link(own, RULES, START + DAY) is LinkState.EXPIRED


def test_revoked_link_or_contact_says_so_even_when_expired() -> None:
    revoked = replace(VISIT, link=replace(LINK, revoked_at=START))
    disabled = replace(VISIT, contact=replace(CONTACT, disabled_at=START))
    for visit in (revoked, disabled):
        assert judge_link(visit, RULES, START) is LinkState.REVOKED
        assert judge_link(visit, RULES, START + 1000 * DAY) is LinkState.REVOKED


def test_young_link_opens_the_account_and_an_old_one_its_document() -> None:
    assert reach_of(VISIT, RULES, START + 30 * DAY - 1) is Scope.ACCOUNT
    assert reach_of(VISIT, RULES, START + 30 * DAY) is Scope.DOCUMENT


@pytest.mark.parametrize(
    "visit",
    [
        replace(VISIT, link=replace(LINK, scope="document")),
        replace(VISIT, client=replace(CLIENT, link_scope="document")),
        replace(VISIT, client=replace(CLIENT, shared=True)),
    ],
)
def test_narrow_link_or_client_shows_one_document(visit: LinkedVisit) -> None:
    assert reach_of(visit, RULES, START) is Scope.DOCUMENT


def test_narrow_business_narrows_the_links_it_has_sent_before() -> None:
    narrow = RULES.model_copy(update={"scope": "document"})
    assert reach_of(VISIT, narrow, START) is Scope.DOCUMENT


def test_own_last_instant_of_a_link_comes_before_the_rules() -> None:
    for visit in (VISIT, paid(10 * DAY)):
        longer = replace(visit, link=replace(LINK, expires_at=START + 500 * DAY))
        assert judge_link(longer, RULES, START + 500 * DAY - 1) is LinkState.LIVE
        assert judge_link(longer, RULES, START + 500 * DAY) is LinkState.EXPIRED


@pytest.mark.parametrize(
    ("choice", "default", "asks"),
    [
        ("default", False, False),
        ("default", True, True),
        ("yes", False, True),
        ("yes", True, True),
        ("no", False, False),
        ("no", True, False),
    ],
)
def test_own_choice_of_a_client_comes_before_the_default(
    choice: str, default: bool, asks: bool
) -> None:
    rules = RULES.model_copy(update={"enforce_login": default})
    client = replace(CLIENT, login=choice)
    assert enforces_login(client, rules) is asks
    admitted = admit_link(replace(VISIT, client=client), rules, START)
    assert (admitted is Refusal.LOGIN) is asks


def test_new_link_is_narrow_for_any_one_reason() -> None:
    assert scope_for(CLIENT, RULES, copied=False) is Scope.ACCOUNT
    assert scope_for(CLIENT, RULES, copied=True) is Scope.DOCUMENT
    narrow = RULES.model_copy(update={"scope": "document"})
    assert scope_for(CLIENT, narrow, copied=False) is Scope.DOCUMENT
    for change in ({"shared": True}, {"link_scope": "document"}):
        client = replace(CLIENT, **change)
        assert scope_for(client, RULES, copied=False) is Scope.DOCUMENT


@pytest.mark.parametrize(
    "typed",
    [
        PASSWORD,
        PASSWORD.upper(),
        PASSWORD.replace("-", ""),
        PASSWORD.replace("-", " "),
        PASSWORD.replace("-", "–"),
        PASSWORD.replace("-", "\N{MINUS SIGN}"),
        PASSWORD.replace("-", "\N{NON-BREAKING HYPHEN}"),
        PASSWORD.replace("-", "\N{SOFT HYPHEN}"),
        PASSWORD.replace("-", "_"),
        f"  {PASSWORD}\r\n",
        f"\ufeff{PASSWORD}\u200b",
        " ".join(PASSWORD),
        "".join(unicodedata.lookup(f"FULLWIDTH {unicodedata.name(c)}") for c in PASSWORD),
    ],
)
def test_generated_password_is_known_however_it_is_typed(typed: str) -> None:
    assert normalise_generated(typed) == PASSWORD


@given(st.text(max_size=130))
def test_no_text_makes_the_normaliser_fall_over(typed: str) -> None:
    assert not any(char.isspace() for char in normalise_generated(typed))


@pytest.mark.parametrize("typed", ["", PASSWORD[:-1], PASSWORD + "a", "0" + PASSWORD[1:], "ı" * 16])
def test_other_words_are_no_generated_password(typed: str) -> None:
    assert normalise_generated(typed) != PASSWORD


def credential(hashed: str, *, generated: bool) -> Credential:
    return Credential("x", "jane@acme.example", hashed, generated, START, START, None, None)


async def test_chosen_password_is_taken_to_the_letter_and_a_generated_one_loosely() -> None:
    hasher = Hasher()
    hashed = await hasher.hash(PASSWORD)
    made = credential(hashed, generated=True)
    chosen = credential(hashed, generated=False)
    assert await hasher.find_match([chosen, made], PASSWORD) is chosen
    assert await hasher.find_match([chosen, made], PASSWORD.upper()) is made
    assert await hasher.find_match([chosen], PASSWORD.upper()) is None
    for typed in ("", "\udcff", "\0", "x" * 1_000_000, PASSWORD + "x" * 200):
        assert await hasher.find_match([chosen, made], typed) is None
    assert await hasher.find_match([credential("broken", generated=True)], PASSWORD) is None
    assert await hasher.find_match([], PASSWORD) is None
    hasher.close()


async def test_flood_of_log_ins_is_turned_away_and_then_served_again() -> None:
    hasher = Hasher()
    tries = (hasher.find_match([], "x") for _ in range(AT_ONCE + QUEUE + 5))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Busy) for result in results) == 5
    assert await hasher.find_match([], "x") is None
    hasher.close()


async def test_no_more_than_four_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Hasher()
    lock, gate = threading.Lock(), threading.Event()
    running: list[int] = []
    at_once: list[int] = []

    def check(*_: object) -> None:
        with lock:
            running.append(1)
            at_once.append(len(running))
            if len(running) == AT_ONCE:
                gate.set()
        gate.wait(20)
        with lock:
            running.pop()

    monkeypatch.setattr(hasher, "_match", check)
    await asyncio.gather(*(hasher.find_match([], "x") for _ in range(AT_ONCE + QUEUE)))
    assert (AT_ONCE, max(at_once), len(at_once)) == (4, 4, 36)
    hasher.close()


def test_password_lapses_when_delivered_generated_and_unused() -> None:
    made = credential("", generated=True)
    late = START + 72 * HOUR
    assert has_lapsed(made, 72, late)
    assert not has_lapsed(made, 72, late - 1)
    for change in ({"generated": False}, {"first_used_at": START}, {"delivered_at": None}):
        assert not has_lapsed(replace(made, **change), 72, late)


def test_link_cookie_is_good_for_two_hours_and_only_as_it_was_made() -> None:
    link_id = Ids().new()
    cookie = seal_link(RING, link_id, lambda n: b"\7" * n, START)
    end = START // SECOND * SECOND + 2 * HOUR
    assert open_link(RING, cookie, end - 1) == link_id
    assert open_link(RING, cookie, end) is None
    assert open_link(KeyRing((Key("b", b"\2" * 32),)), cookie, START) is None
    for place, held in enumerate(cookie):
        other = "a" if held != "a" else "b"
        assert open_link(RING, cookie[:place] + other + cookie[place + 1 :], START) is None


@pytest.mark.parametrize(
    "cookie", ["", ".", "..", "a.b.c", "é.1.é", "\udcff.1.\udcff", "x" * 10_000]
)
def test_nonsense_cookie_opens_nothing(cookie: str) -> None:
    assert open_link(RING, cookie, START) is None
    assert len(hash_secret(cookie)) == 64


def test_signature_of_a_form_is_no_link_cookie() -> None:
    said = f"form {'x' * 16}.9"
    assert open_link(RING, f"{said}.{RING.sign(Purpose.COOKIE, said)}", START) != "x" * 16


def test_session_ends_idle_or_old() -> None:
    session = SessionRow("h", "k", "c", START, START)
    assert is_session_live(session, START + 30 * MINUTE - 1)
    assert not is_session_live(session, START + 30 * MINUTE)
    busy = replace(session, seen_at=START + 8 * HOUR - 1)
    assert is_session_live(busy, START + 8 * HOUR - 1)
    assert not is_session_live(busy, START + 8 * HOUR)


async def store_with_hits(path: Path, *hits: int) -> SqliteDatabase:
    db = await open_sqlite(path)

    async def work(tx: Transaction) -> None:
        for number, at in enumerate(hits):
            await throttles.add_hit(tx, str(number), "name", at)

    await db.transact(work)
    return db


async def test_limits_open_again_when_their_oldest_hit_has_left(tmp_path: Path) -> None:
    limits = (Limit(1, MINUTE), Limit(2, HOUR))
    db = await store_with_hits(tmp_path / "db", START, START + 10 * MINUTE)
    assert await find_wait(db, "other", limits, START + 10 * MINUTE) == 0
    assert await find_wait(db, "name", limits, START + 10 * MINUTE) == 50 * MINUTE
    assert await find_wait(db, "name", limits, START + HOUR - 1) == 1
    assert await find_wait(db, "name", limits, START + HOUR) == 0
    await db.close()


@pytest.mark.parametrize(
    ("failures", "wait"),
    [(4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (40, 900), (60, 900)],
)
async def test_log_in_waits_double_from_the_fifth_failure(
    tmp_path: Path, failures: int, wait: int
) -> None:
    db = await store_with_hits(tmp_path / "db", *range(START, START + failures))
    now = START + failures - 1
    assert await find_login_wait(db, "name", now) == wait * SECOND
    assert await find_login_wait(db, "name", now + wait * SECOND) == 0
    await db.close()


async def test_hits_from_a_clock_that_was_ahead_shut_nobody_out(tmp_path: Path) -> None:
    db = await store_with_hits(tmp_path / "db", *[START + 365 * DAY] * 10)
    assert await find_login_wait(db, "name", START) == 0
    assert await find_wait(db, "name", (Limit(1, DAY),), START) == 0
    await db.close()
