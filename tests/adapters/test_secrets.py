"""Secrets rest in a keyring or in a sealed file, and never in plain text."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from fks_desk.adapters.secrets.keyring_store import KeyringSecrets, usable_backend
from fks_desk.adapters.secrets.sealed_file import SealedFile
from fks_desk.adapters.secrets.store import open_secrets
from fks_desk.core.errors import SecretError

CANARY = "canary-7f3a"


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


def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "secrets"
    SealedFile(path=path, passphrase="right").put("key", CANARY)
    return path


def test_the_file_holds_no_readable_secret_and_is_its_owners_alone(tmp_path):
    path = sealed(tmp_path)

    assert CANARY.encode() not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path):
    path = sealed(tmp_path)
    path.chmod(0o644)
    SealedFile(path=path, passphrase="right")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_wrong_passphrase_opens_nothing(tmp_path):
    with pytest.raises(SecretError, match="does not open"):
        SealedFile(path=sealed(tmp_path), passphrase="wrong")


@pytest.mark.parametrize("field", ["text", "nonce", "salt", "version"])
def test_a_changed_file_is_noticed(tmp_path, field):
    path = sealed(tmp_path)
    content = json.loads(path.read_bytes())
    value = content[field]
    content[field] = 2 if field == "version" else ("B" if value[0] == "A" else "A") + value[1:]
    path.write_text(json.dumps(content))

    with pytest.raises(SecretError, match="the file was changed"):
        SealedFile(path=path, passphrase="right")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"n": 99999999999}', b"\xff"])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)

    with pytest.raises(SecretError, match="is not a file of secrets"):
        SealedFile(path=path, passphrase="right")


def test_an_empty_passphrase_is_refused(tmp_path):
    with pytest.raises(SecretError, match="was empty"):
        SealedFile(path=tmp_path / "s", passphrase="")


def test_the_same_secrets_never_look_the_same_twice(tmp_path):
    path = sealed(tmp_path)
    before = path.read_bytes()
    SealedFile(path=path, passphrase="right").put("key", CANARY)

    assert path.read_bytes() != before
