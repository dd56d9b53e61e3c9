"""Who may ask: one token, or names with passwords. Compared in constant time; passwords are kept as scrypt hashes only.

A token comes as `Authorization: Bearer TOKEN`, or as the password of any name, so that a browser asks for it. This is all there
is: no sessions, no cookies, no roles. Without TLS both can be read on the way; put a proxy that has it before an open network.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
from binascii import Error as Undecodable
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.errors import UsageError

LEAST_TOKEN = 16  # characters
# OWASP's second choice of parameters for scrypt: 32 MB and about .3 s here for each password that is tried.
COST, BLOCK, PARALLEL = 2**15, 8, 3
MEMORY = 128 * 2**20  # bytes that a line of a password file may ask for
REMEMBERED = 1024  # headers that were right, kept as keyed hashes, so that scrypt is not run for each request


@dataclass(frozen=True, slots=True)
class Hashed:
    """A password that cannot be read back: `name:scrypt:COST:BLOCK:PARALLEL:SALT:HASH`, the last two in base64."""

    cost: int
    block: int
    parallel: int
    salt: bytes
    hash: bytes

    @classmethod
    def of(cls, password: str) -> "Hashed":
        """Hash a new password with a salt of its own."""
        salt = os.urandom(16)
        return cls(COST, BLOCK, PARALLEL, salt, _scrypt(password, salt, COST, BLOCK, PARALLEL))

    def matches(self, password: str) -> bool:
        """Whether this is the password; takes its time."""
        return hmac.compare_digest(_scrypt(password, self.salt, self.cost, self.block, self.parallel), self.hash)

    def line(self, name: str) -> str:
        """As a line of a password file."""
        salt, digest = (base64.b64encode(part).decode() for part in (self.salt, self.hash))
        return f"{name}:scrypt:{self.cost}:{self.block}:{self.parallel}:{salt}:{digest}"


def hashed(name: str, password: str) -> str:
    """The line of a password file for a name and its password. Raises UsageError for what cannot be sent by a browser."""
    if not name or ":" in name or name != name.strip() or name.startswith("#") or not name.isprintable():
        raise UsageError(f"{name!r} cannot be a name.", next_step="footnote password ann")
    if not password:
        raise UsageError("The password is empty.", next_step=f"footnote password {name}")
    return Hashed.of(password).line(name)


def read_passwords(file: Path) -> dict[str, Hashed]:
    """Read a password file: a line for each name, empty lines and those that begin with # passed over. Raises UsageError."""
    advice = f"footnote password NAME >> {file}"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError(f"The password file {str(file)!r} cannot be read: {reason}.", next_step=advice) from error
    found = {}
    for number, text in enumerate(lines, 1):
        if not text.strip() or text.startswith("#"):
            continue
        try:
            name, kind, *numbers, salt, digest = text.strip().split(":")
            cost, block, parallel = map(int, numbers)
            known = Hashed(
                cost, block, parallel, base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True)
            )
            if kind != "scrypt" or not name or len(known.hash) < 16 or 128 * cost * block > MEMORY or parallel > 16:
                raise ValueError(kind)
            _scrypt("", known.salt, cost, block, parallel)
        except ValueError as error:
            raise UsageError(f"Line {number} of {str(file)!r} is no name with a hashed password.", next_step=advice) from error
        if name in found:
            raise UsageError(f"{name!r} stands in {str(file)!r} twice.", next_step=f"remove line {number}")
        found[name] = known
    if not found:
        raise UsageError(f"The password file {str(file)!r} holds no name.", next_step=advice)
    return found


class Access:
    """Whether a request's `Authorization` is right. With neither token nor passwords, everyone's is."""

    def __init__(self, token: str | None = None, passwords: Mapping[str, Hashed] | None = None) -> None:
        if token is not None and len(token) < LEAST_TOKEN:
            advice = '--token "$(openssl rand -hex 32)"'
            raise UsageError(f"The token has {len(token)} characters; at least {LEAST_TOKEN} are needed.", next_step=advice)
        self.demanded = token is not None or bool(passwords)
        self._key = secrets.token_bytes(32)
        self._token = None if token is None else self._digest(token.encode())
        self._passwords = dict(passwords or {})
        # Stands in for a name that there is not, so that it takes as long as a wrong password.
        self._nobody = next(iter(self._passwords.values()), None)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._one_at_a_time = asyncio.Semaphore(1)

    def quick(self, header: bytes | None) -> bool | None:
        """Whether it is right, as far as that is known without hashing; None when a password is to be hashed."""
        if not self.demanded:
            return True
        kind, _, value = (header or b"").partition(b" ")
        if kind.lower() == b"bearer":
            return self._is_token(value.strip())
        name, password = _name_and_password(kind, value)
        if password is None:
            return False
        if self._is_token(password):
            return True
        seen = self._digest(header or b"")
        if seen in self._right:
            self._right.move_to_end(seen)
            return True
        return None if self._passwords and name is not None else False

    async def slow(self, header: bytes) -> bool:
        """Whether a name's password is right, by hashing it; one at a time, so that trying does not take the machine."""
        kind, _, value = header.partition(b" ")
        name, password = _name_and_password(kind, value)
        known = self._passwords.get((name or b"").decode("utf-8", "replace"))
        against = known or self._nobody
        assert against is not None and password is not None
        async with self._one_at_a_time:
            if self._digest(header) in self._right:  # found out while we waited
                return True
            matches = await asyncio.to_thread(against.matches, password.decode("utf-8", "replace"))
        if known is None or not matches:
            return False
        self._right[self._digest(header)] = None
        while len(self._right) > REMEMBERED:
            self._right.popitem(last=False)
        return True

    def _is_token(self, given: bytes) -> bool:
        return self._token is not None and hmac.compare_digest(self._digest(given), self._token)

    def _digest(self, text: bytes) -> bytes:
        """A keyed hash: equal lengths to compare, and nothing in memory that opens anything."""
        return hmac.digest(self._key, text, "sha256")


def _name_and_password(kind: bytes, value: bytes) -> tuple[bytes | None, bytes | None]:
    if kind.lower() != b"basic":
        return None, None
    try:
        name, colon, password = base64.b64decode(value.strip(), validate=True).partition(b":")
    except (Undecodable, ValueError):
        return None, None
    return (name, password) if colon else (None, None)


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=2 * MEMORY, dklen=32)
