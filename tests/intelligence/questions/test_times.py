from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.intelligence.questions.times import named_span

NOW = datetime(2026, 3, 5, 15, 30, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-03-05", "2026-03-06"),
        ("yesterday", "2026-03-04", "2026-03-05"),
        ("the day before yesterday", "2026-03-03", "2026-03-04"),
        ("this week", "2026-03-02", "2026-03-09"),
        ("last week", "2026-02-23", "2026-03-02"),
        ("this month", "2026-03-01", "2026-04-01"),
        ("last month", "2026-02-01", "2026-03-01"),
        ("this year", "2026-01-01", "2027-01-01"),
        ("on 2026-03-01", "2026-03-01", "2026-03-02"),
        ("in february", "2026-02-01", "2026-03-01"),
        ("in november", "2025-11-01", "2025-12-01"),
        ("on march 3", "2026-03-03", "2026-03-04"),
        ("on 3rd of march 2025", "2025-03-03", "2025-03-04"),
        ("on tuesday", "2026-03-03", "2026-03-04"),
        ("since monday", "2026-03-02", "2026-03-06"),
        ("in 2025", "2025-01-01", "2026-01-01"),
    ],
)
def test_days_weeks_and_months_are_read(text, start, end):
    found = named_span(text, NOW).span

    assert (f"{found.start:%Y-%m-%d}", f"{found.end:%Y-%m-%d}") == (start, end)
    assert found.start.hour == found.end.hour == 0


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("in the last hour", timedelta(hours=1)),
        ("over the past 24 hours", timedelta(hours=24)),
        ("last 15 minutes", timedelta(minutes=15)),
        ("past three days", timedelta(days=3)),
        ("last 2 weeks", timedelta(weeks=2)),
    ],
)
def test_spans_up_to_now_are_read(text, length):
    found = named_span(text, NOW).span

    assert found.start == NOW - length
    assert found.end > NOW


@pytest.mark.parametrize(
    "text",
    ["my last trade", "what may happen", "on 2026-13-45", "in the book", "last 99999999 days"],
)
def test_other_words_name_no_time(text):
    assert named_span(text, NOW) is None


@given(st.text(max_size=80), st.datetimes(datetime(2015, 1, 1), datetime(2090, 1, 1)))
def test_no_text_breaks_the_reading(text, at):
    named_span(text.lower(), at.replace(tzinfo=UTC))
