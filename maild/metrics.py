"""What is counted, in the Prometheus text format, under names that start with `maild_`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

REGISTRY = CollectorRegistry()
REPLIES = Counter(
    "maild_replies_total",
    "Replies settled, by kind, action and reason.",
    ["kind", "action", "reason"],
    registry=REGISTRY,
)
ATTEMPTS = Counter(
    "maild_letter_attempts_total",
    "Attempts to hand a letter to the relay, by outcome.",
    ["outcome"],
    registry=REGISTRY,
)
LETTERS = Gauge("maild_letters", "Letters in the store, by state.", ["state"], registry=REGISTRY)
OLDEST = Gauge(
    "maild_oldest_letter_seconds",
    "How long the oldest letter has waited that is on its way.",
    registry=REGISTRY,
)
OUTAGE = Gauge(
    "maild_relay_outage_seconds",
    "For how long no letter has got through to the mail server, 0 if the last one has.",
    registry=REGISTRY,
)
PAGES = Counter(
    "maild_pages_total", "Web answers, by route and status.", ["route", "status"], registry=REGISTRY
)
LOGINS = Counter("maild_logins_total", "Log-ins tried, by result.", ["result"], registry=REGISTRY)


def expose() -> bytes:
    """Return all metrics as text."""
    return generate_latest(REGISTRY)
