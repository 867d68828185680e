"""Finding the new words of a reply."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from maild.mail.html import cut_quotes
from maild.mail.reply import cut_history, extract, extract_html

WORDS = "The invoice looks right to me now."


@pytest.mark.parametrize(
    "history",
    [
        "On Mon, 2 Nov 2026 at 10:00, Example Ltd <billing@example.test> wrote:\n> old words",
        "On Mon, 2 Nov 2026 at 10:00, Example Ltd\n<billing@example.test>\nwrote:\n\n> old words",
        "Am 02.11.2026 um 10:00 schrieb Example Ltd <billing@example.test>:\n> old words",
        "Le lun. 2 nov. 2026 à 10:00, Example Ltd <billing@example.test> a écrit :\n> old words",
        "El lun, 2 nov 2026 a las 10:00, Example (<billing@example.test>) escribió:\n> old words",
        "Il giorno lun 2 nov 2026 alle 10:00 Example <b@example.test> ha scritto:\n> old words",
        "Op ma 2 nov. 2026 om 10:00 schreef Example <billing@example.test>:\n> old words",
        "Em seg., 2 de nov. de 2026 às 10:00, Example <b@example.test> escreveu:\n> old words",
        "Den 2. nov. 2026 kl. 10.00 skrev Example <billing@example.test>:\n> old words",
        "Dnia 2 listopada 2026 10:00 Example <b@example.test> napisał(a):\n> old words",
        "2026年11月2日(月) 10:00 Example <billing@example.test>:\n> old words",
        "-----Original Message-----\nFrom: Example Ltd\nold words",
        "-----Ursprüngliche Nachricht-----\nVon: Example Ltd\nold words",
        "From: Example Ltd <b@example.test>\nSent: Monday\nTo: Jane\nSubject: Invoice\n\nold words",
        "________________\nVon: Example\nGesendet: Montag\nAn: J\nBetreff: R\n\nold words",
        "*De :* Example\n*Envoyé :* lundi\n*À :* Jane\n*Objet :* Facture\n\nold words",
        "> old words",
        "Sent from my telephone\n\nOn Mon, 2 Nov 2026, E <b@example.test> wrote:\n> old words",
    ],
)
def test_history_below_the_new_words_is_cut(history: str) -> None:
    assert extract(f"{WORDS}\n\n{history}\n") == WORDS
    assert (
        extract(f"{WORDS}\r\n\r\n{history}\r\n".replace("\r\n", "\n").replace("\n", "\r\n"))
        == WORDS
    )


@pytest.mark.parametrize(
    "footer",
    [
        "-- \nJane Doe\nHead of Accounts",
        "--\nJane",
        "Kind regards,\n\nJane Doe\nAcme",
        "Mit freundlichen Grüßen\nJane Doe",
        "Thanks,\nJane",
        "Many thanks\n\nJane Doe\nAcme Ltd",
        "Jane",
        "Sent from my iPhone",
        "Von meinem iPad gesendet",
        "Envoyé de mon iPhone",
        "CONFIDENTIALITY NOTICE: This is for the named person.",
        "This email and any attachments are confidential and may be privileged.",
        "IMPORTANT: This email and any attachments are confidential. Delete it if in doubt.",
        "Acme Ltd is registered in England no. 123456. Registered office: 1 High Street.",
        "Think before you print.",
        "Virus-free. www.scanner.example",
        "Viele Grüße, Jane",
        "Cheers, Jane",
        "Regards, Jane",
        "Thanks & Regards\nJane Doe",
        "Many thanks,\nJane Doe\nAccounts | Acme\nT: 01234 567890 | M: 07700 900123\nj@a.example",
        "Saludos,\nJane",
        "Cordiali saluti\nJane Doe",
        "Met vriendelijke groet,\n\nJane Doe",
        "Att,\nJane",
        "Gesendet von Mail für Windows",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Hol dir Outlook für Android",
    ],
)
def test_signature_or_footer_is_cut(footer: str) -> None:
    assert extract(f"{WORDS}\n\n{footer}\n") == WORDS
    assert footer.splitlines()[0].strip() in cut_history(f"{WORDS}\n\n{footer}\n")


SENDER = "Example Ltd <billing@example.test>"


@pytest.mark.parametrize(
    "head",
    [
        f"On 2 Nov 2026, at 10:00, {SENDER} wrote:",
        "On 02.11.26 10:00, Example Ltd wrote:",
        f"On Mon, Nov 2, 2026 at 10:00 AM {SENDER} wrote:",
        f"On Monday, November 2, 2026 at 10:00:00 AM GMT+1, {SENDER} wrote:",
        f"{SENDER} wrote on Mon, 2 Nov 2026:",
        f"On Mon, 2 Nov 2026 10:00:00 +0100\n{SENDER} wrote:",
        "On Mon, 2 Nov 2026 at 10:00, Example Ltd <\nbilling@example.test> wrote:",
        f"Am Mo., 2. Nov. 2026 um 10:00 Uhr schrieb {SENDER}:",
        f"Am Montag, 2. November 2026 um 10:00:00 MEZ hat {SENDER} Folgendes geschrieben:",
        "Am 02.11.26 um 10:00 schrieb Example:",
        "Le 02/11/2026 à 10:00, Example a écrit :",
        f"Le lundi 2 novembre 2026 à 10:00:00 UTC+1, {SENDER} a écrit :",
        f"El lunes, 2 de noviembre de 2026, 10:00:00 CET, {SENDER} escribió:",
        "El lun, 2 de nov de 2026 a la(s) 10:00 a. m., Example (b@example.test) escribió:",
        f"Il lunedì 2 novembre 2026 alle ore 10:00:00 CET, {SENDER} ha scritto:",
        "Il 02/11/26 10:00, Example ha scritto:",
        f"Op maandag 2 november 2026 om 10:00:00 CET schreef {SENDER}:",
        f"Op 2 nov 2026, om 10:00 heeft {SENDER} het volgende geschreven:",
        f"Em segunda-feira, 2 de novembro de 2026 às 10:00:00 BRT, {SENDER} escreveu:",
        f"No dia 02/11/2026, às 10:00, {SENDER} escreveu:",
        "From: E <b@example.test>\nDate: Monday, 2 November 2026\nTo: Jane\nSubject: Invoice",
        "From: E \nSent: 02 November 2026\nTo: J <j@a.example>\nCc: T <t@a.example>;\n\tAnn",
        "Von: E\nGesendet: Montag, 2. November 2026 10:00\nAn: Jane\nBetreff: Rechnung",
        "De : E\nEnvoyé : lundi 2 novembre 2026 10:00\nÀ : Jane\nObjet : Facture",
        "De: E\nEnviado el: lunes, 2 de noviembre de 2026 10:00\nPara: Jane\nAsunto: Factura",
        "Da: E\nInviato: lunedì 2 novembre 2026 10:00\nA: Jane\nOggetto: Fattura",
        "Van: E\nVerzonden: maandag 2 november 2026 10:00\nAan: Jane\nOnderwerp: Factuur",
        "De: E\nEnviada em: segunda-feira, 2 de novembro de 2026\nPara: J\nAssunto: Fatura",
        "-------- Message d'origine --------\nDe : E",
        "-------- Messaggio originale --------\nDa: E",
        "------------------------------\n*From:* E\n*Sent:* Monday\n*To:* Jane\n*Subject:* I",
        "===============\nFrom: E\nSent: Monday\nTo: Jane",
        "Obtenir Outlook pour iOS\n________________________________\nDe : E\nEnvoyé : lundi\nÀ : J",
    ],
)
def test_every_mail_programs_head_is_known_with_and_without_quote_marks(head: str) -> None:
    assert extract(f"{WORDS}\n\n{head}\n> old words\n> more of them") == WORDS
    assert extract(f"{WORDS}\n\n{head}\n\nold words\nmore of them") == WORDS


def test_name_alone_heads_a_quotation_only_where_one_follows() -> None:
    assert extract(f"{WORDS}\n\nExample Ltd writes:\n> old") == WORDS
    told = "Our auditor writes:\nthe figures are right."
    assert extract(told) == told


def test_bottom_posted_answer_is_kept() -> None:
    text = f"On Mon, 2 Nov 2026, Example <b@example.test> wrote:\n> Is it right?\n\n{WORDS}"
    assert extract(text) == WORDS


def test_inline_answers_are_kept_and_the_questions_dropped() -> None:
    head = "On Mon, 2 Nov 2026, E <e@x.example> wrote:"
    text = f"{head}\n> One?\nFirst answer.\n> Two?\nSecond answer.\n"
    assert extract(text).split("\n") == ["First answer.", "Second answer."]


def test_words_in_the_quotation_alone_leave_nothing() -> None:
    assert extract("> I can't log in\n> please help\n") == ""


def test_bare_forward_keeps_its_body() -> None:
    head = "From: A <a@x.example>\nDate: Mon\nTo: B\nSubject: C"
    text = f"---------- Forwarded message ---------\n{head}\n\nbody"
    assert extract(text) == "body"


@pytest.mark.parametrize(
    "text",
    [
        "Please write to:\n\nJane Smith",
        "Shall we go ahead?\n\nApproved",
        "On 2 November we paid 300 pounds.\nOn 3 November you wrote to us.",
        "The dates are:\n2026-11-02 10:00\n2026-11-03 11:00\nThanks for looking.",
        "From: what I can see, all is well.",
        "From now on please write to\n\nTom Brown",
        "Could you send me this one again, please?\n\nTravel Document",
        "The offer is agreed.\n\nJD",
        "Our firm is registered in Ireland, please correct the VAT.",
        "The hours were:\n\n--------------\nMonday 3\nTuesday 4\n--------------\nRight?",
        "Best offer wins, we think.",
        "On Friday Tom wrote to you about the roof.",
    ],
)
def test_words_that_only_look_like_furniture_are_kept(text: str) -> None:
    assert extract(text) == text


@pytest.mark.parametrize(
    "old",
    [
        '<div class="gmail_quote">On Monday E wrote:<blockquote>old</blockquote></div>',
        '<div class="moz-cite-prefix">On Monday:</div><blockquote type="cite">old</blockquote>',
        '<hr><div id="divRplyFwdMsg"><b>From:</b> E</div><div>old</div>',
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><b>From:</b> E</div><p>old</p>',
        '<div id="appendonsend"></div><div>old</div>',
        '<div class="yahoo_quoted">old<div>deep</div>er</div>',
    ],
)
def test_html_history_is_cut_by_its_wrapper(old: str) -> None:
    assert extract_html(f"<div>{WORDS}</div>{old}") == WORDS


def test_html_answer_below_the_quotation_is_kept() -> None:
    page = f'<blockquote type="cite">old</blockquote><p>{WORDS}</p>'
    assert extract_html(page) == WORDS


def test_html_that_is_all_quotation_is_not_taken_for_new_words() -> None:
    page = "<div class='gmail_quote'><blockquote>I can't log in</blockquote></div>"
    assert extract_html(page) == ""
    assert cut_quotes(page) == "> I can't log in"


def test_header_that_a_wrapper_cuts_in_two_leaves_nothing_behind() -> None:
    page = (
        f"<p>{WORDS}</p><p>From: E &lt;b@example.test&gt;</p>"
        '<div id="OLK_SRC_BODY_SECTION">Date: Monday<br>To: Jane<br>old</div>'
    )
    assert extract_html(page) == WORDS


PIECES = [
    WORDS, "", "> old", ">> older", "AB> old", "-- ", "--", "____________", "----------",
    "Jane Doe", "Thanks,", "Kind regards", "On Mon, 2 Nov 2026, E <b@example.test> wrote:",
    "On 2 Nov",
    "wrote:", "From: E", "Sent: Monday", "To: J", "Subject: S", "-----Original Message-----",
    "Sent from my iPhone", "This email is confidential and privileged.", "Von: E",
    "\u200b", "\xa0x",
]  # fmt: skip


@given(some.lists(some.sampled_from(PIECES) | some.text(max_size=30), max_size=40))
def test_nothing_is_invented_and_no_quoted_line_kept(pieces: list[str]) -> None:
    text = "\n".join(pieces).replace("\r", "\n")
    written = iter("".join(text.split()).replace("\u200b", ""))
    kept = extract(text)
    assert all(char in written for char in "".join(kept.split()))
    assert not any(line.lstrip().startswith(">") for line in kept.split("\n"))
    assert len(cut_history(text)) >= len(kept)


TAGS = [
    "<p>", "</p>", "<blockquote type=cite>", "</blockquote>", "<div class='gmail_quote'>", "</div>",
    "<script>", "</script>", "<!--", "-->", "<a href='", "'>", "<br>", "&lt;", "<style>", "words",
]  # fmt: skip


@given(some.lists(some.sampled_from(TAGS) | some.text(max_size=9), max_size=40))
def test_any_html_is_read(pieces: list[str]) -> None:
    assert isinstance(extract_html("".join(pieces)), str)
    assert "<script>" not in cut_quotes("".join(pieces)) or "&lt;" in pieces


HOSTILE = [
    ">" * 50 + "\n",
    "On 1\n",
    "On 1 " + "x " * 100 + "\n",
    "From: a\n",
    "From: a\nTo: b\n\n",
    "-- \n",
    "--",
    "_" * 60 + "\n",
    "Regards,\n",
    "Thanks,\nJane\n\n",
    "Jane Doe " * 10,
    "a@b.example wrote\n",
    "This e-mail and " * 20 + "\n",
    "\n",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_in_proportion_to_the_length(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        started = time.thread_time()
        extract(text)
        return time.thread_time() - started

    small = max(seconds(50_000), 0.05)
    assert seconds(400_000) < 8 * 4 * small


def test_hostile_megabyte_does_not_stall() -> None:
    started = time.thread_time()
    extract("-- \nOn 1 wrote\nFrom: a\n" * 40_000)
    assert time.thread_time() - started < 60
