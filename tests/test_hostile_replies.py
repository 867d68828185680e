"""Mail that is broken or means harm, through the whole of intake: read, held or set aside."""

from __future__ import annotations

import base64
import io
import time
import zipfile

import pytest

from tests.letterbox import BUSINESS, JANE, STRANGER, letter_to, told
from tests.paper import without_ink
from tests.test_intake import HELP
from tests.world import OPERATOR, HouseWorld

UNKNOWN = ("held", "hold", "unknown-sender")
CONTRADICTION = ("held", "hold", "contradiction")
POISON = ("set_aside", "hold", "poison")
AUTOMATIC = ("settled", "record_absence", "autoreply")
PLAIN = "From: Eve <eve@evil.example>\nSubject: Hello\n"


def part(head: str, body: str) -> str:
    return f"--b\n{head}\n\n{body}\n"


def mixed(*parts: str, head: str = PLAIN) -> str:
    return head + "Content-Type: multipart/mixed; boundary=b\n\n" + "".join(parts) + "--b--\n"


def nested(depth: int) -> str:
    heads = (f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return PLAIN + "".join(heads) + "\nhi\n"


def bomb() -> str:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    return base64.encodebytes(file.getvalue()).decode()


MAIL = {
    "no-from": ("Subject: Hello\n\nit won't let me log in\n", UNKNOWN),
    "two-from-headers": (f"From: {JANE}\nFrom: {STRANGER}\n\n{HELP}\n", CONTRADICTION),
    "two-from-addresses": (f"From: {JANE}, {STRANGER}\n\n{HELP}\n", CONTRADICTION),
    "name-that-is-an-address": (f'From: "{JANE}" <{STRANGER}>\n\n{HELP}\n', UNKNOWN),
    "address-after-a-comment": (f"From: jane@acme.example)bob@x.example\n\n{HELP}\n", UNKNOWN),
    "second-auto-submitted": (
        f"From: {JANE}\nAuto-Submitted: no\nAuto-Submitted: auto-replied\n\n{HELP}\n",
        AUTOMATIC,
    ),
    "message-id-that-is-none": (PLAIN + "Message-ID: <\n\nhi\n", UNKNOWN),
    "year-beyond-all-years": (PLAIN + f"Date: Mon, 1 Jan 1{'0' * 20} 00:00 +0000\n\nhi\n", UNKNOWN),
    "a-thousand-levels": (nested(1_000), POISON),
    "ten-thousand-parts": (mixed(*[part("", "a")] * 10_000), POISON),
    "twenty-thousand-addresses": (f"From: a@x.example{',a@x.example' * 4_000}\n\nhi\n", POISON),
    "three-thousand-comments": (f"From: {'(' * 3_000}{STRANGER}\n\nhi\n", UNKNOWN),
    "ten-thousand-parameters": (
        PLAIN + f"Content-Type: text/plain{'; a=b' * 10_000}\n\nhi\n",
        UNKNOWN,
    ),
    "charset-nobody-knows": (PLAIN + "Content-Type: text/plain; charset=x-no\n\nhi\n", UNKNOWN),
    "charset-that-is-no-charset": (
        PLAIN + "Content-Type: text/plain; charset=idna\n\nhi\n",
        UNKNOWN,
    ),
    "broken-base64": (PLAIN + "Content-Transfer-Encoding: base64\n\naGVs=bG8!!\n", UNKNOWN),
    "nothing-at-all": ("", UNKNOWN),
    "header-alone": (PLAIN, UNKNOWN),
    "zip-bomb": (
        mixed(
            part("", "see attached"),
            part("Content-Type: application/zip\nContent-Transfer-Encoding: base64", bomb()),
        ),
        UNKNOWN,
    ),
    "path-in-a-file-name": (
        mixed(
            part("", "see attached"),
            part('Content-Disposition: attachment; filename="../../etc/passwd"', "root"),
        ),
        UNKNOWN,
    ),
}


@pytest.fixture
async def shop(house: HouseWorld) -> HouseWorld:
    """A world whose documents cost no ink, with one customer who was sent an invoice."""
    without_ink(house)
    await house.client("Acme Ltd", JANE)
    await house.issue("INV-1")
    return house


@pytest.mark.parametrize("name", MAIL)
async def test_broken_mail_reaches_a_person_soon_and_whole(shop: HouseWorld, name: str) -> None:
    text, expected = MAIL[name]
    content = text.replace("\n", "\r\n").encode()
    started = time.process_time()
    reply = await shop.post(content, to=BUSINESS, sender=STRANGER)
    assert told(reply) == expected
    assert time.process_time() - started < 5
    if expected is AUTOMATIC:
        assert len(shop.relay.delivered) == 1
        return
    # as bytes: some of it would break the standard library's parser, too
    _, (_, recipient, handed) = shop.relay.delivered
    whole = [b"".join(form.split()) for form in (content, base64.b64encode(content))]
    assert recipient == OPERATOR
    assert any(form in b"".join(handed.split()) for form in whole)


async def test_newline_hidden_in_a_subject_starts_no_header_in_what_we_send(
    shop: HouseWorld,
) -> None:
    content = f"From: {STRANGER}\nSubject: A =?UTF-8?Q?=0ABcc:_victim=40x.example?=\n\nhi\n"
    await shop.post(content.encode(), to=BUSINESS, sender=STRANGER)
    (handed,) = await shop.mail_to(OPERATOR)
    assert handed.message["Bcc"] is None
    assert [mail.recipient for mail in await shop.mail()] == [JANE, OPERATOR]


async def test_script_in_body_and_file_name_is_inert_text(shop: HouseWorld) -> None:
    script = "<script>alert(1)</script>"
    content = mixed(
        part("Content-Type: text/html", f"<p>Hi {script}&lt;img src=x onerror=alert(2)&gt;</p>"),
        part(f'Content-Disposition: attachment; filename="{script}.pdf"', "x"),
        head=f"From: {STRANGER}\nSubject: {script}\n",
    )
    await shop.post(content.encode(), to=BUSINESS, sender=STRANGER)
    (handed,) = await shop.mail_to(OPERATOR)
    assert "<script" not in handed.html
    assert "<img src=x" not in handed.html


async def test_request_in_an_html_mail_is_understood(shop: HouseWorld) -> None:
    letter = await letter_to(shop)
    content = f"From: {JANE}\nSubject: Re: Invoice\nContent-Type: text/html\n\n<p>{HELP}</p>"
    reply = await shop.post(content.encode(), to=letter.reply_to, sender=JANE)
    assert told(reply) == ("settled", "reissue", "cannot_get_in")


async def test_report_about_a_letter_that_is_not_ours_changes_nothing(shop: HouseWorld) -> None:
    content = mixed(
        part("", "Your message could not be delivered."),
        part(
            "Content-Type: message/delivery-status",
            f"Final-Recipient: rfc822; {JANE}\nAction: failed\nStatus: 5.1.1",
        ),
        part("Content-Type: message/rfc822", "Message-ID: <forged@example.test>\n\nx"),
        head="From: MAILER-DAEMON@evil.example\nSubject: Undelivered\n",
    )
    reply = await shop.post(content.encode(), to=BUSINESS, sender="")
    assert told(reply) == ("settled", "log", "foreign-bounce")
    assert await shop.mail_to(OPERATOR) == []
