"""Write the few style rules that a palette cannot say."""

from __future__ import annotations

from string import Template

from fks_desk.ui.theme.colors import Theme

_RULES = Template("""
QToolTip { color: $text; background: $raised; border: 1px solid $border; padding: 3px; }
QMenuBar { background: $background; border-bottom: 1px solid $border; }
QMenuBar::item { padding: 3px 8px; background: transparent; }
QMenuBar::item:selected, QMenu::item:selected { background: $accent; color: $accent_text; }
QMenu { background: $panel; border: 1px solid $border; }
QMenu::item { padding: 4px 24px 4px 22px; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: 3px 6px; }
QHeaderView { background: $raised; }
QHeaderView::section { background: $raised; color: $muted; border: 0;
  border-right: 1px solid $border; border-bottom: 1px solid $border; padding: 3px 6px; }
QAbstractItemView { background: $panel; alternate-background-color: $raised; border: 0;
  gridline-color: $grid; selection-background-color: $accent;
  selection-color: $accent_text; }
QLineEdit, QPlainTextEdit { background: $panel; color: $text;
  border: 1px solid $border; border-radius: 3px; padding: 2px 5px; }
QLineEdit:focus, QPlainTextEdit:focus {
  border: 1px solid $focus; }
QCheckBox::indicator { width: 13px; height: 13px; border: 1px solid $muted; border-radius: 2px;
  background: $panel; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; }
QCheckBox:focus { color: $focus; }
QToolButton#close-notice { border: 0; padding: 0 4px; background: transparent; }
QPushButton, QToolButton { background: $raised; color: $text; border: 1px solid $border;
  border-radius: 3px; padding: 3px 10px; }
QPushButton:hover, QToolButton:hover { border-color: $accent; }
QPushButton:focus, QToolButton:focus { border: 1px solid $focus; }
QPushButton:default { background: $accent; color: $accent_text; }
QPushButton:disabled { color: $muted; }
QPushButton[side="buy"] { background: $up; color: $side_text; }
QPushButton[side="sell"] { background: $down; color: $side_text; }
QStatusBar QToolButton { background: transparent; border: 1px solid transparent;
  padding: 1px 6px; }
QStatusBar QToolButton:focus { border: 1px solid $focus; }
QStatusBar QToolButton[state="good"] { color: $good; }
QStatusBar QToolButton[state="warning"], QStatusBar QToolButton[state="starting"] {
  color: $warning; }
QStatusBar QToolButton[state="bad"] { color: $danger; }
QStatusBar QToolButton[state="off"] { color: $muted; }
QFrame#palette, QFrame#help, QFrame#hints, QFrame#notices {
  background: $raised; border: 1px solid $border; border-radius: 4px; }
QFrame[notice="info"], QFrame[notice="warning"], QFrame[notice="error"] {
  background: $raised; border: 1px solid $border; border-radius: 3px; }
QFrame[notice="info"] { border-left: 4px solid $accent; }
QFrame[notice="warning"] { border-left: 4px solid $warning; }
QFrame[notice="error"] { border-left: 4px solid $danger; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="empty"] { color: $muted; padding: 16px; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[tone="up"] { color: $up; }
QLabel[tone="down"] { color: $down; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="warning"] { color: $warning; }
QLabel[state="good"] { color: $good; }
QLabel[state="warning"] { color: $warning; }
QLabel[state="bad"] { color: $danger; }
QStatusBar { background: $raised; border-top: 1px solid $border; }
QStatusBar::item { border: 0; }
QScrollArea, QScrollArea > QWidget > QWidget { background: $panel; border: 0; }
QSplitter::handle { background: $border; }
QScrollBar { background: $panel; }
""")


def sheet(theme: Theme) -> str:
    """Return the style sheet of a theme."""
    names = ("background", "panel", "raised", "border", "text", "muted", "accent", "accent_text")
    more = ("focus", "side_text", "up", "down", "good", "warning", "danger", "grid")
    return _RULES.substitute({name: getattr(theme, name) for name in (*names, *more)})


_DOCK_RULES = Template("""
ads--CDockContainerWidget, ads--CDockAreaWidget { background: $background; }
ads--CDockContainerWidget ads--CDockSplitter::handle { background: $background; }
ads--CDockAreaTitleBar { background: $background; border: 0; padding: 0; }
ads--CDockWidget { background: $panel; border: 0; }
ads--CDockWidgetTab { background: $background; border: 0; border-bottom: 2px solid transparent;
  padding: 3px 6px; }
ads--CDockWidgetTab[activeTab="true"] { background: $panel; border-bottom: 2px solid $accent; }
ads--CDockWidgetTab QLabel { color: $muted; }
ads--CDockWidgetTab[activeTab="true"] QLabel { color: $text; }
ads--CDockWidgetTab QPushButton, ads--CTitleBarButton { border: 0; background: transparent;
  padding: 0; }
ads--CFloatingDockContainer { background: $background; }
""")


def dock_sheet(theme: Theme) -> str:
    """Return the style sheet of the docks, tabs and floating windows."""
    return _DOCK_RULES.substitute(
        background=theme.background,
        panel=theme.panel,
        accent=theme.accent,
        text=theme.text,
        muted=theme.muted,
    )
