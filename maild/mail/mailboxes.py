"""Address lists of a header (RFC 5322 §3.4), read in one pass and never guessed at."""

from __future__ import annotations

from dataclasses import dataclass

MAX_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an address, its domain in lower case; the address is "" if malformed.

    `meant_for` is the address that stands back, where mail is sent to another one on trial.
    """

    name: str
    address: str
    meant_for: str = ""


def parse_mailboxes(value: str) -> tuple[Mailbox, ...]:
    """Return every mailbox of an address list, malformed ones with an empty address."""
    return tuple(_mailbox(item) for item in _items(value[:MAX_CHARS]) if any(item.values()))


def _items(value: str) -> list[dict[str, str]]:
    """Cut the list at its commas into what stands outside, in angles, in quotes, in comments."""
    items = [_blank()]
    where, comments, escaped = "outside", 0, False
    for char in value:
        item = items[-1]
        if escaped or (char == "\\" and where == "quotes"):
            if escaped:
                item[where] += char
            escaped = not escaped
        elif comments or (char == "(" and where != "quotes"):
            comments += {"(": 1, ")": -1}.get(char, 0)
            item["comment"] += char if char not in "()" else ""
        elif char == '"':
            where = "outside" if where == "quotes" else "quotes"
        elif char == "<" and where == "outside":
            item["angles"] += "<" if item["angles"] else ""
            where = "angle"
        elif char == ">" and where == "angle":
            item["angles"] += item.pop("angle", "")
            item["angle"] = ""
            where = "outside"
        elif char in ",;" and where == "outside":
            items.append(_blank())
        else:
            item[where] += char
    return items


def _blank() -> dict[str, str]:
    return {"outside": "", "quotes": "", "angle": "", "angles": "", "comment": ""}


def _mailbox(item: dict[str, str]) -> Mailbox:
    outside = item["outside"].strip()
    if item["angles"] or item["angle"]:
        name = (item["quotes"] or outside).strip()
        return Mailbox(name, _address(item["angles"] + item["angle"]))
    name = (item["comment"] or item["quotes"]).strip()
    return Mailbox(name, _address(outside) if not item["quotes"] else "")


def _address(text: str) -> str:
    """Return the address with its domain in lower case, "" unless it is plainly one address."""
    local, at, domain = text.strip().partition("@")
    odd = set(text.strip()) & set(' \t"(),:;<>[\\]')
    if not at or not local or not domain or "@" in domain or odd or ".." in domain:
        return ""
    return f"{local}@{domain.lower().rstrip('.')}"
