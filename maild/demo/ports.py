"""Free ports of the loopback interface."""

from __future__ import annotations

import socket
from contextlib import suppress

from maild.errors import Refused

HOST = "127.0.0.1"
_USUAL_PORT = 8080


def choose_web_port(wanted: int | None) -> int:
    """Return a free port: the one wanted (0 is any), or else 8080 if it is free.

    Raises `Refused` when the one wanted is not free.
    """
    with open_port(*((_USUAL_PORT, 0) if wanted is None else (wanted,))) as taken:
        port: int = taken.getsockname()[1]
    return port


def open_port(*wanted: int) -> socket.socket:
    """Return a socket that listens on the first of these ports that is free; 0 is any.

    Raises `Refused` when none is.
    """
    for port in wanted:
        taken = socket.socket()
        # or a port that a demo has just left would count as taken
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError, OverflowError):
            taken.bind((HOST, port))
            taken.listen()
            return taken
        taken.close()
    raise Refused(
        f"port {wanted[-1]} is not free; give another one with --port, or leave --port out"
    )
