from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fks_desk.adapters.files.checks import find_gaps
from fks_desk.adapters.files.reading import CandleFile, RejectedRow
from fks_desk.app.import_report import ImportReport
from fks_desk.core.clock import from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.ports import WriteCount

HOUR = Timeframe.H1.milliseconds


def report(hours, *, duplicates=0, rejected=0):
    times = np.array(hours, dtype=np.int64) * HOUR
    ones = np.ones(times.size)
    file = CandleFile(
        format="text",
        path=Path("/data/BTCUSDT-1h.csv"),
        frame=Frame(time=times, open=ones, high=ones, low=ones, close=ones, volume=ones),
        timeframe=Timeframe.H1,
        timeframe_guess=Timeframe.H1,
        rows=times.size + duplicates + rejected,
        duplicates=duplicates,
        gaps=tuple(find_gaps(times, Timeframe.H1)),
        rejected=tuple(
            RejectedRow(place=f"line {number}", reason="the bar is still in progress")
            for number in range(rejected)
        ),
    )
    count = WriteCount(inserted=1_000, revised=2, unchanged=3)
    return ImportReport(instrument=InstrumentId("x:spot:A/B"), file=file, count=count)


def test_a_whole_file_has_no_gap():
    fields = report([10, 11, 12]).fields()

    assert (fields["gaps"], fields["missing"], fields["longest_gap"]) == (0, 0, None)
    assert fields["from"] == from_ms(10 * HOUR)
    assert fields["to"] == from_ms(13 * HOUR)


def test_the_longest_gap_is_the_first_of_equals():
    fields = report([10, 12, 15, 18]).fields()

    assert (fields["gaps"], fields["missing"]) == (3, 5)
    assert fields["longest_gap"] == {
        "from": from_ms(13 * HOUR),
        "to": from_ms(15 * HOUR),
        "missing": 2,
    }
    assert [gap["missing"] for gap in fields["gap_list"]] == [1, 2, 2]


def test_a_file_without_a_closed_candle_has_no_range():
    found = report([], rejected=1)

    assert found.span is None
    assert found.fields()["from"] is None
    assert found.fields()["rejected"] == [
        {"place": "line 0", "reason": "the bar is still in progress"}
    ]
    assert not any("range" in line for line in found.lines())


def test_a_person_reads_counts_gaps_and_what_was_left_out():
    told = "\n".join(report([10, 12, 15], duplicates=4, rejected=5).lines())

    assert "x:spot:A/B 1h from BTCUSDT-1h.csv" in told
    assert "inserted    1,000" in told
    assert "duplicates  4" in told
    assert "2 with 3 candles missing; the longest lacks 2" in told
    assert "line 2: the bar is still in progress" in told
    assert "line 3" not in told
    assert "2 more" in told


@pytest.mark.parametrize("name", ["rows", "gaps", "duplicates", "inserted", "unchanged"])
def test_counts_are_plain_numbers_for_scripts(name):
    assert type(report([1, 2]).fields()[name]) is int
