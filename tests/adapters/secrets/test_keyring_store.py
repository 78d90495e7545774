"""A keyring is used only if it protects what it holds."""

from __future__ import annotations

import pytest

from fks_desk.adapters.secrets.keyring_store import KeyringSecrets
from fks_desk.core.errors import SecretError
from tests.fakes.keyrings import Memory, Plain


def test_a_plaintext_keyring_is_refused():
    with pytest.raises(SecretError, match=r"keyrings\.alt\.file\.Plain does not protect secrets"):
        KeyringSecrets(service="test", backend=Plain())


def test_a_locked_keyring_says_what_to_do():
    memory = Memory()
    memory.is_locked = True
    store = KeyringSecrets(service="test", backend=memory)
    for work in (lambda: store.get("a"), lambda: store.put("a", "b"), lambda: store.delete("a")):
        with pytest.raises(SecretError, match="unlock it first"):
            work()
