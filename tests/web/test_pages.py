"""The pages of the client area: what they say, and what they keep for everyone who reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import pytest

from maild.document import Line
from maild.templating import Templates, templates_folder
from tests.web.samples import BUSINESS, LINES, PAGES, VISITOR, make_document, make_page

every_page = pytest.mark.parametrize("page", PAGES)


@dataclass
class Element:
    """A start tag with its attributes and the start tags inside it."""

    tag: str
    attributes: dict[str, str | None]
    inside: list[Element] = field(default_factory=list)


class Page(HTMLParser):
    """A rendered page, flattened to its elements and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[Element] = []
        self.text = ""
        self._form: Element | None = None
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if self._form:
            self._form.inside.append(element)
        if tag == "form":
            self._form = element

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        self.text += " " if tag in ("dt", "dd") else ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def find(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def texts(self, attribute: str) -> list[str | None]:
        return [e.attributes[attribute] for e in self.elements if attribute in e.attributes]


def make_templates() -> Templates:
    return Templates(locale="en_GB", time_zone="Europe/London")


def render(page: str, **changes: object) -> Page:
    name, context = PAGES[page]
    shared = {"business": BUSINESS, "visitor": VISITOR, "csrf": "token-1", "onlooker": None}
    shared |= {"seen": ""}
    return Page(make_templates().render(f"web/{name}", {**shared, **context, **changes}))


def with_business(**changes: str) -> SimpleNamespace:
    return SimpleNamespace(**BUSINESS.__dict__ | changes)


@every_page
def test_page_needs_nothing_that_the_content_policy_forbids(page: str) -> None:
    found = render(page)
    assert not found.find("style", "iframe", "object", "base")
    assert [e.attributes["src"] for e in found.find("script")] in ([], ["/static/seen.js"])
    names = {name for element in found.elements for name in element.attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    loaded = [*found.texts("src"), *(e.attributes["href"] for e in found.find("link"))]
    assert all(url and url.startswith("/static/") for url in loaded)


@every_page
def test_page_has_one_main_heading_and_skips_no_level(page: str) -> None:
    levels = [int(e.tag[1]) for e in render(page).find("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(levels))


@every_page
def test_page_has_landmarks_a_language_and_a_way_past_the_top(page: str) -> None:
    found = render(page)
    assert [len(found.find(tag)) for tag in ("header", "main", "footer", "title")] == [1] * 4
    assert found.find("html")[0].attributes["lang"] == "en"
    ids = found.texts("id")
    assert len(ids) == len(set(ids))
    skip = found.find("a")[0].attributes["href"]
    assert skip == "#" + str(found.find("main")[0].attributes["id"])


@every_page
def test_every_reference_inside_a_page_leads_somewhere(page: str) -> None:
    found = render(page)
    wanted = {str(e.attributes["href"])[1:] for e in found.find("a") if _is_inner(e)}
    for name in ("for", "aria-labelledby", "aria-describedby"):
        wanted |= {word for value in found.texts(name) for word in str(value).split()}
    assert wanted <= set(found.texts("id"))


def _is_inner(element: Element) -> bool:
    return str(element.attributes["href"]).startswith("#")


@every_page
def test_every_field_has_a_label(page: str) -> None:
    found = render(page)
    labelled = found.texts("for")
    for element in found.find("input", "select", "textarea"):
        if element.attributes.get("type") != "hidden":
            assert element.attributes["id"] in labelled


@every_page
def test_every_form_of_a_visitor_carries_the_token(page: str) -> None:
    forms = render(page, visitor=VISITOR).find("form")
    assert len([form for form in forms if form.attributes["action"] == "/logout"]) == 1
    for form in forms:
        if form.attributes["method"] == "get":  # its fields end in an address
            assert "csrf" not in {e.attributes.get("name") for e in form.inside}
            continue
        assert form.attributes["method"] == "post"
        tokens = [e.attributes["value"] for e in form.inside if e.attributes.get("name") == "csrf"]
        own = "login-token" if form.attributes["action"] == "/login" else "token-1"
        assert tokens == [own]


@every_page
def test_markup_in_names_is_shown_and_not_obeyed(page: str) -> None:
    found = render(page, business=with_business(name='<i>"Kestrel"</i> & Sons'))
    assert not found.find("i", "b", "first", "sheet")
    assert '<i>"Kestrel"</i> & Sons' in found.text


@every_page
def test_a_business_that_gives_only_name_and_email_gets_whole_pages(page: str) -> None:
    bare = with_business(phone="", website="", address="", tax_id="")
    found = render(page, business=bare)
    assert "or call" not in found.text
    assert not [url for url in found.texts("href") if url in ("", "tel:", "https://")]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("due", "£244.00 is due by 1 December 2026"),
        ("overdue", "£200.00 is overdue It was due on 20 November 2026."),
        ("overdue", "£44.00 of £244.00 has been paid."),
        ("part-paid", "£200.00 is still due by 1 December 2026 £44.00 of £244.00 has been paid."),
        ("paid", "Paid in full"),
        ("void", "This invoice is void"),
        ("void", "You do not need to pay it"),
        ("no-date", "£244.00 is due"),
        ("estimate", "£244.00, valid until 1 December 2026"),
        ("accepted", "This estimate has been accepted."),
        ("declined", "This estimate has been declined."),
        ("expired", "This estimate was valid until 2 November 2026."),
        ("home", "You owe £240.00 as of 23 November 2026"),
        ("home-empty", "When Kestrel & Sons Joinery sends you an invoice, you get an email"),
        ("estimates-empty", "No estimates yet"),
        ("gone-expired", "This link has expired"),
        ("gone-revoked", "This link was switched off"),
        ("login", "Can't get in? Have a new password emailed to you, answer the email we sent"),
        ("gone-expired", "a fresh one to the address we have on record: j•••@a•••.example"),
        ("recover", "Tell us the address that Kestrel & Sons Joinery writes to"),
        ("sent", "If we write to the address you gave us, we have just sent"),
        ("password-wrong", "This is too <short>."),
        ("password-guest", "ask for a password by email"),
        ("refused", "Wait <a> minute."),
        ("trouble", "Wait <a> minute."),
        ("signed-out", "You are logged out"),
        (
            "onlooker",
            "You are looking as jane@acme.example of Acme <b>Ltd</b>, read-only, until 09:45 End",
        ),
        ("onlooker", "Seen as jane@acme.example"),
        ("impersonate", "It works once."),
        ("looked", "This browser no longer shows your client's pages."),
    ],
)
def test_page_says_in_words(page: str, words: str) -> None:
    assert words in render(page).text


@pytest.mark.parametrize(
    ("page", "status"),
    [("overdue", "Overdue"), ("part-paid", "Part paid"), ("void", "Void"), ("expired", "Expired")],
)
def test_status_of_a_document_is_a_word_and_not_only_a_colour(page: str, status: str) -> None:
    found = render(page)
    assert f"INV-1001 {status}" in found.text or f"EST-77 {status}" in found.text


@pytest.mark.parametrize("page", ["paid", "void", "estimate"])
def test_what_is_not_owed_does_not_say_how_to_pay(page: str) -> None:
    assert "account 01234567" in render("due").text
    assert "account 01234567" not in render(page).text


def test_a_credit_is_said_to_be_in_the_clients_favour_and_never_overdue() -> None:
    found = render("credit").text
    assert "INV-1001 Credit Nothing to pay £240.00 is in your favour." in found
    assert "verdue" not in found


def test_what_costs_nothing_is_not_due() -> None:
    free = (replace_line(LINES[0], unit_price=Decimal(0)),)
    found = render("due", **make_page(make_document(lines=free))).text
    assert "INV-1001 Nothing due Nothing to pay" in found


@pytest.mark.parametrize("page", PAGES)
def test_a_client_for_trying_things_out_is_marked_on_every_page(page: str) -> None:
    assert ("A trial account" in render(page).text) == (page == "trial")


def test_a_credit_is_never_said_to_be_due() -> None:
    credit = (replace_line(LINES[0], quantity=Decimal(-1)),)
    document = make_document(lines=credit, ends="2026-11-20")
    found = render("due", **make_page(document))
    assert "INV-1001 Credit Nothing to pay" in found.text
    assert "Overdue" not in found.text


def test_a_credit_that_was_paid_out_is_settled() -> None:
    credit = (replace_line(LINES[0], quantity=Decimal(-1)),)
    found = render("due", **make_page(make_document(lines=credit, state="paid", paid="-240")))
    assert "INV-1001 Paid Settled Your credit of £240.00 has been settled." in found.text
    assert "has been paid" not in found.text


def replace_line(line: Line, **changes: object) -> Line:
    return line.model_copy(update=changes)


def test_price_of_a_part_of_a_penny_is_not_rounded() -> None:
    assert "320 £0.0125" in render("due").text


def test_document_lists_amounts_taxes_and_total() -> None:
    found = render("part-paid").text
    assert "Net £204.00 Tax 20% on £200.00 £40.00 Tax 0% on £4.00 £0.00 Total £244.00" in found
    assert "Paid so far -£44.00 Still to pay £200.00" in found


def test_document_without_tax_has_no_tax_column() -> None:
    found = render("due", **make_page(make_document(lines=LINES[1:])))
    assert "Tax" not in found.text.replace("Tax number", "")


def test_attachment_shows_its_name_and_size() -> None:
    assert "time <sheet>.pdf 48 kB" in render("due").text
    assert "Attachments" not in render("no-date").text


def test_link_to_one_document_offers_no_way_to_the_rest() -> None:
    found = render("guest")
    assert not found.find("nav")
    assert not {"/", "/invoices", "/estimates"} & set(found.texts("href"))
    assert "Personal link of jane@acme.example" in found.text


@pytest.mark.parametrize(
    ("page", "current"),
    [("home", ("/", "page")), ("due", ("/invoices", "true")), ("accepted", ("/estimates", "true"))],
)
def test_navigation_marks_where_the_visitor_is(page: str, current: tuple[str, str]) -> None:
    marked = [e for e in render(page).find("a") if "aria-current" in e.attributes]
    assert [(e.attributes["href"], e.attributes["aria-current"]) for e in marked] == [current]


def test_switch_appears_only_with_several_clients() -> None:
    offered = [e.attributes.get("value") for e in render("home").find("button")]
    assert offered == ["c1", "c2", None]
    alone = SimpleNamespace(**VISITOR.__dict__ | {"clients": VISITOR.clients[:1]})
    assert not render("home", visitor=alone).find("details")


def test_every_header_of_a_table_says_what_it_heads() -> None:
    for page in ("home", "invoices", "due"):
        headers = render(page).find("th")
        assert headers
        assert {e.attributes.get("scope") for e in headers} <= {"col", "row"}


def test_login_form_helps_password_managers_and_phones() -> None:
    address, password = (
        e.attributes for e in render("login").find("input") if e.attributes["type"] != "hidden"
    )
    assert (address["type"], address["autocomplete"]) == ("email", "username")
    assert address["value"] == 'jane"@acme.example'
    assert password["autocomplete"] == "current-password"
    assert (password["autocapitalize"], password["spellcheck"]) == ("none", "false")


def test_message_on_the_login_page_is_announced() -> None:
    assert "alert" in render("login").texts("role")
    assert "alert" not in render("login-fresh").texts("role")


def test_logo_takes_the_place_of_the_name_and_keeps_it_for_screen_readers() -> None:
    found = render("due", business=with_business(logo="logo.png"))
    assert [(e.attributes["src"], e.attributes["alt"]) for e in found.find("img")] == [
        ("/static/logo", BUSINESS.name)
    ]


@pytest.mark.parametrize(
    ("website", "url"),
    [
        ("https://kestrel.example/", "https://kestrel.example/"),
        ("kestrel.example", "https://kestrel.example"),
        ("javascript:alert(1)", "https://javascript:alert(1)"),
    ],
)
def test_website_is_always_a_web_address(website: str, url: str) -> None:
    assert url in render("home", business=with_business(website=website)).texts("href")


def test_long_invoice_shows_every_line() -> None:
    lines = tuple(replace_line(LINES[1], description=f"Item {n}") for n in range(60))
    found = render("due", **make_page(make_document(lines=lines)))
    assert len([e for e in found.find("th") if e.attributes["scope"] == "row"]) == 60


def test_stylesheet_takes_the_colour_and_loads_nothing() -> None:
    css = make_templates().render("web/style.css", {"colour": "#1f6f5c"})
    assert "--accent: #1f6f5c;" in css
    assert "--on-accent: #ffffff;" in css
    assert "url(" not in css
    assert "@import" not in css


def test_every_page_template_is_rendered_here() -> None:
    shipped = {path.name for path in (templates_folder() / "web").glob("*.html")}
    assert shipped - {"answer.html", "base.html", "parts.html"} == {
        name for name, _ in PAGES.values()
    }
