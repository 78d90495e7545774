"""Accounts are added, tested, chosen and forgotten with keys alone; what is typed stays unseen."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from fks_desk.core.accounts import AccountEntry, AccountList, KeyCheck, NewAccount
from fks_desk.core.errors import ConfigError, SecretError
from fks_desk.core.model import AccountId, Mode
from fks_desk.core.nursery import Nursery
from fks_desk.core.secret import Secret
from fks_desk.ui.models.account.accounts import AccountsModel
from fks_desk.ui.shell.accounts_page import AccountsPage
from fks_desk.ui.shell.passphrase import PassphraseDialog
from tests.ui.shell.conftest import OpenDesk

K = Qt.Key
DEMO = AccountEntry(id=AccountId("demo"), exchange="demo", mode=Mode.DEMO, title="Demo")


class Keeper:
    """Keep accounts in memory, as the real one does on disk."""

    def __init__(self) -> None:
        self.entries: list[AccountEntry] = [DEMO]
        self.added: list[NewAccount] = []
        self.passphrases: list[Secret | None] = []
        self.chosen = DEMO.id
        self.is_locked = False
        self.sealed_in = ""
        self.trouble: Exception | None = None

    def listing(self) -> AccountList:
        return AccountList(
            entries=tuple(self.entries), chosen=self.chosen, is_locked=self.is_locked,
            is_new=self.is_locked, sealed_in=self.sealed_in,
        )  # fmt: skip

    def add(self, wanted: NewAccount, passphrase: Secret | None = None) -> AccountEntry:
        self._may()
        self.passphrases.append(passphrase)
        self.added.append(wanted)
        self.entries.append(wanted.entry)
        return wanted.entry

    def check(self, account: AccountId, passphrase: Secret | None = None) -> KeyCheck:
        self._may()
        return KeyCheck(identity="7", words=f"{account} is 7", warnings=("bind it",))

    def choose(self, account: AccountId) -> str:
        self._may()
        self.chosen = account
        return f"opens with {account}"

    def remove(self, account: AccountId, passphrase: Secret | None = None) -> None:
        self._may()
        self.entries = [one for one in self.entries if one.id != account]

    def _may(self) -> None:
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


def sit(run: Callable, work: Callable, keeper: Keeper, qtbot: QtBot) -> None:
    """Run the work on a page with the loop that the window has."""

    async def body() -> None:
        nursery = Nursery()
        model = AccountsModel(keeper=keeper, opened=DEMO.id, nursery=nursery)
        parent = QLineEdit()
        qtbot.addWidget(parent)
        parent.show()
        page = AccountsPage(model=model, parent=parent)
        page.begin()
        await settled(model)
        await work(page, model)
        page.reject()
        await nursery.close()

    # Pages of earlier tests die here, on the window's thread, and not on the keeper's.
    gc.collect()
    run(body())


async def settled(model: AccountsModel) -> None:
    import asyncio

    async with asyncio.timeout(5):
        while model.is_busy or model.listing is None:
            await asyncio.sleep(0.005)


def add_main(page: AccountsPage) -> None:
    page.name_edit.setFocus()
    QTest.keyClicks(page.name_edit, "main")
    page.mode.setCurrentIndex(1)
    QTest.keyClicks(page.key_edit, "canary-key")
    QTest.keyClicks(page.secret_edit, "canary-secret")


@pytest.mark.parametrize(
    ("sealed_in", "where"),
    [
        ("", "kept in the keyring of this machine"),
        ("/home/me/{fks}/secrets.sealed", "with your passphrase in /home/me/{fks}/secrets.sealed"),
    ],
)
def test_the_page_says_where_keys_are_and_where_they_never_are(
    run_on_gui, keeper, qtbot, sealed_in, where
) -> None:
    keeper.sealed_in = sealed_in

    async def work(page: AccountsPage, model: AccountsModel) -> None:
        assert where in page.hint.text()
        assert "never stand in plain text, in a log or in the database" in page.hint.text()
        assert "never in a file" not in page.hint.text()

    sit(run_on_gui, work, keeper, qtbot)


def test_a_live_account_is_added_by_keys_and_nothing_typed_stays(run_on_gui, keeper, qtbot) -> None:
    async def work(page: AccountsPage, model: AccountsModel) -> None:
        QGuiApplication.clipboard().setText("canary-secret")
        add_main(page)
        assert page.key_edit.echoMode() is QLineEdit.EchoMode.Password
        assert page.secret_edit.echoMode() is QLineEdit.EchoMode.Password
        QTest.keyClick(page.secret_edit, K.Key_Return)
        await settled(model)

        assert keeper.added[0].entry.mode is Mode.LIVE
        assert keeper.added[0].secret.reveal == "canary-secret"
        assert page.table.item(1, 1).text() == "LIVE — REAL MONEY"
        assert "F5 tests its key" in page.notice.text()
        assert page.key_edit.text() == page.secret_edit.text() == ""
        assert QGuiApplication.clipboard().text() == ""

    sit(run_on_gui, work, keeper, qtbot)


def test_what_is_wrong_is_told_and_what_was_typed_is_kept(run_on_gui, keeper, qtbot) -> None:
    async def work(page: AccountsPage, model: AccountsModel) -> None:
        keeper.trouble = ConfigError("an account is called main already")
        add_main(page)
        QTest.keyClick(page.secret_edit, K.Key_Return)
        await settled(model)

        assert page.notice.text() == "an account is called main already"
        assert page.name_edit.text() == "main"

    sit(run_on_gui, work, keeper, qtbot)


def test_a_paper_account_asks_for_no_key(run_on_gui, keeper, qtbot) -> None:
    async def work(page: AccountsPage, model: AccountsModel) -> None:
        page.mode.setCurrentIndex(2)

        assert page._mode() is Mode.PAPER
        assert not page.key_edit.isEnabled()
        page.mode.setCurrentIndex(0)
        assert page.key_edit.isEnabled()

    sit(run_on_gui, work, keeper, qtbot)


def test_a_key_is_tested_with_f5(run_on_gui, keeper, qtbot) -> None:
    async def work(page: AccountsPage, model: AccountsModel) -> None:
        QTest.keyClick(page.table, K.Key_F5)
        await settled(model)

        assert page.notice.text() == "demo is 7. bind it."

    sit(run_on_gui, work, keeper, qtbot)


def test_enter_on_the_list_opens_the_desk_anew_with_the_account(run_on_gui, keeper, qtbot) -> None:
    async def work(page: AccountsPage, model: AccountsModel) -> None:
        wanted: list[bool] = []
        model.restart_wanted.connect(lambda: wanted.append(True))
        add_main(page)
        QTest.keyClick(page.secret_edit, K.Key_Return)
        await settled(model)
        page.table.setFocus()
        QTest.keyClick(page.table, K.Key_Down)
        QTest.keyClick(page.table, K.Key_Return)
        await settled(model)

        assert keeper.chosen == "main"
        assert wanted == [True]
        assert "next start" in page.table.item(1, 3).text()
        assert "open now" in page.table.item(0, 3).text()

    sit(run_on_gui, work, keeper, qtbot)


def test_an_account_is_forgotten_only_when_asked_twice_in_a_row(run_on_gui, keeper, qtbot) -> None:
    async def work(page: AccountsPage, model: AccountsModel) -> None:
        add_main(page)
        QTest.keyClick(page.secret_edit, K.Key_Return)
        await settled(model)
        page.table.setFocus()
        QTest.keyClick(page.table, K.Key_Down)
        QTest.keyClick(page, K.Key_Delete)
        assert "Del again forgets main" in page.notice.text()
        QTest.keyClick(page, K.Key_Up)
        QTest.keyClick(page, K.Key_Delete)
        await settled(model)
        assert len(keeper.entries) == 2
        QTest.keyClick(page, K.Key_Delete)
        await settled(model)

        assert keeper.entries == [DEMO]

    sit(run_on_gui, work, keeper, qtbot)


def test_without_a_keyring_a_passphrase_is_asked_for(run_on_gui, keeper, qtbot) -> None:
    keeper.is_locked = True

    async def work(page: AccountsPage, model: AccountsModel) -> None:
        assert page.passphrase_edit.isVisibleTo(page)
        assert "choose one" in page.passphrase_edit.placeholderText()
        QTest.keyClicks(page.passphrase_edit, "correct horse")
        add_main(page)
        keeper.trouble = SecretError("the passphrase does not open it")
        QTest.keyClick(page.secret_edit, K.Key_Return)
        await settled(model)
        assert "does not open" in page.notice.text()
        keeper.trouble = None
        QTest.keyClick(page.secret_edit, K.Key_Return)
        await settled(model)

        assert keeper.passphrases[0].reveal == "correct horse"
        assert page.passphrase_edit.text() == ""

    sit(run_on_gui, work, keeper, qtbot)


def test_leaving_forgets_what_was_typed(run_on_gui, keeper, qtbot) -> None:
    async def work(page: AccountsPage, model: AccountsModel) -> None:
        add_main(page)
        QTest.keyClick(page, K.Key_Escape)

        assert not page.isVisible()
        assert page.secret_edit.text() == ""

    sit(run_on_gui, work, keeper, qtbot)


def test_the_passphrase_dialog_gives_what_was_typed_or_nothing(run_on_gui, qtbot) -> None:
    async def body() -> None:
        import asyncio

        parent = QLineEdit()
        qtbot.addWidget(parent)
        for key, wanted in ((K.Key_Return, "correct horse"), (K.Key_Escape, None)):
            dialog = PassphraseDialog(title="Main", problem="wrong before", parent=parent)

            def type_in(dialog: PassphraseDialog = dialog, key: Qt.Key = key) -> None:
                dialog.edit.setText("correct horse")
                QTest.keyClick(dialog, key)

            asyncio.get_running_loop().call_later(0.05, type_in)
            given = await dialog.answer()
            assert (None if given is None else given.reveal) == wanted

    run_on_gui(body())


def test_a_window_without_accounts_offers_none_and_one_with_them_opens_the_page(
    open_desk: OpenDesk, keeper: Keeper, tmp_path: Path
) -> None:
    plain = open_desk()
    assert "accounts.open" not in {one.id for one in plain.registry.all()}


def test_an_armed_live_frame_counts_the_time_and_says_when_it_is_over(
    open_desk: OpenDesk, qapp: QApplication
) -> None:
    from datetime import timedelta

    from fks_desk.core.clock import SystemClock

    banner = open_desk(mode=Mode.LIVE).banner
    assert banner.arming.isVisible()
    assert "NOT ARMED" in banner.arming.text()
    before = banner.arming.grab().toImage().pixelColor(2, 2).name()

    banner.show_armed(SystemClock().now() + timedelta(minutes=59, seconds=30))
    assert "ARMED ▲ 59:" in banner.arming.text()
    assert banner.arming.grab().toImage().pixelColor(2, 2).name() != before

    banner.show_armed(None)
    assert "NOT ARMED" in banner.arming.text()


@pytest.mark.parametrize("mode", [Mode.DEMO, Mode.PAPER, Mode.TESTNET])
def test_no_other_frame_speaks_of_arming(open_desk: OpenDesk, mode: Mode) -> None:
    assert not open_desk(mode=mode).banner.arming.isVisible()
