from __future__ import annotations

import re
from pathlib import Path

from maild.config import options

README = Path(__file__).parent.parent / "README.md"


def test_readme_table_names_every_option_with_its_default_and_no_other() -> None:
    row = re.compile(r"^\| `\[(\w+)\]` \| `(\w+)` \| (.+?) \|", re.MULTILINE)
    told = set(row.findall(README.read_text("utf-8")))
    known = {
        (o.section, o.name, "required" if o.default is None else f"`{o.default}`")
        for o in options()
    }
    assert told == known
