"""The operator answers a held reply from any mail program, and the client gets just that."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

import pytest

from maild.mail.parse import parse
from maild.model import Reply
from maild.services.desk import read_words
from maild.services.handoff import DESK_MARKER
from maild.services.handover import disable_contact
from maild.services.settlement import Unfit
from maild.store import letters, replies
from tests.letterbox import JANE, STRANGER, letter_to, report_bounce, told, told_operator, write
from tests.mails import Mail
from tests.world import OPERATOR, HouseWorld

QUESTION = "What is the second line of the invoice for?"
ANSWER = "Dear Jane,\n\nthat is the support of November.\n\nOwen"


@pytest.fixture
async def asked(shop: HouseWorld) -> HouseWorld:
    """A shop in which Jane asked something that the operator was handed."""
    await shop.issue("INV-1")
    shop.clock.advance(seconds=1)
    await shop.reply(await letter_to(shop), QUESTION, message_id="<q1@mail.example>")
    shop.clock.advance(seconds=1)
    return shop


def answer(
    handed: Mail,
    words: str = ANSWER,
    *,
    sender: str = OPERATOR,
    below: str = "",
    html: bool = False,
) -> bytes:
    """Return the operator's answer as a mail program makes it, the letter quoted below."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = f"Owen Owner <{sender}>"
    message["To"] = handed.reply_to
    message["Subject"] = f"Re: {handed.subject}"
    message["Message-ID"] = f"<{abs(hash((words, sender)))}@owner.example>"
    quoted = "\n".join(f"> {line}" for line in handed.text.splitlines())
    text = f"{words}\n\nOn Mon, 23 Nov 2026, Example Ltd wrote:\n{quoted}\n"
    if html:
        lines = "".join(f"<div>{line or '<br>'}</div>" for line in words.splitlines())
        message.set_content(
            f"<html><body>{lines}<div class='gmail_quote'>On Monday wrote:"
            f"<blockquote>{handed.html}</blockquote></div></body></html>",
            subtype="html",
        )
    else:
        message.set_content(text)
    return message.as_bytes()


async def post_answer(world: HouseWorld, content: bytes, *, sender: str = OPERATOR) -> Reply:
    handed = (await world.mail_to(OPERATOR))[0]
    return await world.post(content, to=handed.reply_to, sender=sender)


async def question(world: HouseWorld) -> Reply:
    found = await replies.list_replies(world.office.db)
    return found[-1]


@pytest.mark.parametrize("html", [False, True])
async def test_answer_goes_on_in_the_name_of_the_business_into_the_conversation(
    asked: HouseWorld, html: bool
) -> None:
    first = await letter_to(asked)
    handed = await told_operator(asked)
    assert handed.reply_to.startswith("desk+")
    assert "What you write there goes to jane@acme.example" in handed.text
    reply = await post_answer(asked, answer(handed, html=html))
    assert told(reply) == ("settled", "forward", "desk")
    letter = await letter_to(asked)
    assert letter.text.replace("\r\n", "\n").startswith(ANSWER)
    assert "maild" not in letter.text.replace(letter.reply_to, "")
    assert "that is the support of November." in letter.html
    assert letter.subject == f"Re: {first.subject}"
    assert letter.message["From"] == "Example Ltd <billing@example.test>"
    assert letter.message["In-Reply-To"] == "<q1@mail.example>"
    assert str(first.message["Message-ID"]) in str(letter.message["References"])
    assert letter.reply_to.startswith("reply+")
    # a person wrote it: a mail program may answer it that a person is away
    assert letter.message["Auto-Submitted"] is None


async def test_answer_is_kept_with_the_document_and_closes_the_question(asked: HouseWorld) -> None:
    await post_answer(asked, answer(await told_operator(asked)))
    held = await question(asked)
    assert (held.state, held.reason) == ("settled", "answered")
    assert held.document_id
    kinds = [
        one.kind for one in await letters.list_document_letters(asked.office.db, held.document_id)
    ]
    assert "desk" in kinds


async def test_conversation_goes_on(asked: HouseWorld) -> None:
    await post_answer(asked, answer(await told_operator(asked)))
    asked.clock.advance(seconds=1)
    reply = await asked.reply(await letter_to(asked), "And what is the third line for?")
    assert (reply.state, reply.level) == ("held", 2)
    assert "INV-1" in (await told_operator(asked)).subject


async def test_nobody_but_the_operator_speaks_from_the_desk(asked: HouseWorld) -> None:
    handed = await told_operator(asked)
    for sender in (STRANGER, JANE):
        reply = await post_answer(asked, answer(handed, sender=sender), sender=sender)
        assert told(reply) == ("held", "hold", "not-the-operator")
    assert len(await asked.mail_to(JANE)) == 1
    assert not await asked.mail_to(STRANGER)


async def test_operators_vacation_notice_does_not_go_on(asked: HouseWorld) -> None:
    handed = await told_operator(asked)
    reply = await write(
        asked, "I am away", sender=OPERATOR, to=handed.reply_to, Auto_Submitted="auto-replied"
    )
    assert (reply.state, reply.action) == ("settled", "log")
    bounced = await asked.post(report_bounce(handed), to=handed.reply_to, sender="")
    assert (bounced.state, bounced.action) == ("settled", "log")
    assert len(await asked.mail_to(JANE)) == 1


async def test_empty_answer_is_handed_back(asked: HouseWorld) -> None:
    reply = await post_answer(asked, answer(await told_operator(asked), ""))
    assert told(reply) == ("held", "hold", "empty-answer")
    assert "please answer it again" in (await told_operator(asked)).text
    assert len(await asked.mail_to(JANE)) == 1


async def test_what_maild_told_the_operator_never_reaches_the_client(asked: HouseWorld) -> None:
    handed = await told_operator(asked)
    content = answer(handed).replace(b"> ", b"")
    reply = await post_answer(asked, content)
    assert told(reply) == ("settled", "forward", "desk")
    assert "maild inbox" not in (await letter_to(asked)).text
    commands = "Like so:\n    maild inbox show abcd"
    reply = await post_answer(asked, answer(handed, commands))
    assert told(reply) == ("held", "hold", "unseparated-answer")


async def test_answer_to_one_who_has_left_meanwhile_does_not_go_out(asked: HouseWorld) -> None:
    handed = await told_operator(asked)
    await disable_contact(asked.office, "ACME", JANE, actor="test")
    reply = await asked.post(answer(handed), to=handed.reply_to, sender=OPERATOR)
    assert told(reply) == ("held", "hold", "disabled")
    assert len(await asked.mail_to(JANE)) == 1


async def test_same_answer_twice_goes_once(asked: HouseWorld) -> None:
    content = answer(await told_operator(asked))
    await post_answer(asked, content)
    again = await post_answer(asked, content)
    assert again.reason == "duplicate"
    assert len(await asked.mail_to(JANE)) == 2


async def test_file_of_the_operator_goes_along(asked: HouseWorld) -> None:
    handed = await told_operator(asked)
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = OPERATOR, handed.reply_to
    message["Message-ID"] = "<f@owner.example>"
    message.set_content("See the file.\n")
    message.add_attachment(b"1,2", maintype="text", subtype="csv", filename="../times.csv")
    await post_answer(asked, message.as_bytes())
    assert (await letter_to(asked)).attached() == {"times.csv": b"1,2"}


@pytest.mark.parametrize(
    "text",
    [
        f"Yes.\n\n{DESK_MARKER}\nWhat you write there goes to Jane",
        f"Yes.\n\n> {DESK_MARKER}\n> What you write there goes to Jane",
        "Yes.\n\n-----Original Message-----\nFrom: Example Ltd\nSent: Monday\nSubject: x\n\nfoo",
    ],
)
def test_words_are_what_stands_above_the_letter(text: str) -> None:
    assert read_words(parse(f"From: a@b.example\r\n\r\n{text}".encode())) == "Yes."


def test_nothing_above_the_letter_is_no_answer() -> None:
    with pytest.raises(Unfit, match="empty-answer"):
        read_words(parse(f"From: a@b.example\r\n\r\n> {DESK_MARKER}\r\n> more".encode()))
