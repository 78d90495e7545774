"""A sealed file shows nothing, and any change to it is noticed."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from fks_desk.adapters.secrets.sealed_file import SealedFile
from fks_desk.core.errors import SecretError

CANARY = "canary-7f3a"


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
