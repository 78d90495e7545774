"""Choose the safest place for secrets that this machine has."""

from __future__ import annotations

from pathlib import Path

from fks_desk.adapters.secrets.keyring_store import KeyringSecrets, usable_backend
from fks_desk.adapters.secrets.sealed_file import SealedFile
from fks_desk.core.errors import SecretError
from fks_desk.core.ports import SecretStore

SERVICE = "fks-desk"
SEALED = "secrets.sealed"  # the file's name


def open_secrets(*, folder: Path, passphrase: str | None = None) -> SecretStore:
    """Return the desktop's keyring or, where there is none, the sealed file in the folder.

    Raises `SecretError` if there is no keyring and no passphrase: plain text is
    never a choice.
    """
    backend = usable_backend()
    if backend is not None:
        return KeyringSecrets(service=SERVICE, backend=backend)
    if passphrase is None:
        raise SecretError(
            "this machine has no keyring that protects secrets; give a passphrase for a sealed file"
        )
    return SealedFile(path=folder / SEALED, passphrase=passphrase)
