"""Hold the rules of the window that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UI = sorted((ROOT / "fks_desk" / "ui").rglob("*.py"))
MODELS = sorted((ROOT / "fks_desk" / "ui" / "models").glob("*.py"))

# Calls whose text a person reads, with the place of that text among the arguments.
SINKS = {
    "setText": 0,
    "setToolTip": 0,
    "setStatusTip": 0,
    "setWhatsThis": 0,
    "setPlaceholderText": 0,
    "setWindowTitle": 0,
    "setTitle": 0,
    "setAccessibleName": 0,
    "setAccessibleDescription": 0,
    "setHeaderLabels": 0,
    "setHorizontalHeaderLabels": 0,
    "setSuffix": 0,
    "setPrefix": 0,
    "setLabelText": 0,
    "setFormat": 0,
    "show_empty": 0,
    "set_title": 0,
    "addRow": 0,
    "addItem": 0,
    "addMenu": 0,
    "addTab": 1,
    "QLabel": 0,
    "PlainLabel": 0,
    "QPushButton": 0,
    "QToolButton": 0,
    "QCheckBox": 0,
    "QRadioButton": 0,
    "QGroupBox": 0,
}
# Keywords whose text a person reads.
READ_KEYWORDS = {"title", "help", "category", "hint", "label"}


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def calls(paths: list[Path]) -> Iterator[tuple[Path, ast.Call]]:
    for path in paths:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call):
                yield path, node


def has_words(node: ast.expr | None) -> bool:
    """Return whether the expression holds a bare text of more than one letter."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return sum(letter.isalpha() for letter in node.value) > 1
    if isinstance(node, ast.JoinedStr):
        return any(has_words(part) for part in node.values)
    if isinstance(node, ast.List | ast.Tuple):
        return any(has_words(part) for part in node.elts)
    if isinstance(node, ast.IfExp):
        return has_words(node.body) or has_words(node.orelse)
    return isinstance(node, ast.BinOp) and (has_words(node.left) or has_words(node.right))


def read_by_people(call: ast.Call) -> Iterator[ast.expr]:
    place = SINKS.get(name_of(call))
    if place is not None and len(call.args) > place:
        yield call.args[place]
    for keyword in call.keywords:
        if keyword.arg in READ_KEYWORDS:
            yield keyword.value


def test_no_window_blocks_the_loop_with_a_loop_of_its_own():
    found = [
        where(path, call)
        for path, call in calls(UI)
        if name_of(call) in {"exec", "exec_", "processEvents"}
    ]

    assert found == []


def test_no_signal_cuts_a_time_down_to_a_small_integer():
    found = [
        where(path, call)
        for path, call in calls(UI)
        if name_of(call) == "Signal"
        and any(isinstance(part, ast.Name) and part.id == "int" for part in call.args)
    ]

    assert found == [], "Qt's int has 32 bits; use Signal(object)"


def test_no_layout_lends_its_items():
    """Python holds a lent item on when the layout has deleted it, and that ends the process.

    The object that comes next at its place in memory is taken for it; see `lent_items`.
    """
    lends = {"itemAt", "takeAt", "itemAtPosition"}

    assert [where(path, call) for path, call in calls(UI) if name_of(call) in lends] == []


def test_view_models_know_no_widgets():
    found = [
        where(path, node)
        for path in MODELS
        for node in ast.walk(parse(path))
        if (
            isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6.QtWidgets")
        )
        or (isinstance(node, ast.ImportFrom) and any(n.name == "QtWidgets" for n in node.names))
        or (isinstance(node, ast.Import) and any("QtWidgets" in n.name for n in node.names))
    ]

    assert found == []


def test_every_text_a_person_reads_passes_the_translation():
    found = [
        f"{where(path, text)} {ast.unparse(text)}"
        for path, call in calls(UI)
        for text in read_by_people(call)
        if has_words(text)
    ]

    assert found == []


def test_every_translated_text_is_written_out_so_that_it_can_be_collected():
    found = [
        where(path, call)
        for path, call in calls(UI)
        if name_of(call) == "tr"
        and not (call.args and isinstance(call.args[0], ast.Constant))
        and path.name != "text.py"
    ]

    assert found == [], "tr() takes a literal; values go in as {name}"


@pytest.mark.parametrize(
    ("code", "is_stray"),
    [
        ('label.setText("Buy now")', True),
        ('label.setText(f"Buy {size} now")', True),
        ('label.setText("Buy" if up else tr("Sell"))', True),
        ('Action(id="a", title="Quit")', True),
        ('label.setText(tr("Buy now"))', False),
        ('label.setText(f"{size} · {price}")', False),
        ('label.setText("×")', False),
        ('self.setObjectName("chart")', False),
    ],
)
def test_the_rule_itself_finds_what_it_should(code, is_stray):
    call = ast.parse(code).body[0].value

    assert any(has_words(text) for text in read_by_people(call)) is is_stray
