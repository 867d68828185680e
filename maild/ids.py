"""Row ids, and the secrets derived from them: links, reply and bounce addresses, passwords.

Nothing secret is stored. A row id is 80 random bits; every secret is HMAC-SHA-256 of its purpose
and that id under a key of the key ring, so a copy of the store opens nothing without the ring.
`KeyRing.make` is the only maker and `KeyRing.check` the only checker of tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b32decode, b32encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from maild.errors import BadInput
from maild.private_file import create_private, find_loose_mode

RandomBytes = Callable[[int], bytes]

ID_LENGTH = 16
PASSWORD_ALPHABET = "acdefhjkmnprtwxy3479"  # noqa: S105 - nothing that is misread
PASSWORD_LENGTH = 19
_TOKEN_ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyz234567")


class Purpose(StrEnum):
    """What a derived secret is good for; a token of one purpose is nothing for another."""

    LINK = "link"
    REPLY = "reply"
    BOUNCE = "bounce"
    DESK = "desk"
    MESSAGE = "message"
    PASSWORD = "password"  # noqa: S105 - a purpose, not a password
    COOKIE = "cookie"
    IMPERSONATION = "impersonation"


_MAC_LENGTHS = {Purpose.LINK: 26, Purpose.COOKIE: 26, Purpose.IMPERSONATION: 26}
_MAC_LENGTH = 16
_CASED = frozenset({Purpose.LINK, Purpose.IMPERSONATION, Purpose.COOKIE})


def token_length(purpose: Purpose) -> int:
    """Return how many characters a token of that purpose has, always the same."""
    if purpose is Purpose.PASSWORD:
        return PASSWORD_LENGTH
    return 1 + ID_LENGTH + _MAC_LENGTHS.get(purpose, _MAC_LENGTH)


class Ids:
    """Mints row ids of 16 lower-case base32 characters from a source of randomness."""

    def __init__(self, random_bytes: RandomBytes = secrets.token_bytes) -> None:
        self._random = random_bytes
        self._last = 0

    def new(self) -> str:
        """Return a fresh id of 80 random bits: unguessable and unique."""
        return b32encode(self._random(10)).decode().lower()

    def ordered(self, now: int) -> str:
        """Return an id that sorts after every earlier one of this minter."""
        self._last = max(self._last + 1, now)
        stamp = self._last.to_bytes(8, "big") + self._random(2)
        return stamp.hex()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the ring: its one-character name and its 32 bytes."""

    name: str
    secret: bytes

    @property
    def fingerprint(self) -> str:
        """What tells this key from every other; nothing of the key can be told from it."""
        return _base32(_mac(self, "fingerprint", ""))[:26]

    def __repr__(self) -> str:
        return f"Key({self.name!r})"


class KeyRing:
    """The live keys, newest first: the first makes tokens, all of them check."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        if not keys:
            raise BadInput("the key ring is empty; restore the key file from a backup")
        self._keys = keys
        self._by_name = {key.name: key for key in keys}
        if len(self._by_name) < len(keys):
            raise BadInput("two keys of the key ring have one name; give the newer another letter")

    @property
    def current(self) -> str:
        """The name of the key that makes new tokens."""
        return self._keys[0].name

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The fingerprints of all live keys, that of the current one first."""
        return tuple(key.fingerprint for key in self._keys)

    def holds(self, name: str) -> bool:
        """Tell whether the key of that name is live."""
        return name in self._by_name

    def make(self, purpose: Purpose, row_id: str, key: str | None = None) -> str:
        """Return the token (or password) of that row, under the named key or the current one.

        Raises `BadInput` when the key has left the ring.
        """
        held = self._by_name.get(key or self.current)
        if held is None:
            raise BadInput(f"key {key!r} is no longer in the key ring; restore it to send this")
        if purpose is Purpose.PASSWORD:
            return _spell_password(_mac(held, purpose, row_id))
        length = _MAC_LENGTHS.get(purpose, _MAC_LENGTH)
        return held.name + row_id + _base32(_mac(held, purpose, row_id))[:length]

    def check(self, purpose: Purpose, token: str) -> str | None:
        """Return the row id inside a genuine token of that purpose, else None, in constant time.

        Letter case matters, but for those that stand in an address: mail servers may change it.
        """
        if purpose not in _CASED:
            # lower() makes ASCII of a few letters that are not
            token = token.lower() if token.isascii() else ""
        if len(token) != token_length(purpose) or not _TOKEN_ALPHABET.issuperset(token):
            return None
        key = self._by_name.get(token[0], self._keys[0])
        row_id = token[1 : 1 + ID_LENGTH]
        genuine = hmac.compare_digest(self.make(purpose, row_id, key.name), token)
        return row_id if genuine else None

    def spells(self, row_id: str, password: str) -> bool:
        """Tell in constant time whether a live key derives that very password from the row."""
        offered = _encode(password)
        spelt = False
        for name in self._by_name:
            made = self.make(Purpose.PASSWORD, row_id, name).encode()
            spelt |= hmac.compare_digest(made, offered)
        return spelt

    def sign(self, purpose: Purpose, text: str) -> str:
        """Return a 26-character signature of any text, for cookies."""
        return _base32(_mac(self._keys[0], purpose, text))[:26]

    def verify(self, purpose: Purpose, text: str, signature: str) -> bool:
        """Tell in constant time whether `sign` of a live key made that signature."""
        offered = _encode(signature)
        good = False
        for key in self._keys:
            made = _base32(_mac(key, purpose, text))[:26].encode()
            good |= hmac.compare_digest(made, offered)
        return good


def load_keys(path: Path, random_bytes: RandomBytes = secrets.token_bytes) -> KeyRing:
    """Return the ring kept in a file (a line each: name, space, 64 hex digits), made if missing.

    Raises `BadInput` when the file cannot be read, others may read it, or a line is malformed.
    """
    try:
        if not path.exists():
            with suppress(FileExistsError):
                create_private(path, f"a {random_bytes(32).hex()}\n".encode(), random_bytes)
        loose = find_loose_mode(path)
        lines = path.read_text("ascii", "replace").split("\n")
    except OSError as error:
        raise BadInput(f"{path}: the key ring cannot be read: {error.strerror}") from None
    if loose:
        raise BadInput(f"{path}: others may read the keys (mode {loose}); run: chmod 600 {path}")
    return KeyRing(tuple(_parse_key(path, n, line) for n, line in enumerate(lines, 1) if line))


def _parse_key(path: Path, number: int, line: str) -> Key:
    name, _, digits = line.partition(" ")
    try:
        secret = bytes.fromhex(digits)
    except ValueError:
        secret = b""
    if len(name) != 1 or name not in _TOKEN_ALPHABET or len(secret) < 32:
        raise BadInput(f"{path}:{number}: not a key line (a letter, a space, 64 hex digits)")
    return Key(name, secret)


def _mac(key: Key, purpose: str, text: str) -> bytes:
    # not `hmac.digest`, which lets other threads go first each time, and then waits for them
    return hmac.new(key.secret, _encode(f"{purpose}\0{text}"), "sha256").digest()


def _encode(text: str) -> bytes:
    """Encode any text: what a peer sends may hold half a character."""
    return text.encode("utf-8", "surrogatepass")


def _base32(data: bytes) -> str:
    return b32encode(data).decode().lower().rstrip("=")


def _spell_password(seed: bytes) -> str:
    """Spell 16 characters of the alphabet, evenly: a byte of 240 or more is passed over."""
    letters: list[str] = []
    while len(letters) < 16:
        letters += [PASSWORD_ALPHABET[byte % 20] for byte in seed if byte < 240]
        seed = hashlib.sha256(seed).digest()
    spelled = "".join(letters[:16])
    return "-".join(spelled[i : i + 4] for i in range(0, 16, 4))


def is_id(text: str) -> bool:
    """Tell whether a text has the shape of a row id."""
    try:
        return len(text) == ID_LENGTH and len(b32decode(text.upper())) == 10
    except ValueError:
        return False
