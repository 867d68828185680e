"""A document as a PDF."""

from __future__ import annotations

from maild.mail.pdf import document_data
from maild.model import Client, StoredDocument
from maild.office import Office


async def print_document(office: Office, client: Client, document: StoredDocument) -> bytes:
    """Return the PDF of a document as it stands now; raises `BadTemplate`."""
    business = office.config.business
    if business.logo:
        logo = str(office.config.resolve(business.logo))
        business = business.model_copy(update={"logo": logo})
    data = document_data(document, client, business, office.templates)
    return await office.press.print(data)
