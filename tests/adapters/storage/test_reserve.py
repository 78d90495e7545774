"""A piece of the disk is kept back for the day on which it is full."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

from fks_desk.adapters.storage import reserve as module
from fks_desk.adapters.storage.reserve import Reserve

SIZE = 1 << 20
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def reserve(tmp_path):
    (tmp_path / "data" / "pg_wal").mkdir(parents=True)
    return Reserve(tmp_path, tmp_path / "data", SIZE)


def test_the_piece_takes_room_on_the_disk_and_is_made_once(reserve):
    reserve.hold()
    made = reserve.file.stat()
    reserve.hold()

    assert reserve.is_held
    assert made.st_size == SIZE
    assert getattr(made, "st_blocks", SIZE) * 512 >= SIZE
    assert reserve.file.stat().st_mtime_ns == made.st_mtime_ns


def test_a_piece_that_was_cut_short_is_made_whole(reserve):
    reserve.file.write_bytes(b"0")
    assert not reserve.is_held

    reserve.hold()

    assert reserve.is_held


def test_it_is_given_up_once(reserve):
    reserve.hold()

    assert reserve.give_up()
    assert not reserve.is_held
    assert not reserve.give_up()


@pytest.mark.parametrize(("free", "is_held"), [(4 * SIZE, True), (4 * SIZE - 1, False)])
def test_a_disk_that_is_in_need_already_is_left_alone(reserve, monkeypatch, free, is_held):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(9 * SIZE, 0, free))

    reserve.hold()

    assert reserve.is_held == is_held


def test_a_disk_that_refuses_is_left_as_it_was(reserve, monkeypatch):
    def refuse(file, _size):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_make", refuse)

    reserve.hold()

    assert not reserve.file.exists()


def test_it_lies_on_the_disk_of_the_write_ahead_log(reserve, tmp_path):
    elsewhere = tmp_path / "fast"
    (elsewhere / "pg_wal").mkdir(parents=True)
    logs = tmp_path / "data" / "pg_wal"
    logs.rmdir()
    logs.symlink_to(elsewhere / "pg_wal")

    reserve.hold()

    assert (elsewhere / "reserve").stat().st_size == SIZE
    assert list(logs.iterdir()) == []
