"""The logo of letters: measured by its own bytes, shown in a size for the head, else left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.errors import BadInput
from maild.mail.logo import MOST_BYTES, make_logo

DOMAIN = "example.test"


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")


def jpeg(width: int, height: int, frame: bytes = b"\xc0") -> bytes:
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    tables = b"\xff\xdb\0\x05\xff\xc0\1" + b"\xff\xff\xc4\0\x04\xff\xc0"
    return (
        b"\xff\xd8\xff\xe0\0\x10JFIF\0"
        + b"\0" * 9
        + tables
        + b"\xff"
        + frame
        + b"\0\x11\x08"
        + size
    )


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1000, 192), (240, 46)),
        ((64, 64), (56, 56)),
        ((20, 10), (20, 10)),
        ((60_000, 1), (240, 1)),
        ((1, 60_000), (1, 56)),
    ],
)
def test_logo_fits_the_head_and_is_never_enlarged(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    for content in (png(*size), jpeg(*size), jpeg(*size, frame=b"\xc2")):
        logo = make_logo(content, DOMAIN)
        assert (logo.width, logo.height) == shown


def test_logo_is_named_by_its_content_and_the_domain_of_the_business() -> None:
    first, again, other = (make_logo(png(9, width), DOMAIN).part for width in (9, 9, 8))
    assert first == again
    assert first.content_id.endswith("@example.test")
    assert first.content_id != other.content_id
    assert (first.name, first.media_type) == ("logo.png", "image/png")
    assert make_logo(jpeg(9, 9), DOMAIN).part.media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "neither PNG nor JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither PNG nor JPEG"),
        (b"GIF89a", "neither PNG nor JPEG"),
        (png(0, 9), "cut off"),
        (png(9, 9)[:18], "cut off"),
        (jpeg(9, 9)[:30], "cut off"),
        (jpeg(9, 0), "cut off"),
        (png(9, 9) + b"x" * MOST_BYTES, "more than 200,000 bytes"),
    ],
)
def test_picture_that_mail_programs_do_not_show_is_refused_with_the_reason(
    content: bytes, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        make_logo(content, DOMAIN)


@given(st.binary(max_size=60))
def test_no_jpeg_whatever_is_in_it_is_read_past_its_end(rest: bytes) -> None:
    try:
        logo = make_logo(b"\xff\xd8\xff" + rest, DOMAIN)
    except BadInput:
        return
    assert 1 <= logo.width <= 240
    assert 1 <= logo.height <= 56
