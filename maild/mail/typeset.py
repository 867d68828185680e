"""Setting in type: a layout and what it prints become a PDF.

It is done in worker processes, which need nothing else; nobody but them loads typst.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from maild.errors import BadTemplate

if TYPE_CHECKING:
    from typst import Fonts


def render_pdf(layout: Path, data: Mapping[str, object]) -> bytes:
    """Return the PDF that a typst layout makes of `data`, which it reads as JSON from `sys.inputs`.

    It is tagged, and PDF/A-3b (ISO 19005-3) where a font holds every letter: the built-in ones,
    else the system's. Where none does it is plain PDF. The layout sees its own folder and no
    other. Slow enough (tens of milliseconds) to be called in a worker. Raises `BadTemplate` in
    typst's own words.
    """
    import typst

    inputs = {"data": json.dumps(data)}
    for system, archival in ((False, True), (True, True), (True, False)):
        try:
            return _compile(layout, inputs, system=system, archival=archival)
        except typst.TypstError as error:
            fault = f"{layout}: {error.diagnostic or error.message}"
    raise BadTemplate(fault)


def _compile(layout: Path, inputs: dict[str, str], *, system: bool, archival: bool) -> bytes:
    import typst

    return typst.compile(
        layout,
        root=layout.parent,
        font_paths=_fonts(system=system),
        sys_inputs=inputs,
        pdf_standards=["a-3b"] if archival else [],
        format="pdf",
    )


@cache
def _fonts(*, system: bool) -> Fonts:
    """Return the fonts, looked up once in the life of a process: that alone takes a second."""
    from typst import Fonts

    return Fonts(include_system_fonts=system)
