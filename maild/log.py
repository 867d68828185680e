"""Logging: structured lines, with addresses shown as the business wants and secrets never.

Each line about a document, letter or reply carries its id, so that one id tells a whole story.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from maild.address import mask_address

_ADDRESS = re.compile(r"[^\s@<>\"',;:()]{1,64}@[^\s@<>\"',;:()]{1,255}")
# what a token or a generated password looks like; ids alone (16 characters) are no secrets
_SECRET = re.compile(
    r"[a-z2-7]{33}(?:[a-z2-7]{10})?|(?:[acdefhjkmnprtwxy3479]{4}-){3}[acdefhjkmnprtwxy3479]{4}"
)


def set_up_logging(*, level: str, form: str, addresses: str, stream: TextIO | None = None) -> None:
    """Send all log lines to `stream` (default: standard error) as `console` or `json` text.

    `addresses` says how email addresses appear: `plain`, `masked` or `hidden`.
    """
    target = stream or sys.stderr
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=target.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _Redactor(addresses),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=target, force=True)


class _Redactor:
    """Replaces secrets and addresses in every text of a log line."""

    def __init__(self, addresses: str) -> None:
        self._addresses = addresses

    def __call__(
        self, logger: Any, method: str, line: MutableMapping[str, Any]
    ) -> Mapping[str, Any]:
        return {
            key: self._clean(value) if isinstance(value, str) else value
            for key, value in line.items()
        }

    def _clean(self, text: str) -> str:
        text = _SECRET.sub("[secret]", text)
        return text if self._addresses == "plain" else _ADDRESS.sub(self._show, text)

    def _show(self, found: re.Match[str]) -> str:
        return "[address]" if self._addresses == "hidden" else mask_address(found.group())
