"""What a venue counts against us is never negative and always in UTC."""

from __future__ import annotations

from datetime import datetime

import pytest

from fks_desk.core.budget import BudgetState


def test_an_empty_budget_holds_nothing():
    assert BudgetState(venue="v").held_until is None


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="used_weight"):
        BudgetState(venue="v", used_weight=-1)
    with pytest.raises(ValueError, match="held_until"):
        BudgetState(venue="v", held_until=datetime(2026, 1, 1))
