import pytest

from fks_desk.ui.actions.action import CHART, TICKET, WINDOW, Action
from fks_desk.ui.actions.conflicts import find_conflicts, strokes


def action(name: str, *keys: str, context: str = WINDOW) -> Action:
    return Action(id=name, title=name, category="Test", keys=keys, context=context)


def test_two_actions_of_one_context_cannot_share_a_key():
    found = find_conflicts([action("a", "Ctrl+K"), action("b", "F2", "ctrl+k")])

    assert [str(conflict) for conflict in found] == ["Ctrl+K means both a and b"]


def test_a_key_of_the_window_counts_in_every_context():
    assert find_conflicts([action("a", "."), action("b", ".", context=CHART)])


def test_two_panes_may_use_one_key_for_two_things():
    assert not find_conflicts([action("a", "Up", context=CHART), action("b", "Up", context=TICKET)])


@pytest.mark.parametrize(("one", "other"), [(";", ";, C"), (";, C", ";, C, D"), (";, C", ";, c")])
def test_a_key_that_starts_a_chord_is_taken(one, other):
    assert find_conflicts([action("a", one), action("b", other)])


def test_chords_with_one_leader_live_side_by_side():
    assert not find_conflicts([action("a", ";, C"), action("b", ";, H")])


def test_a_layer_may_use_the_keys_below_it():
    below, above = action("a", "Up", context=CHART), action("b", "Up", context="staged")

    assert not find_conflicts([below, above], {"staged": CHART})


def test_a_comma_can_be_a_stroke_itself():
    assert strokes(",") == (",",)
    assert strokes("Ctrl+,") == ("ctrl+,",)
    assert strokes(";, ,") == (";", ",")


def test_a_pair_is_told_once_for_each_key_that_both_want():
    first = action("a", "F2", "Ctrl+K")
    others = [action("b", "Ctrl+K", "Ctrl+K, X", "F2"), action("c", "f2")]

    found = [str(conflict) for conflict in find_conflicts([first, *others])]

    assert found == [
        "F2 means both a and b", "Ctrl+K means both a and b",
        "F2 means both a and c", "F2 means both b and c",
    ]  # fmt: skip
