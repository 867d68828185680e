"""Every letter on the wire: short lines, seven bits, and nothing lost on the way."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from maild.mail.compose import Mailbox, compose
from maild.mail.lines import wrap_lines
from maild.mail.markdown import to_html, to_text
from maild.model import Client
from tests.mail.test_compose import BOUNDARY, PLAIN
from tests.mail.test_letter_templates import (
    KINDS,
    LINK,
    PASSWORD,
    answer,
    business,
    document,
    letter,
    render,
)

# what people are called, and what they write; one line, as the store keeps it
CHARS = st.just(" ") | st.characters(exclude_categories=["C", "Z"])
NAMES = st.text(CHARS, min_size=1, max_size=120)
SHORT, LONG = 78, 998


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(name=NAMES, words=NAMES)
def test_letter_has_short_lines_of_seven_bits_and_says_what_it_was_written_to_say(
    kind: str, name: str, words: str
) -> None:
    called = name.strip() or "x"
    context = letter(
        business=business(name=called, address=f"{words}\n{called}", payment=words),
        greeting=called,
        password=PASSWORD,
        headline=called,
        facts=((words, called),),
        excerpt=words,
        advice=(words,),
        words=words,
        subject=called,
        client=Client("c", "ACME", called, "default", False, "account", 0),
        attachment_names=(called,),
        document=document(reference=words.strip(), notes=words),
        notes=to_text(words),
        notes_html=Markup(to_html(words)),
        answer=answer(name=called, order_number=words, reason=words),
    )
    subject, text, html, _ = render(kind, context)
    draft = replace(
        PLAIN,
        sender=Mailbox(called, "billing@example.test"),
        recipient=Mailbox(words.strip(), "jane@acme.example"),
        subject=subject,
        text=wrap_lines(text),
        html=html,
        unbroken=(LINK.rpartition("/")[2], PASSWORD),
    )
    raw = compose(draft, BOUNDARY)
    assert raw.isascii()
    for line in raw.split(b"\r\n"):
        assert len(line) <= LONG
        # only a header that has no space to break at may be longer
        assert len(line) <= SHORT or b" " not in line.strip()
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    for subtype, written in (("plain", draft.text), ("html", html)):
        part = message.get_body((subtype,))
        assert part
        assert part["Content-Transfer-Encoding"] in {"7bit", "quoted-printable"}
        assert part.get_payload(decode=True).decode() == written.replace("\n", "\r\n")  # type: ignore[union-attr]
