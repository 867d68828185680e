"""How a client is written to, and contacts on hold, as the operator says and sees it."""

from __future__ import annotations

from .conftest import Business

JANE, TOM = "jane@acme.example", "tom@acme.example"


def test_client_says_how_it_wants_its_letters(maild: Business) -> None:
    maild.did("client", "add", "Acme Ltd", "--email", JANE, "--copies", "cc", "--pdf", "link")
    shown = maild.json("client", "show", "ACME")
    assert (shown["copies"], shown["pdf"]) == ("cc", "link")
    assert "one for all, To and Cc; the PDF behind the link" in maild.did("client", "show", "ACME")
    said = maild.did("client", "set", "ACME", "--copies", "individual", "--pdf", "attach")
    assert "Letters: one to each person; the PDF attached" in said
    assert maild("client", "set", "ACME", "--copies", "bcc").exit_code == 2


def test_one_letter_to_several_says_who_is_in_copy(acme: Business) -> None:
    acme.did("contact", "add", "ACME", TOM)
    acme.did("client", "set", "ACME", "--copies", "cc")
    path = acme.invoice()
    assert f"would go to {JANE}, {TOM} (in copy): " in acme.did("send", "--dry-run", path)
    told = acme.did("send", path).splitlines()
    assert told[0] == f"INV-1001 → {JANE}, {TOM} (in copy) (queued)"
    letters = {one["recipient"]: one for one in acme.json("queue", "list")}
    assert letters[JANE]["copy_of"] is None
    assert letters[TOM]["copy_of"] == letters[JANE]["id"]


def test_document_is_sent_to_one_more_contact(acme: Business) -> None:
    acme.did("send", acme.invoice())
    unknown = acme("resend", "INV-1001", "--to", TOM)
    assert unknown.exit_code == 1
    assert f"add it first: maild contact add ACME {TOM}" in unknown.stderr
    assert acme("resend", "INV-1001", "--to", "tom").exit_code == 2
    acme.did("contact", "add", "ACME", TOM)
    assert acme.did("resend", "INV-1001", "--to", TOM) == f"INV-1001 → {TOM} (queued)\n"
    assert sorted(one["recipient"] for one in acme.json("queue", "list")) == [JANE, TOM]


def test_document_for_people_on_hold_says_what_lets_it_go(acme: Business) -> None:
    said = acme.did("contact", "set", "ACME", JANE, "--hold", "on leave until May")
    assert f"{JANE} is on hold; waiting: 0 letters" in said
    path = acme.invoice()
    for command in (("send", "--dry-run"), ("send",)):
        said = acme.did(*command, path)
        for words in (
            f"INV-1001 → {JANE} (held: this contact is on hold: on leave until May)",
            f"to let it go: maild contact set ACME {JANE} --release",
            "INV-1001 reaches nobody of ACME as it is",
            "maild resend INV-1001 --to ADDRESS",
        ):
            assert words in said
    assert acme.json("queue", "list")[0]["state"] == "held"
    said = acme.did("contact", "set", "ACME", JANE, "--release")
    assert f"{JANE} is not on hold any more; released: 1 letter" in said
    assert acme.json("queue", "list")[0]["state"] == "queued"
    again = acme("contact", "set", "ACME", JANE, "--release")
    assert again.exit_code == 1
    assert "nothing to release" in again.stderr


def test_hold_is_shown_wherever_the_contact_is(acme: Business) -> None:
    acme.did("contact", "set", "ACME", JANE, "--hold", "a lawyer writes for them")
    for command in (("contact", "list", "ACME"), ("client", "show", "ACME"), ("why", JANE)):
        assert "a lawyer writes for them" in acme.did(*command)
    (facts,) = acme.json("contact", "list", "ACME")
    assert (facts["held_why"], facts["held_at"][-1]) == ("a lawyer writes for them", "Z")
    found = acme.json("why", JANE)
    assert found["command"] == f"maild contact set ACME {JANE} --release"
    assert acme("contact", "set", "ACME", JANE, "--hold", "x", "--release").exit_code == 2
