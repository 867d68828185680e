"""What a connection tells: whether a server is to be trusted, how long, why it did not answer."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from maild.checkup.verdicts import Verdict, fault, ok, unseen, warn
from maild.clock import DAY, SECOND, Instant

# what says that somebody is there, and does not want us
_REFUSED = frozenset({errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE})


def open_trust(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return whom to trust: the system's authorities and those in a PEM file; raises `OSError`."""
    trust = ssl.create_default_context()
    if ca_file:
        trust.load_verify_locations(ca_file)
    return trust


def judge_shown(topic: str, host: str, shown: Mapping[str, Any], now: Instant) -> Verdict:
    """Return how long a certificate is good for that a server showed and that was verified."""
    span = tuple(
        int(ssl.cert_time_to_seconds(shown[name])) * SECOND for name in ("notBefore", "notAfter")
    )
    return judge_days(topic, f"the certificate of {host}", (span[0], span[1]), now)


def judge_days(topic: str, what: str, span: tuple[Instant, Instant], now: Instant) -> Verdict:
    """Return how long a certificate (valid from, until) is good for.

    It is late for renewal when less than a fifth of its life is left, or three weeks.
    """
    begins, ends = span
    days = (ends - now) // DAY
    if now >= ends:
        return fault(topic, f"{what} has expired", "renew it")
    if ends - now < min(21 * DAY, (ends - begins) // 5):
        return warn(topic, f"{what} ends in {days} days", "renew it")
    return ok(topic, f"{what} is good for {days} days")


def explain(topic: str, what: str, error: BaseException) -> Verdict:
    """Return what it means that a server could not be spoken to.

    That somebody refuses, or cannot prove who they are, is a fault; silence says nothing.
    """
    for one in _causes(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return fault(topic, f"{what} is not to be trusted: {one.verify_message}")
        if isinstance(one, ssl.SSLError):
            return fault(topic, f"{what} does not speak TLS as we do: {one.reason or one}")
        if isinstance(one, socket.gaierror):
            return unseen(topic, f"{what}: its name could not be looked up ({one.strerror})")
        if isinstance(one, OSError) and one.errno in _REFUSED:
            return fault(topic, f"{what} refuses the connection: does it run?")
    said = str(error) or "no answer in time"
    return unseen(topic, f"{what} could not be reached ({said})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those it came of."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        if isinstance(seen, BaseExceptionGroup):
            for one in seen.exceptions:
                yield from _causes(one)
        seen = seen.__cause__ or seen.__context__
