from __future__ import annotations

import re

from fks_desk.core.ids import new_client_id, new_question_id, new_run_id


def test_a_client_order_id_is_what_binance_accepts() -> None:
    # Binance's own rule for newClientOrderId.
    rule = re.compile(r"^[.A-Z:/a-z0-9_-]{1,36}$")

    assert rule.match(new_client_id())
    assert new_client_id().startswith("fks")


def test_no_two_ids_are_alike() -> None:
    made = {make() for make in (new_client_id, new_run_id, new_question_id) for _ in range(500)}

    assert len(made) == 1500
