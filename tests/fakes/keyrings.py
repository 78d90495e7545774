"""Keyring backends that live in memory."""

from __future__ import annotations

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Memory(KeyringBackend):
    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service, username):
        self._check()
        return self.rows.get((service, username))

    def set_password(self, service, username, password):
        self._check()
        self.rows[service, username] = password

    def delete_password(self, service, username):
        self._check()
        if (service, username) not in self.rows:
            raise PasswordDeleteError("not there")
        del self.rows[service, username]

    def _check(self) -> None:
        if self.is_locked:
            raise KeyringLocked("locked")


class Plain(Memory):
    __module__ = "keyrings.alt.file"
