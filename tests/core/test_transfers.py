"""Requests travel through a task's JSON arguments unchanged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import PurePath

import pytest

from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.transfers import ExportRequest, FileLayout, ImportRequest, layout_of


@pytest.mark.parametrize("timeframe", [None, Timeframe.H4])
def test_an_import_request_survives_json(timeframe):
    request = ImportRequest(path="/a.csv", exchange="kraken", symbol="A/B", timeframe=timeframe)

    assert ImportRequest.read(json.loads(json.dumps(request.arguments()))) == request


@pytest.mark.parametrize("start", [None, datetime(2026, 1, 1, tzinfo=UTC)])
def test_an_export_request_survives_json(start):
    request = ExportRequest(
        instrument=InstrumentId("demo:spot:BTC/USDT"),
        timeframe=Timeframe.M1,
        layout=FileLayout.BINANCE,
        target="out",
        start=start,
    )

    assert ExportRequest.read(json.loads(json.dumps(request.arguments()))) == request


@pytest.mark.parametrize(
    ("name", "layout"),
    [("a.csv", "csv"), ("a.CSV.gz", "csv"), ("a.zip", "binance"), ("folder", "feather")],
)
def test_a_files_ending_stands_for_a_layout(name, layout):
    assert layout_of(PurePath(name)).value == layout
