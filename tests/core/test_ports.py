from __future__ import annotations

from fks_desk.core.ports import JournalDraft, OrderReport, TradingChange
from tests.fakes.trading import DEMO, START


def test_an_empty_report_says_only_that_the_stream_is_connected() -> None:
    assert OrderReport() == OrderReport(order=None, fill=None, balances=())


def test_a_change_starts_with_nothing_changed() -> None:
    change = TradingChange(account=DEMO.id)

    assert (change.orders, change.fills, change.positions) == ((), (), ())
    assert (change.balances, change.events) == ((), ())


def test_a_draft_is_of_the_first_version_unless_it_says_otherwise() -> None:
    draft = JournalDraft(type="order.persisted", payload={}, ts_event=START)

    assert (draft.version, draft.account, draft.causation) == (1, None, "")
