"""Strategies for mail: pieces that parsers stumble over, put together in any order."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

CORPUS = Path(__file__).parent.parent / "corpus"

_FIELDS = """
    From To Cc Subject Date Message-ID In-Reply-To References Return-Path Content-Type Precedence
    Content-Transfer-Encoding Content-Disposition Auto-Submitted List-Id X-Failed-Recipients X-Odd
"""
_NAMES = st.sampled_from(_FIELDS.split())
_VALUES = st.sampled_from(
    [
        b"jane@acme.example", b'"a, b" <a@b.example>', b"<a@[>", b"((((((", b"<>", b"<",
        b"a@b, c@d", b"=?utf-8?B?/w==?=", b"=?x?q?=0A=0D?=", b"=?utf-8?q?=?= =?utf-8?q?a?=",
        b"Undelivered mail", b"Out of office: x", b"Re: Undeliverable: x",
        b"Mon, 1 Jan 99999999999999 00:00 +9999", b"multipart/mixed; boundary=b",
        b"multipart/report; report-type=delivery-status; boundary=b",
        b'multipart/mixed; boundary=""', b"multipart/mixed", b"message/delivery-status",
        b"text/html", b"message/rfc822", b"text/plain; charset=utf-7",
        b"text/plain; charset*=x''%ff; name*0*=a", b"text/plain; charset=idna", b"base64",
        b"quoted-printable", b"auto-replied", b"bulk", b"attachment; filename*=utf-8''%00%2f..",
        b"no", b"\xff\xfe\x00", b"",
    ]
)  # fmt: skip
_LINES = st.sampled_from(
    [
        b"--b", b"--b--", b"", b"Final-Recipient: rfc822; jane@acme.example", b"Action: failed",
        b"Action: delayed", b"Status: 5.1.1", b"Diagnostic-Code: smtp; 550 no",
        b"Message-ID: <a@b>", b"Feedback-Type: abuse",
        b"<jane@acme.example>: 550 5.1.1 user unknown", b"> quoted",
        b"--- Below this line is a copy", b"I am out of the office until 4 December.",
        b"Bitte wenden Sie sich an Frau M\xc3\xbcller (m@acme.example)", b"back on 31 February",
        b"<p>Hello <b>you</b><!--", b"=E4=\xff=", b"YWJj=ZGVm", b" folded", b"\x00\x80\xff",
        b"it won't let me in",
    ]
)  # fmt: skip


def _header(name: str, value: bytes) -> bytes:
    return name.encode() + b": " + value


_HEADERS = st.lists(st.builds(_header, _NAMES, _VALUES | st.binary(max_size=60)), max_size=12)
_BODIES = st.lists(_LINES | st.binary(max_size=80), max_size=25)


def _mail(headers: list[bytes], body: list[bytes], newline: bytes) -> bytes:
    return newline.join([*headers, b"", *body])


# Mail that is mostly well-formed, from pieces.
made = st.builds(_mail, _HEADERS, _BODIES, st.sampled_from([b"\r\n", b"\n"]))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a message of the corpus after a few accidents."""
    content = draw(st.sampled_from(sorted(CORPUS.rglob("*.eml")))).read_bytes()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 200))
        piece = content[start : start + length]
        new = draw(
            st.sampled_from([b"", piece * 2, piece[::-1], b"\0", b"\r\n\r\n", b"--=_b1\r\n"])
            | st.binary(max_size=20)
        )
        content = content[:start] + new + content[start + length :]
    return content


anything = made | damaged() | st.binary(max_size=2_000)
