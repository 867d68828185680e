"""One SQL text for two engines: nothing outside their drivers speaks the dialect of one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import maild.store

STORE = Path(maild.store.__file__).parent
SPOKEN = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|WHERE)\b")
DIALECT = re.compile(
    r"\bINSERT OR\b|\bREPLACE INTO\b|\bAUTOINCREMENT\b|\browid\b|\bPRAGMA\b|\bsqlite_|\bGLOB\b"
    r"|\bREGEXP\b|\bMATCH\b|\b(?:date|time|datetime|julianday|strftime|unixepoch|ifnull|iif|instr"
    r"|printf|hex|randomblob|group_concat|total|changes|last_insert_rowid|json_\w+)\s*\("
    r"|\?|==|`|\[|\bCOLLATE\b|\bISNULL\b|\bNOTNULL\b|\bWITHOUT ROWID\b|\bINTEGER\b|\bDATETIME\b"
    r"|\bLIMIT\s+\S+\s*,|:[a-z]+\b|@[a-z]+\b",
    re.IGNORECASE,
)
# what SQLite has no words for
SERVERS = re.compile(
    r"\bpg_|\bto_regclass\b|::|\bILIKE\b|\bFOR UPDATE\b|\bSET LOCAL\b|\bbytea\b|\bJSONB\b"
    r"|\bDISTINCT ON\b|\bANY\s*\(|\bnow\s*\(|\bLOCK TABLE\b|\bISOLATION\b|\bDOMAIN\b",
    re.IGNORECASE,
)


def statements(path: Path) -> list[str]:
    """Return every text of a module that holds SQL; what is joined in stands as a column name."""
    if path.suffix == ".sql":
        return [re.sub(r"--.*", "", path.read_text())]
    tree = ast.parse(path.read_text())
    inner = {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values}
    inner |= {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
    found = [
        _spell(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in inner
    ]
    return [text for text in found if SPOKEN.search(text)]


def _spell(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values
    )


FILES = [*STORE.rglob("*.py"), *STORE.rglob("*.sql")]
# what an engine is asked about itself is its own
SQLITE = {"sqlite.py", "glance.py", "health.py", "tables.py"}
POSTGRES = {"postgres.py", "postgres_session.py", "postgres_schema.py", "postgres_server.py"}
SPEAKING = [path for path in FILES if statements(path)]


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: path.name)
def test_statements_are_understood_by_both_engines(path: Path) -> None:
    for statement in statements(path):
        assert path.name in SQLITE or not DIALECT.search(statement), statement
        assert path.name in POSTGRES or not SERVERS.search(statement), statement


def test_drivers_that_are_let_off_speak_their_own_dialect() -> None:
    for names, dialect in ((SQLITE, DIALECT), (POSTGRES, SERVERS)):
        for name in names:
            assert any(map(dialect.search, statements(STORE / name))), name


def test_statements_are_found_at_all() -> None:
    assert {"letters.py", "replies.py", "clients.py", "0001_start.sql"} <= {
        p.name for p in SPEAKING
    }
    assert sum(len(statements(path)) for path in SPEAKING) > 50
    assert DIALECT.search("SELECT * FROM letters WHERE id = ?")


def test_no_statement_stands_outside_the_store() -> None:
    verb = re.compile(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|PRAGMA)\b")
    for path in STORE.parent.rglob("*.py"):
        if STORE not in path.parents:
            spoken = [text for text in statements(path) if verb.search(text)]
            assert not spoken, path
