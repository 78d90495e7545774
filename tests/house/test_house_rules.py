"""Hold the rules of the whole house that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "fks_desk"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")

# Files without a test of their own name, each with what holds it instead.
TESTED_ELSEWHERE: dict[str, str] = {
    "core/ports.py": "protocols have no behaviour; the adapters' contract tests hold them",
    "ui/text.py": "tests/ui/shell/test_translation.py and tests/house/test_window_rules.py",
}
# The only places in the domain where a number may be a float: neither is money.
FLOATS_ALLOWED = {("Signal", "confidence"), ("Signal", "inputs")}


def inside(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def mirror(path: Path) -> Path:
    return ROOT / "tests" / path.relative_to(PACKAGE).parent / f"test_{path.name}"


def test_every_file_has_a_test_of_its_name_or_stands_on_the_list():
    missing = [
        str(mirror(path).relative_to(ROOT))
        for path in FILES
        if not mirror(path).exists() and inside(path) not in TESTED_ELSEWHERE
    ]

    assert missing == []


def test_the_list_of_files_tested_elsewhere_holds_no_stale_names():
    stale = [
        name
        for name in TESTED_ELSEWHERE
        if not (PACKAGE / name).exists() or mirror(PACKAGE / name).exists()
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
    # The application sets up other libraries' logs and may name them.
    found = [
        f"{inside(path)} {name}"
        for path in FILES
        if path.relative_to(PACKAGE).parts[0] != "app"
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
