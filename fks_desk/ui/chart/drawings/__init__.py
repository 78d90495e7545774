"""Draw on the chart by mouse and by keys."""
