"""Hold the rules of the whole house that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "fks_desk"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")

# Files that no test reaches by imports, each with what holds it instead.
TESTED_ELSEWHERE: dict[str, str] = {
    "__main__.py": "tests/app/cli/test_main.py starts it as a process",
    "adapters/storage/evidence.py": "tests/faults/test_points.py judges real desks by it",
    "app/drill/desk.py": "tests/faults/test_points.py starts it as a process",
    "app/drill/listener.py": "tests/faults/test_points.py, in the process it starts",
    "app/drill/trader.py": "tests/faults/test_points.py, in the process it starts",
}
# The only places in the domain where a number may be a float: neither is money.
FLOATS_ALLOWED = {("Signal", "confidence"), ("Signal", "inputs")}


def inside(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports_of(path: Path) -> set[str]:
    """Return the modules of the package that a file names, lazily imported ones too."""
    named: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Import):
            named |= {one.name for one in node.names}
    return named


def reached_by_tests() -> set[str]:
    """Return the modules that tests import, and what those import within their own room."""
    files = {module_of(path): path for path in FILES}
    tests = (ROOT / "tests").rglob("*.py")
    waiting = {name for test in tests for name in imports_of(test)} & files.keys()
    reached: set[str] = set()
    while waiting:
        module = waiting.pop()
        reached.add(module)
        room = module.split(".")[1]
        near = {name for name in imports_of(files[module]) if name.split(".")[1:2] == [room]}
        waiting |= (near & files.keys()) - reached
    return reached


def test_every_file_is_reached_by_the_tests_of_its_room_or_stands_on_the_list():
    reached = reached_by_tests()
    missing = [
        inside(path)
        for path in FILES
        if module_of(path) not in reached and inside(path) not in TESTED_ELSEWHERE
    ]

    assert missing == []


def test_the_list_of_files_tested_elsewhere_holds_no_stale_names():
    reached = reached_by_tests()
    stale = [
        name
        for name in TESTED_ELSEWHERE
        if not (PACKAGE / name).exists() or module_of(PACKAGE / name) in reached
    ]

    assert stale == []


@pytest.mark.parametrize("folder", ["alembic", "packaging"])
def test_folders_named_like_a_library_are_no_packages(folder):
    assert list((ROOT / folder).rglob("__init__.py")) == []


def test_the_domain_counts_money_in_decimals():
    tree = ast.parse((PACKAGE / "core" / "model.py").read_text(encoding="utf-8"))
    found = {
        (owner.name, ast.unparse(node.target))
        for owner in ast.walk(tree)
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.AnnAssign) and "float" in ast.unparse(node.annotation)
    }
    arguments = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) and node.annotation is not None
        if "float" in ast.unparse(node.annotation)
    ]

    assert found == FLOATS_ALLOWED
    assert arguments == []


def test_every_log_is_named_after_its_module():
    # The application sets up other libraries' logs, and the exchange adapter keeps
    # ccxt from writing keys into its own.
    silenced = {"adapters/exchange/library.py"}
    found = [
        f"{inside(path)} {name}"
        for path in FILES
        if path.relative_to(PACKAGE).parts[0] != "app" and inside(path) not in silenced
        for name in log_names(path)
        if name != "__name__"
    ]

    assert found == []


def log_names(path: Path) -> list[str]:
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and node.args
    ]
    return [
        ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) == "logging.getLogger"
    ]
