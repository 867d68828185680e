"""LMTP: how the mail server of the same house hands mail over (RFC 2033)."""

# ruff: noqa: N802 - aiosmtpd finds its commands by these names

from __future__ import annotations

from maild.smtpd.session import SmtpSession


class LmtpSession(SmtpSession):
    """SMTP with another greeting, and with an answer for each recipient after the message."""

    protocol = "LMTP"
    absent = frozenset({"AUTH", "HELO", "EHLO"})

    async def smtp_LHLO(self, hostname: str | None) -> None:
        """LHLO: what EHLO is to SMTP."""
        await self.smtp_EHLO(hostname)

    async def check_helo_needed(self, helo: str = "LHLO") -> bool:
        """Whether the greeting is missing; if so the peer is told."""
        return await super().check_helo_needed("LHLO")

    def spell_answer(self, answer: str, recipients: int) -> str:
        """The answer as often as there are recipients, for each in its turn."""
        return "\r\n".join([answer] * recipients)
