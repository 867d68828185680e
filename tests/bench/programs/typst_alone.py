"""The same invoices as PDF and nothing else: a process for each core, kept busy by one pool.

python -m tests.bench.programs.typst_alone CONFIG
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from maild import config
from maild.mail.pdf import document_data, render_pdf
from maild.office import open_office
from maild.services.issue import prepare_shipment
from tests.bench.child import serve_orders
from tests.bench.programs.house import Steward


async def _find_data(path: str) -> tuple[Path, dict[str, Any]]:
    """Return the layout, and what it prints of the invoice that the daemon issues, too."""
    async with open_office(config.load(Path(path), {})) as office:
        steward = Steward(office, {})
        await steward.do_clients(1, "attach")
        shipment = await prepare_shipment(office, steward.write(1), ())
        business = office.config.business
        data = document_data(shipment.document, shipment.client, business, office.templates)
        return office.templates.find("pdf/document.typ"), data


def _print(layout: Path, data: dict[str, Any], number: int) -> int:
    # as different from one another as the daemon's: typst remembers what it has laid out before
    name = f"INV-{number}"
    own = {"number": name, "client": f"Client {number}", "meta": [["Number", name]]}
    return len(render_pdf(layout, data | own))


def main(path: str) -> None:
    """Print invoices when told: {"first": 1, "count": 100}; answers with their least size."""
    layout, data = asyncio.run(_find_data(path))
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:

        def answer(order: dict[str, Any]) -> dict[str, float]:
            started = time.perf_counter()
            numbers = range(order["first"], order["first"] + order["count"])
            sizes = list(pool.map(partial(_print, layout, data), numbers))
            return {"seconds": time.perf_counter() - started, "size": min(sizes)}

        serve_orders(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
