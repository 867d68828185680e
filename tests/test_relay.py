"""Handing letters to a mail server that behaves, misbehaves or lies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from maild.relay import Outcome, Patience, Relay, open_relay
from tests.smarthost import CUT, HANG, Received, Rule, Smarthost, Stage

FROM = "bounce+x@ours.example"
TO = "jane@client.example"
LETTER = b"Subject: Invoice\r\n\r\nHello.\r\n.\r\n..\r\nBye.\r\n"


@asynccontextmanager
async def opened(host: Smarthost, tmp_path: Path, **options: Any) -> AsyncIterator[Relay]:
    if host.authority is not None:
        options.setdefault("ca_file", tmp_path / "ca.pem")
        host.authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    relay = open_relay(host.url, hostname="maild.ours.example", **options)
    try:
        yield relay
    finally:
        await relay.close()


async def deliver(relay: Relay, recipient: str = TO, message: bytes = LETTER) -> Outcome:
    return await asyncio.wait_for(relay.deliver(FROM, recipient, message), 10)


async def test_letter_arrives_byte_for_byte(tmp_path: Path) -> None:
    async with Smarthost() as host, opened(host, tmp_path) as relay:
        outcome = await deliver(relay)
        assert await relay.deliver("", TO, LETTER) == outcome
        assert await host.received(2) == [
            Received(FROM, (TO,), LETTER),
            Received("", (TO,), LETTER),
        ]
    assert outcome == Outcome("sent", 250, "2.0.0 Queued")


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_letter_arrives_through_tls_and_log_in(tls: Any, tmp_path: Path) -> None:
    async with (
        Smarthost(tls=tls, users={"maild": "pässword"}) as host,
        opened(host, tmp_path, username="maild", password="pässword") as relay,
    ):
        assert (await deliver(relay)).state == "sent"
        assert host.logins == [("maild", "pässword")]
    assert len(host.messages) == 1


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("flaw", ["unknown authority", "another name"])
async def test_wrong_certificate_ends_it_and_nothing_is_said(
    tls: Any, flaw: str, tmp_path: Path
) -> None:
    name = "127.0.0.1" if flaw == "unknown authority" else "mail.elsewhere.example"
    options: dict[str, Any] = {"ca_file": None} if flaw == "unknown authority" else {}
    async with (
        Smarthost(tls=tls, users={"maild": "secret"}, certificate_for=name) as host,
        opened(host, tmp_path, username="maild", password="secret", **options) as relay,
    ):
        outcome = await deliver(relay)
    assert (outcome.state, outcome.code) == ("unreachable", 0)
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.text
    assert host.logins == []
    assert host.messages == []
    assert not any("AUTH" in text or "MAIL" in text for text in host.heard)


async def test_stripped_starttls_ends_it_and_credentials_are_never_seen(tmp_path: Path) -> None:
    async with Smarthost(users={"maild": "secret"}) as host:
        relay = open_relay(
            host.url.replace("smtp:", "smtp+starttls:"), username="maild", password="secret"
        )
        outcome = await deliver(relay)
        await relay.close()
    assert outcome == Outcome("unreachable", 0, "SMTP STARTTLS extension not supported by server.")
    assert host.logins == []
    assert [text.split()[0] for text in host.heard] == ["EHLO"]


async def test_refused_log_in_speaks_of_us(tmp_path: Path) -> None:
    async with (
        Smarthost(users={"maild": "right"}) as host,
        opened(host, tmp_path, username="maild", password="wrong") as relay,
    ):
        outcome = await deliver(relay)
    assert (outcome.state, outcome.code) == ("unreachable", 535)
    assert outcome.text.startswith("the relay refused our user name or password: 5.7.8")
    assert "wrong" not in outcome.text


async def test_missing_log_in_speaks_of_us(tmp_path: Path) -> None:
    async with Smarthost(users={"maild": "right"}) as host, opened(host, tmp_path) as relay:
        outcome = await deliver(relay)
    assert outcome == Outcome("unreachable", 530, "5.7.0 Authentication required")


@pytest.mark.parametrize(
    ("stage", "answer", "state"),
    [
        ("connect", "421 4.3.2 Later", "unreachable"),
        ("connect", "554 5.7.1 Not you", "unreachable"),
        ("mail", "451 4.3.0 Later", "unreachable"),
        ("mail", "550 5.7.1 Not your address", "unreachable"),
        ("mail", "552 5.3.4 Too big", "failed"),
        ("rcpt", "450 4.2.0 Greylisted", "deferred"),
        ("rcpt", "550 5.1.1 No such user", "failed"),
        ("rcpt", "530 5.7.0 Log in", "unreachable"),
        ("data", "451 4.3.0 Later", "deferred"),
        ("data", "554 5.5.1 No", "failed"),
        ("after_dot", "452 4.3.1 Full", "deferred"),
        ("after_dot", "554 5.7.1 Spam", "failed"),
    ],
)
async def test_refusal_is_told_in_the_relays_words(
    stage: Stage, answer: str, state: str, tmp_path: Path
) -> None:
    rule = Rule(stage, answer, attempts=[1])
    async with Smarthost([rule]) as host, opened(host, tmp_path) as relay:
        outcome = await deliver(relay)
        assert (outcome.state, outcome.code, outcome.text) == (state, int(answer[:3]), answer[4:])
        assert (await deliver(relay)).state == "sent"
        assert host.connections == (2 if stage == "connect" else 1)


async def test_one_refused_recipient_does_not_touch_the_next(tmp_path: Path) -> None:
    rule = Rule("rcpt", "550 5.1.1 No such user", recipient=TO)
    async with Smarthost([rule]) as host, opened(host, tmp_path) as relay:
        assert (await deliver(relay)).state == "failed"
        assert (await deliver(relay, "tom@client.example")).state == "sent"
        assert [message.recipients for message in host.messages] == [("tom@client.example",)]


async def test_answer_is_cleaned_to_one_short_line(tmp_path: Path) -> None:
    rule = Rule("rcpt", "550-5.1.1 a\x1b[31m\tb\r\n550 " + "ü" * 600)
    async with Smarthost([rule]) as host, opened(host, tmp_path) as relay:
        outcome = await deliver(relay)
    assert outcome.text.startswith("5.1.1 a [31m b üü")
    assert len(outcome.text) == 500


async def test_nobody_listening_is_unreachable() -> None:
    async with Smarthost() as host:
        url = host.url
    outcome = await deliver(open_relay(url))
    assert (outcome.state, outcome.code) == ("unreachable", 0)
    assert "Error connecting" in outcome.text


@pytest.mark.parametrize(
    ("stage", "patience", "state"),
    [
        ("connect", Patience(connect=0.2), "unreachable"),
        ("mail", Patience(command=0.2), "unreachable"),
        ("rcpt", Patience(command=0.2), "deferred"),
        ("data", Patience(data=0.2), "deferred"),
        ("data", Patience(letter=0.2), "deferred"),
        ("after_dot", Patience(answer=0.2), "unknown"),
    ],
)
async def test_silence_ends_each_step(
    stage: Stage, patience: Patience, state: str, tmp_path: Path
) -> None:
    async with (
        Smarthost([Rule(stage, HANG)]) as host,
        opened(host, tmp_path, patience=patience) as relay,
    ):
        outcome = await deliver(relay)
    assert (outcome.state, outcome.code) == (state, 0)
    assert outcome.text
    assert len(host.messages) == (stage == "after_dot")


async def test_garbage_instead_of_an_answer_leaves_it_open_and_drops_the_connection(
    tmp_path: Path,
) -> None:
    rule = Rule("after_dot", "what?", attempts=[1])
    async with Smarthost([rule]) as host, opened(host, tmp_path) as relay:
        outcome = await deliver(relay)
        assert (outcome.state, outcome.code) == ("unknown", 0)
        assert (await deliver(relay)).state == "sent"
        assert host.connections == 2


async def test_connection_is_kept_for_the_next_letter(tmp_path: Path) -> None:
    async with Smarthost() as host, opened(host, tmp_path) as relay:
        for _ in range(5):
            assert (await deliver(relay)).state == "sent"
        assert host.connections == 1


async def test_no_more_connections_than_allowed_are_opened(tmp_path: Path) -> None:
    async with Smarthost() as host, opened(host, tmp_path, connections=2) as relay:
        outcomes = await asyncio.gather(*(deliver(relay) for _ in range(20)))
        assert {outcome.state for outcome in outcomes} == {"sent"}
        assert (host.connections, len(host.messages)) == (2, 20)


async def test_idle_connection_is_replaced_after_a_minute(tmp_path: Path) -> None:
    now = [1000.0]
    async with Smarthost() as host, opened(host, tmp_path, monotonic=lambda: now[0]) as relay:
        await deliver(relay)
        now[0] += 60
        await deliver(relay)
        assert host.connections == 1
        now[0] += 61
        assert (await deliver(relay)).state == "sent"
        assert host.connections == 2


async def test_worn_connection_is_replaced_after_a_hundred_letters(tmp_path: Path) -> None:
    async with Smarthost() as host, opened(host, tmp_path) as relay:
        for _ in range(100):
            await deliver(relay)
        assert host.connections == 1
        assert (await deliver(relay)).state == "sent"
        assert host.connections == 2


@pytest.mark.parametrize(("stage", "answer"), [("mail", CUT), ("rcpt", CUT), ("mail", "421 Idle")])
async def test_dead_kept_connection_is_retried_once(
    stage: Stage, answer: str, tmp_path: Path
) -> None:
    rule = Rule(stage, answer, attempts=[2])
    async with Smarthost([rule]) as host, opened(host, tmp_path) as relay:
        assert (await deliver(relay)).state == "sent"
        assert (await deliver(relay)).state == "sent"
        assert (host.connections, len(host.messages), rule.seen) == (2, 2, 3)


async def test_connection_closed_while_idle_is_not_used(tmp_path: Path) -> None:
    async with Smarthost() as host, opened(host, tmp_path) as relay:
        await deliver(relay)
        host.drop_connections()
        assert (await deliver(relay)).state == "sent"
        assert (host.connections, len(host.messages)) == (2, 2)


@pytest.mark.parametrize(
    ("stage", "state"), [("mail", "unreachable"), ("rcpt", "deferred"), ("data", "deferred")]
)
async def test_fresh_connection_that_breaks_is_not_retried(
    stage: Stage, state: str, tmp_path: Path
) -> None:
    async with Smarthost([Rule(stage, CUT)]) as host, opened(host, tmp_path) as relay:
        outcome = await deliver(relay)
        assert (outcome.state, outcome.code, host.connections) == (state, 0, 1)


@pytest.mark.parametrize("attempt", [1, 2])
async def test_cut_after_the_dot_is_told_and_never_repeated(attempt: int, tmp_path: Path) -> None:
    rule = Rule("after_dot", CUT, attempts=[attempt])
    async with Smarthost([rule]) as host, opened(host, tmp_path) as relay:
        outcomes = [await deliver(relay) for _ in range(attempt)]
        assert outcomes[-1].state == "unknown"
        assert (len(host.messages), host.connections) == (attempt, 1)


async def test_addresses_beyond_ascii_ask_for_smtputf8(tmp_path: Path) -> None:
    async with Smarthost() as host, opened(host, tmp_path) as relay:
        assert (await deliver(relay, "jürgen@client.example")).state == "sent"
        assert (await deliver(relay)).state == "sent"
        assert [message.recipients[0] for message in host.messages] == ["jürgen@client.example", TO]
    assert ["SMTPUTF8" in text for text in host.heard if "MAIL" in text] == [True, False]


async def test_addresses_beyond_ascii_fail_where_the_relay_takes_none(tmp_path: Path) -> None:
    async with Smarthost(smtputf8=False) as host, opened(host, tmp_path) as relay:
        outcome = await deliver(relay, "jürgen@client.example")
        assert (outcome.state, outcome.code) == ("failed", 0)
        assert "this person needs another address" in outcome.text
        assert (await deliver(relay)).state == "sent"
        assert host.connections == 1


async def test_domain_beyond_ascii_goes_as_the_dns_has_it(tmp_path: Path) -> None:
    async with Smarthost(smtputf8=False) as host, opened(host, tmp_path) as relay:
        assert (await deliver(relay, "jane@bücher.example")).state == "sent"
        assert host.messages[0].recipients == ("jane@xn--bcher-kva.example",)


async def test_header_beyond_ascii_asks_for_smtputf8_too(tmp_path: Path) -> None:
    letter = "To: jürgen@client.example\r\nSubject: x\r\n\r\nHello\r\n".encode()
    async with Smarthost() as host, opened(host, tmp_path) as relay:
        assert (await deliver(relay, message=letter)).state == "sent"
        assert any("SMTPUTF8" in text for text in host.heard if "MAIL" in text)
    async with Smarthost(smtputf8=False) as host, opened(host, tmp_path) as relay:
        assert (await deliver(relay, message=letter)).state == "failed"


async def test_eight_bit_message_is_announced(tmp_path: Path) -> None:
    async with Smarthost() as host, opened(host, tmp_path) as relay:
        await deliver(relay, message="Subject: x\r\n\r\nGrüße\r\n".encode())
        await deliver(relay)
    announced = ["BODY=8BITMIME" in text for text in host.heard if "MAIL" in text]
    assert announced == [True, False]


async def test_closing_says_goodbye_and_ends_idle_connections() -> None:
    async with Smarthost() as host:
        relay = open_relay(host.url)
        await deliver(relay)
        await relay.close()
        assert "QUIT\r\n" in host.heard
        async with asyncio.timeout(5):
            while host.talks:
                await asyncio.sleep(0.005)


async def test_closing_does_not_wait_for_a_silent_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    async def say_nothing(self: object, arg: str | None) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("tests.smarthost._Talk.smtp_QUIT", say_nothing)
    async with Smarthost() as host:
        relay = open_relay(host.url, patience=Patience(quit=0.2))
        await deliver(relay)
        await asyncio.wait_for(relay.close(), 5)


async def test_letter_under_way_survives_closing_and_keeps_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Smarthost() as host:
        relay = open_relay(host.url)
        closings: list[asyncio.Future[None]] = []

        def close_now(stage: Stage, recipients: Sequence[str] = ()) -> str:
            if stage == "mail":
                closings.append(asyncio.ensure_future(relay.close()))
            return ""

        monkeypatch.setattr(host, "choose", close_now)
        assert (await deliver(relay)).state == "sent"
        await closings[0]
        async with asyncio.timeout(5):
            while host.talks:
                await asyncio.sleep(0.005)
