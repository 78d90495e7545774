from __future__ import annotations

import pytest

from fks_desk.core.console import TableQuery


@pytest.mark.parametrize("changes", [{"limit": 0}, {"offset": -1}])
def test_a_page_has_rows_and_starts_inside_the_table(changes):
    with pytest.raises(ValueError, match="need limit >= 1 and offset >= 0"):
        TableQuery(table="orders", **changes)
