"""A customer cannot get in, says so in an answer, and is let in."""

from __future__ import annotations

from tests.world import OPERATOR, World


async def test_who_cannot_get_in_gets_a_link_and_a_password_that_work(world: World) -> None:
    await world.client("Acme Ltd", "jane@acme.example")
    await world.issue("INV-1")
    (letter,) = await world.mail_to("jane@acme.example")

    reply = await world.reply(letter, "Hi, it won't let me log in!\n\nJane")

    assert (reply.state, reply.action) == ("settled", "reissue")
    answer = (await world.mail_to("jane@acme.example"))[1]
    async with world.browser() as browser:
        assert "£300.00" in (await browser.get(answer.link)).text
    async with world.browser() as browser:
        page = await browser.log_in("jane@acme.example", answer.password)
        assert (page.status, page.path) == (200, "/")
        assert "You owe £300.00" in page.text


async def test_the_same_answer_delivered_twice_acts_once(world: World) -> None:
    await world.client("Acme Ltd", "jane@acme.example")
    await world.issue("INV-1")
    (letter,) = await world.mail_to("jane@acme.example")

    await world.reply(letter, "my password does not work", message_id="<1@acme.example>")
    again = await world.reply(letter, "my password does not work", message_id="<1@acme.example>")

    assert (again.action, again.reason) == ("ignore", "duplicate")
    assert len(await world.mail_to("jane@acme.example")) == 2


async def test_a_question_reaches_the_operator_with_the_original_attached(world: World) -> None:
    await world.client("Acme Ltd", "jane@acme.example")
    await world.issue("INV-1")
    (letter,) = await world.mail_to("jane@acme.example")

    reply = await world.reply(letter, "What is the second line of this invoice for?")

    assert reply.state == "held"
    (handed,) = await world.mail_to(OPERATOR)
    assert "INV-1" in handed.text
    assert "What is the second line" in handed.text
    assert b"What is the second line" in handed.attached()["original.eml"]
    assert handed.reply_to.startswith("desk+")
    assert len(await world.mail_to("jane@acme.example")) == 1
