from fks_desk.strategy.formulas import described
from fks_desk.strategy.parameters import ParameterKind
from fks_desk.strategy.ranges import parameters_of


def test_ranges_hold_only_what_the_formula_accepts():
    period, up, _down, average = parameters_of(described("BBANDS"))

    assert (period.low, period.default, period.high) == (2, 20, 1000)
    assert (up.kind, up.default, up.low) == (ParameterKind.FLOAT, 2.0, 0.0)
    assert (average.title, average.low, average.high) == ("Average type", 0, 13)
