"""The mailbox that replies are fetched from: a log-in, and a look at its folders."""

from __future__ import annotations

import asyncio

from imapclient.exceptions import LoginError

from maild.checkup.tls import explain
from maild.checkup.verdicts import Checked, Patient, Verdict, fault, ok, warn
from maild.mailbox import Login, Mailbox, Trouble, find_login

_SECONDS = 6.0
_TOPIC = "imap"


async def check_mailbox(patient: Patient) -> Checked:
    """Log in where replies are fetched from, if anywhere; nothing is read or moved."""
    login = find_login(patient.config)
    if login is None:
        return Checked(())
    return Checked((await asyncio.to_thread(_look, login),))


def _look(login: Login) -> Verdict:
    mailbox = Mailbox(login, _SECONDS)
    try:
        missing = mailbox.look()
    except Trouble as error:
        if isinstance(error.__cause__, LoginError):
            text = f"{login.url} refuses the log-in as {login.username}: {error}"
            return fault(_TOPIC, text, "correct [imap] username, or the password")
        return explain(_TOPIC, login.url, error)
    finally:
        mailbox.close()
    if login.folder in missing:
        remedy = "name one that is there in [imap] folder"
        return fault(_TOPIC, f"{login.username} has no folder {login.folder}", remedy)
    text = f"{login.url} takes the log-in as {login.username}"
    if missing:
        return warn(_TOPIC, f"{text}; the folder {login.move_to} will be made with the first reply")
    return ok(_TOPIC, text)
