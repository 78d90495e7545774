"""Show that a bar is put into the words that a trader expects."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fks_desk.core.frame import Frame
from fks_desk.ui.chart.look import look_of
from fks_desk.ui.chart.reading import amount_text, described_bar, ohlc_row, price_text, study_row
from fks_desk.ui.theme.colors import DARK


@pytest.fixture
def model(desk):
    rows = np.array([[100.0, 110, 95, 105], [105, 120, 100, 94.5]]).T
    times = np.array([1_772_409_600_000, 1_772_409_900_000], dtype=np.int64)
    names = ("open", "high", "low", "close")
    columns = dict(zip(names, rows, strict=True))
    desk.show(Frame(time=times, volume=np.array([10.0, 12_345.0]), **columns))
    return desk.model


def text(row):
    return "".join(piece.text for piece in row)


def test_the_legend_reads_open_high_low_close_change_and_volume(model):
    look = look_of(DARK)
    row = ohlc_row(model, 1, look)

    assert text(row) == ("O 105.00  H 120.00  L 100.00  C 94.50  −10.50 (−10.00 %)  Vol 12.35K")
    assert row[1].color == look.down


def test_the_first_bar_is_compared_with_its_own_open(model):
    assert "+5.00 (+5.00 %)" in text(ohlc_row(model, 0, look_of(DARK)))


def test_a_bar_that_is_not_there_reads_as_nothing(model):
    assert ohlc_row(model, 7, look_of(DARK)) == []
    assert described_bar(model, 7) == ""


def test_a_sentence_tells_everything_to_people_who_listen(model):
    assert described_bar(model, 1) == (
        "BTC/USDT 5m, Mon 2 Mar 2026 00:05 UTC, open 105.00, high 120.00, low 100.00, "
        "close 94.50, change −10.50 (−10.00 %), volume 12.35K"
    )


def test_a_study_reads_its_name_and_values(model):
    study = model.add_study("SMA", {"timeperiod": 2})
    look = look_of(DARK)
    row = study_row(study, 1, look, lambda _name: look.up, 2)

    assert text(row).split() == ["SMA", "2", "99.75"]
    assert text(study_row(study, 0, look, lambda _name: look.up, 2)).split()[-1] == "–"
    assert described_bar(model, 1).endswith("SMA 2 99.75")


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.5, "0.5"), (1234.0, "1.234K"), (5e6, "5M"), (2.5e9, "2.5B"), (math.nan, "–")],
)
def test_amounts_are_written_in_four_figures(value, written):
    assert amount_text(value) == written


def test_a_price_keeps_its_digits():
    assert price_text(1e-8, 8) == "0.00000001"
    assert price_text(-1234.5, 1) == "−1,234.5"
