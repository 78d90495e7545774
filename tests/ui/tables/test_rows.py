from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.ui.tables.rows import RowStore

Row = tuple[int, int]  # key and order


def store(limit: int = 100) -> RowStore[Row]:
    return RowStore(key=lambda row: row[0], order=lambda row: row[1], limit=limit)


def rows_of(kept: RowStore[Row]) -> list[Row]:
    return [kept.at(position) for position in range(len(kept))]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), max_size=60))
def test_rows_are_found_where_they_stand(rows: list[Row]) -> None:
    kept = store()
    for row in rows:
        place = kept.find(row[0])
        if place is not None:
            kept.remove(place)
        kept.insert(kept.place_for(row), row)

    orders = [row[1] for row in rows_of(kept)]
    assert orders == sorted(orders)
    for position, row in enumerate(rows_of(kept)):
        assert kept.find(row[0]) == position


def test_dropping_the_oldest_keeps_the_others_findable() -> None:
    kept = store()
    kept.fill([(number, number) for number in range(10)])

    kept.drop_oldest(4)
    kept.append([(10, 10)])

    assert kept.find(3) is None
    assert kept.find(4) == 0
    assert kept.find(10) == 6


def test_filling_keeps_the_youngest_and_the_last_of_equal_keys() -> None:
    kept = store(limit=2)

    kept.fill([(1, 1), (2, 2), (3, 3), (2, 9)])

    assert rows_of(kept) == [(3, 3), (2, 9)]


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="limit >= 1, was 0"):
        store(limit=0)
