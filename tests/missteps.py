"""What mail servers do wrong to a letter, and its fate: the table of `test_smarthosts.py`."""

from __future__ import annotations

from dataclasses import dataclass

from tests.scripted_smarthost import CUT, HANG, Dripping, Endless, Manners, Speech, Step

LONG_LINE = b"250 " + b"x" * 100_000 + b"\r\n"
MANY_LINES = b"250-and more\r\n"
BINARY = b"\x00\x7f\xff" + bytes(range(256)) + b"\r\n"
PLAIN = Manners()


@dataclass(frozen=True)
class Case:
    """A server's misstep, and the fate of the letter that meets it.

    `state` and `words` after the first attempt; `taken` is how often a copy was taken in the end.
    """

    step: Step
    says: Speech
    state: str
    words: str
    taken: int = 1
    manners: Manners = PLAIN

    def __str__(self) -> str:
        """Return the name of the test."""
        says = self.says if isinstance(self.says, bytes) else str(self.says)
        shown = ascii(says)[2:26] if isinstance(says, bytes) else says[:24]
        extra = [word for word in (self.manners.tls, self.manners.certificate) if word]
        return " ".join((self.step, shown.strip(), *(extra if self.manners.tls else ())))


IMPLICIT, STARTTLS = Manners(tls="implicit"), Manners(tls="starttls")
LOGIN = Manners(login=True)

REFUSALS = [
    Case("greeting", b"421 4.3.2 Not now\r\n", "deferred", "421 4.3.2 Not now"),
    Case("greeting", b"554 5.7.1 Go away\r\n", "deferred", "554 5.7.1 Go away"),
    Case("mail", b"421 4.3.2 Closing\r\n", "deferred", "421 4.3.2 Closing"),
    Case("mail", b"451 4.7.1 Greylisted\r\n", "deferred", "451 4.7.1 Greylisted"),
    Case("mail", b"550 5.7.1 Not you\r\n", "deferred", "550 5.7.1 Not you"),
    Case("mail", b"552 5.3.4 Too big\r\n", "failed", "552 5.3.4 Too big", 0),
    Case("rcpt", b"421 4.3.2 Closing\r\n", "deferred", "421 4.3.2 Closing"),
    Case("rcpt", b"450 4.2.0 Greylisted\r\n", "deferred", "450 4.2.0 Greylisted"),
    Case("rcpt", b"452 4.2.2 Full\r\n", "deferred", "452 4.2.2 Full"),
    Case("rcpt", b"530 5.7.0 Log in\r\n", "deferred", "530 5.7.0 Log in"),
    Case("rcpt", b"550 5.1.1 Nobody\r\n", "failed", "550 5.1.1 Nobody", 0),
    Case("rcpt", b"550-5.1.1 No\r\n550 5.1.1 body\r\n", "failed", "550 5.1.1 No 5.1.1 body", 0),
    Case("data", b"421 4.3.2 Closing\r\n", "deferred", "421 4.3.2 Closing"),
    Case("data", b"451 4.3.0 Later\r\n", "deferred", "451 4.3.0 Later"),
    Case("data", b"554 5.5.1 No\r\n", "failed", "554 5.5.1 No", 0),
    Case("after_dot", b"421 4.3.2 Closing\r\n", "deferred", "421 4.3.2 Closing"),
    Case("after_dot", b"452 4.3.1 Disk full\r\n", "deferred", "452 4.3.1 Disk full"),
    Case("after_dot", b"554 5.7.1 Spam\r\n", "failed", "554 5.7.1 Spam", 0),
]
CUTS = [
    Case("greeting", CUT, "deferred", "Unexpected EOF"),
    Case("ehlo", CUT, "deferred", "Unexpected EOF"),
    Case("mail", CUT, "deferred", "the mail server closed the connection"),
    Case("rcpt", CUT, "deferred", "the mail server closed the connection"),
    Case("data", CUT, "deferred", "the mail server closed the connection"),
    Case("after_dot", CUT, "deferred", "after the letter had been handed over", 2),
    Case("after", CUT, "sent", "250 2.0.0 Queued"),
    Case("after", b"421 4.4.2 Idle\r\n", "sent", "250 2.0.0 Queued"),
    Case("after", b"250 2.0.0 Queued\r\n", "sent", "250 2.0.0 Queued"),
]
SILENCES = [
    Case("greeting", HANG, "deferred", "no answer in time"),
    Case("ehlo", HANG, "deferred", "no answer in time"),
    Case("mail", HANG, "deferred", "no answer within 0.4 seconds"),
    Case("rcpt", HANG, "deferred", "no answer within 0.4 seconds"),
    Case("data", HANG, "deferred", "no answer within 0.4 seconds"),
    Case("after_dot", HANG, "deferred", "after the letter had been handed over", 2),
    Case("auth", HANG, "deferred", "no answer in time", 1, LOGIN),
    Case("starttls", HANG, "deferred", "no answer in time", 1, STARTTLS),
    Case("starttls", b"220 Go\r\n220 on\r\n", "sent", "250 2.0.0", 1, STARTTLS),
]
NONSENSE = [
    Case("greeting", BINARY, "deferred", "Malformed SMTP response"),
    Case("greeting", b"HTTP/1.1 400 Bad\r\n", "deferred", "Malformed SMTP response"),
    Case("ehlo", BINARY, "deferred", "Malformed SMTP response"),
    Case("mail", BINARY, "deferred", "answered nonsense"),
    Case("mail", b"99 bottles\r\n", "deferred", "answered nonsense: 99 bottles"),
    Case("mail", b"354 Go on\r\n", "deferred", "answered 354 Go on to MAIL"),
    Case("rcpt", BINARY, "deferred", "answered nonsense"),
    Case("rcpt", b"999 what\r\n", "deferred", "answered nonsense: 999 what"),
    Case("data", b"250 Ok\r\n", "deferred", "answered 250 Ok to DATA"),
    Case("data", b"\r\n", "deferred", "answered nonsense"),
    Case("after_dot", BINARY, "deferred", "after the letter had been handed over", 2),
    Case("after_dot", b"354 More\r\n", "deferred", "after the letter had been handed over", 2),
    Case("after_dot", b"251 2.0.0 Sent on\r\n", "sent", "251 2.0.0 Sent on"),
    Case("after_dot", b"250\r\n", "sent", "250"),
    Case("greeting", Endless(MANY_LINES), "deferred", "too long"),
    Case("mail", Endless(MANY_LINES), "deferred", "answer has no end"),
    Case("rcpt", LONG_LINE, "deferred", "answer has no end"),
    Case("data", Endless(b"x"), "deferred", "answer has no end"),
    Case("after_dot", Endless(MANY_LINES), "deferred", "answer has no end", 2),
    Case("after_dot", LONG_LINE, "deferred", "answer has no end", 2),
]
SLOWNESS = [
    Case("mail", Dripping(b"250 2.1.0 Ok\r\n"), "sent", "250 2.0.0 Queued"),
    Case("rcpt", Dripping(b"250-2.1.5 O\r\n250 k\r\n"), "sent", "250 2.0.0 Queued"),
    Case("after_dot", Dripping(b"250 2.0.0 Queued\r\n"), "sent", "250 2.0.0 Queued"),
]
STRANGERS = [
    Case("auth", b"535 5.7.8 No\r\n", "deferred", "refused our user name or password", 1, LOGIN),
    Case("auth", b"454 4.7.0 Later\r\n", "deferred", "refused our user name or", 1, LOGIN),
    Case("starttls", b"454 4.7.0 No TLS\r\n", "deferred", "454 4.7.0 No TLS", 1, STARTTLS),
]
