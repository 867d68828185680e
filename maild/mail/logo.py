"""The logo of letters: a PNG or JPEG that comes along with the letter, in a size for its head.

Mail programs show no SVG, and load nothing from afar before they are told to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from maild.errors import BadInput
from maild.mail.compose import Inline

# every letter carries it along
MOST_BYTES = 200_000

_WIDTH, _HEIGHT = 240, 56  # px, at most
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_JPEG = b"\xff\xd8\xff"
# padding, then a marker and the length of its segment; those of a frame hold the size
_SEGMENT = re.compile(rb"\xff+([\xc0-\xfe])(..)", re.S)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture as a part of a letter, and the size in pixels at which it is shown."""

    part: Inline
    width: int
    height: int


def make_logo(content: bytes, domain: str) -> Logo:
    """Return a picture as a logo whose content id is of the domain; it is never enlarged.

    Raises `BadInput` for what is neither PNG nor JPEG, is cut off, or is too large.
    """
    if len(content) > MOST_BYTES:
        raise BadInput(f"has more than {MOST_BYTES:,} bytes, and every letter would carry them")
    kind, (width, height) = _measure(content)
    if not width or not height:
        raise BadInput("is cut off: its size cannot be read")
    scale = min(1.0, _WIDTH / width, _HEIGHT / height)
    part = Inline(
        name=f"logo.{kind}",
        media_type=f"image/{kind}",
        content=content,
        content_id=f"logo.{sha256(content).hexdigest()[:16]}@{domain}",
    )
    return Logo(part, max(1, round(width * scale)), max(1, round(height * scale)))


def _measure(content: bytes) -> tuple[str, tuple[int, int]]:
    """Return a picture's kind, and its width and height in pixels, 0 where they are missing."""
    if content.startswith(_PNG):
        at = len(_PNG)
        return "png", (_number(content[at : at + 4]), _number(content[at + 4 : at + 8]))
    if content.startswith(_JPEG):
        return "jpeg", _measure_jpeg(content)
    raise BadInput("is neither PNG nor JPEG, and mail programs show nothing else")


def _measure_jpeg(content: bytes) -> tuple[int, int]:
    """Walk the segments of a JPEG (ISO 10918-1 annex B) to the frame that tells its size."""
    at = 2
    while found := _SEGMENT.match(content, at):
        if found[1][0] in _FRAMES:
            frame = content[found.end() + 1 : found.end() + 5]
            return _number(frame[2:]), _number(frame[:2])
        at = found.end() - 2 + max(2, _number(found[2]))
    return 0, 0


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")
