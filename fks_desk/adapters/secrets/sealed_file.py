"""Keep secrets in one encrypted file, for machines without a keyring.

Format: JSON with the scrypt parameters (RFC 7914), a salt, a nonce and an
AES-256-GCM ciphertext (NIST SP 800-38D) of a JSON object, all in base64. The
parameters are authenticated together with the text.
"""

from __future__ import annotations

import json
import os
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fks_desk.core.errors import SecretError

_VERSION = 1
_MEMORY_COST = 2**15
_BLOCK_SIZE = 8
_LANES = 1
_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12
_MEMORY_COST_LIMIT = 2**20
_PRIVATE = 0o600


class SealedFile:
    """Be a `SecretStore` over an encrypted file that only its owner may read."""

    def __init__(self, *, path: Path, passphrase: str) -> None:
        if not passphrase:
            raise SecretError("the file of secrets needs a passphrase, was empty")
        self._path = path
        self._passphrase = passphrase.encode()
        self._known = self._open() if path.exists() else {}

    def get(self, name: str) -> str | None:
        """Return the secret, or None if there is none."""
        return self._known.get(name)

    def put(self, name: str, value: str) -> None:
        """Store the secret, replacing an older one."""
        self._replace({**self._known, name: value})

    def delete(self, name: str) -> None:
        """Forget the secret; forgetting what is not there is no error."""
        if name in self._known:
            self._replace({key: value for key, value in self._known.items() if key != name})

    def _open(self) -> dict[str, str]:
        if os.name == "posix" and self._path.stat().st_mode & 0o077:
            self._path.chmod(_PRIVATE)
        try:
            sealed = json.loads(self._path.read_bytes())
            key = self._key(sealed)
            text = AESGCM(key).decrypt(
                b64decode(sealed["nonce"]), b64decode(sealed["text"]), _header(sealed)
            )
        except InvalidTag as error:
            raise SecretError(
                f"the passphrase does not open {self._path}, or the file was changed"
            ) from error
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise SecretError(f"{self._path} is not a file of secrets: {error}") from error
        return {str(name): str(value) for name, value in json.loads(text).items()}

    def _replace(self, known: dict[str, str]) -> None:
        sealed: dict[str, Any] = {
            "version": _VERSION,
            "n": _MEMORY_COST,
            "r": _BLOCK_SIZE,
            "p": _LANES,
            "salt": b64encode(os.urandom(_SALT_BYTES)).decode(),
        }
        nonce = os.urandom(_NONCE_BYTES)
        text = AESGCM(self._key(sealed)).encrypt(nonce, json.dumps(known).encode(), _header(sealed))
        sealed["nonce"], sealed["text"] = b64encode(nonce).decode(), b64encode(text).decode()
        self._write(json.dumps(sealed).encode())
        self._known = known

    def _write(self, content: bytes) -> None:
        """Replace the file at once, so that a crash leaves the old one or the new one."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes the file readable by its owner only.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError as error:
            Path(name).unlink(missing_ok=True)
            raise SecretError(f"{self._path} cannot be written: {error}") from error

    def _key(self, sealed: Mapping[str, Any]) -> bytes:
        cost = int(sealed["n"])
        if not 1 < cost <= _MEMORY_COST_LIMIT:
            raise ValueError(f"need 1 < n <= {_MEMORY_COST_LIMIT}, was {cost}")
        derive = Scrypt(
            salt=b64decode(sealed["salt"]),
            length=_KEY_BYTES,
            n=cost,
            r=int(sealed["r"]),
            p=int(sealed["p"]),
        )
        return derive.derive(self._passphrase)


def _header(sealed: Mapping[str, Any]) -> bytes:
    names = ("version", "n", "r", "p", "salt")
    return json.dumps({name: sealed[name] for name in names}).encode()
