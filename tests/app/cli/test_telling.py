from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from fks_desk.app.cli import telling
from fks_desk.core.model import Timeframe


def test_json_keeps_numbers_exact_and_moments_readable(capsys):
    telling.tell_json(
        {
            "cash": Decimal("1E+4"),
            "when": datetime(2024, 3, 1, tzinfo=UTC),
            "where": Path("/a/b"),
            "frame": Timeframe.M5,
        }
    )

    assert json.loads(capsys.readouterr().out) == {
        "cash": "10000",
        "when": "2024-03-01T00:00:00+00:00",
        "where": "/a/b",
        "frame": "5m",
    }


def test_json_refuses_what_it_cannot_say():
    with pytest.raises(TypeError, match="object has no place"):
        telling.tell_json({"what": object()})


def test_columns_are_aligned_and_numbers_flush_right(capsys):
    telling.tell_table([("candles", "1,000"), ("runs", "7")], numbers=frozenset({1}))

    assert capsys.readouterr().out == "candles  1,000\nruns         7\n"


def test_an_empty_table_prints_nothing(capsys):
    telling.tell_table([])

    assert capsys.readouterr().out == ""


def test_notes_and_answers_go_separate_ways(capsys):
    telling.tell("answer")
    telling.tell_lines(["two", "three"])
    telling.note("beside")

    said = capsys.readouterr()
    assert said.out == "answer\ntwo\nthree\n"
    assert said.err == "fks-desk: beside\n"


def test_only_what_takes_long_is_told(capsys, monkeypatch):
    monkeypatch.setattr(telling, "PATIENCE_S", 0.05)

    with telling.patiently("quick"):
        pass
    with telling.patiently("slow"):
        time.sleep(0.2)

    assert capsys.readouterr().err == "fks-desk: slow ...\n"


def test_a_long_work_names_each_part_once_in_a_log(capsys):
    line = telling.ProgressLine("moving")

    for part, done in (("orders", 0), ("orders", 5), ("journal", 5), ("journal", 10)):
        line(part, done, 10)
    line.close()

    said = capsys.readouterr().err.splitlines()
    assert said == [
        "fks-desk: moving: orders (0 %)",
        "fks-desk: moving: journal (50 %)",
    ]


def test_a_long_work_fills_a_line_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    line = telling.ProgressLine("moving")

    line("orders", 5, 10)
    line("orders", 10, 10)
    line.close()

    said = capsys.readouterr().err
    assert f"[{'#' * 15}{' ' * 15}]  50 % orders" in said
    assert "100 % orders" in said
    assert said.endswith("\n")
