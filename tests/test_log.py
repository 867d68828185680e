"""Log lines: secrets never, addresses as the business wants them, one line for one thing."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from maild.ids import Key, KeyRing, Purpose
from maild.log import set_up_logging

RING = KeyRing((Key("a", b"\1" * 32),))
LINK = RING.make(Purpose.LINK, "abcdefghijklmnop")
REPLY = RING.make(Purpose.REPLY, "abcdefghijklmnop")
PASSWORD = RING.make(Purpose.PASSWORD, "abcdefghijklmnop")


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def write(addresses: str = "masked", form: str = "json", **values: Any) -> str:
    stream = io.StringIO()
    set_up_logging(level="info", form=form, addresses=addresses, stream=stream)
    structlog.get_logger("test").info("said", **values)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("secret", [LINK, REPLY, PASSWORD, LINK.upper(), PASSWORD.upper()])
def test_secret_is_never_written(secret: str, form: str) -> None:
    line = write(form=form, url=f"http://x.example/l/{secret}?a=b", to=f"reply+{secret}@x.example")
    assert secret not in line
    assert line.count("[secret]") >= 1


def test_secret_inside_a_list_or_an_error_is_never_written() -> None:
    line = write(all=[LINK, {"a": PASSWORD}], error=ValueError(f"bad {REPLY}"), n=3)
    assert not any(secret in line for secret in (LINK, REPLY, PASSWORD))
    assert json.loads(line)["n"] == 3


def test_secret_in_a_traceback_is_never_written() -> None:
    stream = io.StringIO()
    set_up_logging(level="info", form="json", addresses="masked", stream=stream)
    try:
        raise ValueError(f"no such page: /l/{LINK} of jane@acme.example")
    except ValueError:
        structlog.get_logger("test").exception("failed")
    assert "Traceback" in stream.getvalue()
    assert LINK not in stream.getvalue()
    assert "jane@acme" not in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_lines_of_the_libraries_are_cleaned_too(form: str) -> None:
    stream = io.StringIO()
    set_up_logging(level="info", form=form, addresses="masked", stream=stream)
    try:
        raise ValueError(PASSWORD)
    except ValueError:
        logging.getLogger("aiohttp.server").exception("GET /l/%s by %s", LINK, "jane@acme.example")
    logging.getLogger("asyncio").info("chatter")
    written = stream.getvalue()
    assert "GET /l/[secret]" in written
    assert not any(told in written for told in (LINK, PASSWORD, "jane@acme", "chatter"))
    if form == "json":
        assert [json.loads(line)["level"] for line in written.splitlines()] == ["error"]


def test_ids_of_rows_are_written_in_full() -> None:
    assert json.loads(write(letter="abcdefghijklmnop"))["letter"] == "abcdefghijklmnop"


@pytest.mark.parametrize(
    ("addresses", "shown"),
    [
        ("plain", "to jane@acme.example, again"),
        ("masked", "to j•••@a•••.example, again"),
        ("hidden", "to [address], again"),
    ],
)
def test_addresses_appear_as_the_business_wants(addresses: str, shown: str) -> None:
    assert json.loads(write(addresses, text="to jane@acme.example, again"))["text"] == shown


def test_line_breaks_in_a_value_do_not_begin_a_line() -> None:
    assert write(form="console", sender="x\n2026 [info] forged").count("\n") == 1
    assert write(form="json", sender="x\nforged").count("\n") == 1


def test_lines_below_the_level_are_left_out() -> None:
    stream = io.StringIO()
    set_up_logging(level="warning", form="json", addresses="masked", stream=stream)
    structlog.get_logger("test").info("chatter")
    structlog.get_logger("test").warning("worth it")
    assert json.loads(stream.getvalue())["event"] == "worth it"
