"""Who signs our letters: the keys that the configuration names, read once and found fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from maild.address import encode_domain
from maild.config import Config, ConfigError, Fault
from maild.errors import BadInput

if TYPE_CHECKING:
    from maild.mail.dkim_keys import Kind, SigningKey
    from maild.mail.sign import Signer

# each kind of key: how its two options begin, and what makes one
_KINDS: dict[Kind, tuple[str, str]] = {
    "rsa": ("", "maild dkim new"),
    "ed25519": ("ed25519_", "maild dkim new --ed25519"),
}


def open_signer(config: Config) -> Signer | None:
    """Return who signs, or None where no key is configured.

    Raises `ConfigError` with every fault of the keys, each at the line of its option.
    """
    found = [one for kind in _KINDS if (one := _open_key(config, kind))]
    faults = [one for one in found if isinstance(one, Fault)]
    keys = [one for one in found if not isinstance(one, Fault)]
    if len({key.selector.lower() for key in keys}) < len(keys):
        message = f'"{keys[1].selector}" is the selector of the RSA key, too.'
        faults.append(
            config.fault("dkim", "ed25519_selector", message, "Give each key one of its own.")
        )
    if faults:
        raise ConfigError(tuple(faults))
    return _make_signer(config.dkim.domain, keys) if keys else None


def _make_signer(domain: str, keys: Sequence[SigningKey]) -> Signer:
    from maild.mail.sign import Signer

    return Signer(domain, tuple(keys))


def find_misalignment(config: Config) -> Fault | None:
    """Return what is wrong where DMARC will not count our signatures for the From domain.

    The two must belong to one organisation (RFC 7489 section 3.1.1); whether the owner wants them
    to be equal only the DNS tells.
    """
    from maild.mail.dmarc import find_organisation, public_suffixes

    sender, signer = config.business.email.rpartition("@")[2], config.dkim.domain
    suffixes = public_suffixes()
    ours = {find_organisation(encode_domain(domain), suffixes) for domain in (sender, signer)}
    if len(ours) == 1:
        return None
    message = f"letters come from {sender}, and a signature of {signer} says nothing about that."
    return config.fault("dkim", "domain", message, f'Write "{sender}", or leave it out.')


def _open_key(config: Config, kind: Kind) -> SigningKey | Fault | None:
    prefix, command = _KINDS[kind]
    selector_option, file_option = f"{prefix}selector", f"{prefix}key_file"
    selector: str = getattr(config.dkim, selector_option)
    file: str = getattr(config.dkim, file_option)
    if not selector and not file:
        return None
    if not file:
        remedy = "Add the key's file, or take the selector out."
        return config.fault("dkim", file_option, f'"{selector}" has no key.', remedy)
    path = config.resolve(file)
    if not selector:
        remedy = "Add the name under which its record is published."
        return config.fault("dkim", selector_option, f"{path} has no selector.", remedy)
    from maild.mail.dkim_keys import read_pem

    try:
        return read_pem(path.read_bytes(), kind, selector)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
    except BadInput as error:
        message = f"{path}: {error}."
    return config.fault("dkim", file_option, message, f"Make one with: {command}")
