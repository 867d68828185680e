"""Contacts that are spared: the options that hold and release, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from maild.cli.running import actor
from maild.cli.words import count

if TYPE_CHECKING:
    from maild.model import Client, Contact
    from maild.office import Office
    from maild.services.parcels import Parcel

_deliverable_option = click.option(
    "--deliverable", is_flag=True, help="Mail reaches it after all: release what is held."
)
_hold_option = click.option(
    "--hold", metavar="REASON", help="Letters they did not ask for wait from now on."
)
_release_option = click.option("--release", is_flag=True, help="End the hold: what waits goes out.")


@dataclass(frozen=True, slots=True)
class Sparing:
    """What becomes of letters to a contact: held for a reason, released, or good after all."""

    deliverable: bool
    hold: str | None
    release: bool

    @property
    def given(self) -> bool:
        """Whether anything was said."""
        return self.deliverable or self.release or self.hold is not None


def sparing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a hold, which it takes as one argument `sparing`."""

    @_deliverable_option
    @_hold_option
    @_release_option
    @wraps(command)
    def run(
        *arguments: Any, deliverable: bool, hold: str | None, release: bool, **options: Any
    ) -> object:
        if hold is not None and release:
            raise click.UsageError("--hold and --release do not go together")
        return command(*arguments, sparing=Sparing(deliverable, hold, release), **options)

    return run


async def carry_out(office: Office, client: Client, person: Contact, sparing: Sparing) -> None:
    """Do what was said, and tell what it did; raises `Refused`."""
    from maild.services.bounces import trust_address
    from maild.services.sparing import hold_contact, release_contact

    if sparing.deliverable:
        released = await trust_address(office, client, person, actor=actor())
        print(f"letters go to {person.address} again; released: {count(released, 'letter')}")
    if sparing.hold is not None:
        waiting = await hold_contact(office, client, person, sparing.hold, actor=actor())
        print(f"{person.address} is on hold; waiting: {count(waiting, 'letter')}")
        print(f"to end it: maild contact set {client.ref} {person.address} --release")
    if sparing.release:
        released = await release_contact(office, client, person, actor=actor())
        print(f"{person.address} is not on hold any more; released: {count(released, 'letter')}")


def tell_held(number: str, client: Client, parcels: Sequence[Parcel]) -> None:
    """Say for whom a document's letter is held, why, and what lets it go."""
    from maild.services.sparing import say_remedy, why_spared

    held = [parcel.contact for parcel in parcels if parcel.held]
    for person in held:
        print(f"{number} → {person.address} (held: {why_spared(person)})")
        print(f"  to let it go: {say_remedy(client, person)}")
    if held and len(held) == len(parcels):
        print(f"{number} reaches nobody of {client.ref} as it is. Another contact gets it with:")
        print(f"  maild contact add {client.ref} ADDRESS, then maild resend {number} --to ADDRESS")
