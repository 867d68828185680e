"""The catalogue: every page of the client area, in every state it may be in."""

from __future__ import annotations

from unittest import mock

from playwright.async_api import Page

from maild.errors import StoreUnavailable
from maild.services.impersonation import start_impersonation
from tests.screens import people
from tests.screens.people import (
    ada,
    fill_login,
    guest,
    jane,
    lena,
    locked,
    long,
    many,
    marked,
    newcomer,
    noor,
    onlooker,
    stranger,
    tester,
    unbroken,
)
from tests.screens.scene import JANE, Scene
from tests.screens.tour import Enter, Screen

INVOICES = {
    "open": "INV-1001",
    "sixty-lines": "INV-1002",
    "overdue": "INV-1003",
    "part-paid": "INV-1004",
    "paid": "INV-1005",
    "void": "INV-1006",
    "credit": "INV-1007",
    "no-date-other-currency": "INV-1008",
}
ESTIMATES = {"open": "EST-1", "accepted": "EST-2", "declined": "EST-3", "expired": "EST-4"}
NAMES = {"right-to-left": (noor, "NOOR-1"), "long-name": (long, "LONG-1")}
NAMES |= {"unbroken-name": (unbroken, "DDSG-1"), "markup-in-name": (marked, "MARK-1")}


async def post(page: Page, path: str) -> None:
    """Send an empty form of our own to a path."""
    script = """path => {
        const form = document.createElement('form')
        form.method = 'post'; form.action = path
        document.body.append(form)
        form.submit()
    }"""
    async with page.expect_navigation():
        await page.evaluate(script, path)


def open_link(number: str) -> Enter:
    """Return the act of opening a personal link to a document."""

    async def act(scene: Scene, page: Page) -> None:
        await page.goto(scene.link(number))

    return act


async def _fail_login(_: Scene, page: Page) -> None:
    await fill_login(page, "nobody@acme.example", "not my password")


async def _wear_out_login(_: Scene, page: Page) -> None:
    for _try in range(6):
        await fill_login(page, "impatient@acme.example", "not my password")


async def _switch(_: Scene, page: Page) -> None:
    await page.locator(".switch summary").click()


async def _next(_: Scene, page: Page) -> None:
    await page.locator("a[rel=next]").click()


async def _declining(_: Scene, page: Page) -> None:
    await page.get_by_text("Decline it instead").click()


async def _accept_badly(_: Scene, page: Page) -> None:
    await page.get_by_label("Your name").first.fill("Jane\u200b " * 60)
    await page.get_by_role("button", name="Accept this estimate").click()


async def _ask_for_a_way_in(_: Scene, page: Page) -> None:
    await page.get_by_label("Email address").fill("somebody@acme.example")
    await page.get_by_role("button", name="Email me a way in").click()


async def _ask_for_a_fresh_link(scene: Scene, page: Page) -> None:
    await page.goto(scene.link("OLD-1"))
    await page.get_by_role("button", name="Email me a fresh link").click()


async def choose_password(page: Page, password: str) -> None:
    """Fill in the form for one's own password, twice the same, and send it."""
    await page.get_by_label("New password").fill(password)
    await page.get_by_label("The same once more").fill(password)
    await page.get_by_role("button", name="Use this password").click()


async def _choose_badly(_: Scene, page: Page) -> None:
    await choose_password(page, "password1")


async def _choose_twice(_: Scene, page: Page) -> None:
    await page.get_by_label("New password").fill("seven quiet herons")
    await page.get_by_label("The same once more").fill("seven loud herons")
    await page.get_by_role("button", name="Use this password").click()


async def _choose_well(_: Scene, page: Page) -> None:
    await choose_password(page, "seven quiet herons")


async def _break(scene: Scene, page: Page) -> None:
    with mock.patch("maild.web.lists.sum_up", side_effect=StoreUnavailable("locked")):
        await page.goto(f"{scene.base}/")


async def _fall(scene: Scene, page: Page) -> None:
    with mock.patch("maild.web.lists.sum_up", side_effect=ValueError("oops")):
        await page.goto(f"{scene.base}/")


async def _log_out(_: Scene, page: Page) -> None:
    await page.get_by_role("button", name="Log out").click()


async def _post_without_token(_: Scene, page: Page) -> None:
    await post(page, "/login")


async def _invite(scene: Scene, page: Page) -> None:
    office = scene.world.office
    look = await start_impersonation(office, "ACME", JANE, reason="a look", actor="test")
    await page.goto(look.url)


async def _look_and_end(scene: Scene, page: Page) -> None:
    await people.onlooker(scene, page)
    await page.get_by_role("button", name="End").click()


async def _act_as_onlooker(_: Scene, page: Page) -> None:
    await post(page, "/estimates/EST-1/accept")


SCREENS = (
    Screen("home", "home", jane, "/"),
    Screen("home-switch-open", "home", jane, "/", _switch),
    Screen("home-empty", "home", newcomer, "/"),
    Screen("home-shared", "home", ada, "/"),
    Screen("home-trial", "home", tester, "/"),
    Screen("invoices", "list", jane, "/invoices"),
    Screen("invoices-empty", "list", newcomer, "/invoices"),
    Screen("estimates-empty", "list", newcomer, "/estimates"),
    Screen("invoices-many", "list", many, "/invoices"),
    Screen("invoices-many-next", "list", many, "/invoices", _next),
    Screen("invoices-none-like-that", "list", many, "/invoices?status=paid"),
    Screen("estimates", "list", jane, "/estimates"),
    Screen("files", "files", jane, "/files"),
    Screen("files-empty", "files", lena, "/files"),
    Screen("statement", "statement", jane, "/statement"),
    Screen("statement-many", "statement", many, "/statement"),
    Screen("statement-carried-over", "statement", many, "/statement?from=2026-10-15"),
    Screen("statement-empty", "statement", lena, "/statement?from=2020-01-01&to=2020-02-01"),
    Screen("statement-bad-dates", "statement", jane, "/statement?from=never&to=2026-02-01"),
    *(Screen(f"invoice-{k}", "document", jane, f"/invoices/{n}") for k, n in INVOICES.items()),
    *(Screen(f"estimate-{k}", "document", jane, f"/estimates/{n}") for k, n in ESTIMATES.items()),
    Screen("estimate-declining", "document", jane, "/estimates/EST-1", _declining),
    Screen("estimate-not-taken", "document", jane, "/estimates/EST-1", _accept_badly),
    Screen("invoice-for-guest", "document", guest, "/invoices/SINGLE-1"),
    *(Screen(f"home-{k}", "home", who, "/") for k, (who, _) in NAMES.items()),
    *(Screen(f"invoice-{k}", "document", who, f"/invoices/{n}") for k, (who, n) in NAMES.items()),
    Screen("login", "login", stranger, "/login"),
    Screen("login-enforced", "login", locked, "/invoices/LOCKED-1"),
    Screen("login-wrong", "login", stranger, "/login", _fail_login),
    Screen("login-too-many-tries", "login", stranger, "/login", _wear_out_login),
    Screen("recover", "recover", stranger, "/recover"),
    Screen("recover-with-address", "recover", locked, "/recover"),
    Screen("recover-sent", "sent", stranger, "/recover", _ask_for_a_way_in),
    Screen("fresh-link-sent", "sent", stranger, "", _ask_for_a_fresh_link),
    Screen("password", "password", jane, "/password"),
    Screen("password-by-link", "password", guest, "/password"),
    Screen("password-not-the-same", "password", jane, "/password", _choose_twice),
    Screen("password-too-common", "password", jane, "/password", _choose_badly),
    Screen("password-changed", "password_changed", lena, "/password", _choose_well),
    Screen("logged-out", "signed_out", people.holder("INV-1003"), "/", _log_out),
    Screen("link-expired", "gone", stranger, "", open_link("OLD-1")),
    Screen("link-revoked", "gone", stranger, "", open_link("WITHDRAWN-1")),
    Screen("contact-who-left", "gone", stranger, "", open_link("LEFT-1")),
    Screen("missing", "missing", jane, "/invoices/NONE"),
    Screen("missing-for-strangers", "missing", stranger, "/nowhere"),
    Screen("refused-form", "refused", stranger, "/login", _post_without_token),
    Screen("refused-method", "refused", stranger, "/logout"),
    Screen("refused-request", "refused", jane, "/invoices?status=strange"),
    Screen("busy", "trouble", jane, "", _break),
    Screen("broken", "trouble", jane, "", _fall),
    Screen("impersonation-start", "impersonate", stranger, "", _invite),
    Screen("impersonation-home", "home", onlooker, "/"),
    Screen("impersonation-estimate", "document", onlooker, "/estimates/EST-1"),
    Screen("impersonation-refused", "refused", onlooker, "/", _act_as_onlooker),
    Screen("impersonation-missing", "missing", onlooker, "/nowhere"),
    Screen("impersonation-over", "looked", stranger, "", _look_and_end),
)
