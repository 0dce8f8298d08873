"""Personal data at rest: AES-256-GCM under named keys, and keyed blind indexes to look it up.

A sealed value is `key id length (1 byte) | key id | nonce (12) | ciphertext and tag`. Table, column
and row are authenticated with it, so that a value moved to another row does not open.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct, convert

from services.kernel.settings import settings

KEY_BYTES = 32
NONCE_BYTES = 12


class CannotUnsealError(Exception):
    """The key is gone, or the value was altered or belongs to another row."""


class KeyFile(Struct, frozen=True):
    """The keys file: base64 keys of 32 bytes; `data` by key id, of which `active` seals."""

    active: str
    data: dict[str, str]
    index: str
    audit: str


def new_key() -> str:
    """A fresh random key, as the keys file writes it."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def new_key_file() -> KeyFile:
    """A complete set of fresh keys for a new deployment."""
    return KeyFile(active="k1", data={"k1": new_key()}, index=new_key(), audit=new_key())


def read_key_file(path: Path) -> KeyFile:
    """Read and check a keys file. Raises ValueError that says what is wrong with it."""
    keys = convert(json.loads(path.read_text()), KeyFile)
    if keys.active not in keys.data:
        raise ValueError(f"{path}: the active key {keys.active!r} is not among the data keys")
    for name, key in (*keys.data.items(), ("index", keys.index), ("audit", keys.audit)):
        if len(base64.b64decode(key, validate=True)) != KEY_BYTES:
            raise ValueError(f"{path}: key {name!r} is not {KEY_BYTES} bytes of base64")
    return keys


def write_key_file(path: Path, keys: KeyFile) -> None:
    """Replace the keys file in one step, readable by its owner alone."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(
            {"active": keys.active, "data": keys.data, "index": keys.index, "audit": keys.audit},
            file,
            indent=2,
        )
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class Keyring:
    """Seals, unseals and indexes with the keys of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._load()

    def _load(self) -> None:
        keys = read_key_file(self._path)
        self.active = keys.active
        self._ciphers = {name: AESGCM(base64.b64decode(key)) for name, key in keys.data.items()}
        self._index_key = base64.b64decode(keys.index)
        self.audit_key = base64.b64decode(keys.audit)

    def seal(self, plain: str, table: str, column: str, row_id: UUID) -> bytes:
        """Encrypt `plain` for one place in the database."""
        name = self.active.encode()
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[self.active].encrypt(
            nonce, plain.encode(), _place(table, column, row_id)
        )
        return bytes([len(name)]) + name + nonce + sealed

    def unseal(self, sealed: bytes, table: str, column: str, row_id: UUID) -> str:
        """Decrypt what `seal` wrote for the same place. Raises CannotUnsealError."""
        name = sealed_under(sealed)
        if name not in self._ciphers:
            self._load()  # another process may have rotated the keys since
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise CannotUnsealError(f"no key {name!r}")
        body = sealed[1 + len(name.encode()) :]
        try:
            plain = cipher.decrypt(
                body[:NONCE_BYTES], body[NONCE_BYTES:], _place(table, column, row_id)
            )
        except InvalidTag as error:
            raise CannotUnsealError(f"{table}.{column} of {row_id}") from error
        return plain.decode()

    def blind_index(self, purpose: str, value: str) -> bytes:
        """A keyed digest (HMAC-SHA-256) that finds `value` again without revealing it."""
        return hmac.digest(self._index_key, f"{purpose}\0{value}".encode(), hashlib.sha256)


def sealed_under(sealed: bytes) -> str:
    """The id of the key that a value was sealed under."""
    return sealed[1 : 1 + sealed[0]].decode()


def _place(table: str, column: str, row_id: UUID) -> bytes:
    return f"{table}.{column}:{row_id}".encode()


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The process's keyring, from the keys file that the settings name."""
    return Keyring(settings().keys_file)
