"""Show every number of a backtest whole, in columns."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from fks_desk.ui.models.research.metrics_text import MetricText
from fks_desk.ui.panes.research.metrics_grid import TILE_WIDTH, MetricsGrid, MetricTile


def test_no_number_is_cut_and_all_tiles_are_as_wide_as_the_widest(qtbot: QtBot) -> None:
    grid = MetricsGrid()
    qtbot.addWidget(grid)
    long = "+1,234,567,890,123.45 USDT"
    grid.show_metrics(
        [MetricText(title="Net profit", value=long), MetricText(title="Trades", value="31")]
    )
    grid.show()
    tiles = grid.findChildren(MetricTile)

    assert {tile.width() for tile in tiles} == {max(tile.sizeHint().width() for tile in tiles)}
    assert tiles[0].width() > TILE_WIDTH
    for tile in tiles:
        assert tile._value.sizeHint().width() <= tile.width()


def test_short_numbers_keep_the_usual_width(qtbot: QtBot) -> None:
    grid = MetricsGrid()
    qtbot.addWidget(grid)
    grid.show_metrics([MetricText(title="Trades", value="31")])

    assert grid.findChild(MetricTile).width() == TILE_WIDTH
