from decimal import Decimal

import pytest

from fks_desk.backtest.costs import Costs
from tests.backtest.specs import spec_of
from tests.fakes.candles import walk


def test_basis_points_become_fractions_exactly():
    costs = Costs.of(spec_of(walk(2), fee_bps=Decimal("7.5"), slippage_bps=Decimal(3)))

    assert costs == Costs(cash=Decimal(10_000), fee=Decimal("0.00075"), slippage=Decimal("0.0003"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cash": Decimal(0)}, "need cash above zero, was 0"),
        ({"cash": Decimal("NaN")}, "need cash above zero, was NaN"),
        ({"fee_bps": Decimal(-1)}, "need 0 <= fee < 5000.0 basis points, was -1"),
        ({"slippage_bps": Decimal(9000)}, "need 0 <= slippage < 5000.0 basis points, was 9000"),
    ],
)
def test_costs_that_make_no_sense_are_refused_with_one_sentence(changes, sentence):
    with pytest.raises(ValueError) as refused:
        Costs.of(spec_of(walk(2), **changes))

    assert str(refused.value).startswith(sentence)
