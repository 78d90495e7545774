from __future__ import annotations

import re

from fks_desk.core.ids import (
    new_alert_id,
    new_client_id,
    new_drawing_id,
    new_question_id,
    new_run_id,
)

MAKERS = (new_client_id, new_run_id, new_question_id, new_drawing_id, new_alert_id)


def test_a_client_order_id_is_what_binance_accepts() -> None:
    # Binance's own rule for newClientOrderId.
    rule = re.compile(r"^[.A-Z:/a-z0-9_-]{1,36}$")

    assert rule.match(new_client_id())
    assert new_client_id().startswith("fks")


def test_no_two_ids_are_alike() -> None:
    made = {make() for make in MAKERS for _ in range(500)}

    assert len(made) == 500 * len(MAKERS)
