"""A business whose books hold everything that is hard to lay out, and people who look at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from maild.mail.compose import Attached
from maild.model import Answer
from maild.services.customers import add_client, add_contact
from maild.services.digest import write_digest
from maild.services.estimates import Words, answer_estimate
from maild.services.files import add_files
from maild.services.handover import disable_contact
from maild.services.payments import pay, void
from maild.states import DocumentState
from maild.store import clients, documents
from maild.store.database import Transaction
from maild.store.links import revoke_links
from tests.mails import Mail
from tests.paper import without_ink
from tests.screens.correspondence import ask_by_mail, correspond, write_in_vain
from tests.world import HouseWorld

JANE = "jane.whitfield@acme.example"
ZOE = "zoe@cafemora.example"
OTTO = "otto@left.example"
OLGA = "olga@withdrawn.example"
OSKAR = "oskar@late.example"
SAM = "sam@slow.example"
LENA = "lena@locked.example"
DORA = "dora@single.example"
ADA = "ada@shared.example"
TRIAL = "trial@try.example"
FULL = "full@single.example"
LONG = "Gesellschaft für Entwicklung und Unterhaltung " * 4 + "Aktienwasserwerk"
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
HEBREW = "חברת הנגרות של ירושלים בע״מ"
ARABIC = "مؤسسة النور للتجارة العامة والمقاولات"
MARKUP = 'Acme <script>alert("1")</script> & <b>Sons</b>'
NOTES = """Thank you, it was a *pleasure* to work in the old theatre.

- The **timesheet** is attached.
- Wipe the desk with a damp cloth, after ten days.

אנא ציינו את מספר החשבונית בהעברה."""
SHEET = Attached("timesheet.csv", "text/csv", b"day,hours\n2026-11-02,8\n")
DRAWING = Attached(
    "Zeichnung – Grundriß, zweite Fassung " * 4 + ".pdf", "application/pdf", b"%PDF-"
)
PLAN = Attached("خطة العمل.pdf", "application/pdf", b"%PDF-1.7 " * 20_000)


@dataclass(frozen=True)
class Scene:
    """The furnished world, and the mail it sent."""

    world: HouseWorld
    mail: list[Mail]

    @property
    def base(self) -> str:
        """The site's base URL."""
        return self.world.office.config.web.base_url

    def link(self, number: str) -> str:
        """Return the personal link to a document."""
        return next(mail.link for mail in self.mail if number in mail.subject)

    def password(self, address: str) -> str:
        """Return the password that was mailed to an address."""
        mine = (mail for mail in self.mail if mail.recipient == address)
        return next(mail.password for mail in mine if "password" in mail.text.lower())


async def furnish(world: HouseWorld) -> Scene:
    """Fill the books; the documents cost no ink."""
    without_ink(world)
    world.clock.advance(days=-100)
    await _furnish_late(world)
    await _furnish_slow(world)
    world.clock.advance(days=100)
    await world.round()
    await _furnish_acme(world)
    await _furnish_strange_names(world)
    await _furnish_many(world)
    await _furnish_others(world)
    await _furnish_trial(world)
    await correspond(world, DORA, OLGA)
    await ask_by_mail(world, JANE)
    await _let_a_day_pass(world)
    return Scene(world, await world.mail())


async def _furnish_late(world: HouseWorld) -> None:
    await world.client("Late & Co", OSKAR)
    await world.issue("OLD-1", client="LATE", issued="2026-08-01", due="2026-09-01")


async def _furnish_slow(world: HouseWorld) -> None:
    """Have documents that are recalled today, each by another step."""
    await world.client("Slow Ltd", SAM)
    await world.issue("SLOW-1", client="SLOW", issued="2026-08-01", due="2026-11-20")
    await world.issue("SLOW-2", client="SLOW", issued="2026-08-01", due="2026-11-13")
    await _estimate(world, "SLOW-3", client="SLOW", valid_until="2026-11-26")


async def _let_a_day_pass(world: HouseWorld) -> None:
    """Let the next morning come, so that the operator has a digest; then it is today again."""
    world.clock.advance(days=1)
    await write_digest(world.office, 1)
    await world.deliver()
    world.clock.advance(days=-1)


async def _furnish_acme(world: HouseWorld) -> None:
    await add_client(world.office, "Acme Theatre Ltd", ref="ACME", actor="test")
    await add_contact(world.office, "ACME", JANE, name="Jane Whitfield", actor="test")
    files = (SHEET, DRAWING, PLAN)
    await world.issue("INV-1001", password=True, reference="PO 77", notes=NOTES, files=files)
    await world.issue("INV-1002", lines=make_lines(60), reference="Everything, line by line")
    await world.issue("INV-1003", issued="2026-09-01", due="2026-10-01")
    await world.issue("INV-1004", issued="2026-09-02", due="2026-10-02", reference="R" * 120)
    await pay(world.office, "INV-1004", on=date(2026, 10, 20), amount=Decimal(120), actor="test")
    await world.issue("INV-1005")
    await pay(world.office, "INV-1005", on=date(2026, 11, 20), amount=None, actor="test")
    await world.issue("INV-1009", reference="PO 78")
    for amount in (Decimal(100), None):
        await pay(world.office, "INV-1009", on=date(2026, 11, 21), amount=amount, actor="test")
    await world.issue("INV-1006")
    await void(world.office, "INV-1006", actor="test")
    credit = {"description": "Shelf returned", "quantity": "-1", "unit_price": "145"}
    await world.issue("INV-1007", lines=[credit])
    await world.issue("INV-1008", currency="EUR", due=None)
    for number in ("EST-1", "EST-2", "EST-3"):
        await _estimate(world, number)
    await _estimate(world, "EST-4", valid_until="2026-11-10")
    await _answer(world, "EST-2", Words(DocumentState.ACCEPTED, "Jane Whitfield", "PO 78"))
    reason = "Too dear for this year.\nPlease ask again in spring."
    # so that one letter to her is the latest
    world.clock.advance(seconds=1)
    await _answer(world, "EST-3", Words(DocumentState.DECLINED, "", reason=reason))
    await add_files(world.office, "ACME", (SHEET, DRAWING, PLAN), actor="test")


async def _furnish_strange_names(world: HouseWorld) -> None:
    for name, ref in ((ARABIC, "NOOR"), (LONG, "LONG"), (UNBROKEN, "DDSG"), (MARKUP, "MARK")):
        await add_client(world.office, name, ref=ref, actor="test")
        await add_contact(world.office, ref, JANE, name=name[:200], actor="test")
        line = {"description": f"{name}\n{HEBREW}", "unit_price": "-0.0125", "quantity": "100000"}
        more = {"description": UNBROKEN * 2, "unit_price": "123456789.99", "unit": "Stück"}
        await world.issue(f"{ref}-1", client=ref, lines=[line, more], reference=name)
    await _estimate(world, f"{'X' * 60}-1", client="NOOR")


async def _furnish_many(world: HouseWorld) -> None:
    await add_client(world.office, "Many Ltd", ref="MANY", actor="test")
    await add_contact(world.office, "MANY", JANE, actor="test")
    for day in range(1, 53):
        issued = date.fromordinal(date(2026, 9, 1).toordinal() + day)
        world.clock.advance(seconds=1)
        await world.issue(f"M-{day:03}", client="MANY", issued=str(issued), due="2026-11-20")


async def _furnish_others(world: HouseWorld) -> None:
    await add_client(world.office, "New Customer Ltd", ref="NEW", actor="test")
    await add_contact(world.office, "NEW", JANE, actor="test")
    people = {"LEFT": OTTO, "WITHDRAWN": OLGA, "SINGLE": DORA, "LOCKED": LENA, "SHARED": ADA}
    for ref, address in people.items():
        await add_client(
            world.office,
            f"{ref.capitalize()} Ltd",
            ref=ref,
            email=address,
            link_scope="document" if ref == "SINGLE" else "account",
            enforce_login=ref == "LOCKED",
            shared=ref == "SHARED",
            actor="test",
        )
        await world.issue(f"{ref}-1", client=ref, password=ref in {"LOCKED", "SHARED"})
    await disable_contact(world.office, "LEFT", OTTO, actor="test")
    (olga,) = await clients.list_contacts_of_address(world.office.db, OLGA)

    async def revoke(tx: Transaction) -> None:
        await revoke_links(tx, olga.id, world.clock(), "test")

    await world.office.db.transact(revoke)


async def _furnish_trial(world: HouseWorld) -> None:
    await add_client(world.office, "Try It", ref="TRY", email=TRIAL, dummy=True, actor="test")
    await world.issue("TRY-1", client="TRY")
    await add_client(world.office, "Full Ltd", ref="FULL", email=FULL, actor="test")
    await write_in_vain(world, "FULL")


def make_lines(count: int) -> list[dict[str, str]]:
    """Return lines of all lengths, with and without a unit, at four rates of tax."""
    return [
        {
            "description": f"Position {i}" + " of oak, oiled twice and fitted" * (i % 4),
            "quantity": str(Decimal(i) / 4),
            "unit": ("", "hours", "m²")[i % 3],
            "unit_price": str(Decimal(i * i * 1000 + 999) / 100),
            "tax_rate": ("0", "5", "12.5", "20")[i % 4],
        }
        for i in range(1, count + 1)
    ]


async def _estimate(
    world: HouseWorld, number: str, *, client: str = "ACME", valid_until: str = "2026-12-24"
) -> None:
    await world.issue(number, client=client, type="estimate", valid_until=valid_until)


async def _answer(world: HouseWorld, number: str, words: Words) -> None:
    document = await documents.find_document(world.office.db, number)
    assert document
    found = await clients.list_contacts_of_address(world.office.db, JANE)
    (contact,) = [one for one in found if one.client_id == document.client_id]
    answer = await answer_estimate(world.office, document, contact, words, version=document.version)
    assert isinstance(answer, Answer)
