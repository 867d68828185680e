"""Where a door listens: a host and port, or for LMTP a local socket."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a door listens; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(value: str) -> Listen:
    """Return what `host:port` names; an IPv6 address stands in brackets. Raises `ValueError`."""
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]]+)):([0-9]{1,5})", value)
    if not found or int(found[3]) > 65535:
        raise ValueError(value)
    return Listen(found[1] or found[2], int(found[3]))


def parse_lmtp(value: str) -> Listen | str:
    """Return `unix:PATH`, or an empty text, as it is, else what `host:port` names."""
    return value if re.fullmatch("|unix:.+", value) else parse_listen(value)
