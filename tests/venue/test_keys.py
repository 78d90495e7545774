"""Keys: random, made once, for their owner's eyes alone."""

from __future__ import annotations

import pytest

from fks_desk.core.errors import ConfigError
from fks_desk.venue.keys import load_keys


def test_keys_are_made_once_and_differ_between_folders(tmp_path):
    first = load_keys(tmp_path / "a")

    assert load_keys(tmp_path / "a") == first
    assert load_keys(tmp_path / "b") != first
    assert len(first.api_key) == len(first.secret) == 64
    assert first.secret not in repr(first)
    assert (tmp_path / "a" / "keys.json").stat().st_mode & 0o077 == 0


def test_damaged_keys_are_one_clear_sentence(tmp_path):
    (tmp_path / "keys.json").write_text("{")

    with pytest.raises(ConfigError, match="cannot be read"):
        load_keys(tmp_path)
