"""Naming what a reply asks for."""

from __future__ import annotations

import time

import pytest

from maild.mail.intent import recognise
from maild.mail.request import Request

R = Request


@pytest.mark.parametrize(
    "text",
    [
        "can't log in",
        "Hi, it won't let me log in. Can you help?",
        "it wont let me in",
        "I am unable to sign in to the portal",
        "We cannot open your invoice.",
        "I can’t access the document",
        "My password doesn't work",
        "the password is wrong",
        "Password not accepted",
        "it says the password was rejected",
        "Forgot my password",
        "I ticked the box and got a password but it doesn't work",
        "I clicked the link but it says it was switched off",
        "Nothing happens when I press the button",
        "We have lost access to our invoices",
        "I seem to have lost my password, sorry!",
        "The link has expired",
        "your link is dead",
        "The link in your email doesn't open",
        "I'm locked out",
        "my account is locked",
        "When I click, the page says 404",
        "I never received a password",
        "login fails",
        "Please reset my password",
        "It asks me for a password and I have none",
        "Hello,\n\nI still cannot get in.\n\nThanks,\nJane",
        "I forgot my passwrod",
        "Ich kann mich nicht anmelden",
        "Passwort vergessen",
        "Der Link ist abgelaufen",
        "Je n'arrive pas à me connecter",
        "J'ai oublié mon mot de passe",
        "No puedo entrar",
        "He olvidado mi contraseña",
        "Non riesco ad accedere",
        "Ho dimenticato la password",
        "Ik kan niet inloggen",
        "Wachtwoord vergeten",
        "Não consigo entrar",
        "Esqueci a minha senha",
    ],
)
def test_person_who_cannot_get_in_is_understood(text: str) -> None:
    assert recognise(text).request is R.CANNOT_GET_IN


@pytest.mark.parametrize(
    "text",
    [
        "no longer locked out, thanks",
        "I can log in now",
        "I couldn't log in this morning but it works now",
        "All good, I managed to sign in",
        "I was not locked out",
        "I have no trouble logging in",
        "My password works fine",
        "The link is not broken",
        "Do not reset my password",
        "I didn't forget my password",
        "I don't need a new password",
        "If I can't log in tomorrow I will call you",
        "My bookkeeper can't log in",
        "Somebody has stolen my password and I can't log in",
        "I can't l\u200bog in",
        "I can't log \u202eni",
        "I can't log in to Facebook",
        "I can't log in. " + "And then my neighbour told me all about her cat. " * 9,
    ],
)
def test_trouble_that_is_over_denied_or_doubtful_is_never_acted_on(text: str) -> None:
    assert recognise(text).request not in (R.CANNOT_GET_IN, R.SEND_AGAIN)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("please send it again", R.SEND_AGAIN),
        ("Can you resend the invoice please?", R.SEND_AGAIN),
        ("Could I have another copy of INV-1001?", R.SEND_AGAIN),
        ("There was no attachment", R.SEND_AGAIN),
        ("Bitte senden Sie mir die Rechnung noch einmal", R.SEND_AGAIN),
        ("Pouvez-vous me renvoyer la facture ?", R.SEND_AGAIN),
        ("¿Puede volver a enviar la factura?", R.SEND_AGAIN),
        ("Può inviare di nuovo la fattura?", R.SEND_AGAIN),
        ("Kunt u de factuur opnieuw sturen?", R.SEND_AGAIN),
        ("Pode reenviar a fatura?", R.SEND_AGAIN),
        ("Please send us a statement", R.STATEMENT),
        ("What do we owe?", R.STATEMENT),
        ("You have the wrong person", R.WRONG_PERSON),
        ("I no longer work at Acme", R.WRONG_PERSON),
        ("Jane has left the company, please write to Tom", R.CONTACT_CHANGE),
        ("Our address has changed to 12 Low Road", R.CONTACT_CHANGE),
        ("Please stop sending me reminders", R.STOP_REMINDERS),
        ("We have already paid this", R.PAID),
        ("We will pay next Friday", R.WILL_PAY),
        ("The amount is wrong", R.DISPUTE),
        ("You charged us twice", R.DISPUTE),
        ("Yes, please go ahead", R.ACCEPT),
        ("We accept the estimate", R.ACCEPT),
        ("No thank you", R.DECLINE),
        ("We decline the estimate.", R.DECLINE),
        ("Thanks!", R.THANKS),
        ("When is the invoice due?", R.QUESTION),
        ("Hello", R.UNCLEAR),
        ("", R.UNCLEAR),
        ("I can't log in. When is the invoice due?", R.SEVERAL),
        ("I can't log in, and please change our address to 5 High St", R.SEVERAL),
        ("We have not paid this", R.UNCLEAR),
        ("I will check the invoice and get back to you", R.UNCLEAR),
        ("Please don't send it again", R.UNCLEAR),
    ],
)
def test_request_is_named(text: str, request_: Request) -> None:
    assert recognise(text).request is request_


def test_second_request_that_the_first_answers_is_only_noted() -> None:
    found = recognise("I can't open the invoice. Please send it again.")
    assert (found.request, found.others) == (R.CANNOT_GET_IN, (R.SEND_AGAIN,))
    assert found.words == ("can not open the invoice",)


def test_several_names_all_of_them() -> None:
    found = recognise("We have already paid. Please send us a statement.")
    assert found.request is R.SEVERAL
    assert set(found.others) == {R.PAID, R.STATEMENT}


def test_bare_denial_may_be_a_dispute() -> None:
    assert recognise("That is wrong").others == (R.DISPUTE,)
    assert recognise("No, thanks").others == ()


@pytest.mark.parametrize("subject", ["Re: can't log in", "AW: can't log in", "Fwd: can't log in"])
def test_subject_of_an_answer_is_not_the_senders_own(subject: str) -> None:
    assert recognise("Hello", subject).request is R.UNCLEAR
    assert recognise("Hello", "can't log in").request is R.CANNOT_GET_IN


def test_long_mail_is_left_to_a_person() -> None:
    assert recognise("I can't log in. " + "x" * 4_000).request is R.UNCLEAR


@pytest.mark.parametrize(
    "piece", ["a. ", "my ", "link ", "please send the ", "i do not know how to ", "not ", "is "]
)
def test_hostile_text_takes_little_time(piece: str) -> None:
    started = time.thread_time()
    recognise((piece * 4_000)[:3_990])
    recognise(piece * 400_000)
    assert time.thread_time() - started < 5
