"""Authentication-Results (RFC 8601): what a server found that stands in front of maild.

Anybody can write such a field. It is read from the raw bytes, because encoded words are decoded
for people and may say there what no server has said.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import authres

from maild.address import encode_domain
from maild.mail.fields import RawMessage
from maild.mail.findings import Finding, Result

_LONGEST = 8 * 1024
_AUTHSERV_ID = re.compile(rb'\s*"?([^\s;"()]{1,255})"?\s*(?:[0-9]+\s*)?;')
_INSTANCE = re.compile(rb"\s*i\s*=\s*[0-9]+\s*;")
_RESULTS = {"pass": Result.PASS, "fail": Result.FAIL, "none": Result.NONE}


def read_results(message: RawMessage, trusted: Collection[str], domain: str) -> Finding | None:
    """Return what the topmost field of a trusted server says of DMARC for the domain in From.

    None if there is no such field, or it does not say so clearly.
    """
    for _, value in message.all(b"authentication-results"):
        named = _AUTHSERV_ID.match(value)
        server = named[1].decode("ascii", "replace").lower() if named else ""
        if server in trusted:
            said = _RESULTS.get(read_dmarc(value, domain))
            return Finding(said, "authserv", server) if said else None
    return None


def read_chained(value: bytes, domain: str) -> str:
    """Return what an ARC-Authentication-Results says of DMARC for the domain (RFC 8617 §4.1.1)."""
    return read_dmarc(_INSTANCE.sub(b"", value, count=1), domain)


def read_dmarc(value: bytes, domain: str) -> str:
    """Return the one DMARC result for a From domain in a field's value, or an empty string."""
    if len(value) > _LONGEST:
        return ""
    text = " ".join(value.decode("utf-8", "replace").split())
    try:
        header = authres.FeatureContext().parse_value(text)
    # the library raises all kinds of things, and goes as deep as the comments are nested
    except Exception:
        return ""
    found = [result for result in header.results if getattr(result, "method", "") == "dmarc"]
    about = [
        encode_domain(prop.value or "")
        for result in found
        for prop in result.properties
        if (prop.type, prop.name) == ("header", "from")
    ]
    return str(found[0].result) if len(found) == 1 and about == [domain] else ""
