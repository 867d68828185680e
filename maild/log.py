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
from structlog.stdlib import ProcessorFormatter

from maild.address import mask_address

_ADDRESS = re.compile(r"[^\s@<>\"',;:()]{1,64}@[^\s@<>\"',;:()]{1,255}")
# what a token or a generated password looks like; ids alone (16 characters) are no secrets
_SECRET = re.compile(
    r"[a-z2-7]{33}(?:[a-z2-7]{10})?|(?:[acdefhjkmnprtwxy3479]{4}-){3}[acdefhjkmnprtwxy3479]{4}",
    re.IGNORECASE,
)
_SHORTEST_SECRET = 19


def set_up_logging(*, level: str, form: str, addresses: str, stream: TextIO | None = None) -> None:
    """Send all log lines to `stream` (default: standard error) as `console` or `json` text.

    `addresses` says how email addresses appear: `plain`, `masked` or `hidden`. What libraries log
    takes the same way, from warnings upwards.
    """
    target = stream or sys.stderr
    stamp: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    write: list[Any] = [
        structlog.processors.format_exc_info,
        _Redactor(addresses),
        _renderer(form, target),
    ]
    structlog.configure(
        processors=[*stamp, *write],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=stamp, processors=[ProcessorFormatter.remove_processors_meta, *write]
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def without_secrets(text: str) -> str:
    """Return a text with whatever looks like one of our tokens or passwords taken out."""
    return _SECRET.sub("[secret]", text) if len(text) >= _SHORTEST_SECRET else text


def _renderer(form: str, target: TextIO) -> Any:
    if form == "json":
        return structlog.processors.JSONRenderer()
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=plain)


class _Redactor:
    """Replaces secrets and addresses in every text of a log line."""

    def __init__(self, addresses: str) -> None:
        self._addresses = addresses

    def __call__(
        self, logger: Any, method: str, line: MutableMapping[str, Any]
    ) -> Mapping[str, Any]:
        return {
            key: value if value is None or isinstance(value, int) else self._clean(str(value))
            for key, value in line.items()
        }

    def _clean(self, text: str) -> str:
        text = without_secrets(text)
        if "@" not in text or self._addresses == "plain":
            return text
        return _ADDRESS.sub(self._show, text)

    def _show(self, found: re.Match[str]) -> str:
        return "[address]" if self._addresses == "hidden" else mask_address(found.group())
