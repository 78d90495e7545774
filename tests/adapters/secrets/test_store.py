"""Secrets rest in a keyring or in a sealed file, and never in plain text."""

from __future__ import annotations

import keyring
import pytest

from fks_desk.adapters.secrets.keyring_store import KeyringSecrets, usable_backend
from fks_desk.adapters.secrets.sealed_file import SealedFile
from fks_desk.adapters.secrets.store import open_secrets
from fks_desk.core.errors import SecretError
from tests.fakes.keyrings import Memory, Plain

CANARY = "canary-7f3a"


@pytest.fixture(params=["keyring", "file"])
def store(request, tmp_path):
    if request.param == "keyring":
        return KeyringSecrets(service="test", backend=Memory())
    return SealedFile(path=tmp_path / "s", passphrase="open sesame")


@pytest.fixture
def backend():
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_a_secret_is_kept_replaced_and_forgotten(store):
    store.put("key", "one")
    store.put("key", CANARY)

    assert store.get("key") == CANARY
    assert store.get("other") is None

    store.delete("key")
    store.delete("key")

    assert store.get("key") is None


def test_the_desktop_keyring_is_preferred(backend, tmp_path):
    backend(Memory())

    assert isinstance(open_secrets(folder=tmp_path), KeyringSecrets)


def test_a_plaintext_keyring_of_the_desktop_counts_as_none(backend):
    backend(Plain())

    assert usable_backend() is None


def test_without_a_keyring_a_passphrase_makes_a_sealed_file(backend, tmp_path):
    from keyring.backends.fail import Keyring

    backend(Keyring())
    with pytest.raises(SecretError, match="give a passphrase"):
        open_secrets(folder=tmp_path)
    open_secrets(folder=tmp_path, passphrase="x").put("a", "b")

    assert open_secrets(folder=tmp_path, passphrase="x").get("a") == "b"
