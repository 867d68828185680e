"""What lies on this machine: templates, the store, keys and passwords, certificate and disk."""

from __future__ import annotations

import secrets
import shutil
from tempfile import TemporaryDirectory

from cryptography import x509

from maild.checkup.tls import judge_days
from maild.checkup.verdicts import Patient, Verdict, fault, ok, unseen, warn
from maild.clock import from_datetime
from maild.config import Config, ConfigError
from maild.document import Document
from maild.errors import MaildError, Refused
from maild.ids import load_keys
from maild.mail.logo import make_logo
from maild.office import Office, find_folder, find_store, open_office, open_templates
from maild.ring import load_fitting
from maild.services.customers import add_client
from maild.services.handoff import Handoff, write_handoff
from maild.services.issue import commit_issue, prepare_issue
from maild.services.payments import pay
from maild.services.reissue import Reissue, prepare_reissue
from maild.signing import find_misalignment, open_signer
from maild.store.clients import list_clients
from maild.store.database import Database
from maild.store.documents import list_documents
from maild.store.engine import open_store
from maild.store.health import find_damage
from maild.store.ring import KnownKey, find_key

_SAMPLE = {
    "type": "invoice",
    "number": "SAMPLE-1",
    "client": "SAMPLE",
    "issued": "2026-01-01",
    "due": "2026-01-31",
    "reference": "PO 1",
    "lines": [{"description": "Sample", "unit": "hour", "unit_price": "12.50", "tax_rate": "20"}],
    "notes": "Thank *you*.",
}
_GIB = 1024**3
# of a message that is taken in: its bytes, and what is made of them
_ROOM = 1.5
_INTEGRITY_SECONDS = 15.0


async def check_templates(config: Config) -> list[Verdict]:
    """Write a sample of each kind of letter, in a store of its own, and keep nothing."""
    faults = list(open_templates(config).check())
    if not faults:
        try:
            await _rehearse(config)
        except MaildError as error:
            faults = [str(error)]
    own = config.templates.dir
    text = f"{config.resolve(own)}, then the built-in ones" if own else "the built-in ones"
    return [fault("templates", one) for one in faults] or [ok("templates", text)]


def check_logo(config: Config) -> list[Verdict]:
    """Look whether letters can show the logo: mail programs show neither SVG nor large pictures."""
    name = config.business.logo
    try:
        if name:
            make_logo(config.resolve(name).read_bytes(), config.inbound.domain)
    except (OSError, MaildError) as error:
        text = f"[business] logo: {name} {error}; letters show the name of the business instead"
        return [warn("logo", text)]
    return []


async def check_store(config: Config) -> list[Verdict]:
    """Look whether the store opens and has this code's version, and count what is in it."""
    place = find_store(config)
    if place.path and not place.path.exists():
        return [ok("store", f"{place} (not made yet)")]
    try:
        db = await open_store(place)
    except MaildError as error:
        return [fault("store", str(error))]
    try:
        counted = ok("store", f"{place} ({await _look_into(db)})")
        return [counted, *_hold_ring(config, await find_key(db))]
    except MaildError as error:
        return [fault("store", str(error))]
    finally:
        await db.close()


def check_keys(config: Config) -> list[Verdict]:
    """Look whether the key ring can be read, by its owner alone."""
    path = config.resolve(config.keys.file)
    if not path.exists():
        return [ok("keys", f"{path} (not made yet)")]
    try:
        load_keys(path)
    except MaildError as error:
        return [fault("keys", str(error))]
    return [ok("keys", f"{path}")]


def check_signing(config: Config) -> list[Verdict]:
    """Look whether the keys that sign letters are fit to, and sign for the domain in From."""
    try:
        signer = open_signer(config)
    except ConfigError as error:
        return [fault("signing", str(one)) for one in error.faults]
    if not signer:
        return [ok("signing", "none: letters leave unsigned (see: maild dkim new)")]
    if misfit := find_misalignment(config):
        return [warn("signing", str(misfit))]
    selectors = " and ".join(key.selector for key in signer.keys)
    return [ok("signing", f"by {signer.domain} ({selectors})")]


def check_integrity(config: Config) -> list[Verdict]:
    """Read the whole file of a store for damage, for as long as may be; blocks.

    A server reads its own.
    """
    path = find_store(config).path
    if path is None or not path.exists():
        return []
    damage = find_damage(path, _INTEGRITY_SECONDS)
    if damage is None:
        return [unseen("integrity", f"{path} is too large to be read through in the time there is")]
    if damage:
        remedy = "stop maild, keep a copy of the file, and restore the last backup"
        return [fault("integrity", f"{path} is damaged: {damage[0]}", remedy)]
    return [ok("integrity", f"{path} is whole")]


def check_secrets(config: Config) -> list[Verdict]:
    """Look whether others may read a file that holds a password or a private key."""
    named = (
        config.relay.password_file,
        config.imap.password_file,
        config.store.password_file,
        config.smtp.tls_key,
    )
    paths = [config.resolve(name) for name in named if name]
    found = [
        warn("secrets", f"others may read {path}", f"chmod 600 {path}")
        for path in paths
        if path.stat().st_mode & 0o004
    ]
    return found or ([ok("secrets", ", ".join(map(str, paths)))] if paths else [])


def check_disk(config: Config) -> list[Verdict]:
    """Look whether there is room for what may come in."""
    place = find_folder(config)
    while not place.exists():
        place = place.parent
    disk = shutil.disk_usage(place)
    need = int(config.limits.message_size * _ROOM)
    text = f"{disk.free / _GIB:.1f} GiB are free at {place}"
    remedy = f"make room on the disk of {place}"
    if disk.free < need:
        return [fault("disk", f"{text}: a large message would be deferred", remedy)]
    if disk.free < max(_GIB, 10 * need):
        return [warn("disk", text, remedy)]
    return [ok("disk", text)]


def check_certificate(patient: Patient) -> list[Verdict]:
    """Look how long the certificate of our own mail door is good for."""
    config = patient.config
    if not config.smtp.tls_certificate:
        return []
    path = config.resolve(config.smtp.tls_certificate)
    try:
        shown = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError) as error:
        return [fault("smtp", f"{path} is no certificate chain in PEM form ({error})")]
    begins, ends = shown.not_valid_before_utc, shown.not_valid_after_utc
    span = (from_datetime(begins), from_datetime(ends))
    return [judge_days("smtp", f"the certificate in {path}", span, patient.clock())]


async def _rehearse(config: Config) -> None:
    """Write each kind of letter and a PDF with the business's own templates, and keep nothing."""
    with TemporaryDirectory() as folder:
        store = config.store.model_copy(update={"url": f"sqlite:{folder}/store"})
        keys = config.keys.model_copy(update={"file": f"{folder}/keys"})
        stage = config.model_copy(update={"store": store, "keys": keys})
        async with open_office(stage) as office:
            await _write_samples(office)


async def _write_samples(office: Office) -> None:
    client = await add_client(
        office, "Sample", ref="SAMPLE", email="sample@sample.example", actor="check"
    )
    document = Document.model_validate(_SAMPLE | {"currency": office.config.business.currency})
    shipment = await prepare_issue(office, document, (), password=True)
    contact = shipment.parcels[0].contact
    await commit_issue(office, shipment, actor="check")
    await pay(office, document.number, on=None, amount=None, actor="check")
    for asked in (True, False):
        await prepare_reissue(
            office, Reissue(client, contact, shipment.document, "check", asked, "check", "")
        )
    write_handoff(
        office, Handoff("check", "Sample", (("From", contact.address),), "Hello", ("Look",), ("x",))
    )


async def _look_into(db: Database) -> str:
    clients, documents = len(await list_clients(db)), len(await list_documents(db))
    return f"{_count(clients, 'client')}, {_count(documents, 'document')}"


def _hold_ring(config: Config, known: KnownKey | None) -> list[Verdict]:
    """Look whether the key ring is the one that a store's links are made with."""
    path = config.resolve(config.keys.file)
    try:
        if known:
            load_fitting(known, path, secrets.token_bytes)
    except Refused as error:
        return [fault("keys", str(error))]
    except MaildError:
        # the file itself is at fault, which is told by itself
        return []
    return []


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
