"""Where letters go: the business's own mail server, or a folder that stands in for one."""

from maild.relay.conversation import Patience
from maild.relay.maildir import MaildirRelay
from maild.relay.opening import open_relay
from maild.relay.outcome import Outcome, Relay
from maild.relay.smtp import SmtpRelay

__all__ = ["MaildirRelay", "Outcome", "Patience", "Relay", "SmtpRelay", "open_relay"]
