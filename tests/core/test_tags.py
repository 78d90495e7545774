from __future__ import annotations

from fks_desk.core.tags import row_key


def test_no_two_rows_share_a_key():
    assert row_key(["a|b", "c"]) != row_key(["a", "b|c"])
    assert row_key([7, "1m"]) == "7|1m"
