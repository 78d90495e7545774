"""Show what is stored, how it grows, and what the policies would take away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMessageBox, QTabWidget, QWidget

from fks_desk.core.model import Timeframe
from fks_desk.core.storage_report import (
    DataSet,
    PolicyEffect,
    PolicyKind,
    StorageReport,
    StoredSeries,
    StoredTable,
)
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.data.storage import PolicyRow, StorageModel, effect_text
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.data.controls import (
    button_row,
    column_of,
    combo_box,
    line_edit,
    notice_line,
    push_button,
)
from fks_desk.ui.panes.data.storage_tables import policy_columns, series_columns, table_columns
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "storage"


class StoragePane(Pane):
    """Lay out three lists: tables, series and policies."""

    shown_on_chart = Signal(object)  # ChartTarget

    def __init__(self, *, model: StorageModel, parent: QWidget | None = None) -> None:
        super().__init__(name="storage", title=tr("Storage"), contexts=(CONTEXT,), parent=parent)
        self._model = model
        self.tables: KeyedTableModel[StoredTable] = KeyedTableModel(
            table_columns(),
            key=lambda one: one.name,
            order=lambda one: (one.bytes, one.name),
            parent=self,
        )
        self.series: KeyedTableModel[StoredSeries] = KeyedTableModel(
            series_columns(),
            key=lambda one: (one.data_set, one.instrument, one.timeframe),
            order=lambda one: (one.bytes, one.instrument, one.timeframe or ""),
            parent=self,
        )
        self.policies: KeyedTableModel[PolicyRow] = KeyedTableModel(
            policy_columns(),
            key=lambda row: row.policy.name,
            order=lambda row: row.policy.name,
            newest_first=False,
            parent=self,
        )
        measuring = tr("What is stored is being measured …")
        self.table_view = DeskTable(self.tables, name="storage.tables", hint=measuring)
        self.series_view = DeskTable(self.series, name="storage.series", hint=measuring)
        self.policy_view = DeskTable(
            self.policies,
            name="storage.policies",
            hint=tr("No policy: everything is kept for ever. Choose an age below and press K."),
        )
        self.kind = combo_box("storage.kind", tr("What to do"))
        self.data_set = combo_box("storage.data_set", tr("Data"))
        self.frame = combo_box("storage.frame", tr("Interval"))
        self.days = line_edit("storage.days", tr("Older than, days"), tr("days"), text="365")
        self.summary = notice_line("storage.summary")
        self.notice = notice_line("storage.notice")
        self.tabs = QTabWidget()
        self.set_content(self._layout())
        self._connect()

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to measure, try, keep, forget and clean up."""
        category = tr("Data")
        for name, title, keys, handler in (
            ("refresh", tr("Measure what is stored"), ("F5",), self._model.load),
            ("turn", tr("Turn to the next storage list"), ("Ctrl+E",), self.turn),
            ("try", tr("Try the policy: a dry run"), ("D",), self.try_out),
            ("keep", tr("Keep the storage policy"), ("K",), self.save),
            ("forget", tr("Forget the chosen policy"), ("Del", "Backspace"), self.forget),
            (
                "clean",
                tr("Clean up by the policies"),
                ("Ctrl+Return", "Ctrl+Enter"),
                self._model.ask_clean_up,
            ),
        ):
            registry.register(
                Action(
                    id=f"storage.{name}",
                    title=title,
                    category=category,
                    keys=keys,
                    context=CONTEXT,
                ),
                handler,
            )

    def showEvent(self, event: QShowEvent) -> None:
        """Measure anew whenever the page comes to the front."""
        super().showEvent(event)
        self._model.load()

    def focus_target(self) -> QWidget:
        """Give the keys to the list in front."""
        return (self.table_view, self.series_view, self.policy_view)[self.tabs.currentIndex()]

    def turn(self) -> None:
        """Bring the next list to the front."""
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + 1) % self.tabs.count())
        self.focus_now()

    def try_out(self) -> None:
        """Say what the policy in the fields would do."""
        self._model.try_out(*self._typed())

    def save(self) -> None:
        """Keep the policy in the fields."""
        self._model.save(*self._typed())

    def forget(self) -> None:
        """Drop the policy under the cursor."""
        self._model.forget(self.policy_view.current_row())

    def _typed(self) -> tuple[PolicyKind, DataSet, str, str]:
        return (
            PolicyKind(self.kind.currentData()),
            DataSet(self.data_set.currentData()),
            self.days.text(),
            self.frame.currentData() or "",
        )

    def _connect(self) -> None:
        model = self._model
        model.report_changed.connect(self._on_report)
        model.policies_changed.connect(self._on_policies)
        model.trial_changed.connect(self._on_trial)
        model.confirm_wanted.connect(self._confirm)
        model.summary_changed.connect(lambda text: self.summary.say(text, Tone.MUTED))
        model.notice_changed.connect(lambda text: self.notice.say(text, Tone.PLAIN))
        model.failed.connect(self.notice.say)
        self.series_view.row_opened.connect(self._open)
        self.days.returnPressed.connect(self.try_out)
        self.data_set.currentIndexChanged.connect(lambda _place: self._on_data_set())

    def _on_report(self, report: StorageReport) -> None:
        self.table_view.set_hint(tr("Nothing is stored yet."))
        self.series_view.set_hint(tr("Nothing is stored yet. Download or import candles first."))
        self.tables.reset(report.tables)
        self.series.reset(report.series)

    def _on_policies(self, rows: list[PolicyRow]) -> None:
        chosen = self.policy_view.current_row()
        self.policies.reset(rows)
        if chosen is not None:
            self.policy_view.select_key(chosen.policy.name)

    def _on_trial(self, effect: PolicyEffect) -> None:
        self.notice.say(
            tr("Dry run: it {effect}.", effect=effect_text(effect)),
            Tone.WARNING if effect.rows else Tone.MUTED,
        )

    def _on_data_set(self) -> None:
        has_frames = self.data_set.currentData() == DataSet.CANDLES.value
        self.frame.setEnabled(has_frames)
        if not has_frames:
            self.frame.setCurrentIndex(0)

    def _confirm(self, what: str) -> None:
        box = QMessageBox(self)
        box.setObjectName("storage.confirm")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(tr("Remove for good?"))
        box.setInformativeText(what)
        remove = box.addButton(tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        remove.clicked.connect(self._model.clean_up)
        box.open()

    def show_selection(self) -> bool:
        """Show the chosen row on the chart."""
        one = self.series_view.current_row()
        if one is not None:
            self._open(one)
        return one is not None

    def _open(self, one: StoredSeries) -> None:
        self.shown_on_chart.emit(
            ChartTarget(instrument=one.instrument, moment=one.span.end, timeframe=one.timeframe)
        )

    def _layout(self) -> QWidget:
        self.tabs.setObjectName("storage.tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.table_view, tr("Tables"))
        self.tabs.addTab(self.series_view, tr("Series"))
        self.tabs.addTab(self._policy_page(), tr("Policies"))
        return column_of((self.summary, 0), (self.tabs, 1), (self.notice, 0))

    def _policy_page(self) -> QWidget:
        self.kind.addItem(tr("remove"), PolicyKind.RETENTION.value)
        self.kind.addItem(tr("compress"), PolicyKind.COMPRESSION.value)
        self.data_set.addItem(tr("candles"), DataSet.CANDLES.value)
        self.data_set.addItem(tr("market trades"), DataSet.MARKET_TRADES.value)
        self.data_set.addItem(tr("balances"), DataSet.BALANCES.value)
        self.frame.addItem(tr("all intervals"), "")
        for frame in Timeframe:
            self.frame.addItem(frame.value, frame.value)
        older = PlainLabel(tr("older than, days"))
        older.setFixedHeight(self.days.sizeHint().height())
        fields = button_row([self.kind, self.data_set, self.frame, older, self.days])
        buttons = button_row(
            [
                push_button("storage.try", tr("Dry run  D"), self.try_out),
                push_button("storage.keep", tr("Keep policy  K"), self.save),
                push_button("storage.forget", tr("Forget  Del"), self.forget),
                push_button("storage.clean", tr("Clean up  Ctrl+↵"), self._model.ask_clean_up),
            ]
        )
        return column_of((self.policy_view, 1), (fields, 0), (buttons, 0))
