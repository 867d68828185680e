"""The table of what is done about a reply, cell by cell."""

from __future__ import annotations

import pytest

from maild.mail.policy import TABLE, Action, Evidence, decide
from maild.mail.report import Kind
from maild.mail.request import Request

LEVELS = (
    Evidence(False, False, None, False, False),
    Evidence(True, False, None, False, False),
    Evidence(True, True, None, False, False),
    Evidence(True, True, True, False, False),
)
HOLD, PAUSE = Action.HOLD, Action.PAUSE_REMINDERS
CELLS = {
    Request.CANNOT_GET_IN: (HOLD, Action.REISSUE, Action.REISSUE, Action.REISSUE),
    Request.SEND_AGAIN: (HOLD, Action.RESEND, Action.RESEND, Action.RESEND),
    Request.STATEMENT: (HOLD, Action.RESEND, Action.RESEND, Action.RESEND),
    Request.WRONG_PERSON: (HOLD, Action.REVOKE_LINK, Action.REVOKE_LINK, Action.REVOKE_LINK),
    Request.STOP_REMINDERS: (HOLD, PAUSE, PAUSE, PAUSE),
    Request.PAID: (HOLD, PAUSE, PAUSE, PAUSE),
    Request.WILL_PAY: (HOLD, PAUSE, PAUSE, PAUSE),
    Request.DISPUTE: (HOLD, PAUSE, PAUSE, PAUSE),
    Request.ACCEPT: (HOLD, Action.CONFIRM_LINK, Action.CONFIRM_LINK, Action.CONFIRM_OR_ACT),
    Request.DECLINE: (HOLD, Action.CONFIRM_LINK, Action.CONFIRM_LINK, Action.CONFIRM_OR_ACT),
    Request.CONTACT_CHANGE: (HOLD, Action.PROPOSE, Action.PROPOSE, Action.PROPOSE_AND_NOTIFY),
    Request.QUESTION: (HOLD, HOLD, HOLD, HOLD),
    Request.THANKS: (HOLD, HOLD, HOLD, HOLD),
    Request.SEVERAL: (HOLD, HOLD, HOLD, HOLD),
    Request.UNCLEAR: (HOLD, HOLD, HOLD, HOLD),
}


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("request_", list(Request))
def test_cell_holds_its_action(request_: Request, level: int) -> None:
    decision = decide(request_, LEVELS[level], Kind.HUMAN)
    assert decision.action is CELLS[request_][level]
    assert decision.level == level
    assert decision.reason == (request_.value if level else "unknown-sender")


def test_every_request_has_a_row() -> None:
    assert set(TABLE) == set(Request)


@pytest.mark.parametrize(
    ("evidence", "level"),
    [
        (Evidence(False, False, True, False, False), 0),
        (Evidence(True, False, None, False, False), 1),
        (Evidence(True, False, True, False, False), 1),
        (Evidence(False, True, None, False, False), 1),
        (Evidence(False, True, False, False, False), 1),
        (Evidence(True, True, None, False, False), 2),
        (Evidence(False, True, True, False, False), 2),
        (Evidence(True, True, True, False, False), 3),
        (Evidence(True, True, True, False, True), 0),
    ],
)
def test_level_counts_what_speaks_for_the_sender(evidence: Evidence, level: int) -> None:
    assert evidence.level == level


@pytest.mark.parametrize(
    ("kind", "token", "action", "reason"),
    [
        (Kind.BOUNCE, True, Action.BOUNCE_HOLD, "bounce"),
        (Kind.BOUNCE, False, Action.LOG, "foreign-bounce"),
        (Kind.AUTOREPLY, True, Action.RECORD_ABSENCE, "autoreply"),
        (Kind.AUTOREPLY, False, Action.RECORD_ABSENCE, "autoreply"),
        (Kind.OWN, True, Action.IGNORE, "own"),
        (Kind.LIST, True, Action.LOG, "list"),
        (Kind.ARF, False, Action.LOG, "arf"),
        (Kind.ARF, True, Action.HOLD, "complaint"),
        (Kind.SUCCESS_DSN, True, Action.LOG, "success_dsn"),
    ],
)
def test_machine_is_never_answered_whatever_it_says(
    kind: Kind, token: bool, action: Action, reason: str
) -> None:
    evidence = Evidence(token, True, True, True, False)
    for request in Request:
        decision = decide(request, evidence, kind)
        assert (decision.action, decision.reason) == (action, reason)


def test_automatic_mail_that_looks_human_is_only_logged() -> None:
    evidence = Evidence(True, True, True, True, False)
    assert decide(Request.CANNOT_GET_IN, evidence, Kind.HUMAN).action is Action.LOG


def test_contradiction_holds_even_with_a_token() -> None:
    evidence = Evidence(True, True, True, False, True)
    decision = decide(Request.CANNOT_GET_IN, evidence, Kind.HUMAN)
    assert (decision.action, decision.reason, decision.level) == (HOLD, "contradiction", 0)
