"""Every error maild raises on purpose: each tells what went wrong and what to do."""

from __future__ import annotations


class MaildError(Exception):
    """Something a person can understand and mend; its text names the thing and the remedy."""


class Refused(MaildError):
    """The request makes no sense for the present state: nothing was changed (exit 1)."""


class NotFound(MaildError):
    """The thing named does not exist (exit 1)."""


class BadInput(MaildError, ValueError):
    """A file, an address or an option is malformed: nothing was changed (exit 2)."""


class BadTemplate(MaildError):
    """A template is missing, broken, or names a variable that it is not given (exit 2)."""


class StoreUnavailable(MaildError):
    """The store is locked, gone or of another version: try again later (451, 503)."""


class StoreFull(StoreUnavailable):
    """The disk under the store is full: nothing was kept (452)."""


class Busy(MaildError):
    """A bounded queue is full: come back in a moment (503 with Retry-After)."""


class Throttled(MaildError):
    """A limit on repeated requests was reached; it opens again at `retry_at` (an instant)."""

    def __init__(self, message: str, retry_at: int) -> None:
        super().__init__(message)
        self.retry_at = retry_at
