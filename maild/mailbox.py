"""A mailbox on an IMAP server (RFC 3501), as far as fetching replies goes.

Everything here waits for the network, so it is called in a thread of its own, one call at a time;
only `interrupt` may come from another. Every trouble with the server is a `Trouble`.
"""

from __future__ import annotations

import imaplib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from maild.clock import Instant, from_datetime, to_datetime
from maild.config import Config
from maild.errors import MaildError

# set on what was taken, where the server keeps keywords
TAKEN = b"$MaildTaken"

_SECONDS = 30.0
# servers may hang up after half an hour of silence (RFC 2177)
_LONGEST_IDLE = 9 * 60.0
_SLICE = 1.0
_AT_ONCE = 0.2


class Trouble(MaildError):
    """The server is out of reach, refuses the log-in, or hung up."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where the mailbox is and how it is opened.

    `url` is imaps://, imap+starttls:// or, on this machine only, imap://; what was taken is moved
    to the folder `move_to`, or only marked where that is empty.
    """

    url: str
    username: str
    password: str
    folder: str
    move_to: str
    ca_file: Path | None


def find_login(config: Config) -> Login | None:
    """Return where replies are fetched from, None where that is nowhere."""
    imap = config.imap
    if not imap.url:
        return None
    return Login(
        url=imap.url,
        username=imap.username,
        password=imap.password.get_secret_value() if imap.password else "",
        folder=imap.folder,
        move_to=imap.move_to,
        ca_file=config.resolve(imap.ca_file) if imap.ca_file else None,
    )


@dataclass(frozen=True, slots=True)
class State:
    """What a folder says of itself: its UIDVALIDITY, and the UID that the next message gets."""

    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True)
class Head:
    """A message that lies in the folder: its size in bytes, when it came, its header's bytes."""

    size: int
    arrived_at: Instant
    header: bytes


class Mailbox:
    """One folder, open or not."""

    def __init__(self, login: Login, seconds: float = _SECONDS) -> None:
        """Take a log-in, and how long to wait for each answer of the server."""
        self._login = login
        self._seconds = seconds
        self._client: IMAPClient | None = None
        self._interrupted = threading.Event()
        self._marks = False

    def open(self) -> State:
        """Connect, log in and select the folder; raises `Trouble`."""
        with _troubles():
            client = self._log_in()
            if self._login.move_to and not client.folder_exists(self._login.move_to):
                client.create_folder(self._login.move_to)
            found = client.select_folder(self._login.folder)
            allowed = found.get(b"PERMANENTFLAGS", ())
            self._marks = rb"\*" in allowed or TAKEN in allowed
            return State(found[b"UIDVALIDITY"], found.get(b"UIDNEXT", 1))

    def look(self) -> tuple[str, ...]:
        """Connect and log in, change nothing, and return which of our folders are not there.

        Raises `Trouble`.
        """
        with _troubles():
            client = self._log_in()
            wanted = filter(None, (self._login.folder, self._login.move_to))
            return tuple(folder for folder in wanted if not client.folder_exists(folder))

    def list_after(self, uid: int, since: Instant) -> list[int]:
        """Return the UIDs above one, of messages that came at an instant or later; `Trouble`."""
        # days are those of the server's time zone, whichever that is: what came is checked below
        day = (to_datetime(since) - timedelta(days=2)).date()
        with _troubles():
            client = self._need()
            found = client.search([b"UID", f"{uid + 1}:*", b"SINCE", day])
            # the range always holds the last message there is (RFC 3501 section 6.4.8)
            return sorted(one for one in found if one > uid)

    def read_head(self, uid: int) -> Head | None:
        """Return what a message says of itself, unread as it was; None if it is gone; `Trouble`."""
        with _troubles():
            found = self._need().fetch(
                [uid], [b"RFC822.SIZE", b"INTERNALDATE", b"BODY.PEEK[HEADER]"]
            )
        if uid not in found:
            return None
        data = found[uid]
        came = data[b"INTERNALDATE"]
        assert isinstance(came, datetime)
        # without a zone it is this machine's own time (IMAPClient's way)
        arrived = from_datetime(came.astimezone(UTC))
        return Head(int(data[b"RFC822.SIZE"]), arrived, bytes(data[b"BODY[HEADER]"]))

    def read(self, uid: int) -> bytes | None:
        """Return a message's bytes, leaving it unread; None if it is gone; raises `Trouble`."""
        with _troubles():
            found = self._need().fetch([uid], [b"BODY.PEEK[]"])
        return bytes(found[uid][b"BODY[]"]) if uid in found else None

    def put_away(self, uid: int) -> None:
        """Move a message that was taken, or mark it where it lies; never deletes; `Trouble`."""
        with _troubles():
            client = self._need()
            if self._marks:
                client.add_flags([uid], [TAKEN])
            if self._login.move_to and client.has_capability("MOVE"):
                client.move([uid], self._login.move_to)

    def wait(self, seconds: float) -> None:
        """Return once something new has come, the time is over, or `interrupt` was called.

        Where the server cannot tell of news (IDLE, RFC 2177) the time is always waited for in
        full. Raises `Trouble`, also when the connection was lost meanwhile.
        """
        with _troubles():
            client = self._need()
            if client.has_capability("IDLE"):
                self._idle(client, min(seconds, _LONGEST_IDLE))
            else:
                self._interrupted.wait(seconds)
                client.noop()

    def interrupt(self) -> None:
        """End the waiting, from whatever thread."""
        self._interrupted.set()

    def close(self) -> None:
        """Log out, if the server still answers."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.logout()
        except (IMAPClientError, imaplib.IMAP4.error, OSError):
            # a server that is gone leaves the socket to us
            with suppress(OSError):
                client.shutdown()

    def _log_in(self) -> IMAPClient:
        self.close()
        ca_file = self._login.ca_file
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        client = self._client = self._dial(context)
        if self._login.url.startswith("imap+starttls:"):
            client.starttls(context)
        client.login(self._login.username, self._login.password)
        return client

    def _dial(self, context: ssl.SSLContext) -> IMAPClient:
        url = urlsplit(self._login.url)
        secure = url.scheme == "imaps"
        return IMAPClient(
            url.hostname or "",
            port=url.port,
            ssl=secure,
            ssl_context=context if secure else None,
            timeout=self._seconds,
        )

    def _need(self) -> IMAPClient:
        if self._client is None:
            raise Trouble("the mailbox is not open")
        return self._client

    def _idle(self, client: IMAPClient, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        client.idle()
        try:
            while not self._interrupted.is_set() and time.monotonic() < deadline:
                begun = time.monotonic()
                if any(_tells_of_news(line) for line in client.idle_check(timeout=_SLICE)):
                    return
                if time.monotonic() - begun < _AT_ONCE:
                    # a lost connection answers at once, and with nothing
                    client.idle_done()
                    client.noop()
                    client.idle()
        finally:
            client.idle_done()


def _tells_of_news(line: tuple[object, ...]) -> bool:
    return len(line) > 1 and line[1] in (b"EXISTS", b"RECENT")


@contextmanager
def _troubles() -> Iterator[None]:
    """Raise whatever goes wrong with a server as `Trouble`, in its own words."""
    try:
        yield
    except (IMAPClientError, imaplib.IMAP4.error, OSError, EOFError) as error:
        raise Trouble(str(error) or type(error).__name__) from error
