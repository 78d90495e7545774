"""A budget survives its process, and a broken file harms nobody."""

from __future__ import annotations

from datetime import UTC, datetime

from fks_desk.adapters.exchange.budget_file import BudgetFiles
from fks_desk.core.budget import BudgetState

STATE = BudgetState(venue="v", used_weight=5, held_until=datetime(2026, 1, 1, tzinfo=UTC))


def test_what_is_saved_is_read_again(tmp_path):
    BudgetFiles(tmp_path / "deep").save(STATE)

    assert BudgetFiles(tmp_path / "deep").load("v") == STATE
    assert BudgetFiles(tmp_path / "deep").load("other") is None


def test_a_broken_file_is_told_and_left_out(tmp_path, allow_warnings):
    (tmp_path / "v-budget.json").write_text('{"venue": "v", "used_weight": -1}')
    assert BudgetFiles(tmp_path).load("v") is None
    (tmp_path / "v-budget.json").write_text("not JSON")
    assert BudgetFiles(tmp_path).load("v") is None


def test_a_folder_that_cannot_be_made_costs_the_memory_alone(tmp_path, allow_warnings):
    (tmp_path / "file").touch()
    BudgetFiles(tmp_path / "file").save(STATE)

    assert BudgetFiles(tmp_path / "file").load("v") is None
