"""Pictures in shades of grey: kept as PNG, and compared as an eye does, not pixel by pixel."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# what is compared are squares of so many pixels: a letter's edge may fall a little elsewhere
_SQUARE = 6
_SHADES = 24


@dataclass(frozen=True)
class Picture:
    """Rows of shades, 0 black to 255 white."""

    width: int
    height: int
    pixels: bytes


def read_pgm(data: bytes) -> Picture:
    """Return a binary PGM of 8 bits, as pdftoppm writes it: P5, width, height, 255, the pixels."""
    kind, size, depth, pixels = data.split(b"\n", 3)
    assert (kind, depth) == (b"P5", b"255")
    width, height = map(int, size.split())
    assert len(pixels) == width * height
    return Picture(width, height, pixels)


def write_png(picture: Picture) -> bytes:
    """Return a picture as PNG: grey, 8 bits, no filter."""
    rows = (b"\0" + row for row in _rows(picture))
    head = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(*chunk) for chunk in chunks)


def read_png(data: bytes) -> Picture:
    """Return a picture that `write_png` wrote."""
    assert data.startswith(_SIGNATURE)
    chunks, place = {}, len(_SIGNATURE)
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        chunks[data[place + 4 : place + 8]] = data[place + 8 : place + 8 + length]
        place += length + 12
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert form == [8, 0, 0, 0, 0]
    plain = zlib.decompress(chunks[b"IDAT"])
    rows = (plain[start + 1 : start + 1 + width] for start in range(0, len(plain), width + 1))
    return Picture(width, height, b"".join(rows))


def find_differences(one: Picture, other: Picture) -> list[tuple[int, int]]:
    """Return where two pictures differ for the eye: column and row of each square that does."""
    assert (one.width, one.height) == (other.width, other.height), "another paper size"
    shades = _shade_squares(other)
    return [
        place
        for place, shade in _shade_squares(one).items()
        if abs(shade - shades[place]) > _SHADES
    ]


def _shade_squares(picture: Picture) -> dict[tuple[int, int], float]:
    """Return the mean shade of each square, by its column and row."""
    rows = _rows(picture)
    return {
        (column, row): sum(
            sum(line[column * _SQUARE : (column + 1) * _SQUARE])
            for line in rows[row * _SQUARE : (row + 1) * _SQUARE]
        )
        / _SQUARE**2
        for row in range(picture.height // _SQUARE)
        for column in range(picture.width // _SQUARE)
    }


def _rows(picture: Picture) -> list[bytes]:
    width = picture.width
    return [picture.pixels[start : start + width] for start in range(0, len(picture.pixels), width)]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )
