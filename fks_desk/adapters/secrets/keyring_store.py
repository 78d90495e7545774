"""Keep secrets in the operating system's keyring."""

from __future__ import annotations

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from fks_desk.core.errors import SecretError

# Modules whose backends store plain text or nothing at all.
_UNSAFE_MODULES = ("keyrings.alt", "keyring.backends.null", "keyring.backends.fail")


class KeyringSecrets:
    """Be a `SecretStore` over a keyring backend that encrypts."""

    def __init__(self, *, service: str, backend: KeyringBackend) -> None:
        if (reason := unsafe(backend)) is not None:
            raise SecretError(reason)
        self._service = service
        self._backend = backend

    def get(self, name: str) -> str | None:
        """Return the secret, or None if there is none."""
        try:
            return self._backend.get_password(self._service, name)
        except KeyringError as error:
            raise SecretError(f"the keyring cannot be read: {error}; unlock it first") from error

    def put(self, name: str, value: str) -> None:
        """Store the secret, replacing an older one."""
        try:
            self._backend.set_password(self._service, name, value)
        except KeyringError as error:
            raise SecretError(f"the keyring cannot store: {error}; unlock it first") from error

    def delete(self, name: str) -> None:
        """Forget the secret; forgetting what is not there is no error."""
        try:
            self._backend.delete_password(self._service, name)
        except PasswordDeleteError:
            return
        except KeyringError as error:
            raise SecretError(f"the keyring cannot forget: {error}; unlock it first") from error


def usable_backend() -> KeyringBackend | None:
    """Return the desktop's keyring, or None if there is none that encrypts."""
    backend: KeyringBackend = keyring.get_keyring()
    return backend if unsafe(backend) is None else None


def unsafe(backend: KeyringBackend) -> str | None:
    """Return why a backend must not hold secrets, or None if it may."""
    for part in _parts(backend):
        module = type(part).__module__
        if module.startswith(_UNSAFE_MODULES):
            return f"the keyring {module}.{type(part).__name__} does not protect secrets"
        if part.priority <= 0:
            return f"the keyring {module}.{type(part).__name__} cannot be used here"
    return None


def _parts(backend: KeyringBackend) -> list[KeyringBackend]:
    """Return the backend itself, or those that a chain would write to."""
    chained = getattr(backend, "backends", None)
    if chained is None:
        return [backend]
    # An empty chain stores nothing; it stands for itself and has no priority.
    return list(chained) or [backend]
