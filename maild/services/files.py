"""Files in a client's area that belong to no document: seen by all who see the whole account."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from unicodedata import normalize

from maild.errors import NotFound, Refused
from maild.mail.compose import Attached
from maild.model import Client, ClientFile
from maild.office import Office
from maild.services.attachments import check_files
from maild.services.lookup import need_client
from maild.store import files
from maild.store.blobs import add_blob, drop_unused_blob
from maild.store.database import Transaction


async def add_files(
    office: Office, ref: str, given: Sequence[Attached], *, actor: str, replace: bool = False
) -> tuple[str, ...]:
    """Put files into a client's area, all or none; the same file again changes nothing.

    Returns the names of those that are new or new in content. Raises `NotFound`, `BadInput`, and
    `Refused` for a shared client, or where another file has the name and is not to be replaced.
    """
    client = await need_client(office.db, ref)
    checked = check_files(office, given)

    async def work(tx: Transaction) -> tuple[str, ...]:
        if (await need_client(tx, ref)).shared:
            raise Refused(
                f"the people of {client.ref} share nothing but the client, and have no Files tab; "
                f"attach it to a document, or: maild client set {client.ref} --no-shared"
            )
        return tuple(
            [
                file.name
                for file in checked
                if await _put(tx, office, client, file, actor=actor, replace=replace)
            ]
        )

    return await office.db.transact(work)


async def remove_file(office: Office, ref: str, name: str, *, actor: str) -> None:
    """Take a file out of a client's area, at once and for good; raises `NotFound`."""
    client = await need_client(office.db, ref)

    async def work(tx: Transaction) -> None:
        file = await files.find_file(tx, client.id, normalize("NFC", name))
        if file is None:
            raise NotFound(f"{client.ref} has no file {name}; see: maild file list {client.ref}")
        await _drop(tx, file)
        await _record(tx, office, "file removed", client, name, actor)

    await office.db.transact(work)


async def _put(
    tx: Transaction, office: Office, client: Client, file: Attached, *, actor: str, replace: bool
) -> bool:
    digest = sha256(file.content).hexdigest()
    known = await files.find_file(tx, client.id, file.name)
    if known and known.hash == digest:
        return False
    if known and not replace:
        raise Refused(
            f"{client.ref} has another file named {file.name}; rename yours, "
            "or say --replace to put it in the other's place"
        )
    if known:
        await _drop(tx, known)
    await add_blob(tx, digest, file.content)
    row = ClientFile(
        id=office.ids.new(),
        client_id=client.id,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        hash=digest,
        created_at=office.clock(),
    )
    await files.add_file(tx, row)
    verb = "file replaced" if known else "file added"
    await _record(tx, office, verb, client, file.name, actor)
    return True


async def _drop(tx: Transaction, file: ClientFile) -> None:
    await files.remove_file(tx, file.id)
    await drop_unused_blob(tx, file.hash)


async def _record(
    tx: Transaction, office: Office, verb: str, client: Client, name: str, actor: str
) -> None:
    await office.record(tx, verb, client.ref, actor=actor, reason=name, client_id=client.id)
