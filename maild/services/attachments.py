"""Files of a document: named safely, within the limit, their bytes stored once."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from hashlib import sha256
from pathlib import PurePosixPath

from maild.errors import BadInput, Refused
from maild.mail.compose import Attached
from maild.model import Attachment, StoredDocument
from maild.office import Office
from maild.services.lookup import need_document
from maild.states import DocumentState
from maild.store import documents
from maild.store.blobs import read_blob
from maild.store.database import Queries, Transaction

KeptFile = tuple[Attachment, bytes]


def keep_files(office: Office, document_id: str, files: Sequence[Attached]) -> tuple[KeptFile, ...]:
    """Return files as rows with their bytes; raises `BadInput` for a bad name, size or repeat."""
    kept: list[KeptFile] = []
    for file in check_files(office, files):
        digest = sha256(file.content).hexdigest()
        size = len(file.content)
        row = Attachment(office.ids.new(), document_id, file.name, file.media_type, size, digest)
        kept.append((row, file.content))
    return tuple(kept)


def check_files(office: Office, files: Sequence[Attached]) -> tuple[Attached, ...]:
    """Return files under their bare names; raises `BadInput` for a bad name, size or repeat."""
    most = office.config.limits.attachment_size
    checked: dict[str, Attached] = {}
    for file in files:
        name = clean_name(file.name)
        check_size(file.name, len(file.content), most)
        if name in checked:
            raise BadInput(f"two files are named {name}; give one of them another name")
        checked[name] = Attached(name, file.media_type, file.content)
    return tuple(checked.values())


def check_size(name: str, size: int, most: int) -> None:
    """Raise `BadInput` for a file of more bytes than are allowed."""
    if size > most:
        raise BadInput(
            f"{name} has {size:,} bytes; at most {most:,} are allowed: "
            "make it smaller, or raise [limits] attachment_size"
        )


async def attach(office: Office, number: str, files: Sequence[Attached], *, actor: str) -> int:
    """Add files to a document; the same file again changes nothing. Return how many are new.

    Raises `NotFound`, `BadInput`, and `Refused` when the document is void or has another file of
    that name.
    """
    document = await need_document(office.db, number)
    kept = keep_files(office, document.id, files)

    async def work(tx: Transaction) -> int:
        if (await need_document(tx, number)).state == DocumentState.VOID:
            raise Refused(f"{number} is void; files cannot be added to it")
        new = await _sort_out(tx, document, kept)
        for attachment, content in new:
            await documents.add_attachment(tx, attachment, content, office.clock())
            await office.record(
                tx,
                "attached",
                number,
                actor=actor,
                reason=attachment.name,
                client_id=document.client_id,
                document_id=document.id,
            )
        return len(new)

    return await office.db.transact(work)


async def load_attached(source: Queries, document: StoredDocument) -> list[Attached]:
    """Return a document's files with their bytes."""
    return [
        Attached(item.name, item.media_type, await read_blob(source, item.hash))
        for item in await documents.list_attachments(source, document.id)
    ]


def clean_name(name: str) -> str:
    """Return a file's bare name; raises `BadInput` when a mail or a browser could misread it.

    An accent is one with its letter, as most systems write it: names that look the same are.
    """
    bare = unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).name)
    odd = any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in bare)
    if bare in {"", ".."} or odd or len(bare) > 200:
        raise BadInput(f"{name!a} cannot be a file's name; rename it and try again")
    return bare


async def _sort_out(
    tx: Transaction, document: StoredDocument, kept: Sequence[KeptFile]
) -> list[KeptFile]:
    present = {item.name: item for item in await documents.list_attachments(tx, document.id)}
    for attachment, _ in kept:
        known = present.get(attachment.name)
        if known and known.hash != attachment.hash:
            raise Refused(
                f"{document.number} has another file named {attachment.name}; rename yours"
            )
    return [pair for pair in kept if pair[0].name not in present]
