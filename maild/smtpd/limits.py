"""What one peer may ask of a door, and how much all of them together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SmtpLimits:
    """Sizes in bytes, times in seconds.

    `memory` is for all messages that arrive or wait to be kept, on one door; a message still
    arriving must come at `data_rate` bytes a second after `grace_seconds`, and be whole within
    `data_seconds`. When the door is full, who has not begun a message for `idle_seconds` goes.
    """

    message_size: int = 10 * 2**20
    memory: int = 32 * 2**20
    recipients: int = 100
    connections: int = 50
    connections_per_address: int = 20
    command_seconds: float = 300
    data_seconds: float = 600
    grace_seconds: float = 60
    data_rate: int = 500
    idle_seconds: float = 10
    proxy_seconds: float = 5
    line_length: int = 16 * 2**10
    header_size: int = 64 * 2**10
    header_fields: int = 500
    hops: int = 30
    bad_commands: int = 6
