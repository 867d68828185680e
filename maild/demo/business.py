"""The throw-away business: a real config file in a folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

from maild import config
from maild.config import Config
from maild.demo.ports import HOST
from maild.templating import Templates

_LOGO = "demo/logo.svg"


def set_up_business(folder: Path, web_port: int) -> Config:
    """Write the business's config and logo into a folder and return them loaded."""
    templates = Templates(locale="en_GB", time_zone="Europe/London")
    shutil.copy(templates.find(_LOGO), folder / "logo.svg")
    text = templates.render("demo/config.toml", {"host": HOST, "port": web_port})
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return config.load(path, {})
