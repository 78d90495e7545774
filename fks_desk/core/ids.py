"""Make names that nothing else will ever have."""

from __future__ import annotations

import base64
import uuid

from fks_desk.core.alerts import AlertId
from fks_desk.core.drawings import DrawingId
from fks_desk.core.model import ClientOrderId, RunId


def new_client_id() -> ClientOrderId:
    """Return an order id that every venue takes: 29 letters and digits, `fks` in front."""
    return ClientOrderId(f"fks{_unique()}")


def new_run_id() -> RunId:
    """Return the id of a backtest."""
    return RunId(f"run{_unique()}")


def new_question_id() -> str:
    """Return the id of a question to the chat."""
    return f"ask{_unique()}"


def new_drawing_id() -> DrawingId:
    """Return the id of a drawing."""
    return DrawingId(f"drw{_unique()}")


def new_alert_id() -> AlertId:
    """Return the id of an alert."""
    return AlertId(f"alr{_unique()}")


def _unique() -> str:
    return base64.b32encode(uuid.uuid4().bytes).decode().rstrip("=").lower()
