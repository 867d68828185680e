"""An invoice's page as Django makes it: its ORM on SQLite, its templates, behind gunicorn.

`application` is what gunicorn serves; the store is named by BENCH_STORE in the environment, and
`python -m tests.bench.programs.django_site` fills it and prints the cookie of a link.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core import signing
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

_HERE = Path(__file__).parent
_STORE = {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("BENCH_STORE", ":memory:")}
_TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [_HERE],
    "OPTIONS": {"context_processors": ["django.template.context_processors.csrf"]},
}
settings.configure(
    SECRET_KEY="for a bench and nothing else",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    # as a site with care would: connections kept, security headers and CSRF on
    DATABASES={"default": _STORE | {"CONN_MAX_AGE": None}},
    INSTALLED_APPS=["django.contrib.humanize"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[_TEMPLATES],
    USE_TZ=True,
)
django.setup()


class Row(models.Model):  # type: ignore[misc]  # it has no types
    """What all tables share."""

    class Meta:
        abstract = True
        app_label = "bench"


class Client(Row):
    name = models.TextField()


class Contact(Row):
    client = models.ForeignKey(Client, models.CASCADE)
    address = models.TextField()
    disabled_at = models.DateTimeField(null=True)


class Document(Row):
    client = models.ForeignKey(Client, models.CASCADE)
    number = models.TextField(unique=True)
    reference = models.TextField()
    issued = models.DateField()
    due = models.DateField()
    content = models.JSONField()


class Link(Row):
    contact = models.ForeignKey(Contact, models.CASCADE)
    document = models.ForeignKey(Document, models.CASCADE)
    revoked_at = models.DateTimeField(null=True)


_BUSINESS = {
    "name": "Example Ltd",
    "email": "billing@example.test",
    "address": "1 High Street\nLondon",
}
_PLACES = tuple((f"/{name.lower()}", name) for name in ("Invoices", "Estimates", "Files"))


def show_document(request: HttpRequest, number: str) -> HttpResponse:
    """Show a document to the holder of a link's cookie: link, contact, client, document."""
    try:
        link_id = signing.loads(request.COOKIES["link"])
        link = Link.objects.get(id=link_id, revoked_at=None)
        contact = Contact.objects.get(id=link.contact_id, disabled_at=None)
        client = Client.objects.get(id=contact.client_id)
        document = Document.objects.get(client=client, number=number)
    except (KeyError, signing.BadSignature, models.ObjectDoesNotExist):
        raise Http404 from None
    return render(request, "django_page.html", _lay_out(contact, client, document))


def _lay_out(contact: Contact, client: Client, document: Document) -> dict[str, Any]:
    lines = [
        line | {"amount": Decimal(line["quantity"]) * Decimal(line["unit_price"])}
        for line in document.content["lines"]
    ]
    net = sum((line["amount"] for line in lines), Decimal(0))
    return {
        "business": _BUSINESS,
        "places": _PLACES,
        "contact": contact,
        "client": client,
        "document": document,
        "lines": lines,
        "net": net,
        "tax": net * Decimal("0.2"),
        "gross": net * Decimal("1.2"),
        "payment_html": "<p>To <strong>12-34-56</strong> 12345678</p>",
        "notes_html": f"<p>{document.content['notes']}</p>",
    }


urlpatterns = [path("invoices/<number>", show_document)]
application = get_wsgi_application()


def fill() -> str:
    """Make the store with one invoice, and return the cookie of a link to it."""
    with connection.schema_editor() as editor:
        for table in (Client, Contact, Document, Link):
            editor.create_model(table)
    client = Client.objects.create(name="Client 1")
    contact = Contact.objects.create(client=client, address="jane@client1.example")
    what = ("Support", "Hosting", "A day on site", "Spare parts", "Travel")
    lines = [
        {"description": one, "quantity": "2", "unit_price": "125.00", "tax_rate": "20"}
        for one in what
    ]
    today = date.today()
    document = Document.objects.create(
        client=client,
        number="INV-0",
        reference="PO 0",
        issued=today,
        due=today + timedelta(days=30),
        content={"lines": lines, "notes": "Thank you for your order."},
    )
    link = Link.objects.create(contact=contact, document=document)
    return f"link={signing.dumps(link.id)}"


if __name__ == "__main__":
    print(fill())
