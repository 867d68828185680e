"""The styles of an HTML letter, written into its elements: many mail programs drop `<style>`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from css_inline import CSSInliner


def inline_styles(html: str) -> str:
    """Return the document with its rules inlined; the sheet stays for dark and small screens."""
    return _inliner().inline(html)


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner

    return CSSInliner(load_remote_stylesheets=False, keep_style_tags=True, keep_at_rules=True)
