import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import Stance
from fks_desk.strategy.stance import between, newest, while_true

FLAGS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60)


@given(FLAGS)
def test_between_holds_from_an_entry_to_the_next_leave_and_leaving_wins(flags):
    enter = np.array([flag[0] for flag in flags], dtype=bool)
    leave = np.array([flag[1] for flag in flags], dtype=bool)
    held, expected = False, []
    for enters, leaves in flags:
        held = False if leaves else (True if enters else held)
        expected.append(int(held))

    assert between(enter, leave).tolist() == expected


def test_while_true_is_long_short_or_flat():
    long = np.array([True, False, False])
    short = np.array([False, True, False])

    assert while_true(long, short).tolist() == [1, -1, 0]
    assert while_true(long).dtype == np.int8


def test_the_newest_stance_of_nothing_is_flat():
    assert newest(np.empty(0, dtype=np.int8)) is Stance.FLAT
    assert newest(np.array([0, -1], dtype=np.int8)) is Stance.SHORT
