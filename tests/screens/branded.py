"""A business that has told all about itself: logo, colour, address, telephone, website, tax."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import typst

from maild.services.customers import add_client, add_contact
from tests.paper import without_ink
from tests.screens.people import holder, jane, stranger
from tests.screens.scene import JANE, SHEET, Scene, make_lines
from tests.screens.tour import Screen
from tests.world import HouseWorld, open_house_world

# neither black nor white is at its best on this colour, and the logo is dark, wide and has styles
_FIRM = '''
logo = "logo.svg"
colour = "#d9480f"
address = """
Unit 4, The Old Maltings
Fore Street
Exeter EX4 3JQ"""
phone = "+44 20 7946 0123"
website = "https://kestrel.example/"
tax_id = "GB 123 4567 89"
'''
_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 250 48" width="250" height="48">
<title>Kestrel Joinery</title>
<style>.ink { fill: #22262b } .wing { fill: #d9480f }</style>
<path class="wing" d="M2 30C14 6 30 4 46 4c-8 6-10 12-8 18-6-2-12 0-16 6-5 7-12 8-20 2z"/>
<text class="ink" x="58" y="33" font-family="Georgia, 'DejaVu Serif', serif" font-size="26"
 textLength="184" lengthAdjust="spacingAndGlyphs">Kestrel Joinery</text>
</svg>
"""

BRANDED = (
    Screen("branded-login", "login", stranger, "/login"),
    Screen("branded-missing", "missing", stranger, "/nowhere"),
    Screen("branded-home", "home", jane, "/"),
    Screen("branded-invoice", "document", jane, "/invoices/INV-1001"),
    Screen("branded-estimate", "document", holder("EST-1"), "/estimates/EST-1"),
    Screen("branded-statement", "statement", jane, "/statement"),
)
BRANDED_LETTERS = {"branded-invoice": "Invoice INV-1001", "branded-estimate": "Estimate EST-1"}
# mail programs show no SVG: the same business with its logo as a PNG
PICTURED_LETTERS = {"pictured-invoice": "Invoice INV-1001", "pictured-estimate": "Estimate EST-1"}


@asynccontextmanager
async def open_branded_world(folder: Path, logo: str = "logo.svg") -> AsyncIterator[HouseWorld]:
    """Open the world of such a business; its logo is there as `logo.png`, too."""
    (folder / "logo.svg").write_text(_LOGO)
    (folder / "logo.png").write_bytes(paint(_LOGO))
    async with open_house_world(folder, business=_FIRM.replace("logo.svg", logo)) as world:
        yield world


def paint(svg: str) -> bytes:
    """Return a drawing as a PNG on a transparent ground, four pixels for each of its own."""
    sheet = f"""#set page(width: 250pt, height: 48pt, margin: 0pt, fill: none)
#image(bytes({json.dumps(svg, ensure_ascii=False)}), width: 100%)"""
    return bytes(typst.compile(sheet.encode(), format="png", ppi=4 * 72))


async def furnish_branded(world: HouseWorld) -> Scene:
    """Send an invoice and an estimate to one client."""
    without_ink(world)
    await add_client(world.office, "Acme Theatre Ltd", ref="ACME", actor="test")
    await add_contact(world.office, "ACME", JANE, name="Jane Whitfield", actor="test")
    await world.issue("INV-1001", password=True, lines=make_lines(5), files=(SHEET,))
    await world.issue("EST-1", type="estimate", valid_until="2026-12-24")
    return Scene(world, await world.mail())
