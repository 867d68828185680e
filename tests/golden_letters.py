"""Letters as they are meant to be, kept in `golden/`: what differs between two runs taken out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from tests.mails import Mail

FOLDER = Path(__file__).parent / "golden"
# the one way to write the files: look at what git says has changed, before you commit it
REWRITE = "REWRITE_GOLDEN"

_HEADERS = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To"]
_HEADERS += ["References", "Auto-Submitted"]
_CHANGING = (
    (r"http://127\.0\.0\.1:\d+", "https://clients.example.test"),
    (r"(?<=/l/)[a-z2-7]{43}", "LINK"),
    (r"\b(reply|desk)\+[a-z2-7]+@", r"\1+TOKEN@"),
    (r"<([a-z0-9]{33,43}|-?[0-9a-f]{8,20})@", "<ID@"),
    (r"\b(?:[acdefhjkmnprtwxy3479]{4}-){3}[acdefhjkmnprtwxy3479]{4}\b", "PASS-WORD-PASS-WORD"),
    (r"\b[a-z2-7]{16}\b", "ROW"),
)
_SHEET = re.compile(r"<style>(.*?)</style>", re.S)


def write_golden(letters: Mapping[str, Mail]) -> dict[str, str]:
    """Return the files that letters make, by name: text, HTML, and the sheet of all of them.

    The HTML is without its styles: they are the sheet's, inlined.
    """
    files = {}
    for name, mail in letters.items():
        files[f"{name}.txt"] = _settle("\n".join(_describe(mail)) + f"\n\n{mail.text}")
        html = _SHEET.sub("", mail.html.replace("\r\n", "\n"))
        files[f"{name}.html"] = _settle(re.sub(r' style="[^"]*"', "", html))
        files["sheet.css"] = "".join(_SHEET.findall(mail.html))
    return {name: content.replace("\r\n", "\n").strip() + "\n" for name, content in files.items()}


def compare(files: Mapping[str, str]) -> str:
    """Return how files differ from those that are kept, as a diff; write them if that is asked."""
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    if os.environ.get(REWRITE) and not os.environ.get("CI"):
        for name in kept.keys() - files.keys():
            (FOLDER / name).unlink()
        for name, content in files.items():
            (FOLDER / name).write_text(content, "utf-8")
        return ""
    return "".join(
        line
        for name in sorted({*kept, *files})
        for line in unified_diff(
            kept.get(name, "").splitlines(keepends=True),
            files.get(name, "").splitlines(keepends=True),
            f"kept/{name}",
            f"written/{name}",
        )
    )


def _describe(mail: Mail) -> Iterator[str]:
    """Say what stands in the header, and which parts follow."""
    for name in _HEADERS:
        if value := mail.message[name]:
            # of a long name Pythons make different things
            found = [one.addr_spec for one in getattr(value, "addresses", ())]
            yield f"{name}: {', '.join(found) or value}"
    for part in mail.message.walk():
        encoding = part["Content-Transfer-Encoding"] or ""
        named = part.get_filename() or ""
        yield " ".join(filter(None, ("part:", part.get_content_type(), encoding, named)))


def _settle(text: str) -> str:
    for pattern, stays in _CHANGING:
        text = re.sub(pattern, stays, text)
    return text
