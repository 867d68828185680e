"""`maild keys` at the command line."""

from __future__ import annotations

from .conftest import Business


def test_store_whose_key_file_is_lost_is_refused_until_it_is_told_to_go_on(acme: Business) -> None:
    (acme.folder / "data" / "keys").unlink()
    refused = acme("client", "list")
    assert refused.exit_code == 1
    assert "the key ring is missing, and this store has one: copy the key file" in refused.stderr
    assert acme("check").exit_code == 2
    assert acme("keys", "adopt", typed="n\n").exit_code == 1
    assert "goes by this key ring now" in acme.did("keys", "adopt", "--yes")
    acme.did("client", "list")
    acme.did("check")
