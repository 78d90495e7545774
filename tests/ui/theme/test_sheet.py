import pytest

from fks_desk.ui.theme.colors import THEMES
from fks_desk.ui.theme.sheet import dock_sheet, sheet


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_place_in_the_rules_is_filled(theme):
    for rules in (sheet(theme), dock_sheet(theme)):
        assert "$" not in rules
        assert rules.count("{") == rules.count("}")
