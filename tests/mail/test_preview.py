"""A letter read back from its bytes: text and HTML, with the pictures in it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

from maild.mail.compose import Inline, compose
from maild.mail.preview import read_letter
from tests.mail.test_compose import BOUNDARY, PLAIN

PICTURE = Inline("logo.png", "image/png", b"\x89PNG", "logo.1@example.test")


def test_pictures_stand_in_the_html_and_one_that_is_missing_is_left_empty() -> None:
    html = '<p>é<img alt="L" src="cid:logo.1@example.test"><img src="cid:other"></p>\n'
    draft = replace(PLAIN, html=html, text="é\n", pictures=(PICTURE,))
    text, shown = read_letter(compose(draft, BOUNDARY))
    assert text == "é\n"
    data = b64encode(PICTURE.content).decode()
    assert shown == f'<p>é<img alt="L" src="data:image/png;base64,{data}"><img src=""></p>\n'


def test_letter_without_html_has_none() -> None:
    assert read_letter(compose(replace(PLAIN, html=""), BOUNDARY)) == (PLAIN.text, "")
