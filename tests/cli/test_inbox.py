from __future__ import annotations

from maild.intake import accept, settle_due
from maild.model import Envelope
from maild.office import Office

from .conftest import Business

RAW = (
    b"From: Eve <eve@other.example>\r\n"
    b"To: billing@example.test\r\n"
    b"Subject: =?utf-8?b?SGVsbG8gG1szMW0=?= there\r\n"
    b"Message-ID: <1@other.example>\r\n"
    b"\r\n"
    b"Who are you? \x1b[2J\r\n"
)


def receive(business: Business, content: bytes = RAW, *, settled: bool = True) -> str:
    async def work(office: Office) -> str:
        envelope = Envelope(
            "192.0.2.7", "other.example", "eve@other.example", ("billing@example.test",), content
        )
        reply_id = await accept(office, envelope)
        if settled:
            assert await settle_due(office, "test") == 1
        return reply_id

    return business.in_office(work)


def test_reply_is_shown_with_headers_excerpt_and_decision(maild: Business) -> None:
    reply_id = receive(maild)
    text = maild.did("inbox", "show", reply_id[:5])
    for words in ("from 192.0.2.7", "Who are you?", "eve@other.example", "held", "hold ("):
        assert words in text
    shown = maild.json("inbox", "show", reply_id)
    assert shown["recipients"] == ["billing@example.test"]
    assert ["to", "billing@example.test"] in shown["headers"]
    assert (shown["state"], shown["action"]) == ("held", "hold")


def test_words_that_showed_the_request_are_kept(maild: Business) -> None:
    reply_id = receive(maild, b"From: eve@other.example\r\n\r\nHi,\r\nI can't log in.\r\n")
    assert maild.json("inbox", "show", reply_id)["words"] == "can not log in"
    assert "can not log in" in maild.did("inbox", "show", reply_id)


def test_strangers_cannot_send_orders_to_the_terminal(maild: Business) -> None:
    reply_id = receive(maild)
    for command in (("show", reply_id), ("list",)):
        assert "\x1b" not in maild.did("inbox", *command)
    assert "\x1b" not in maild.did("log")


def test_raw_gives_the_bytes_back_as_they_came(maild: Business) -> None:
    reply_id = receive(maild)
    assert maild("inbox", "show", reply_id, "--raw").stdout_bytes == RAW


def test_reply_that_cannot_be_parsed_is_shown_all_the_same(maild: Business) -> None:
    reply_id = receive(maild, b"X: y\r\n" * 20_000 + b"\r\nHello\r\n", settled=False)
    assert reply_id in maild.did("inbox", "show", reply_id)


def test_list_tells_why_a_reply_was_set_aside(maild: Business) -> None:
    reply_id = receive(maild, b"X: y\r\n" * 20_000 + b"\r\nHello\r\n")
    listed = maild.did("inbox", "list", "--state", "set_aside")
    assert reply_id in listed
    assert "this mail cannot be read: its header is too long" in " ".join(listed.split())


def test_list_shows_one_state(maild: Business) -> None:
    reply_id = receive(maild)
    assert [one["id"] for one in maild.json("inbox", "list", "--state", "held")] == [reply_id]
    assert maild.json("inbox", "list", "--state", "accepted") == []
    assert reply_id in maild.did("inbox", "list")


def test_unknown_reply_is_not_found(maild: Business) -> None:
    assert maild("inbox", "show", "zzzz").exit_code == 1
