"""Hand-overs at the command line: shown first, asked about, then done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from maild.cli.asking import ask, choose, confirm
from maild.cli.running import actor
from maild.cli.showing import print_facts
from maild.cli.words import count

if TYPE_CHECKING:
    from maild.cli.asking import Terms
    from maild.model import Contact
    from maild.office import Office
    from maild.services.handover import Handover

_SHOWN = 5


async def replace_contact(
    office: Office,
    client: str,
    old: str,
    new: str,
    terms: Terms,
    *,
    name: str,
    history: bool | None,
) -> None:
    """Put a new contact in an old one's place, as far as the operator agrees."""
    from maild.services.handover import plan_replacement

    plan = await plan_replacement(office, client, old, new, name=name, history=history is not False)
    if history is None and terms.asks:
        question = f"Shall {plan.heir.address} see what was sent before today?"
        if not ask(question, default=True):
            plan = await plan_replacement(office, client, old, new, name=name, history=False)
    if await _go_through(office, plan, terms):
        heir, ref = plan.heir.address, plan.client.ref
        print(f"{heir} is a contact of {ref} now, in place of {plan.leaver.address}")
        print(f"To mail them a link and a password: maild contact set {ref} {heir} --password")


async def move_contact(
    office: Office,
    client: str,
    old: str,
    new: str,
    terms: Terms,
    *,
    name: str | None,
    revoke_links: bool | None,
) -> Contact | None:
    """Give a contact another address, as far as the operator agrees; None if nothing was done."""
    from maild.services.handover import plan_move

    plan = await plan_move(office, client, old, new, name=name, revoke_links=bool(revoke_links))
    if revoke_links is None and not terms.dry_run:
        answers = {"revoke": "--revoke-links", "keep": "--keep-links"}
        question = f"Shall the links that were sent to {plan.leaver.address} end?"
        revoke_links = choose(question, answers) == "revoke"
        plan = await plan_move(office, client, old, new, name=name, revoke_links=revoke_links)
    done = await _go_through(office, plan, terms, open_question=revoke_links is None)
    if done:
        print(f"letters for {plan.leaver.address} go to {done.address} from now on")
    return done


async def _go_through(
    office: Office, plan: Handover, terms: Terms, *, open_question: bool = False
) -> Contact | None:
    from maild.services.handover import Pending, hand_over

    letters = terms.letters
    print_facts(describe_plan(office, plan, letters, open_question=open_question))
    if terms.dry_run:
        print("Nothing was changed.")
        return None
    if plan.letters and letters is None:
        letters = choose(
            "What becomes of these letters?",
            {"readdress": "--letters readdress", "drop": "--letters drop"},
        )
    confirm("Do it?", yes=terms.yes)
    return await hand_over(office, plan, Pending(letters or Pending.DROP), actor=actor())


def describe_plan(
    office: Office, plan: Handover, letters: str | None, *, open_question: bool
) -> Iterator[tuple[str, str]]:
    """Return what a hand-over will change, as named facts."""
    heir = plan.heir
    yield "From", _say_person(plan.leaver)
    yield "To", _say_person(heir)
    yield "Links", _say_links(plan, open_question=open_question)
    yield "Log-ins", f"{plan.sessions or 'none'} open{', will end' if plan.sessions else ''}"
    yield "Password", _say_password(plan)
    yield "Replies", f"what {plan.leaver.address} answers from then on comes to you"
    yield "Letters", _say_letters(plan, letters)
    yield "Will see", _say_documents(plan)
    if plan.client.dummy:
        yield "Note", f"a dummy client: its letters go to {office.config.operator.email}"


def _say_person(contact: Contact) -> str:
    gone = ", disabled" if contact.disabled_at is not None else ""
    return f"{contact.address}{f' ({contact.name})' if contact.name else ''}{gone}"


def _say_links(plan: Handover, *, open_question: bool) -> str:
    if not plan.links:
        return "none live"
    live = f"{len(plan.links)} live"
    if open_question:
        return f"{live}: --revoke-links ends them, --keep-links leaves them"
    return f"{live}, {'will end at once' if plan.links_end else 'go on working'}"


def _say_password(plan: Handover) -> str:
    if not plan.password:
        return f"{plan.leaver.address} has none"
    if plan.elsewhere:
        return f"goes on working for {plan.leaver.address} at {', '.join(plan.elsewhere)}, not here"
    return f"of {plan.leaver.address}: will end, and never works for {plan.heir.address}"


def _say_letters(plan: Handover, letters: str | None) -> str:
    from maild.services.readdress import KINDS

    if not plan.letters:
        return "none waits"
    fate = {
        "readdress": "will be written anew to the new address",
        "drop": "will not be sent",
        None: "--letters readdress writes anew to the new address, --letters drop does not",
    }
    lines = [f"{count(len(plan.letters), 'letter')} not delivered: {fate[letters]}"]
    for letter in plan.letters:
        lost = " (cannot be written anew: dropped)" if letter.kind not in KINDS else ""
        lines.append(f"{letter.id}  {letter.state}  {letter.subject}{lost}")
    return "\n".join(lines)


def _say_documents(plan: Handover) -> str:
    later = "what is sent to this person" if plan.client.shared else "what is sent from now on"
    numbers = plan.documents
    if not numbers:
        return later
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"{', '.join(numbers[:_SHOWN])}{more}, and {later}"
