import pytest

from fks_desk.ui.actions.action import WINDOW, Action


def test_an_action_counts_everywhere_unless_it_says_where():
    assert Action(id="a.b", title="Do", category="Desk").context == WINDOW


def test_an_action_without_a_title_cannot_exist():
    with pytest.raises(ValueError, match="needs an id and a title"):
        Action(id="a.b", title="", category="Desk")
