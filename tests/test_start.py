"""What is loaded to be ready, and what waits until somebody needs it."""

from __future__ import annotations

import subprocess
import sys

# libraries and readers that a daemon may never need, and that others run for it
_HEAVY = {
    "authres", "cryptography", "css_inline", "dkim", "dmarc", "dns", "flufl", "imapclient",
    "markdown_it", "nh3", "publicsuffixlist", "spf", "typst",
    "maild.mail.authenticate", "maild.mail.dkim_keys", "maild.mail.intent", "maild.mail.quotes",
    "maild.mail.reply", "maild.mailbox", "maild.stub",
}  # fmt: skip
# what only the daemon, or a command at work, has a use for
_FOR_WORK = _HEAVY | {
    "aiohttp", "aiosqlite", "argon2", "asyncio", "babel", "jinja2", "prometheus_client",
    "pydantic", "rich", "sqlite3", "structlog", "maild.config", "maild.model", "maild.office",
}  # fmt: skip


def loaded_by(*code: str) -> set[str]:
    """Return the modules that a Python of its own has loaded once the code has run."""
    lines = (*code, "import sys", "print(*sys.modules, sep='\\n', file=sys.stderr)")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_daemon_is_ready_without_what_it_may_never_need() -> None:
    loaded = loaded_by("import maild.daemon")
    assert "maild.web.app" in loaded
    assert not loaded & _HEAVY


def test_help_loads_no_more_than_the_commands_themselves() -> None:
    loaded = loaded_by(
        "from maild.cli.root import maild",
        "try: maild.main(['--help'], prog_name='maild')",
        "except SystemExit: pass",
    )
    assert "maild.cli.serve" in loaded
    assert not loaded & _FOR_WORK


def test_a_process_that_prints_loads_neither_config_nor_templates() -> None:
    loaded = loaded_by("from maild.mail.typeset import render_pdf")
    assert not loaded & {"babel", "jinja2", "pydantic", "maild.config", "maild.model"}
