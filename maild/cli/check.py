"""`maild check`: everything that could keep the daemon from its work, told at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from maild.cli.running import BAD_USAGE, complain, load_config, quieten
from maild.cli.words import count
from maild.errors import MaildError

if TYPE_CHECKING:
    from maild.config import Config
    from maild.office import Office

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


@click.command("check")
def check() -> None:
    """Check config, templates, store and keys.

    Every fault is named at once. A sample invoice is written with your templates, in a store of
    its own. Nothing is sent, and what is missing is not made.

    \b
    Example:
      maild --config /etc/maild/config.toml check
    """
    config = load_config()
    quieten(config)
    faults: list[str] = []
    found = [
        f"config {config.path}",
        _check_templates(config, faults),
        _check_store(config, faults),
        _check_keys(config, faults),
    ]
    if urlsplit(config.web.base_url).scheme == "http":
        complain(f"warning: [web] base_url is {config.web.base_url}: links open on this host only")
    if remark := _look_at_logo(config):
        complain(f"remark: {remark}")
    for fault in faults:
        complain(fault)
    if faults:
        raise click.exceptions.Exit(BAD_USAGE)
    print(f"all good: {'; '.join(found)}")


def _check_templates(config: Config, faults: list[str]) -> str:
    import asyncio

    from maild.office import open_templates

    broken = open_templates(config).check()
    faults += broken
    if not broken:
        try:
            asyncio.run(_rehearse(config))
        except MaildError as error:
            faults.append(str(error))
    own = config.templates.dir
    return f"templates {config.resolve(own)}, then the built-in ones" if own else "templates"


async def _rehearse(config: Config) -> None:
    """Write each kind of letter and a PDF with the business's own templates, and keep nothing."""
    from tempfile import TemporaryDirectory

    from maild.office import open_office

    with TemporaryDirectory() as folder:
        store = config.store.model_copy(update={"url": f"sqlite:{folder}/store"})
        keys = config.keys.model_copy(update={"file": f"{folder}/keys"})
        stage = config.model_copy(update={"store": store, "keys": keys})
        async with open_office(stage) as office:
            await _write_samples(office)


async def _write_samples(office: Office) -> None:
    from maild.document import Document
    from maild.services.customers import add_client
    from maild.services.handoff import Handoff, write_handoff
    from maild.services.issue import commit_issue, prepare_issue
    from maild.services.payments import pay
    from maild.services.reissue import Reissue, prepare_reissue

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


def _look_at_logo(config: Config) -> str:
    """Return why letters show the business's name and not its logo, or nothing."""
    from maild.mail.logo import make_logo

    name = config.business.logo
    try:
        if name:
            make_logo(config.resolve(name).read_bytes(), config.inbound.domain)
    except (OSError, MaildError) as error:
        return f"[business] logo: {name} {error}; letters show the name of the business instead"
    return ""


def _check_store(config: Config, faults: list[str]) -> str:
    import asyncio

    from maild.office import store_path

    path = store_path(config)
    if not path.exists():
        return f"store {path} (not made yet)"
    try:
        return f"store {path} ({asyncio.run(_look_into(path))})"
    except MaildError as error:
        faults.append(str(error))
        return ""


async def _look_into(path: Path) -> str:
    from maild.store.clients import list_clients
    from maild.store.documents import list_documents
    from maild.store.sqlite import open_sqlite

    db = await open_sqlite(path)
    try:
        clients, documents = len(await list_clients(db)), len(await list_documents(db))
    finally:
        await db.close()
    return f"{count(clients, 'client')}, {count(documents, 'document')}"


def _check_keys(config: Config, faults: list[str]) -> str:
    from maild.ids import load_keys

    path = config.resolve(config.keys.file)
    if not path.exists():
        return f"keys {path} (not made yet)"
    try:
        load_keys(path)
    except MaildError as error:
        faults.append(str(error))
    return f"keys {path}"
