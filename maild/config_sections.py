"""The sections of config.toml: each option with its type, its default and what it is for."""

from __future__ import annotations

from typing import Literal

import pydantic
from pydantic import BaseModel, Field, SecretStr, ValidationInfo

from maild import almanac
from maild.ladder import Step, Tone
from maild.listen import Listen
from maild.option_types import (
    Address,
    BaseUrl,
    Clocktime,
    Colour,
    Count,
    Currency,
    Days,
    Domain,
    Domains,
    Door,
    Emails,
    File,
    Folder,
    Holidays,
    Host,
    Hours,
    ImapUrl,
    Ladder,
    Language,
    Level,
    Line,
    LmtpDoor,
    Morning,
    Name,
    Nameserver,
    Picture,
    PrivateFile,
    Proxies,
    RelayUrl,
    Scope,
    Selector,
    Shown,
    StoreUrl,
    Weekdays,
    Zone,
)
from maild.toml_lines import reject


class Section(BaseModel):
    """What all sections share: frozen, strict about types, closed to unknown options."""

    model_config = pydantic.ConfigDict(frozen=True, strict=True, extra="forbid")


class Business(Section):
    """[business]: who sends."""

    name: Name = Field(description="The business's name, as customers know it.")
    email: Address = Field(description="The address that letters come from.")
    time_zone: Zone = Field("UTC", description="The time zone of dates and times.")
    locale: Language = Field("en_GB", description="How dates and amounts are written.")
    currency: Currency = Field("GBP", description="The currency where a document names none.")
    address: str = Field("", description="The postal address, on as many lines as it needs.")
    phone: Line = Field("", description="The telephone number shown on documents.")
    website: Line = Field("", description="The website shown on documents.")
    tax_id: Line = Field("", description="The tax or VAT number shown on documents.")
    payment: str = Field("", description="How to pay, in Markdown; shown on invoices.")
    logo: Picture = Field("", description="A PNG, SVG or JPEG file with the business's logo.")
    colour: Colour = Field("#1f4e79", description="The colour of headings and buttons.")


class Web(Section):
    """[web]: the client area's door, and the operator's beside it."""

    listen: Door = Field(Listen("127.0.0.1", 8080), description="Where customers are served.")
    base_url: BaseUrl = Field("http://127.0.0.1:8080", description="What links begin with.")
    admin_listen: Door = Field(Listen("127.0.0.1", 8081), description="Serves health and metrics.")
    trusted_proxies: Proxies = Field((), description="Proxies whose X-Forwarded-For is believed.")


class Smtp(Section):
    """[smtp]: the door that replies come in by."""

    listen: Door = Field(Listen("127.0.0.1", 2525), description="Where replies are received.")
    hostname: Host = Field("", description="The name it greets with; empty: [inbound] domain.")
    lmtp_listen: LmtpDoor = Field(
        "", description="Where LMTP is spoken, host:port or unix:PATH; empty: off."
    )
    trusted_proxies: Proxies = Field((), description="Proxies that speak the PROXY protocol.")
    tls_certificate: File = Field("", description="A certificate chain (PEM), to offer STARTTLS.")
    tls_key: File = Field("", description="The certificate's private key.", validate_default=True)

    @pydantic.field_validator("tls_key")
    @classmethod
    def _check_pair(cls, value: str, info: ValidationInfo) -> str:
        # A certificate that failed its own check is not in `data`, and yet was given.
        if bool(value) != bool(info.data.get("tls_certificate", "given")):
            reject("a certificate and its key go together.", "Set both options, or neither.")
        return value


class Imap(Section):
    """[imap]: an ordinary mailbox that replies are fetched from."""

    url: ImapUrl = Field(
        "", description="Its server, imaps:// or imap+starttls://HOST; empty: none is read."
    )
    username: Line = Field("", description="The user name there.")
    password_file: File = Field("", description="Its password, unless MAILD_IMAP_PASSWORD is set.")
    ca_file: File = Field("", description="Certificates to trust (PEM); empty: the system's.")
    folder: Name = Field("INBOX", description="The folder that is read.")
    move_to: Line = Field("", description="Where to move what was taken; empty: only mark it.")
    poll_seconds: int = Field(
        60, ge=1, le=3600, description="How often to look where the server tells of no news."
    )
    _password: SecretStr | None = pydantic.PrivateAttr(None)

    @property
    def password(self) -> SecretStr | None:
        """The password: from the environment, else a systemd credential, else `password_file`."""
        return self._password


class Inbound(Section):
    """[inbound]: which addresses are ours."""

    domain: Domain = Field(description="The domain of the personal reply and bounce addresses.")
    addresses: Emails = Field((), description="The business's own addresses that arrive here.")
    trusted_authserv: Domains = Field(
        (), description="Servers of yours whose Authentication-Results are believed."
    )
    trusted_forwarders: Domains = Field((), description="Forwarders whose ARC seals are believed.")
    dns: Nameserver = Field(
        "system", description="Who is asked about senders: system, none, or ADDRESS:PORT."
    )
    accept_by_reply: bool = Field(False, description="A proven reply accepts or declines at once.")


class Relay(Section):
    """[relay]: the mail server that letters leave by."""

    url: RelayUrl = Field(
        "maildir:data/sent",
        description="An smtp://, smtps:// or smtp+starttls:// URL, or maildir:PATH.",
    )
    username: Line = Field("", description="The user name at the relay; empty: no log-in.")
    password_file: File = Field("", description="Its password, unless MAILD_RELAY_PASSWORD is set.")
    ca_file: File = Field("", description="Certificates to trust (PEM); empty: the system's.")
    connections: int = Field(2, ge=1, le=20, description="How many connections are kept open.")
    per_minute: int = Field(0, ge=0, description="Letters it takes in a minute; 0: no limit.")
    on_unknown: Literal["retry", "hold"] = Field(
        "retry", description="If a letter's answer is lost: retry, or hold it for you."
    )
    _password: SecretStr | None = pydantic.PrivateAttr(None)

    @property
    def password(self) -> SecretStr | None:
        """The password: from the environment, else a systemd credential, else `password_file`."""
        return self._password


class Dkim(Section):
    """[dkim]: the signature under every letter."""

    domain: Host = Field("", description="Who signs; empty: the domain of [business] email.")
    selector: Selector = Field("", description="The name of the RSA key in the DNS.")
    key_file: PrivateFile = Field("", description="The RSA key; make one with: maild dkim new.")
    ed25519_selector: Selector = Field("", description="The name of the Ed25519 key in the DNS.")
    ed25519_key_file: PrivateFile = Field(
        "", description="The Ed25519 key; make one with: maild dkim new --ed25519."
    )


class Store(Section):
    """[store]: where everything is kept."""

    url: StoreUrl = Field(
        "sqlite:data/maild.db", description="The database: sqlite:PATH, or a postgresql:// URL."
    )
    password_file: File = Field("", description="Its password, unless MAILD_STORE_PASSWORD is set.")
    letters_days: Days = Field(
        730, ge=0, description="Days until a letter's bytes are let go of; 0: never."
    )
    replies_days: Days = Field(
        2190, ge=0, description="Days until a settled reply's bytes are let go of; 0: never."
    )
    events_days: Days = Field(
        0, ge=0, description="Days until the log lets go of an event; 0: never."
    )
    _password: SecretStr | None = pydantic.PrivateAttr(None)

    @property
    def password(self) -> SecretStr | None:
        """The password: from the environment, else a systemd credential, else `password_file`."""
        return self._password


class Keys(Section):
    """[keys]: what links and generated passwords are derived from."""

    file: Name = Field("data/keys", description="The key ring, made at first start, mode 0600.")


class Links(Section):
    """[links]: how long and how far a personal link opens."""

    expire_days: Days = Field(90, ge=1, description="Days until a personal link ends.")
    settled_days: Days = Field(30, ge=0, description="Days until it ends once paid or void.")
    account_days: Days = Field(30, ge=0, description="Days in which it opens the whole account.")
    scope: Scope = Field("account", description="What a link opens at most: account or document.")
    enforce_login: bool = Field(False, description="Links ask for the password first.")


class Passwords(Section):
    """[passwords]: what becomes of generated passwords."""

    lapse_hours: int = Field(72, ge=1, le=8760, description="Hours until an unused one lapses.")


class Letters(Section):
    """[letters]: what customers are written, and how."""

    subject_total: bool = Field(True, description="Subjects tell the amount and the due date.")
    thank_for_payment: bool = Field(True, description="Who has paid in full is thanked by letter.")


class Reminders(Section):
    """[reminders]: what is sent by itself, and on which days and hours."""

    ladder: Ladder = Field(
        (
            Step(-3, Tone.FRIENDLY),
            Step(3, Tone.FRIENDLY),
            Step(10, Tone.FIRM),
            Step(24, Tone.FINAL),
        ),
        description="Reminders of an invoice, before and after its due date; [] sends none.",
    )
    send_at: Clocktime = Field("09:00", description="When a business day's letters go out.")
    quiet_hours: Hours = Field(
        "18:00-08:00", description="Hours in which none goes out, not even a late one."
    )
    business_days: Weekdays = Field(
        ("Mon", "Tue", "Wed", "Thu", "Fri"), description="Weekdays on which they go out."
    )
    holidays: Holidays = Field((), description='Days on which none does: "12-25", "2027-03-26".')
    estimate_chase_days: int = Field(
        3, ge=0, le=365, description="Days before its end an open estimate is recalled; 0: never."
    )
    statement_day: int = Field(
        0, ge=0, le=31, description="Day of the month for statements to who owes; 0: none."
    )

    @pydantic.field_validator("quiet_hours")
    @classmethod
    def _check_quiet(cls, value: str, info: ValidationInfo) -> str:
        quiet, send_at = almanac.parse_hours(value), info.data.get("send_at")
        if quiet and send_at and almanac.parse_time(send_at) in quiet:
            reject(f"send_at, {send_at}, lies in them.", "Let letters go out at another time.")
        return value


class Operator(Section):
    """[operator]: the person who settles what the program cannot."""

    email: Address = Field(description="Where held replies and warnings go.")
    digest_at: Morning = Field(
        "08:00", description="When a business day's digest is written; empty: never."
    )


class Limits(Section):
    """[limits]: how much is too much."""

    message_size: Count = Field(10485760, description="Bytes of the largest message taken in.")
    attachment_size: Count = Field(10485760, description="Bytes of the largest attachment.")
    letter_size: Count = Field(20971520, description="Bytes of the largest outgoing letter.")
    recipients: Count = Field(100, description="Recipients of one incoming message.")
    connections: Count = Field(50, description="SMTP connections at a time.")
    connections_per_address: Count = Field(20, description="SMTP connections from one address.")
    pdf_workers: int = Field(2, ge=1, le=16, description="How many PDFs are made at a time.")


class Templates(Section):
    """[templates]: the business's own wording and layout."""

    dir: Folder = Field("", description="A folder whose templates replace the built-in ones.")


class Log(Section):
    """[log]: what the daemon says while it runs."""

    level: Level = Field("info", description="Least to write: debug, info, warning or error.")
    format: Literal["console", "json"] = Field("console", description="Lines: console or json.")
    addresses: Shown = Field("masked", description="Email addresses: masked, plain or hidden.")
