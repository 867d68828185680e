"""Who looks at the pages: each comes in as people do, by a link or through the log-in form."""

from __future__ import annotations

from playwright.async_api import Page

from maild.services.impersonation import start_impersonation
from tests.screens.scene import ADA, JANE, LENA, Scene
from tests.screens.tour import Enter


async def stranger(_: Scene, __: Page) -> None:
    """Nobody we know."""


def holder(number: str) -> Enter:
    """Return the way in of somebody who opens their personal link to a document."""

    async def enter(scene: Scene, page: Page) -> None:
        await page.goto(scene.link(number))

    return enter


def member(address: str, number: str) -> Enter:
    """Return the way in of somebody who opens their link and then logs in with a password."""

    async def enter(scene: Scene, page: Page) -> None:
        await page.goto(scene.link(number))
        await page.goto(f"{scene.base}/login")
        await fill_login(page, address, scene.password(address))

    return enter


async def newcomer(scene: Scene, page: Page) -> None:
    """Jane, looking at a client that has no documents yet."""
    await jane(scene, page)
    await page.locator(".switch summary").click()
    await page.get_by_role("button", name="New Customer Ltd").click()


async def onlooker(scene: Scene, page: Page) -> None:
    """The operator, looking as Jane."""
    office = scene.world.office
    look = await start_impersonation(office, "ACME", JANE, reason="a look", actor="test")
    await page.goto(look.url)
    await page.get_by_role("button", name="Start looking").click()


async def fill_login(page: Page, address: str, password: str) -> None:
    """Fill in the log-in form and send it."""
    await page.get_by_label("Email address").fill(address)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Log in").click()


jane = member(JANE, "INV-1001")
noor = member(JANE, "NOOR-1")
long = member(JANE, "LONG-1")
unbroken = member(JANE, "DDSG-1")
marked = member(JANE, "MARK-1")
many = member(JANE, "M-001")
lena = member(LENA, "LOCKED-1")
ada = member(ADA, "SHARED-1")
guest = holder("SINGLE-1")
tester = holder("TRY-1")
locked = holder("LOCKED-1")
