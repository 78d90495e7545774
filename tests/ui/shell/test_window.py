from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from fks_desk.core.messages import EngineReady, FeedMoved, FeedState, Severity
from tests.fakes.engine import FakeEngine
from tests.ui.shell.conftest import make_order


def test_feed_news_reach_the_status_bar(desk):
    desk.bridge.post(
        FeedMoved(instrument="demo:spot:BTC/USDT", stream="candles", state=FeedState.LIVE)
    )
    desk.bridge.flush()

    assert desk.status.tile("feed").property("state") == "good"


def test_orders_that_were_open_before_the_start_are_known(desk, bridge, run_on_gui):
    class Trading:
        async def orders(self, account):
            return [make_order("old-1")] if account == "demo" else []

    engine = FakeEngine(trading=Trading())

    async def start() -> None:
        import asyncio

        engine.attach_to(bridge)
        bridge.post(EngineReady(accounts=("demo", "paper"), seconds=1.0))
        while not len(desk.open_orders):
            await asyncio.sleep(0.01)

    run_on_gui(start())
    engine.stop()

    assert desk.open_orders.lines() == ["buy 0.5 BTC/USDT @ 64000 · open"]


def test_every_label_shows_plain_text(desk):
    desk.notify(Severity.INFO, "x")
    desk.registry.trigger("help.keys")
    loose = [
        label.objectName()
        for label in desk.findChildren(QLabel)
        if label.textFormat() != Qt.TextFormat.PlainText
        and label.text()
        # The library's, for docks that hide at the edge; ours never do.
        and label.objectName() != "autoHideTitleLabel"
    ]

    assert loose == []
    assert desk.findChildren(QMessageBox) == []


def test_raising_brings_a_minimised_window_back(desk, qtbot):
    desk.showMinimized()
    desk.raise_now()
    qtbot.waitUntil(lambda: not desk.isMinimized())

    assert desk.isVisible()


def test_a_full_disk_does_not_keep_anybody_from_leaving(desk, qtbot, tmp_path):
    (tmp_path / "layouts").write_text("a file where the folder should be")
    with qtbot.waitSignal(desk.closed):
        desk.close()

    assert not desk.isVisible()


def test_it_fits_a_small_screen(desk):
    hint = desk.minimumSizeHint()

    assert hint.width() <= 910  # 1366 points at 150 %
    assert hint.height() <= 512
    assert QApplication.instance() is not None
