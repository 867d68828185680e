"""The second terminal: an answer handed to the running demo, and what came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from maild.demo.notice import NO_DEMO, Notice, find_notice
from maild.errors import Refused

_PATIENCE = 10.0
_PAUSE = 0.1
_FORM = "application/x-www-form-urlencoded"


def answer_letter(text: str, to: str | None, sleep: Callable[[float], None] = time.sleep) -> str:
    """Answer the latest letter to `to` through the running demo; return what came of it.

    Raises `Refused` when no demo runs, or in the words in which the demo refuses.
    """
    notice = find_notice()
    form = {"token": notice.token, "text": text, "to": to or ""}
    sent = _ask(notice, "POST", "/replies", form)
    said = f"Sent to maild as {sent['as']}: “{' '.join(text.split())}”."
    for _ in range(int(_PATIENCE / _PAUSE)):
        mailbox = _ask(notice, "GET", "/mailbox.json")
        if new := mailbox["letters"][: len(mailbox["letters"]) - sent["letters"]]:
            return "\n".join([said, *(_tell(letter, sent["as"]) for letter in reversed(new))])
        sleep(_PAUSE)
    return f"{said}\nNo letter has come of it so far; look at {notice.url}"


def _tell(letter: Mapping[str, str], sender: str) -> str:
    verb = "answered with" if letter["to"] == sender else f"wrote to {letter['to']}:"
    return f"maild {verb} “{letter['subject']}”; read it at {letter['url']}"


def _ask(notice: Notice, method: str, path: str, form: Mapping[str, str] | None = None) -> Any:
    """Return the viewer's JSON answer; raises `Refused` when there is none."""
    address = urlsplit(notice.url)
    line = HTTPConnection(address.hostname or "", address.port, timeout=_PATIENCE)
    headers = {"Content-Type": _FORM, "Accept": "application/json"}
    try:
        line.request(method, path, urlencode(form) if form else None, headers)
        answer = line.getresponse()
        body = answer.read().decode()
    except (OSError, HTTPException):
        raise Refused(NO_DEMO) from None
    finally:
        line.close()
    if answer.status >= 400:
        raise Refused(json.loads(body)["refused"])
    return json.loads(body)
