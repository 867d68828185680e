"""What the store asks goes along an index; and a statement that does not is noticed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.plans import FEW, SMALL, explain_sqlite, list_explainable
from tests.store.test_portability import SPEAKING, statements

# an engine asks about itself
MODULES = [
    path
    for path in SPEAKING
    if path.suffix == ".py" and not path.stem.startswith(("postgres", "sqlite"))
]
SCANS = (
    "SELECT id FROM letters WHERE subject = $1",
    "SELECT l.id FROM letters l JOIN documents d ON d.id = l.document_id WHERE l.subject = $1",
    "SELECT id FROM clients ORDER BY ref_key LIMIT $1",
    "SELECT id FROM events WHERE ($1 = '' OR client_id = $1) ORDER BY id DESC LIMIT $2",
    "SELECT state, COUNT(*) AS n FROM letters GROUP BY state",
    "SELECT id FROM letters WHERE state = $1",
    "UPDATE documents SET state = 'void' WHERE type = 'estimate'",
    "DELETE FROM replies WHERE subject = $1",
    "SELECT id FROM letters WHERE state = $1 ORDER BY next_at LIMIT $2",
)
STEADY = (
    "SELECT id FROM letters WHERE id = $1",
    "SELECT id FROM events WHERE client_id = $1 ORDER BY id DESC LIMIT $2",
    "SELECT name FROM appointments",
    "SELECT MIN(next_at) FROM replies WHERE state = 'accepted'",
    "SELECT id FROM clients WHERE ref_key > $1 ORDER BY ref_key LIMIT $2",
    "INSERT INTO outages (server, since, failures, words) VALUES ($1, $2, $3, $4)",
)


@pytest.mark.parametrize("sql", SCANS)
def test_statement_that_reads_ever_more_is_noticed(sql: str) -> None:
    assert explain_sqlite([sql]).get(sql)


@pytest.mark.parametrize("sql", STEADY)
def test_statement_that_goes_along_an_index_is_not(sql: str) -> None:
    assert not explain_sqlite([sql])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_statements_as_they_are_written_read_no_more_as_the_store_grows(path: Path) -> None:
    assert not explain_sqlite(list_explainable(list_whole(path)))


def test_what_may_be_read_whole_is_there() -> None:
    made = " ".join(text for path in SPEAKING for text in statements(path))
    assert all(f"TABLE {name}" in made for name in SMALL)
    assert all(f"INDEX {name}" in made for name in FEW)


def list_whole(path: Path) -> list[str]:
    """Return the statements that stand in a module as they are asked, with nothing joined in."""
    tree = ast.parse(path.read_text())
    joined = {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values}
    texts = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in joined)
    return [n.value for n in texts if isinstance(n.value, str)]
